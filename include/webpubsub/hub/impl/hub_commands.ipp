// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/hub/parts/close_reasons.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/variant.hpp>

#include <utility>

// What clients and the application ask of a hub.

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace hub_parts {

WEBPUBSUB_COLD_DECL std::vector<std::string> list_names(const name_index& names, std::string_view from,
                                                        std::size_t limit) {
    std::vector<std::string> page;
    const auto* each = names.first_from(from);
    for (; each != nullptr && page.size() < limit; each = names.next_after(each->name())) {
        page.emplace_back(each->name());
    }
    return page;
}

} // namespace hub_parts

// The way of a client's message: it is read, arrives at the part that owns its kind, and is executed in its turn. A new
// kind of message touches none of this.

WEBPUBSUB_COLD_DECL void hub::receive(hub_parts::turn& during, slot from, frame_kind kind, std::string_view bytes) {
    const auto* const codec = roster_.codec_of(from);
    const auto refuse = [&](std::uint16_t code) {
        outputs_.schedule_close(from, code, hub_parts::bad_frame_reason(code, codec));
    };
    if (bytes.size() > options_.frames.max_received_size) return refuse(close_code::message_too_big);
    if (codec != nullptr && kind != codec->protocol().frames()) return refuse(close_code::unsupported_data);
    if (events_.is_full(options_.application)) {
        return outputs_.schedule_close(from, close_code::internal_error, "The application does not take its events.");
    }
    const auto altered = read(from, kind, bytes);
    if (!altered) return refuse(close_code::invalid_payload);

    const auto it = arrive(during, from, *altered);
    switch (it.what) {
    case hub_parts::arrival::verdict::not_mine:
    case hub_parts::arrival::verdict::done: return;
    case hub_parts::arrival::verdict::malformed: return refuse(close_code::invalid_payload);
    case hub_parts::arrival::verdict::refused:
        return requests_.acknowledge(during, from, it.ack, hub_parts::half_surrogate());
    case hub_parts::arrival::verdict::in_turn: break;
    }
    auto& message = incoming_.message();
    if (requests_.must_wait(from) || is_held_back(during, from, message)) {
        return requests_.enqueue(during, from, {std::move(message), it.number, it.kept, it.ack});
    }
    execute(during, from, message, it.number, it.ack);
}

/// Reads one frame into `incoming_`, and tells whether a string had to be changed. What a simple client sends is an
/// event `message`, or a message to its one group (sessions.md section 5).
WEBPUBSUB_COLD_DECL result<bool> hub::read(slot from, frame_kind kind, std::string_view bytes) {
    if (const auto* const codec = roster_.codec_of(from)) {
        const auto notes = codec->decode(bytes, incoming_);
        if (!notes) return notes.error();
        return !notes->empty();
    }
    if (kind == frame_kind::text && !is_utf8(bytes)) return errc::invalid_utf8;
    payload* data = nullptr;
    if (const auto& mode = roster_[from].publishes_to) {
        auto& message = select<send_to_group_message>();
        message.group = mode->group;
        message.no_echo = mode->no_echo;
        data = &message.data;
    } else {
        auto& message = select<event_message>();
        message.event = "message";
        data = &message.data;
    }
    data->type = kind == frame_kind::text ? data_type::text : data_type::binary;
    data->bytes = bytes;
    return false;
}

/// A new message of that kind in `incoming_`.
template <class Message>
Message& hub::select() {
    return incoming_.select(detail::index_in<Message, client_message>::value).template emplace<Message>();
}

WEBPUBSUB_COLD_DECL hub_parts::arrival hub::arrive(hub_parts::turn& during, slot from, bool altered) {
    const auto& message = incoming_.message();
    auto it = requests_.arrive(during, from, message, altered);
    if (it.what == hub_parts::arrival::verdict::not_mine) it = streams_.arrive(during, from, message, altered);
    if (it.what == hub_parts::arrival::verdict::not_mine) it = group_states_.arrive(during, from, message, altered);
    if (it.what == hub_parts::arrival::verdict::not_mine) it = invocations_.arrive(during, from, message, altered);
    return it;
}

