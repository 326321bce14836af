// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/service/clustered_rest_calls.hpp>

#include <chrono>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_INLINE clustered_rest_calls::outcome clustered_rest_calls::begin(cluster_member& member, instant now,
                                                                                rest_task task) {
    const bool is_head = task.is_head;
    const auto answer = [is_head](http_response response) {
        return detail::finish_rest_answer(std::move(response), is_head);
    };
    switch (task.received.call.operation) {
    case rest_operation::send_to_all:
    case rest_operation::send_to_group:
    case rest_operation::send_to_user:
    case rest_operation::send_to_connection: return answer(send(member, now, task.received.call));
    case rest_operation::get_service_status:
    case rest_operation::generate_client_token:
        return answer(fail_rest_call(501, "NotImplemented", "No hub does this."));
    default: break;
    }
    pending_call call{std::move(task)};
    if (call.task.received.call.operation == rest_operation::list_connections_in_group) {
        auto page = detail::read_page_request(call.task.received);
        if (!page) return answer(page.error());
        call.page = std::move(*page);
    }
    const auto number = ++last_;
    std::optional<error> refused;
    for (const auto& id : ask(member, now, call)) {
        if (id) {
            requests_.emplace(*id, number);
            ++call.open;
        } else {
            refused = id.error();
        }
    }
    if (call.open == 0) {
        if (!refused) return answer(complete_rest_call(call.task.received.call.operation));
        if (refused->code == errc::too_many_pending) {
            return answer(fail_rest_call(503, {}, "Too many calls wait for other nodes."));
        }
        return answer(detail::refuse_by(*refused));
    }
    // What was refused in part is not known to be done.
    call.sum.outcome = refused ? cluster_outcome::unknown : cluster_outcome::absent;
    calls_.emplace(number, std::move(call));
    return number;
}

WEBPUBSUB_COLD_INLINE http_response clustered_rest_calls::send(cluster_member& member, instant now,
                                                               const rest_call& call) {
    cluster_send_options how;
    how.except = call.excluded;
    how.filter = call.filter;
    how.time_to_live = std::chrono::seconds(call.message_ttl.value_or(0));
    how.metadata = call.metadata;
    const auto sent = [&]() -> result<void> {
        switch (call.operation) {
        case rest_operation::send_to_group: return member.send_to_group(now, call.group, call.data, how);
        case rest_operation::send_to_user: return member.send_to_user(now, call.user_id, call.data, how);
        case rest_operation::send_to_connection:
            return member.send_to_connection(now, call.connection_id, call.data, how);
        default: return member.send_to_all(now, call.data, how);
        }
    }();
    return sent ? complete_rest_call(call.operation) : detail::refuse_by(sent.error());
}

WEBPUBSUB_COLD_INLINE std::vector<clustered_rest_calls::asked> clustered_rest_calls::ask(cluster_member& member,
                                                                                         instant now,
                                                                                         pending_call& of) {
    const auto& call = of.task.received.call;
    const cluster_target connection{.connection_id = call.connection_id};
    const cluster_target user{.user_id = call.user_id};
    cluster_target several{.filter = call.filter, .except = call.excluded};
    std::vector<asked> all;
    switch (call.operation) {
    case rest_operation::add_connections_to_groups:
        for (const auto& group : call.groups) all.push_back(member.add_to_group(now, several, group));
        return all;
    case rest_operation::remove_connections_from_groups:
        for (const auto& group : call.groups) all.push_back(member.remove_from_group(now, several, group));
        return all;
    case rest_operation::close_group_connections: several.group = call.group; break;
    case rest_operation::close_user_connections: several.user_id = call.user_id; break;
    default: break;
    }
    all.push_back([&]() -> asked {
        switch (call.operation) {
        case rest_operation::close_connection: return member.close(now, connection, call.reason);
        case rest_operation::close_all_connections:
        case rest_operation::close_group_connections:
        case rest_operation::close_user_connections: return member.close(now, several, call.reason);
        case rest_operation::connection_exists: return member.ask_connection(now, call.connection_id);
        case rest_operation::group_exists: return member.ask_group(now, call.group);
        case rest_operation::user_exists: return member.ask_user(now, call.user_id);
        case rest_operation::check_permission:
            return member.ask_permission(now, call.connection_id, call.permission, call.target_name);
        case rest_operation::grant_permission: return member.grant(now, connection, call.permission, call.target_name);
        case rest_operation::revoke_permission:
            return member.revoke(now, connection, call.permission, call.target_name);
        case rest_operation::list_connections_in_group:
            return member.list_members(now, call.group, of.page->from, of.page->wanted());
        case rest_operation::add_connection_to_group: return member.add_to_group(now, connection, call.group);
        case rest_operation::remove_connection_from_group: return member.remove_from_group(now, connection, call.group);
        case rest_operation::remove_connection_from_all_groups: return member.remove_from_all_groups(now, connection);
        case rest_operation::add_user_to_group: return member.add_to_group(now, user, call.group);
        case rest_operation::remove_user_from_group: return member.remove_from_group(now, user, call.group);
        case rest_operation::remove_user_from_all_groups: return member.remove_from_all_groups(now, user);
        default: return errc::invalid_argument;
        }
    }());
    return all;
}

