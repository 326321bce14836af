// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/streams.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/variant.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL arrival streams::arrive(turn& during, std::uint32_t from, const client_message& message, bool altered) {
    using verdict = arrival::verdict;
    arrival it;
    it.what = altered ? verdict::done : verdict::in_turn;
    if (const auto* const start = get_if<start_stream_message>(&message)) {
        it.kept = start->group.size() + start->stream.stream_id.size() + kept_size(start->metadata);
        if (!altered && !is_valid_group_name(start->group)) it.what = verdict::malformed;
    } else if (const auto* const data = get_if<stream_data_message>(&message)) {
        it.kept = data->stream_id.size() + data->data.bytes.size();
        if (!during.is_valid_data(from, data->data)) it.what = verdict::malformed;
    } else if (const auto* const alive = get_if<stream_keep_alive_message>(&message)) {
        it.kept = alive->stream_id.size();
    } else if (const auto* const end = get_if<end_stream_message>(&message)) {
        it.kept = end->stream_id.size();
        if (end->error) it.kept += end->error->message.size() + end->error->user_error_code.size();
    } else {
        return {};
    }
    return it;
}

WEBPUBSUB_DECL std::string_view streams::group_sent_to(const turn& during, std::uint32_t from,
                                                       const client_message& message) const {
    const std::string* id = nullptr;
    if (const auto* const data = get_if<stream_data_message>(&message)) id = &data->stream_id;
    if (const auto* const end = get_if<end_stream_message>(&message)) id = &end->stream_id;
    if (id == nullptr) return {};
    const auto found = find(during, from, *id);
    return found == no_slot ? std::string_view() : std::string_view(streams_[found].group);
}

WEBPUBSUB_DECL outcome streams::execute(turn& during, std::uint32_t from, client_message& message) {
    if (auto* const it = get_if<stream_data_message>(&message)) return execute(during, from, *it);
    if (auto* const it = get_if<start_stream_message>(&message)) return execute(during, from, *it);
    if (auto* const it = get_if<end_stream_message>(&message)) return execute(during, from, *it);
    auto* const alive = get_if<stream_keep_alive_message>(&message);
    if (alive == nullptr) return {};
    const auto found = find(during, from, alive->stream_id);
    if (found == no_slot) {
        tell_publisher(during, from, std::move(alive->stream_id), stream_not_found());
    } else {
        streams_[found].keep_alive(during.now.steady);
    }
    return done();
}

WEBPUBSUB_DECL outcome streams::execute(turn& during, std::uint32_t from, start_stream_message& message) {
    auto& id = message.stream.stream_id;
    std::optional<service_error> objection;
    if (!during.connections[from].permissions.allows(permission::send_to_group, message.group)) {
        objection = forbidden("send to", message.group);
    } else if (!during.reports.can_publish()) {
        objection = not_publishing();
    } else if (id.size() > during.options.streams.max_id_size) {
        objection = bad_request("The stream id is too long.");
    } else if (find(during, from, id) != no_slot) {
        objection = bad_request("A stream with this id is open already.");
    } else if (open(during, from) >= during.options.streams.max_open) {
        objection = bad_request("The connection has as many open streams as it may have.");
    }
    if (objection) {
        tell_publisher(during, from, std::move(id), std::move(objection));
        return done();
    }
    published_stream made;
    made.publisher = during.connections.handle_of(from);
    made.id = id;
    made.group = std::move(message.group);
    made.no_echo = message.no_echo;
    made.metadata = std::move(message.metadata);
    made.heard = during.now.steady;
    made.idle_timeout = during.options.streams.idle_timeout;
    if (const auto given = message.stream.idle_timeout_ms) made.idle_timeout = std::chrono::milliseconds(*given);
    taken_slot taken(streams_);
    places_.set(owned_name(made.publisher, id), taken.slot());
    idle_timers_.set(taken.slot(), made.idle_at());
    streams_[taken.keep()] = std::move(made);
    during.send_control(from, stream_ack_message{std::move(id), 1});
    return done();
}

WEBPUBSUB_DECL outcome streams::execute(turn& during, std::uint32_t from, stream_data_message& message) {
    const auto found = find(during, from, message.stream_id);
    if (found == no_slot) {
        tell_publisher(during, from, std::move(message.stream_id), stream_not_found());
        return done();
    }
    if (!during.reports.can_publish()) {
        const auto ended = take(found);
        auto why = not_publishing();
        publish_end(during, ended, from, during.connections[from].user_id, stream_error{why.name, why.message, {}});
        tell_publisher(during, from, std::move(message.stream_id), std::move(why));
        return done();
    }
    auto& stream = streams_[found];
    const auto verdict = stream.receive(during.now.steady, message.stream_sequence_id);
    if (verdict == published_stream::verdict::ahead) {
        during.send_control(from, stream_nack_message{std::move(message.stream_id), stream.expected,
                                                      std::string(error_names::invalid_sequence_id),
                                                      "The fragments before this one have not arrived."});
        return done();
    }
    if (verdict == published_stream::verdict::next) {
        publish(during, stream, from, during.connections[from].user_id, std::move(message.data),
                {message.stream_id, message.stream_sequence_id, std::nullopt});
    }
    during.send_control(from, stream_ack_message{std::move(message.stream_id), stream.expected});
    return done();
}