/// Whether a message has to wait because its receivers, or its sender, do not read fast enough. A client that
/// acknowledges what it reads is read on, for its acknowledgements may be what makes room.
WEBPUBSUB_COLD_DECL bool hub::is_held_back(hub_parts::turn& during, slot from, const client_message& message) {
    if (outputs_.congested_count() == 0 && !senders_.knows_rooms()) return false;
    std::string_view group;
    if (!outputs_[from].congested) {
        group = requests_.group_sent_to(message);
        if (group.empty()) group = streams_.group_sent_to(during, from, message);
        if (group.empty()) group = group_states_.group_sent_to(message);
        if (group.empty() || !during.is_congested(group)) return false;
    }
    senders_.wait(roster_.handle_of(from), group);
    if (!roster_[from].reliable) outputs_.set_paused(from, hub_parts::pause_reason::receivers, true);
    return true;
}

/// Requests of one connection are processed one after another (subprotocols.md section 5.2), and an event is not done
/// before its answer.
WEBPUBSUB_COLD_DECL void hub::execute(hub_parts::turn& during, slot from, client_message& message, std::uint64_t number,
                                      std::optional<std::uint64_t> ack, hub_parts::holder released_by) {
    using kind = hub_parts::outcome::kind;
    if (requests_.answer_repetition(during, from, ack)) return;
    if (roster_[from].has_published && released_by < hub_parts::holder::own_messages &&
        !hub_parts::is_publication(message)) {
        return requests_.hold(during, from, {std::move(message), number, 0, ack}, hub_parts::holder::own_messages);
    }
    auto it = requests_.execute(during, from, message, released_by);
    if (it.what == kind::not_mine) it = streams_.execute(during, from, message);
    if (it.what == kind::not_mine) it = group_states_.execute(during, from, message, released_by);
    if (it.what == kind::not_mine) it = invocations_.execute(during, from, message, number);
    if (!it.left_group.empty()) group_states_.handle_left(during, from, it.left_group);
    if (it.what == kind::held_by_host || it.what == kind::held_by_nodes) {
        const auto by = it.what == kind::held_by_host ? hub_parts::holder::host : hub_parts::holder::nodes;
        return requests_.hold(during, from, {std::move(message), number, 0, ack}, by);
    }
    if (it.what != kind::acknowledge && it.what != kind::acknowledge_and_finish) return;
    requests_.acknowledge(during, from, ack, std::move(it.error));
    if (it.what == kind::acknowledge_and_finish) group_states_.finish(during, from, message);
}

/// What the nodes have released is true now, so it is executed now, whoever does not read fast enough.
WEBPUBSUB_COLD_DECL void hub::execute_released(hub_parts::turn& during, slot from) {
    if (roster_[from].is_live() && !outputs_[from].close_scheduled) {
        const auto request = requests_.take_next(during, from);
        execute(during, from, request->message, request->number, request->ack, request->released_by);
    }
    execute_waiting(during, from);
}

WEBPUBSUB_COLD_DECL void hub::execute_waiting(hub_parts::turn& during, slot from) {
    while (roster_[from].is_live() && !outputs_[from].close_scheduled) {
        const auto* const next = requests_.next(from);
        if (next == nullptr || is_held_back(during, from, next->message)) break;
        const auto request = requests_.take_next(during, from);
        execute(during, from, request->message, request->number, request->ack, request->released_by);
    }
    // What waits may be what keeps a stream open, so the streams are looked at when nothing waits.
    if (roster_[from].is_live() && !outputs_[from].close_scheduled && requests_.waiting(from) == 0) {
        streams_.close_idle(during, from);
    }
}

// Answers.

WEBPUBSUB_COLD_DECL result<void> hub::answer_event(instant now, event_id id, std::optional<payload_view> answer,
                                                   const string_map& metadata) {
    call during(*this, now);
    if (answer) {
        if (auto checked = during.check(*answer); !checked) return checked;
    }
    if (auto checked = during.check(metadata); !checked) return checked;
    const auto at = requests_.answer_event(during, id, answer, metadata);
    if (!at) return at.error();
    execute_waiting(during, *at);
    return {};
}

WEBPUBSUB_COLD_DECL result<void> hub::fail_event(instant now, event_id id) {
    call during(*this, now);
    const auto at = requests_.fail_event(during, id);
    if (!at) return at.error();
    execute_waiting(during, *at);
    return {};
}

