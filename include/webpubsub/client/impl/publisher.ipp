// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/publisher.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>

#include <chrono>
#include <limits>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_DECL publisher::publisher(const client_publisher_options& options, const codec& encoding,
                                    std::size_t max_sent_size, std::uint64_t jitter_seed)
    : options_(options), encoder_(encoding, max_sent_size), jitter_(jitter_seed) {}

WEBPUBSUB_DECL result<void> publisher::check(const client_publisher_options& options) {
    if (options.max_fragments == 0) return error::about(errc::invalid_option, "max_fragments");
    if (options.max_bytes == 0) return error::about(errc::invalid_option, "max_bytes");
    const auto& delays = options.rewind_delays;
    if (!detail::is_valid(delays) || delays.base == duration::zero() || delays.max == duration::zero()) {
        return error::about(errc::invalid_option, "rewind_delays");
    }
    return {};
}

// --- commands --------------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL result<std::string> publisher::open(steady_time, ticket place, std::string_view connection_id,
                                                   std::string_view group, const stream_options& options) {
    // In milliseconds (subprotocols.md section 9).
    constexpr std::uint32_t default_idle_timeout = 300'000;
    // The keep-alives of a shorter one would be a flood.
    constexpr std::chrono::milliseconds min_idle_timeout{1000};

    if (link_ == link_state::none) return errc::not_connected;
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    if (!is_utf8(options.stream_id)) return error::about(errc::invalid_utf8, "stream_id");
    const auto is_in_use = [this](std::string_view id) { return numbers_.contains(id) || farewells_.contains(id); };
    if (is_in_use(options.stream_id)) return errc::id_in_use;
    const auto opened = streams_.size() + farewells_.size();
    if (opened >= options_.max_streams) {
        return error::exceeds(errc::too_many_streams, "max_streams", options_.max_streams, opened + 1);
    }
    if (options.ttl_seconds > max_ttl_seconds) {
        return error::exceeds(errc::invalid_field, "ttl_seconds", max_ttl_seconds, options.ttl_seconds);
    }

    start_stream_message start;
    if (options.idle_timeout) {
        const auto timeout = *options.idle_timeout;
        if (timeout < min_idle_timeout || timeout.count() > std::numeric_limits<std::uint32_t>::max()) {
            return error::about(errc::invalid_field, "idle_timeout");
        }
        start.stream.idle_timeout_ms = static_cast<std::uint32_t>(timeout.count());
    }
    start.group = group;
    start.no_echo = options.no_echo;
    start.metadata = options.metadata;
    start.ttl_seconds = options.ttl_seconds;
    detail::keep_last_of_each_key(start.metadata);
    if (auto valid = check_metadata(start.metadata); !valid) return valid.error();
    auto& id = start.stream.stream_id;
    id = options.stream_id;
    auto last_id = last_id_;
    while (id.empty() || is_in_use(id)) id = std::string(connection_id) + "-" + std::to_string(++last_id);

    const std::chrono::milliseconds idle(start.stream.idle_timeout_ms.value_or(default_idle_timeout));
    auto name = id;
    auto frame = encoder_.encode(std::move(start));
    if (!frame) return frame.error();

    last_id_ = last_id;
    const auto added = ++last_number_;
    numbers_.emplace(name, added);
    streams_.emplace(added, entry{name, options.tag, place, published_stream(*std::move(frame), idle / 3)});
    refresh(added);
    return name;
}

WEBPUBSUB_DECL result<std::uint64_t> publisher::write(steady_time, std::string_view stream_id, payload_view data) {
    const auto found = numbers_.find(stream_id);
    if (found == numbers_.end()) return errc::unknown_target;
    auto& stream = streams_.at(found->second).stream;
    if (stream.is_ended()) return errc::stream_ended;
    if (auto checked = encoder_.check(data); !checked) return checked.error();
    const auto is_too_large = [this](std::size_t size) { return size > options_.max_bytes; };
    const auto too_large = [this](std::size_t size) {
        return error::exceeds(errc::frame_too_large, "max_bytes", options_.max_bytes, size);
    };
    // The frame is at least as long as its data: what has no room is not encoded.
    if (is_too_large(data.bytes.size())) return too_large(data.bytes.size());
    if (auto room = stream.check_room(data.bytes.size(), options_); !room) return room.error();

    const auto number_in_stream = stream.next_number();
    auto frame = encoder_.encode(stream_data_message{found->first, number_in_stream, data.to_payload()});
    if (!frame) return frame.error();
    if (is_too_large(frame->size())) return too_large(frame->size());
    if (auto room = stream.check_room(frame->size(), options_); !room) return room.error();
    stream.write(*std::move(frame));
    refresh(found->second);
    return number_in_stream;
}

