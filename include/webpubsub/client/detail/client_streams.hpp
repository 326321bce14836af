// SPDX-License-Identifier: MIT
#pragma once

// The part of `client` that publishes and receives group streams (subprotocols.md section 9).

#include <webpubsub/client/client.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/text/utf8.hpp>

#include <limits>

namespace webpubsub::inline WEBPUBSUB_MODE {

inline result<std::string> client::open_stream(steady_time, std::string_view group, const stream_options& options) {
    if (auto allowed = may_request(false); !allowed) return allowed.error();
    if (state_ != client_state::connected && state_ != client_state::recovering) return errc::not_connected;
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    if (!is_utf8(options.stream_id)) return errc::invalid_utf8;
    if (streams_.contains(options.stream_id)) return errc::id_in_use;
    if (streams_.size() >= options_.max_streams) return errc::too_many_streams;

    start_stream_message start;
    start.group = group;
    start.no_echo = options.no_echo;
    start.stream.stream_id = options.stream_id;
    start.metadata = options.metadata;
    start.ttl_seconds = options.ttl_seconds;
    auto& id = start.stream.stream_id;
    while (id.empty() || streams_.contains(id)) id = session_.connection_id + "-" + std::to_string(++last_stream_);
    if (options.idle_timeout) {
        const auto milliseconds = options.idle_timeout->count();
        if (milliseconds <= 0 || milliseconds > std::numeric_limits<std::uint32_t>::max()) return errc::invalid_field;
        start.stream.idle_timeout_ms = static_cast<std::uint32_t>(milliseconds);
    }
    detail::keep_last_of_each_key(start.metadata);
    if (auto valid = check_validity(start); !valid) return valid.error();

    auto limits = options_.outbound_stream_limits;
    limits.frame = std::min(limits.frame, options_.max_frame_size);
    outbound_stream stream(*codec_, start, limits);
    if (state_ == client_state::recovering) stream.pause();
    streams_.add(id, std::move(stream), options.tag);
    return id;
}

inline result<std::uint64_t> client::write_stream(steady_time, std::string_view stream_id, payload data) {
    auto* const found = streams_.find(stream_id);
    if (found == nullptr) return errc::unknown_target;
    if (auto checked = codec_->check(data); !checked) return checked.error();
    return found->stream.write(std::move(data));
}

inline result<void> client::end_stream(steady_time, std::string_view stream_id, std::optional<stream_abort> error) {
    auto* const found = streams_.find(stream_id);
    if (found == nullptr) return errc::unknown_target;
    if (error && !(is_utf8(error->message) && is_utf8(error->user_error_code))) return errc::invalid_utf8;
    return found->stream.end(std::move(error));
}

inline result<void> client::abort_stream(steady_time, std::string_view stream_id, stream_abort error) {
    auto* const found = streams_.find(stream_id);
    if (found == nullptr) return errc::unknown_target;
    if (!is_utf8(error.message) || !is_utf8(error.user_error_code)) return errc::invalid_utf8;
    found->stream.abort(std::move(error));
    if (found->stream.is_closed()) close_stream(std::string(stream_id), client_events::stream_status::aborted, {});
    return {};
}

inline void client::close_stream(const std::string& stream_id, client_events::stream_status status,
                                 service_error error) {
    push(client_events::stream_closed{stream_id, streams_.find(stream_id)->tag, status, std::move(error)});
    streams_.remove(stream_id);
}

inline void client::apply(std::string_view stream_id, outbound_stream::change change,
                          std::optional<service_error> error) {
    using status = client_events::stream_status;
    const std::string id(stream_id);
    const auto& [stream, tag] = *streams_.find(id);
    switch (change) {
    case outbound_stream::change::nothing: break;
    case outbound_stream::change::opened: push(client_events::stream_opened{id, tag}); break;
    case outbound_stream::change::writable: push(client_events::stream_writable{id}); break;
    case outbound_stream::change::closed:
        if (error) {
            close_stream(id, status::failed, std::move(*error));
        } else {
            close_stream(id, stream.is_aborted() ? status::aborted : status::ended, {});
        }
        break;
    case outbound_stream::change::violation: {
        constexpr std::string_view text = "The service acknowledged or asked for what was not sent.";
        push_protocol_error(errc::unexpected_message);
        send_unacknowledged(end_stream_message{id, stream_abort{std::string(text), "ProtocolViolation"}});
        close_stream(id, status::failed, {"ProtocolViolation", std::string(text)});
        break;
    }
    }
}

inline void client::receive(steady_time, std::size_t, stream_ack_message& message) {
    auto* const found = streams_.find(message.stream_id);
    if (found == nullptr) {
        ++counters_.unmatched_acks;
        return;
    }
    apply(message.stream_id, found->stream.acknowledge(message.expected_sequence_id));
}

inline void client::receive(steady_time now, std::size_t, stream_nack_message& message) {
    auto* const found = streams_.find(message.stream_id);
    if (found == nullptr) {
        ++counters_.unmatched_acks;
        return;
    }
    apply(message.stream_id, found->stream.rewind(now, message.expected_sequence_id, chance_));
}

inline void client::receive(steady_time, std::size_t, stream_closed_message& message) {
    auto* const found = streams_.find(message.stream_id);
    if (found == nullptr) {
        ++counters_.unmatched_acks;
        return;
    }
    const auto change = found->stream.close(message.error);
    apply(message.stream_id, change, std::move(message.error));
}

// --- received --------------------------------------------------------------------------------------------------------

inline void client::receive_fragment(steady_time now, group_data_message& message) {
    const auto& position = *message.stream;
    const auto place = inbound_.receive(now, {message.group, position.stream_id}, position);
    using verdict = inbound_streams::verdict;
    if (place.verdict == verdict::duplicate || place.verdict == verdict::ignored) {
        ++counters_.fragments_dropped;
        return;
    }
    abandon_streams(now);
    if (place.verdict == verdict::gap) {
        push(client_events::stream_gap{message.group, position.stream_id, place.expected, position.stream_sequence_id});
    }
    // The end may bring data, and mostly does not.
    if (!position.end || !message.data.bytes.empty()) {
        push(client_events::stream_fragment{message.group, position.stream_id, position.stream_sequence_id,
                                            place.verdict == verdict::first, std::move(message.data),
                                            std::move(message.from_user_id), std::move(message.metadata)});
    }
    if (position.end) push(client_events::stream_finished{message.group, position.stream_id, position.end->error});
}

inline void client::abandon_streams(steady_time now) {
    while (auto key = inbound_.give_up(now)) {
        push(client_events::stream_abandoned{std::move(key->group), std::move(key->stream_id)});
    }
}

} // namespace webpubsub