WEBPUBSUB_COLD_DECL result<void> hub::answer_invocation(instant now, event_id id, std::optional<payload_view> answer,
                                                        const string_map& metadata) {
    call during(*this, now);
    if (answer) {
        if (auto checked = during.check(*answer); !checked) return checked;
    }
    if (auto checked = during.check(metadata); !checked) return checked;
    invoke_response_message response;
    if (answer) response.outcome = answer->to_payload();
    response.metadata = metadata;
    return invocations_.answer(during, id, std::move(response));
}

WEBPUBSUB_COLD_DECL result<void> hub::fail_invocation(instant now, event_id id, const service_error& error) {
    call during(*this, now);
    if (auto checked = during.check(error); !checked) return checked;
    return invocations_.answer(during, id, {{}, error, {}});
}

WEBPUBSUB_COLD_DECL result<void> hub::release_request(instant now, held_request_id id) {
    call during(*this, now);
    const auto at = requests_.release_by_host(during, id);
    if (!at) return at.error();
    execute_waiting(during, *at);
    return {};
}

WEBPUBSUB_COLD_DECL result<void> hub::refuse_request(instant now, held_request_id id, const service_error& error) {
    call during(*this, now);
    if (auto checked = during.check(error); !checked) return checked;
    const auto at = requests_.refuse(during, id, error);
    if (!at) return at.error();
    execute_waiting(during, *at);
    return {};
}

// What the application sends and decides.

WEBPUBSUB_COLD_DECL result<std::size_t> hub::send_to_all(instant now, payload_view data, const send_options& options) {
    call during(*this, now);
    return during.send(roster_.everyone(), {}, data, options);
}

WEBPUBSUB_COLD_DECL result<std::size_t> hub::send_to_user(instant now, std::string_view user_id, payload_view data,
                                                          const send_options& options) {
    call during(*this, now);
    return during.send(roster_.users().members(user_id), {}, data, options);
}

/// A group message without a sender, unless the options name one (subprotocols.md section 3.3).
WEBPUBSUB_COLD_DECL result<std::size_t> hub::send_to_group(instant now, std::string_view group, payload_view data,
                                                           const send_options& options) {
    call during(*this, now);
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    return during.send(roster_.groups().members(group), group, data, options);
}

WEBPUBSUB_COLD_DECL result<std::size_t> hub::send_to_connection(instant now, std::string_view connection_id,
                                                                payload_view data, const send_options& options) {
    call during(*this, now);
    const auto at = roster_.find(connection_id);
    return during.send({&at, at == hub_parts::no_slot ? std::size_t{0} : 1}, {}, data, options);
}

WEBPUBSUB_COLD_DECL result<void> hub::add_to_group(instant now, std::string_view connection_id,
                                                   std::string_view group) {
    const call during(*this, now);
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    const auto at = roster_.find(connection_id);
    if (at == hub_parts::no_slot) return errc::unknown_target;
    switch (roster_.join(at, group, events_)) {
    case hub_parts::roster::join_outcome::joined:
    case hub_parts::roster::join_outcome::was_member: break;
    case hub_parts::roster::join_outcome::too_many_groups:
    case hub_parts::roster::join_outcome::hub_is_full: return errc::too_many_groups;
    }
    return {};
}

WEBPUBSUB_COLD_DECL result<void> hub::remove_from_group(instant now, std::string_view connection_id,
                                                        std::string_view group) {
    call during(*this, now);
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    const auto at = roster_.find(connection_id);
    if (at == hub_parts::no_slot) return errc::unknown_target;
    if (roster_.leave(at, group, events_)) group_states_.handle_left(during, at, std::string(group));
    return {};
}

WEBPUBSUB_COLD_DECL result<void> hub::remove_from_all_groups(instant now, std::string_view connection_id) {
    call during(*this, now);
    const auto at = roster_.find(connection_id);
    if (at == hub_parts::no_slot) return errc::unknown_target;
    for (const auto& group : roster_.groups().groups_of(at)) {
        roster_.leave(at, group, events_);
        group_states_.handle_left(during, at, group);
    }
    return {};
}

WEBPUBSUB_COLD_DECL result<void> hub::grant(instant now, std::string_view connection_id, permission what,
                                            std::string_view group) {
    const call during(*this, now);
    const auto at = roster_.find(connection_id);
    if (at == hub_parts::no_slot) return errc::unknown_target;
    return roster_[at].permissions.grant(what, group);
}

