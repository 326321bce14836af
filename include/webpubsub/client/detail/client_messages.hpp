// SPDX-License-Identifier: MIT
#pragma once

// The part of `client` that receives messages and sends requests.

#include <webpubsub/client/client.hpp>
#include <webpubsub/messages/validity.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

inline result<void> client::handle_frame(steady_time now, transport_id transport, frame_kind kind,
                                         std::string_view bytes) {
    if (!is_current(transport) || connector_.step() != connector::step::open) return {};
    if (events_.size() >= options_.max_events) return errc::events_not_drained;
    ++counters_.frames_received;
    counters_.bytes_received += bytes.size();
    keep_alive_.received(now);

    if (bytes.size() > options_.max_received_frame_size) {
        report(now, errc::frame_too_large);
    } else if (is_raw()) {
        push(client_events::frame_received{kind, std::string(bytes)});
    } else if (kind != codec_->protocol().frames()) {
        report(now, errc::wrong_frame_kind);
    } else if (const auto decoded = codec_->decode(bytes, incoming_); !decoded) {
        report(now, decoded.error());
    } else {
        if (state_ == client_state::recovering && !begins_another_connection()) confirm_recovery(now);
        std::visit([&](auto& message) { receive(now, bytes.size(), message); }, incoming_);
    }
    return {};
}

inline void client::report(steady_time now, const error& problem) {
    push_protocol_error(problem);
    if (!options_.close_on_malformed_frame) return;
    drop_transport(now, close_code::invalid_payload, message_of(problem.code));
}

inline void client::receive(steady_time now, std::size_t, ack_message& message) {
    if (!requests_.waits_for(message.ack_id)) {
        ++counters_.unmatched_acks;
        return;
    }
    ++counters_.acks_received;
    if (auto outcome = requests_.acknowledge(now, message, chance_)) complete(std::move(*outcome));
}

inline bool client::take_sequence_id(steady_time now, std::size_t size, const std::optional<std::uint64_t>& id) {
    if (!id || !codec_->protocol().reliable) return true;
    const auto expected = sequence_.last() + 1;
    const auto verdict = sequence_.receive(*id, size);
    if (!timers_.is_set(timer::sequence_ack)) {
        timers_.set(timer::sequence_ack, now + options_.sequence_ack_interval);
    }
    if (verdict == sequence_tracker::verdict::duplicate) {
        ++counters_.duplicates_dropped;
        return false;
    }
    if (verdict == sequence_tracker::verdict::gap) push(client_events::sequence_gap{expected, *id});
    return true;
}

inline void client::receive(steady_time now, std::size_t size, group_data_message& message) {
    if (state_ != client_state::connected) return report(now, errc::unexpected_message);
    if (!take_sequence_id(now, size, message.sequence_id)) return;
    if (message.stream) return receive_fragment(now, message);
    push(std::move(message));
}

inline void client::receive(steady_time now, std::size_t size, server_data_message& message) {
    if (state_ != client_state::connected) return report(now, errc::unexpected_message);
    if (take_sequence_id(now, size, message.sequence_id)) push(std::move(message));
}

inline void client::receive(steady_time now, std::size_t, connected_message& message) {
    if (!begins_another_connection() && state_ == client_state::connected) {
        // After a recovery, perhaps with a new token (sessions.md section 7.1).
        if (!message.reconnection_token.empty()) session_.reconnection_token = std::move(message.reconnection_token);
        return;
    }
    // A connection of another id on the same transport replaces the old one.
    if (state_ != client_state::connecting) {
        requests_.transport_lost();
        forget_connection(close_code::none, {});
    }
    establish(now, std::move(message));
}

inline void client::receive(steady_time, std::size_t, disconnected_message& message) {
    session_.closing = std::move(message.message);
}

inline void client::receive(steady_time, std::size_t, pong_message&) {}

inline void client::receive(steady_time now, std::size_t size, unknown_message& message) {
    if (state_ == client_state::connected && !take_sequence_id(now, size, message.sequence_id)) return;
    push(client_events::unknown_message_received{std::move(message.type)});
}