WEBPUBSUB_DECL outcome streams::execute(turn& during, std::uint32_t from, end_stream_message& message) {
    const auto found = find(during, from, message.stream_id);
    if (found == no_slot) {
        tell_publisher(during, from, std::move(message.stream_id), stream_not_found());
        return done();
    }
    const auto ended = take(found);
    std::optional<stream_error> error;
    if (message.error) {
        error = stream_error{std::string(error_names::user_error), std::move(message.error->message),
                             std::move(message.error->user_error_code)};
    }
    publish_end(during, ended, from, during.connections[from].user_id, std::move(error));
    tell_publisher(during, from, std::move(message.stream_id), std::nullopt);
    return done();
}

WEBPUBSUB_DECL std::uint32_t streams::find(const turn& during, std::uint32_t at, std::string_view id) const {
    const auto* const found = places_.find(owned_name(during.connections.handle_of(at), id));
    return found == nullptr ? no_slot : static_cast<std::uint32_t>(*found);
}

WEBPUBSUB_DECL std::vector<std::uint32_t> streams::places_of(const turn& during, std::uint32_t at) const {
    std::vector<std::uint32_t> places;
    const auto prefix = owned_name(during.connections.handle_of(at), {});
    for (const auto* each = places_.first_from(prefix); each != nullptr && each->name().starts_with(prefix);
         each = places_.next_after(each->name())) {
        places.push_back(static_cast<std::uint32_t>(each->value));
    }
    return places;
}

WEBPUBSUB_DECL std::size_t streams::open(const turn& during, std::uint32_t at) const {
    return places_of(during, at).size();
}

WEBPUBSUB_DECL published_stream streams::take(std::uint32_t place) {
    auto taken = std::exchange(streams_[place], {});
    places_.erase(owned_name(taken.publisher, taken.id));
    idle_timers_.cancel(place);
    streams_.give_back(place);
    return taken;
}

WEBPUBSUB_DECL void streams::tell_publisher(turn& during, std::uint32_t at, std::string id,
                                            std::optional<service_error> error) {
    during.send_control(at, stream_closed_message{std::move(id), std::move(error)});
}

WEBPUBSUB_DECL void streams::handle_change(turn& during, std::uint32_t at, connection_change change) {
    if (change != connection_change::ended) return;
    for (const auto place : places_of(during, at)) departures_.push_back({during.connections[at].user_id, take(place)});
}

WEBPUBSUB_DECL bool streams::announce_departures(turn& during) {
    if (departures_.empty()) return false;
    while (!departures_.empty()) {
        const auto left = departures_.take_front();
        publish_end(during, left.stream, no_slot, left.user_id,
                    stream_error{std::string(error_names::cancelled), "The publisher's connection has ended.", {}});
    }
    return true;
}

WEBPUBSUB_DECL std::uint32_t streams::take_due(turn& during) {
    const auto due = idle_timers_.pop_due(during.now.steady);
    return due ? during.connections.find(streams_[static_cast<std::uint32_t>(*due)].publisher) : no_slot;
}

WEBPUBSUB_DECL void streams::close_idle(turn& during, std::uint32_t at) {
    for (const auto place : places_of(during, at)) {
        const auto idle_at = streams_[place].idle_at();
        if (idle_at && *idle_at <= during.now.steady) {
            auto idle = take(place);
            const std::string name(error_names::idle_timeout);
            const std::string text = "Nothing came for the idle time of the stream.";
            publish_end(during, idle, at, during.connections[at].user_id, stream_error{name, text, {}});
            tell_publisher(during, at, std::move(idle.id), service_error{name, text});
        } else if (!idle_timers_.is_set(place)) {
            idle_timers_.set(place, idle_at);
        }
    }
}

WEBPUBSUB_DECL void streams::publish(turn& during, const published_stream& from, std::uint32_t publisher,
                                     const std::string& user_id, payload data, stream_position position) {
    auto& sent = during.fan.outgoing_group_message();
    sent.group = from.group;
    sent.data = std::move(data);
    sent.metadata = from.metadata;
    sent.from_user_id = user_id;
    sent.stream = std::move(position);
    // Simple clients see payloads only, and at the end of a stream there is none.
    std::optional<payload_view> bare;
    if (!sent.stream->end) bare = sent.data;
    during.publish(bare, publisher, from.no_echo);
}

WEBPUBSUB_DECL void streams::publish_end(turn& during, const published_stream& from, std::uint32_t publisher,
                                         const std::string& user_id, std::optional<stream_error> error) {
    publish(during, from, publisher, user_id, text_payload({}), from.end(std::move(error)));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
