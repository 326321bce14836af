// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/cluster_member.hpp>
#include <webpubsub/rules/names.hpp>

#include <utility>

// What the application sends, decides and asks, and who waits for the bus.

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace cluster_parts {

WEBPUBSUB_DECL bus_messages::command make_command(bus_messages::command_kind kind, const cluster_target& who,
                                                  std::string_view group = {}) {
    bus_messages::command made;
    made.kind = static_cast<std::uint32_t>(kind);
    made.to.connection_id = who.connection_id;
    made.to.user_id = who.user_id;
    made.to.group = who.group;
    made.to.filter = who.filter;
    made.to.except = who.except;
    made.group = group;
    return made;
}

WEBPUBSUB_DECL bus_messages::question make_question(bus_messages::question_kind kind, std::string_view group = {}) {
    bus_messages::question made;
    made.kind = static_cast<std::uint32_t>(kind);
    made.group = group;
    return made;
}

} // namespace cluster_parts

WEBPUBSUB_DECL result<void> cluster_member::send_to_all(instant now, payload_view data,
                                                        const cluster_send_options& options) {
    auto during = begin(now);
    return publications_.send(during, {bus_channel_kind::all, {}}, data, options);
}

WEBPUBSUB_DECL result<void> cluster_member::send_to_user(instant now, std::string_view user_id, payload_view data,
                                                         const cluster_send_options& options) {
    auto during = begin(now);
    return publications_.send(during, {bus_channel_kind::user, std::string(user_id)}, data, options);
}

WEBPUBSUB_DECL result<void> cluster_member::send_to_group(instant now, std::string_view group, payload_view data,
                                                          const cluster_send_options& options) {
    auto during = begin(now);
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    return publications_.send(during, {bus_channel_kind::group, std::string(group)}, data, options);
}