inline void client::complete(ack_tracker::outcome outcome) {
    auto& request = outcome.request;
    const bool succeeded = outcome.status == request_status::succeeded;
    if (request.restores()) {
        if (succeeded) return;
        const bool unanswered = outcome.status != request_status::failed;
        if (unanswered) outcome.error = {std::string(error_names::timeout), "The service did not answer."};
        if (request.why == purpose::rejoin) {
            if (!unanswered) groups_.erase(request.group);
            push(client_events::rejoin_failed{std::move(request.group), std::move(outcome.error)});
        } else {
            if (!unanswered) drop_group_state(request.group);
            push(client_events::resubscribe_failed{std::move(request.group), std::move(outcome.error)});
        }
        return;
    }
    if (request.why == purpose::fire_and_forget) return;
    if (request.why == purpose::join && succeeded && request.lasting) groups_.insert(request.group);
    if (request.why == purpose::subscribe && request.lasting) {
        if (succeeded) {
            subscriptions_.insert(request.group);
        } else if (!subscriptions_.contains(request.group)) {
            states_.erase(request.group);
        }
    }
    push(client_events::request_completed{request.id, request.tag, outcome.status, outcome.duplicate,
                                          request.may_be_duplicate(), std::move(outcome.error)});
}

inline result<void> client::may_request(bool fire_and_forget) const {
    if (state_ == client_state::idle) return errc::not_started;
    if (state_ == client_state::stopped || finish_by_) return errc::stopped;
    if (is_raw()) return errc::not_this_mode;
    if (fire_and_forget && state_ != client_state::connected) return errc::not_connected;
    return {};
}

template <class Message>
result<ack_id> client::submit(steady_time now, Message message, tracked_request request) {
    if constexpr (requires { message.metadata; }) detail::keep_last_of_each_key(message.metadata);
    if (auto valid = check_validity(message); !valid) return valid.error();
    const bool acknowledged = request.why != purpose::fire_and_forget;
    request.id = last_ack_id_ + 1;
    if (acknowledged) message.ack_id = request.id;
    std::string frame;
    codec_->encode(client_message{std::move(message)}, frame);
    if (frame.size() > options_.max_frame_size) return errc::frame_too_large;
    if (auto room = requests_.room_for(frame.size()); !room) return room.error();
    if (acknowledged && options_.request_timeout > duration::zero()) request.deadline = now + options_.request_timeout;
    request.kind = codec_->protocol().frames();
    request.frame = std::make_shared<const std::string>(std::move(frame));
    ++last_ack_id_;
    requests_.add(std::move(request));
    return acknowledged ? last_ack_id_ : 0;
}

/// A request that has nothing but a group.
template <class Message>
result<ack_id> client::submit_for_group(steady_time now, std::string_view group, purpose why,
                                        const request_options& options) {
    if (auto allowed = may_request(false); !allowed) return allowed.error();
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    tracked_request request;
    request.tag = options.tag;
    request.why = why;
    request.group = group;
    return submit(now, Message{std::string(group), {}}, std::move(request));
}

/// What has no answer and is never refused.
inline void client::send_unacknowledged(const client_message& message) {
    tracked_request request;
    request.id = ++last_ack_id_;
    request.why = purpose::fire_and_forget;
    std::string frame;
    codec_->encode(message, frame);
    request.kind = codec_->protocol().frames();
    request.frame = std::make_shared<const std::string>(std::move(frame));
    requests_.add(std::move(request));
}

inline result<ack_id> client::join_group(steady_time now, std::string_view group, const request_options& options) {
    if (groups_.size() >= options_.max_groups && !groups_.contains(group)) return errc::too_many_groups;
    return submit_for_group<join_group_message>(now, group, purpose::join, options);
}

inline result<ack_id> client::leave_group(steady_time now, std::string_view group, const request_options& options) {
    const auto id = submit_for_group<leave_group_message>(now, group, purpose::leave, options);
    if (!id) return id;
    requests_.overtake(group, purpose::leave);
    if (const auto found = groups_.find(group); found != groups_.end()) groups_.erase(found);
    drop_group_state(group);
    return id;
}

