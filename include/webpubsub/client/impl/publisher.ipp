// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/publisher.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL publisher::publisher(const client_publisher_options& options, const codec& encoding,
                                         std::size_t max_sent_size, std::uint64_t jitter_seed)
    : options_(options), encoder_(encoding, max_sent_size), jitter_(jitter_seed) {}

WEBPUBSUB_COLD_DECL result<void> publisher::check(const client_publisher_options& options) {
    if (options.max_fragments == 0) return error::about(errc::invalid_option, "publisher.max_fragments");
    if (options.max_bytes == 0) return error::about(errc::invalid_option, "publisher.max_bytes");
    const auto& delays = options.rewind_delays;
    if (!detail::is_valid(delays) || delays.base == duration::zero() || delays.max == duration::zero()) {
        return error::about(errc::invalid_option, "publisher.rewind_delays");
    }
    return {};
}

// --- commands --------------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL result<std::string> publisher::open(steady_time, ticket place, std::string_view connection_id,
                                                        std::string_view group, const stream_options& options) {
    // In milliseconds (subprotocols.md section 9).
    constexpr std::uint32_t default_idle_timeout = 300'000;
    // The keep-alives of a shorter one would be a flood.
    constexpr std::chrono::milliseconds min_idle_timeout{1000};
    constexpr std::chrono::milliseconds max_idle_timeout{0xFFFF'FFFF};

    if (link_ == link_state::none) return errc::not_connected;
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    if (!is_utf8(options.stream_id)) return error::about(errc::invalid_utf8, "stream_id");
    if (tickets_.contains(options.stream_id)) return errc::id_in_use;
    if (streams_.size() >= options_.max_streams) {
        return error::exceeds(errc::too_many_streams, "publisher.max_streams", options_.max_streams,
                              streams_.size() + 1);
    }
    if (options.ttl_seconds > max_ttl_seconds) {
        return error::exceeds(errc::invalid_field, "ttl_seconds", max_ttl_seconds, options.ttl_seconds);
    }

    start_stream_message start;
    if (options.idle_timeout) {
        const auto timeout = *options.idle_timeout;
        if (timeout < min_idle_timeout || timeout > max_idle_timeout) {
            return error::about(errc::invalid_field, "idle_timeout");
        }
        start.stream.idle_timeout_ms = static_cast<std::uint32_t>(timeout.count());
    }
    start.group = group;
    start.no_echo = options.no_echo;
    start.ttl_seconds = options.ttl_seconds;
    if (auto valid = copy_metadata(options.metadata, start.metadata); !valid) return valid.error();
    auto& id = start.stream.stream_id;
    id = options.stream_id;
    auto last_id = last_id_;
    while (id.empty() || tickets_.contains(id)) {
        id = std::string(connection_id) + "-" + std::to_string(++last_id);
    }

    const std::chrono::milliseconds idle(start.stream.idle_timeout_ms.value_or(default_idle_timeout));
    const auto name = id;
    auto frame = encoder_.encode(start);
    if (!frame) return frame.error();

    last_id_ = last_id;
    tickets_.set(name, place);
    refresh(streams_.add(place, name, place, options.tag, published_stream(*std::move(frame), idle / 3)));
    return name;
}

WEBPUBSUB_COLD_DECL publisher::entry* publisher::find(std::string_view stream_id) const {
    const auto* const place = tickets_.find(stream_id);
    return place == nullptr ? nullptr : streams_.find(*place);
}

WEBPUBSUB_COLD_DECL publisher::entry* publisher::find_usable(std::string_view stream_id) const {
    auto* const found = find(stream_id);
    return found == nullptr || found->violated ? nullptr : found;
}

WEBPUBSUB_COLD_DECL result<std::uint64_t> publisher::write(steady_time, std::string_view stream_id, payload_view data) {
    auto* const found = find_usable(stream_id);
    if (found == nullptr) return errc::unknown_target;
    auto& stream = found->stream;
    if (stream.is_ended()) return errc::stream_ended;
    if (auto checked = encoder_.check(data); !checked) return checked.error();
    // The frame is at least as long as its data: what has no room is not encoded.
    if (auto room = stream.check_room(data.bytes.size(), options_); !room) return room.error();
    const auto number = stream.next_number();
    auto frame = encoder_.encode(stream_data_message{found->id, number, data.to_payload()});
    if (!frame) return frame.error();
    if (auto room = stream.check_room(frame->size(), options_); !room) return room.error();
    stream.write(*std::move(frame));
    refresh(*found);
    return number;
}

WEBPUBSUB_COLD_DECL result<void> publisher::end(steady_time, std::string_view stream_id,
                                                const std::optional<stream_abort>& error) {
    auto* const found = find_usable(stream_id);
    if (found == nullptr) return errc::unknown_target;
    if (found->stream.is_ended()) return errc::stream_ended;
    auto frame = encode_end(found->id, error ? &*error : nullptr);
    if (!frame) return frame.error();
    found->stream.end(*std::move(frame));
    refresh(*found);
    return {};
}

WEBPUBSUB_COLD_DECL result<void> publisher::abort(steady_time, std::string_view stream_id, const stream_abort& error) {
    auto* const found = find_usable(stream_id);
    if (found == nullptr) return errc::unknown_target;
    auto frame = encode_end(found->id, &error);
    if (!frame) return frame.error();
    found->stream.abort(*std::move(frame));
    if (found->stream.is_closed()) {
        close(*found, client_events::stream_status::aborted);
    } else {
        refresh(*found);
    }
    return {};
}

WEBPUBSUB_COLD_DECL result<detail::shared_bytes> publisher::encode_end(const std::string& stream_id,
                                                                       const stream_abort* error) {
    end_stream_message message{stream_id, {}};
    if (error != nullptr) {
        if (!is_utf8(error->message)) return error::about(errc::invalid_utf8, "message");
        if (!is_utf8(error->user_error_code)) return error::about(errc::invalid_utf8, "user_error_code");
        message.error = *error;
    }
    return encoder_.encode(message);
}

// --- from the service ------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL bool publisher::handle_ack(steady_time, const stream_ack_message& message) {
    auto* const found = find(message.stream_id);
    if (found == nullptr) return false;
    if (found->violated) return true;
    apply(*found, found->stream.handle_ack(message.expected_sequence_id, options_), nullptr);
    return true;
}