WEBPUBSUB_DECL result<void> publisher::end(steady_time, std::string_view stream_id,
                                           const std::optional<stream_abort>& error) {
    const auto found = numbers_.find(stream_id);
    if (found == numbers_.end()) return errc::unknown_target;
    auto& stream = streams_.at(found->second).stream;
    if (stream.is_ended()) return errc::stream_ended;
    auto frame = encode_end(stream_id, error ? &*error : nullptr);
    if (!frame) return frame.error();
    stream.end(*std::move(frame));
    refresh(found->second);
    return {};
}

WEBPUBSUB_DECL result<void> publisher::abort(steady_time, std::string_view stream_id, const stream_abort& error) {
    const auto found = numbers_.find(stream_id);
    if (found == numbers_.end()) return errc::unknown_target;
    auto frame = encode_end(stream_id, &error);
    if (!frame) return frame.error();
    const auto aborted = found->second;
    auto& stream = streams_.at(aborted).stream;
    stream.abort(*std::move(frame));
    if (stream.is_closed()) {
        close(aborted, client_events::stream_status::aborted, {});
    } else {
        refresh(aborted);
    }
    return {};
}

WEBPUBSUB_DECL result<detail::shared_bytes> publisher::encode_end(std::string_view stream_id,
                                                                  const stream_abort* error) {
    end_stream_message message{std::string(stream_id), {}};
    if (error != nullptr) {
        if (!is_utf8(error->message)) return error::about(errc::invalid_utf8, "message");
        if (!is_utf8(error->user_error_code)) return error::about(errc::invalid_utf8, "user_error_code");
        message.error = *error;
    }
    return encoder_.encode(std::move(message));
}

// --- from the service ------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL bool publisher::handle_ack(steady_time, const stream_ack_message& message) {
    const auto found = numbers_.find(message.stream_id);
    if (found == numbers_.end()) return farewells_.contains(message.stream_id);
    auto& stream = streams_.at(found->second).stream;
    apply(found->second, stream.handle_ack(message.expected_sequence_id, options_), {});
    return true;
}

WEBPUBSUB_DECL bool publisher::handle_nack(steady_time now, const stream_nack_message& message) {
    const auto found = numbers_.find(message.stream_id);
    if (found == numbers_.end()) return farewells_.contains(message.stream_id);
    auto& stream = streams_.at(found->second).stream;
    apply(found->second, stream.handle_nack(now, message.expected_sequence_id, options_, jitter_), {});
    return true;
}

WEBPUBSUB_DECL bool publisher::handle_closed(steady_time, const stream_closed_message& message) {
    const auto found = numbers_.find(message.stream_id);
    if (found == numbers_.end()) return farewells_.erase(message.stream_id) != 0;
    auto& stream = streams_.at(found->second).stream;
    const bool not_found = message.error && message.error->name == error_names::stream_not_found;
    apply(found->second, stream.handle_closed(not_found), message.error);
    return true;
}

WEBPUBSUB_DECL void publisher::apply(number stream, const published_stream::change& change,
                                     const std::optional<service_error>& error) {
    using status = client_events::stream_status;
    if (change.violation) return give_up(stream);
    const auto& [id, tag, place, state] = streams_.at(stream);
    if (change.opened) events_.push(client_events::stream_opened{id, tag});
    if (change.writable) events_.push(client_events::stream_writable{id});
    if (!change.closed) return refresh(stream);
    if (error && !change.unknown_as_expected) {
        close(stream, status::failed, *error);
    } else {
        close(stream, state.is_aborted() ? status::aborted : status::ended, {});
    }
}

WEBPUBSUB_DECL void publisher::close(number stream, client_events::stream_status status, service_error error) {
    const auto closed = streams_.find(stream);
    auto& [id, tag, place, state] = closed->second;
    numbers_.erase(id);
    starts_.erase(place);
    ready_.erase(stream);
    timers_.cancel(stream);
    events_.push(client_events::stream_closed{std::move(id), tag, status, std::move(error)});
    streams_.erase(closed);
}