inline result<ack_id> client::send_to_group(steady_time now, std::string_view group, payload data,
                                            const message_options& options) {
    if (auto allowed = may_request(options.fire_and_forget); !allowed) return allowed.error();
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    if (auto checked = codec_->check(data); !checked) return checked.error();
    tracked_request request;
    request.tag = options.tag;
    if (options.fire_and_forget) request.why = purpose::fire_and_forget;
    return submit(now,
                  send_to_group_message{
                      std::string(group), {}, options.no_echo, std::move(data), options.metadata, options.ttl_seconds},
                  std::move(request));
}

inline result<ack_id> client::send_event(steady_time now, std::string_view event, payload data,
                                         const message_options& options) {
    if (auto allowed = may_request(options.fire_and_forget); !allowed) return allowed.error();
    if (!is_valid_event_name(event)) return errc::invalid_event_name;
    if (auto checked = codec_->check(data); !checked) return checked.error();
    tracked_request request;
    request.tag = options.tag;
    if (options.fire_and_forget) request.why = purpose::fire_and_forget;
    return submit(now, event_message{std::string(event), {}, std::move(data), options.metadata}, std::move(request));
}

inline result<void> client::send_frame(steady_time, frame_kind kind, std::string bytes) {
    if (state_ == client_state::stopped || finish_by_) return errc::stopped;
    if (!is_raw()) return errc::not_this_mode;
    if (state_ != client_state::connected) return errc::not_connected;
    if (bytes.size() > options_.max_frame_size) return errc::frame_too_large;
    if (auto room = requests_.room_for(bytes.size()); !room) return room.error();
    tracked_request request;
    request.id = ++last_ack_id_;
    request.why = purpose::fire_and_forget;
    request.kind = kind;
    request.frame = std::make_shared<const std::string>(std::move(bytes));
    requests_.add(std::move(request));
    return {};
}

inline std::optional<client_event> client::poll_event() {
    if (events_.empty() && finish_by_ && is_quiet()) stop({});
    if (events_.empty()) return std::nullopt;
    std::optional<client_event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
}

inline std::optional<transmit> client::poll_transmit() {
    const bool may_write = state_ == client_state::connected || state_ == client_state::recovering;
    if (!may_write || writing_ || connector_.step() != connector::step::open) return std::nullopt;
    // Not two in a row while something else waits: on a slow transport nothing else would ever be written.
    if (!confirmed_last_) {
        if (auto confirmation = next_confirmation()) return confirmation;
    }
    if (keep_alive_.ping_due()) {
        keep_alive_.pinged();
        ++counters_.pings_sent;
        return written(client_message{ping_message{}});
    }
    if (auto next = next_of_its_turn()) return next;
    return next_confirmation();
}

inline std::optional<transmit> client::next_confirmation() {
    if (!sequence_.due()) return std::nullopt;
    const sequence_ack_message message{sequence_.last()};
    sequence_.acknowledged();
    ++counters_.sequence_acks_sent;
    timers_.cancel(timer::sequence_ack);
    auto confirmation = written(client_message{message});
    confirmed_last_ = true;
    return confirmation;
}

/// On a new connection requests begin, with those that restore groups at their head.
inline std::optional<transmit> client::next_of_its_turn() {
    for (int kind = 0; kind < 3; ++kind) {
        turn_ = turn_ == turn::streams ? turn::requests : static_cast<turn>(static_cast<int>(turn_) + 1);
        switch (turn_) {
        case turn::requests:
            if (const auto* request = requests_.take_next()) return written(request->kind, request->frame);
            break;
        case turn::invocations:
            if (invocations_.has_next()) return written(codec_->protocol().frames(), invocations_.take_next());
            break;
        case turn::streams:
            if (auto frame = streams_.take_next()) {
                stream_writing_ = true;
                return written(codec_->protocol().frames(), std::move(frame));
            }
            break;
        }
    }
    return std::nullopt;
}

inline transmit client::written(const client_message& message) {
    std::string frame;
    codec_->encode(message, frame);
    return written(codec_->protocol().frames(), std::make_shared<const std::string>(std::move(frame)));
}

inline transmit client::written(frame_kind kind, std::shared_ptr<const std::string> frame) {
    writing_ = true;
    confirmed_last_ = false;
    ++counters_.frames_sent;
    counters_.bytes_sent += frame->size();
    return {connector_.transport(), kind, std::move(frame)};
}

} // namespace webpubsub