WEBPUBSUB_COLD_DECL bool publisher::handle_nack(steady_time now, const stream_nack_message& message) {
    auto* const found = find(message.stream_id);
    if (found == nullptr) return false;
    if (found->violated) return true;
    apply(*found, found->stream.handle_nack(now, message.expected_sequence_id, options_, jitter_), nullptr);
    return true;
}

WEBPUBSUB_COLD_DECL bool publisher::handle_closed(steady_time, const stream_closed_message& message) {
    auto* const found = find(message.stream_id);
    if (found == nullptr) return false;
    const auto* const error = message.error ? &*message.error : nullptr;
    const bool not_found = error != nullptr && error->name == error_names::stream_not_found;
    apply(*found, found->stream.handle_closed(not_found), error);
    return true;
}

WEBPUBSUB_COLD_DECL void publisher::apply(entry& stream, const published_stream::change& change,
                                          const service_error* error) {
    using status = client_events::stream_status;
    if (change.violation) return handle_violation(stream);
    if (change.opened) {
        auto& event = events_.add<client_events::stream_opened>();
        event.stream_id = stream.id;
        event.tag = stream.tag;
    }
    if (change.writable) events_.add<client_events::stream_writable>().stream_id = stream.id;
    if (!change.closed) return refresh(stream);
    if (error != nullptr && !change.unknown_as_expected) return close(stream, status::failed, error);
    close(stream, stream.stream.is_aborted() ? status::aborted : status::ended);
}

WEBPUBSUB_COLD_DECL void publisher::tell_closed(const entry& stream, client_events::stream_status status,
                                                const service_error* error) {
    auto& event = events_.add<client_events::stream_closed>();
    event.stream_id = stream.id;
    event.tag = stream.tag;
    event.status = status;
    if (error != nullptr) event.error = *error;
}

WEBPUBSUB_COLD_DECL void publisher::close(entry& stream, client_events::stream_status status,
                                          const service_error* error) {
    tickets_.erase(stream.id);
    starts_.erase({stream.place, 0});
    ready_.erase({stream.place, 0});
    deadlines_.cancel(stream.place);
    if (stream.violated) {
        --violated_;
    } else {
        tell_closed(stream, status, error);
    }
    streams_.erase(stream.place);
}