namespace detail {

/// Of the outcomes of one call's commands the one with the largest weight is that of the call.
constexpr int weight_of(cluster_outcome outcome) noexcept {
    switch (outcome) {
    case cluster_outcome::absent: return 0;
    case cluster_outcome::done: return 1;
    case cluster_outcome::limit_reached: return 2;
    case cluster_outcome::unknown: break;
    }
    return 3;
}

} // namespace detail

WEBPUBSUB_COLD_INLINE bool clustered_rest_calls::handle(const cluster_events::answered& answered) {
    const auto found = requests_.find(answered.id);
    if (found == requests_.end()) return false;
    const auto at = calls_.find(found->second);
    requests_.erase(found);
    auto& call = at->second;
    if (detail::weight_of(answered.outcome) > detail::weight_of(call.sum.outcome)) call.sum.outcome = answered.outcome;
    call.sum.members.insert(call.sum.members.end(), answered.members.begin(), answered.members.end());
    if (--call.open != 0) return true;
    finished_.push_back({at->first, detail::finish_rest_answer(conclude(call), call.task.is_head)});
    calls_.erase(at);
    return true;
}

WEBPUBSUB_COLD_INLINE http_response clustered_rest_calls::conclude(const pending_call& of) {
    const auto& call = of.task.received.call;
    switch (of.sum.outcome) {
    case cluster_outcome::unknown: return fail_rest_call(503, {}, "A node of the service has not answered in time.");
    case cluster_outcome::limit_reached:
        return detail::refuse_conflict("A limit of the hub is reached, or a node can't be reached.");
    case cluster_outcome::done:
    case cluster_outcome::absent: break;
    }
    const bool is_there = of.sum.outcome == cluster_outcome::done;
    switch (call.operation) {
    case rest_operation::list_connections_in_group: {
        std::vector<listed_connection> members;
        for (const auto& each : of.sum.members) members.push_back({each.connection_id, each.user_id});
        return detail::answer_page(of.task.received, *of.page, std::move(members), of.task.origin);
    }
    case rest_operation::connection_exists:
        return detail::tell_existence(call, is_there, "Warning.Connection.NotExisted");
    case rest_operation::group_exists: return detail::tell_existence(call, is_there, "Warning.Group.NotExisted");
    case rest_operation::user_exists: return detail::tell_existence(call, is_there, "Warning.User.NotExisted");
    case rest_operation::check_permission: return detail::tell_existence(call, is_there, "Info.Connection.NotExisted");
    case rest_operation::grant_permission:
        if (!is_there) return detail::refuse_unknown_connection("Info.Connection.NotExisted", call.connection_id);
        break;
    case rest_operation::add_connection_to_group:
        if (!is_there) return detail::refuse_unknown_connection("Error.Connection.NotExisted", call.connection_id);
        break;
    case rest_operation::add_user_to_group:
        if (!is_there) return detail::refuse_unknown_user(call.user_id);
        break;
    default: break;
    }
    return complete_rest_call(call.operation);
}

WEBPUBSUB_COLD_INLINE std::optional<clustered_rest_calls::finished> clustered_rest_calls::poll_finished() {
    if (finished_.empty()) return std::nullopt;
    auto first = std::move(finished_.front());
    finished_.erase(finished_.begin());
    return first;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