WEBPUBSUB_DECL result<void> cluster_member::send_to_connection(instant now, std::string_view connection_id,
                                                               payload_view data, const cluster_send_options& options) {
    auto during = begin(now);
    return publications_.send_to_connection(during, connection_id, data, options);
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::command(instant now, bus_messages::command&& what) {
    auto during = begin(now);
    std::optional<cluster_parts::calls::due_command> due;
    auto id = calls_.command(during, std::move(what), due);
    if (due) execute(during, *due);
    return id;
}

WEBPUBSUB_DECL void cluster_member::execute(cluster_parts::member_turn& during,
                                            const cluster_parts::calls::due_command& due) {
    const cluster_parts::bus_waiter who{cluster_parts::bus_waiter::kind::command, due.number};
    if (due.awaited.empty()) return go_on(during, who, true);
    wait_for(during, who, due.awaited);
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::ask(instant now, bus_messages::question&& about) {
    auto during = begin(now);
    return calls_.ask(during, std::move(about));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::add_to_group(instant now, const cluster_target& who,
                                                                       std::string_view group) {
    return command(now, cluster_parts::make_command(bus_messages::command_kind::add_to_group, who, group));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::remove_from_group(instant now, const cluster_target& who,
                                                                            std::string_view group) {
    return command(now, cluster_parts::make_command(bus_messages::command_kind::remove_from_group, who, group));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::remove_from_all_groups(instant now,
                                                                                 const cluster_target& who) {
    return command(now, cluster_parts::make_command(bus_messages::command_kind::remove_from_all_groups, who));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::grant(instant now, const cluster_target& who, permission what,
                                                                std::string_view group) {
    auto made = cluster_parts::make_command(bus_messages::command_kind::grant, who, group);
    made.permission = static_cast<std::uint32_t>(what);
    return command(now, std::move(made));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::revoke(instant now, const cluster_target& who,
                                                                 permission what, std::string_view group) {
    auto made = cluster_parts::make_command(bus_messages::command_kind::revoke, who, group);
    made.permission = static_cast<std::uint32_t>(what);
    return command(now, std::move(made));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::close(instant now, const cluster_target& who,
                                                                std::string_view reason) {
    auto made = cluster_parts::make_command(bus_messages::command_kind::close, who);
    made.reason = reason;
    return command(now, std::move(made));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::ask_connection(instant now, std::string_view connection_id) {
    auto about = cluster_parts::make_question(bus_messages::question_kind::connection);
    about.connection_id = connection_id;
    return ask(now, std::move(about));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::ask_user(instant now, std::string_view user_id) {
    auto about = cluster_parts::make_question(bus_messages::question_kind::user);
    about.user_id = user_id;
    return ask(now, std::move(about));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::ask_group(instant now, std::string_view group) {
    return ask(now, cluster_parts::make_question(bus_messages::question_kind::group, group));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::ask_permission(instant now, std::string_view connection_id,
                                                                         permission what, std::string_view group) {
    auto about = cluster_parts::make_question(bus_messages::question_kind::permission, group);
    about.connection_id = connection_id;
    about.permission = static_cast<std::uint32_t>(what);
    return ask(now, std::move(about));
}

WEBPUBSUB_DECL result<cluster_request_id> cluster_member::list_members(instant now, std::string_view group,
                                                                       std::string_view from, std::uint32_t limit) {
    auto about = cluster_parts::make_question(bus_messages::question_kind::members, group);
    about.from = from;
    about.limit = limit;
    return ask(now, std::move(about));
}

// Who waits for the bus.

WEBPUBSUB_DECL void cluster_member::handle(cluster_parts::member_turn& during, hub_reports::request_waits& what) {
    using reason = hub_reports::wait_reason;
    if (what.why == reason::own_messages) return echoes_.await(during, what.id);
    if (what.why == reason::membership || !line_.channels.is_connected()) {
        const cluster_parts::bus_waiter who{cluster_parts::bus_waiter::kind::request, number_of(what.id)};
        return wait_for(during, who, {bus_channel{bus_channel_kind::group, std::move(what.group)}});
    }
    states_.watch(during, what.id, what.group);
}

WEBPUBSUB_DECL void cluster_member::handle(cluster_parts::member_turn& during, hub_reports::admission_waits& what) {
    std::vector<bus_channel> channels;
    if (!what.user_id.empty()) channels.push_back({bus_channel_kind::user, std::move(what.user_id)});
    for (auto& group : what.groups) channels.push_back({bus_channel_kind::group, std::move(group)});
    wait_for(during, {cluster_parts::bus_waiter::kind::admission, number_of(what.id)}, channels);
}

/// The channels are kept until those who wait have become members, or have had the time to.
WEBPUBSUB_DECL void cluster_member::wait_for(cluster_parts::member_turn& during, const cluster_parts::bus_waiter& who,
                                             const std::vector<bus_channel>& channels) {
    const auto until = add_saturating(during.now.steady, options_.subscription);
    const bool opens_later = who.what == cluster_parts::bus_waiter::kind::admission;
    const auto opened = add_saturating(until, during.node.opening_time().value_or(std::chrono::hours(1)));
    std::vector<bus_channel> unconfirmed;
    for (const auto& channel : channels) {
        line_.channels.keep(channel, opens_later ? opened : until);
        if (!line_.channels.is_confirmed(channel)) unconfirmed.push_back(channel);
    }
    if (line_.has_started() && !line_.channels.is_connected()) return go_on(during, who, may_go_on_alone());
    if (unconfirmed.empty()) return go_on(during, who, true);
    waits_.add(who, unconfirmed, until);
}

/// The hub may have given up the waiter before.
WEBPUBSUB_DECL void cluster_member::go_on(cluster_parts::member_turn& during, const cluster_parts::bus_waiter& who,
                                          bool is_possible) {
    using kind = cluster_parts::bus_waiter::kind;
    const auto objection = hub_parts::not_publishing();
    switch (who.what) {
    case kind::command: return calls_.execute(during, who.number, is_possible);
    case kind::request:
        static_cast<void>(is_possible ? during.node.release_request(during.now, held_request_id{who.number})
                                      : local_->refuse_request(during.now, held_request_id{who.number}, objection));
        return;
    case kind::admission:
        static_cast<void>(is_possible
                              ? during.node.release_admission(during.now, admission_id{who.number})
                              : during.node.refuse_admission(during.now, admission_id{who.number}, objection.message));
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