/// The service broke the protocol: the stream can't go on, and the service is told.
WEBPUBSUB_COLD_DECL void publisher::handle_violation(entry& stream) {
    const service_error error{"ProtocolViolation", "The service acknowledged or asked for what was not sent."};
    events_.add<client_events::protocol_error>().error = errc::unexpected_message;
    // What the service can't have heard of needs no end.
    if (stream.stream.is_unknown()) return close(stream, client_events::stream_status::failed, &error);
    tell_closed(stream, client_events::stream_status::failed, &error);
    stream.violated = true;
    ++violated_;
    const stream_abort reason{error.message, error.name};
    auto frame = encode_end(stream.id, &reason);
    // Without a reason it is shorter than the start was.
    if (!frame) frame = encode_end(stream.id, nullptr);
    if (frame) stream.stream.give_up(*std::move(frame));
    refresh(stream);
}

// --- the link and time -----------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL void publisher::handle_link(steady_time, link_change change) {
    switch (change) {
    case link_change::up: link_ = link_state::connected; return;
    case link_change::down: return pause();
    case link_change::recovering: return;
    case link_change::recovered: return resume();
    case link_change::replaced:
    case link_change::replaced_after_rejected_frame:
    case link_change::stopped: return lose_all();
    }
}

WEBPUBSUB_COLD_DECL void publisher::pause() {
    if (link_ == link_state::none) return;
    link_ = link_state::interrupted;
    starts_.clear();
    ready_.clear();
    deadlines_.clear();
    ticket at = 0;
    for (; auto* const stream = streams_.find_from(at); ++at) {
        // The answer to its end is lost.
        if (stream->violated && stream->stream.has_written_end()) close(*stream, {});
    }
}

WEBPUBSUB_COLD_DECL void publisher::resume() {
    link_ = link_state::connected;
    ticket at = 0;
    for (; auto* const stream = streams_.find_from(at); ++at) {
        if (stream->stream.resume()) {
            close(*stream, client_events::stream_status::aborted);
        } else if (stream->stream.breaks_transports()) {
            close(*stream, client_events::stream_status::lost);
        } else {
            refresh(*stream);
        }
    }
}

WEBPUBSUB_COLD_DECL void publisher::lose_all() {
    link_ = link_state::none;
    for (ticket at = 0; auto* const stream = streams_.find_from(at);) {
        close(*stream, client_events::stream_status::lost);
    }
}

WEBPUBSUB_COLD_DECL void publisher::handle_timeout(steady_time now) {
    while (const auto due = deadlines_.pop_due(now)) {
        auto& stream = *streams_.find(*due);
        stream.stream.handle_timeout(now);
        refresh(stream);
    }
}

/// Notes what the stream can write, and when it wants to be called.
WEBPUBSUB_COLD_DECL void publisher::refresh(const entry& stream) {
    using writing = published_stream::writing;
    if (link_ != link_state::connected) return;
    const auto next = stream.stream.next();
    starts_.erase({stream.place, 0});
    ready_.erase({stream.place, 0});
    if (next != writing::nothing) (next == writing::start ? starts_ : ready_).set({stream.place, 0});
    deadlines_.set(stream.place, stream.stream.deadline());
}

// --- to the service --------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL std::optional<offer> publisher::next_write() const {
    if (auto start = next_write(write_order::by_ticket)) return start;
    return next_write(write_order::streaming);
}

WEBPUBSUB_COLD_DECL std::optional<offer> publisher::next_write(write_order order) const {
    detail::number_index::entry first;
    if (order == write_order::by_ticket && starts_.first(first)) return offer{order, first.key.first};
    if (order == write_order::streaming && !ready_.empty()) return offer{order, ticket{}};
    return std::nullopt;
}

WEBPUBSUB_COLD_DECL detail::shared_bytes publisher::begin_write(steady_time now) {
    return begin_write(now, starts_.empty() ? write_order::streaming : write_order::by_ticket);
}

WEBPUBSUB_COLD_DECL detail::shared_bytes publisher::begin_write(steady_time now, write_order order) {
    detail::number_index::entry next;
    if (order == write_order::by_ticket) {
        starts_.first(next);
    } else {
        if (!ready_.find_from({last_writer_ + 1, 0}, next)) ready_.first(next);
        last_writer_ = next.key.first;
    }
    auto& writer = *streams_.find(next.key.first);
    auto frame = writer.stream.begin_write(now);
    if (!frame) {
        // A keep-alive is shorter than the start, so it is within the limit.
        auto keep_alive = encoder_.encode(stream_keep_alive_message{writer.id});
        if (keep_alive) frame = *std::move(keep_alive);
    }
    refresh(writer);
    return frame;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