WEBPUBSUB_COLD_DECL result<void> hub::revoke(instant now, std::string_view connection_id, permission what,
                                             std::string_view group) {
    const call during(*this, now);
    const auto at = roster_.find(connection_id);
    if (at == hub_parts::no_slot) return errc::unknown_target;
    return roster_[at].permissions.revoke(what, group);
}

// Polls and getters.

/// Decisions come first: a transport is not closed before its host knows of it.
WEBPUBSUB_COLD_DECL polled<hub_order> hub::poll_order() {
    if (auto decided = admissions_.poll_order()) return decided;
    return outputs_.poll_order();
}

WEBPUBSUB_COLD_DECL bool hub::wants_input(transport_id transport) const { return outputs_.wants_input(transport); }

WEBPUBSUB_COLD_DECL bool hub::connection_exists(std::string_view connection_id) const {
    return roster_.find(connection_id) != hub_parts::no_slot;
}

WEBPUBSUB_COLD_DECL bool hub::user_exists(std::string_view user_id) const { return roster_.users().exists(user_id); }

WEBPUBSUB_COLD_DECL bool hub::group_exists(std::string_view group) const { return roster_.groups().exists(group); }

WEBPUBSUB_COLD_DECL bool hub::is_in_group(std::string_view connection_id, std::string_view group) const {
    const auto at = roster_.find(connection_id);
    return at != hub_parts::no_slot && roster_.groups().contains(group, at);
}

WEBPUBSUB_COLD_DECL bool hub::has_permission(std::string_view connection_id, permission what,
                                             std::string_view group) const {
    const auto at = roster_.find(connection_id);
    return at != hub_parts::no_slot && roster_[at].permissions.allows(what, group);
}

WEBPUBSUB_COLD_DECL std::string_view hub::connection_of(transport_id transport) const {
    const auto* const found = outputs_.find(transport);
    if (found == nullptr || found->connection == hub_parts::no_slot) return {};
    return roster_[found->connection].id;
}

WEBPUBSUB_COLD_DECL std::string_view hub::user_of(std::string_view connection_id) const {
    const auto at = roster_.find(connection_id);
    return at == hub_parts::no_slot ? std::string_view() : std::string_view(roster_[at].user_id);
}

WEBPUBSUB_COLD_DECL std::optional<queue_depth> hub::queue_of(std::string_view connection_id) const {
    const auto at = roster_.find(connection_id);
    if (at == hub_parts::no_slot) return std::nullopt;
    const auto& queue = outputs_[at].queue;
    return queue_depth{queue.data_frames(), queue.data_bytes(), queue.sent_frames(), queue.control_frames(),
                       requests_.waiting(at)};
}

WEBPUBSUB_COLD_DECL std::size_t hub::connection_count_of_user(std::string_view user_id) const {
    return roster_.users().members(user_id).size();
}

WEBPUBSUB_COLD_DECL std::size_t hub::connection_count_of_group(std::string_view group) const {
    return roster_.groups().members(group).size();
}

WEBPUBSUB_COLD_DECL std::vector<std::string> hub::list_connections(std::string_view from, std::size_t limit,
                                                                   const connection_filter& filter) const {
    return roster_.list(from, limit, filter);
}

WEBPUBSUB_COLD_DECL std::vector<std::string> hub::list_connections_of_user(std::string_view user_id,
                                                                           std::string_view from,
                                                                           std::size_t limit) const {
    return roster_.list(roster_.users().members(user_id), from, limit);
}

WEBPUBSUB_COLD_DECL std::vector<std::string> hub::list_members(std::string_view group, std::string_view from,
                                                               std::size_t limit) const {
    return roster_.list(roster_.groups().members(group), from, limit);
}

WEBPUBSUB_COLD_DECL std::vector<std::string> hub::list_users(std::string_view from, std::size_t limit) const {
    return hub_parts::list_names(roster_.users().by_name(), from, limit);
}

WEBPUBSUB_COLD_DECL std::vector<std::string> hub::list_groups(std::string_view from, std::size_t limit) const {
    return hub_parts::list_names(roster_.groups().by_name(), from, limit);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