/// The service broke the protocol: the stream can't go on, and the service is told.
WEBPUBSUB_DECL void publisher::give_up(number stream) {
    const service_error error{"ProtocolViolation", "The service acknowledged or asked for what was not sent."};
    const auto& spoiled = streams_.at(stream);
    if (!spoiled.stream.is_unknown()) {
        auto& last = farewells_[spoiled.id];
        last.written = spoiled.stream.has_written_end();
        const stream_abort reason{error.message, error.name};
        auto frame = encode_end(spoiled.id, &reason);
        // A reason that makes it too long is left out: then it is shorter than the start was.
        if (!frame) frame = encode_end(spoiled.id, nullptr);
        if (frame) last.frame = *std::move(frame);
    }
    events_.push(client_events::protocol_error{errc::unexpected_message});
    close(stream, client_events::stream_status::failed, error);
}

// --- the link and time -----------------------------------------------------------------------------------------------

WEBPUBSUB_DECL void publisher::handle_link(steady_time, link_change change) {
    switch (change) {
    case link_change::up: link_ = link_state::connected; return;
    case link_change::down: return pause();
    case link_change::recovering: return;
    case link_change::recovered: return resume();
    case link_change::replaced:
    case link_change::replaced_by_verdict:
    case link_change::stopped: return lose_all();
    }
}

WEBPUBSUB_DECL void publisher::pause() {
    if (link_ == link_state::none) return;
    link_ = link_state::interrupted;
    starts_.clear();
    ready_.clear();
    timers_.clear();
    // Their answers are lost.
    for (auto it = farewells_.begin(); it != farewells_.end();) {
        it = it->second.written ? farewells_.erase(it) : std::next(it);
    }
}

WEBPUBSUB_DECL void publisher::resume() {
    link_ = link_state::connected;
    for (auto it = streams_.begin(); it != streams_.end();) {
        const auto stream = it->first;
        const bool is_over = it->second.stream.resume();
        ++it;
        if (is_over) {
            close(stream, client_events::stream_status::aborted, {});
        } else {
            refresh(stream);
        }
    }
}

WEBPUBSUB_DECL void publisher::lose_all() {
    link_ = link_state::none;
    farewells_.clear();
    while (!streams_.empty()) close(streams_.begin()->first, client_events::stream_status::lost, {});
}

WEBPUBSUB_DECL void publisher::handle_timeout(steady_time now) {
    while (const auto stream = timers_.pop_due(now)) {
        streams_.at(*stream).stream.handle_timeout(now);
        refresh(*stream);
    }
}

/// Notes what the stream can write, and when it wants to be called.
WEBPUBSUB_DECL void publisher::refresh(number stream) {
    if (link_ != link_state::connected) return;
    const auto& changed = streams_.at(stream);
    const auto next = changed.stream.next();
    if (next == published_stream::writing::start) {
        starts_.emplace(changed.place, stream);
    } else {
        starts_.erase(changed.place);
    }
    if (next == published_stream::writing::start || next == published_stream::writing::nothing) {
        ready_.erase(stream);
    } else {
        ready_.insert(stream);
    }
    timers_.set(stream, changed.stream.deadline());
}

// --- to the service --------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL std::optional<offer> publisher::next_write() const {
    if (auto start = next_write(write_order::by_ticket)) return start;
    return next_write(write_order::streaming);
}

WEBPUBSUB_DECL std::optional<offer> publisher::next_write(write_order order) const {
    if (link_ != link_state::connected) return std::nullopt;
    if (order == write_order::by_ticket && !starts_.empty()) return offer{order, starts_.begin()->first};
    if (order != write_order::streaming) return std::nullopt;
    if (!ready_.empty()) return offer{order, ticket{}};
    for (const auto& [id, last] : farewells_) {
        if (!last.written) return offer{order, ticket{}};
    }
    return std::nullopt;
}

WEBPUBSUB_DECL detail::shared_bytes publisher::begin_write(steady_time now) {
    return begin_write(now, starts_.empty() ? write_order::streaming : write_order::by_ticket);
}

WEBPUBSUB_DECL detail::shared_bytes publisher::begin_write(steady_time now, write_order order) {
    number writer = 0;
    if (order == write_order::by_ticket) {
        writer = starts_.begin()->second;
    } else {
        for (auto& [id, last] : farewells_) {
            if (!std::exchange(last.written, true)) return std::exchange(last.frame, {});
        }
        auto next = ready_.upper_bound(last_writer_);
        if (next == ready_.end()) next = ready_.begin();
        writer = last_writer_ = *next;
    }
    auto& [id, tag, place, stream] = streams_.at(writer);
    auto frame = stream.begin_write(now);
    if (!frame) {
        // A keep-alive is shorter than the start, so it is within the limit.
        if (auto keep_alive = encoder_.encode(stream_keep_alive_message{id})) frame = *std::move(keep_alive);
    }
    refresh(writer);
    return frame;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
