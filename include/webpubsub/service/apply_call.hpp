// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/filter/connection_condition.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/rest/answer.hpp>
#include <webpubsub/rest/call.hpp>
#include <webpubsub/rest/continuation.hpp>
#include <webpubsub/rest/read_call.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/percent.hpp>
#include <webpubsub/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The filter of a call; nothing where it has none. The error is the answer to send (rest.md section 8).
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<std::optional<connection_condition>, http_response> read_rest_filter(
    const rest_call& call) {
    if (call.filter.empty()) return std::nullopt;
    auto parsed = condition::parse(call.filter);
    if (!parsed) return fail_bad_rest_call(parsed.error().message);
    return std::optional(connection_condition(std::move(*parsed)));
}

namespace detail {

inline constexpr std::size_t all_of_them = std::numeric_limits<std::size_t>::max();

WEBPUBSUB_COLD_INLINE http_response refuse_unknown_connection(std::string_view code, std::string_view id) {
    return fail_rest_call(404, code, "Connection `" + std::string(id) + "` is not found.", "Connection");
}

WEBPUBSUB_COLD_INLINE http_response refuse_unknown_user(const std::string& id) {
    return fail_rest_call(404, "Error.User.NotExisted", "User `" + id + "` is not found.", "User");
}

WEBPUBSUB_COLD_INLINE http_response refuse_conflict(std::string_view message) {
    return fail_rest_call(409, "Error.Connection.Conflict", message, "Connection");
}

/// What a failed command of the hub is over HTTP.
WEBPUBSUB_COLD_INLINE http_response refuse_by(const error& why) {
    return why.code == errc::too_many_groups ? refuse_conflict(why.message()) : fail_bad_rest_call(why.message());
}

WEBPUBSUB_COLD_INLINE http_response send_message(hub& to, instant now, const rest_call& call,
                                                 const std::optional<connection_condition>& filter) {
    send_options how;
    how.except = call.excluded;
    if (filter) how.filter = connection_filter(*filter);
    how.time_to_live = std::chrono::seconds(call.message_ttl.value_or(0));
    how.metadata = call.metadata;
    const auto sent = [&]() -> result<std::size_t> {
        switch (call.operation) {
        case rest_operation::send_to_group: return to.send_to_group(now, call.group, call.data, how);
        case rest_operation::send_to_user: return to.send_to_user(now, call.user_id, call.data, how);
        case rest_operation::send_to_connection: return to.send_to_connection(now, call.connection_id, call.data, how);
        default: return to.send_to_all(now, call.data, how);
        }
    }();
    // Nobody may have got it: that is no failure.
    return sent ? complete_rest_call(call.operation) : refuse_by(sent.error());
}

WEBPUBSUB_COLD_INLINE http_response close_connections(hub& at, instant now, const rest_call& call,
                                                      const std::vector<std::string>& ids) {
    auto excluded = call.excluded;
    std::sort(excluded.begin(), excluded.end());
    for (const auto& id : ids) {
        if (std::binary_search(excluded.begin(), excluded.end(), id)) continue;
        // One of those that are closed may end others; and the text of a reason is UTF-8, since it is from a query.
        static_cast<void>(at.close_connection(now, id, call.reason));
    }
    return complete_rest_call(call.operation);
}

WEBPUBSUB_COLD_INLINE http_response change_groups(hub& at, instant now, const rest_call& call,
                                                  const std::vector<std::string>& ids) {
    const bool adds = call.operation == rest_operation::add_connections_to_groups;
    for (const auto& id : ids) {
        for (const auto& group : call.groups) {
            const auto changed = adds ? at.add_to_group(now, id, group) : at.remove_from_group(now, id, group);
            if (!changed && changed.error().code != errc::unknown_target) return refuse_by(changed.error());
        }
    }
    return complete_rest_call(call.operation);
}

WEBPUBSUB_COLD_INLINE http_response add_user(hub& at, instant now, const rest_call& call) {
    const auto ids = at.list_connections_of_user(call.user_id, {}, all_of_them);
    if (ids.empty()) return refuse_unknown_user(call.user_id);
    for (const auto& id : ids) {
        if (const auto added = at.add_to_group(now, id, call.group); !added) return refuse_by(added.error());
    }
    return complete_rest_call(call.operation);
}

WEBPUBSUB_COLD_INLINE http_response change_permission(hub& at, instant now, const rest_call& call) {
    const bool grants = call.operation == rest_operation::grant_permission;
    const auto changed = grants ? at.grant(now, call.connection_id, call.permission, call.target_name)
                                : at.revoke(now, call.connection_id, call.permission, call.target_name);
    if (changed) return complete_rest_call(call.operation);
    if (changed.error().code != errc::unknown_target) return refuse_conflict(changed.error().message());
    return grants ? refuse_unknown_connection("Info.Connection.NotExisted", call.connection_id)
                  : complete_rest_call(call.operation);
}

/// The answer to a question whether something exists; one that does not has its code in the header only.
WEBPUBSUB_COLD_INLINE http_response tell_existence(const rest_call& call, bool exists, std::string_view code) {
    return exists ? complete_rest_call(call.operation) : fail_rest_call(404, code);
}

/// A page that is asked for: the members from `from` on, and as many as the page has, with one more that tells whether
/// there is another page.
struct page_request {
    std::string from;
    std::uint32_t size = 0;
    std::uint32_t top = 0;

    std::uint32_t wanted() const noexcept { return size + 1; }
};

WEBPUBSUB_COLD_INLINE result<page_request, http_response> read_page_request(const received_rest_call& received) {
    const auto& call = received.call;
    page_request page;
    if (!call.continuation_token.empty()) {
        const auto last = read_continuation_token(received.hub, call.group, call.continuation_token);
        if (!last) return fail_bad_rest_call("The continuationToken is invalid.");
        page.from = *last + '\0';
    }
    page.top = call.top.value_or(max_rest_top);
    page.size = std::min(call.max_page_size.value_or(max_rest_page_size), page.top);
    return page;
}

/// `members` are as many as were wanted, or all there are.
WEBPUBSUB_COLD_INLINE http_response answer_page(const received_rest_call& received, const page_request& page,
                                                std::vector<listed_connection> members, std::string_view origin) {
    const auto& call = received.call;
    const bool has_more = members.size() > page.size && page.top > page.size;
    if (members.size() > page.size) members.pop_back();
    std::string link;
    if (has_more) {
        link = std::string(origin) + rest_path(call, received.hub);
        append_query_parameter(link, "api-version", received.api_version);
        if (call.max_page_size) append_query_parameter(link, "maxpagesize", std::to_string(page.size));
        if (call.top) append_query_parameter(link, "top", std::to_string(page.top - page.size));
        const auto token = make_continuation_token(received.hub, call.group, members.back().connection_id);
        append_query_parameter(link, "continuationToken", token);
    }
    return answer_connection_page(members, link);
}

WEBPUBSUB_COLD_INLINE http_response list_page(const hub& of, const received_rest_call& received,
                                              std::string_view origin) {
    const auto page = read_page_request(received);
    if (!page) return page.error();
    std::vector<listed_connection> members;
    for (auto& id : of.list_members(received.call.group, page->from, page->wanted())) {
        auto user = std::string(of.user_of(id));
        members.push_back({std::move(id), std::move(user)});
    }
    return answer_page(received, *page, std::move(members), origin);
}

} // namespace detail

/// Does what a call of the REST API says to a hub, and gives the answer (rest.md sections 5 to 7). `filter` is that of
/// the call. `origin` is that of the service, as the caller knows it, for the link to the next page of a list. The
/// calls that concern no hub, and `generate_client_token`, are not for this function (501). An operation on many
/// connections that runs into a limit of the hub (409) has been done in part.
WEBPUBSUB_COLD_INLINE http_response apply_rest_call(hub& to, instant now, const received_rest_call& received,
                                                    const std::optional<connection_condition>& filter,
                                                    std::string_view origin) {
    const auto& call = received.call;
    const auto done = [&call] { return complete_rest_call(call.operation); };
    using namespace detail;
    switch (call.operation) {
    case rest_operation::send_to_all:
    case rest_operation::send_to_group:
    case rest_operation::send_to_user:
    case rest_operation::send_to_connection: return send_message(to, now, call, filter);
    case rest_operation::add_connections_to_groups:
    case rest_operation::remove_connections_from_groups: {
        const auto passing = filter ? connection_filter(*filter) : connection_filter();
        return change_groups(to, now, call, to.list_connections({}, all_of_them, passing));
    }
    case rest_operation::close_all_connections:
        return close_connections(to, now, call, to.list_connections({}, all_of_them));
    case rest_operation::close_group_connections:
        return close_connections(to, now, call, to.list_members(call.group, {}, all_of_them));
    case rest_operation::close_user_connections:
        return close_connections(to, now, call, to.list_connections_of_user(call.user_id, {}, all_of_them));
    case rest_operation::close_connection: return close_connections(to, now, call, {call.connection_id});
    case rest_operation::connection_exists:
        return tell_existence(call, to.connection_exists(call.connection_id), "Warning.Connection.NotExisted");
    case rest_operation::group_exists:
        return tell_existence(call, to.group_exists(call.group), "Warning.Group.NotExisted");
    case rest_operation::user_exists:
        return tell_existence(call, to.user_exists(call.user_id), "Warning.User.NotExisted");
    case rest_operation::check_permission:
        return tell_existence(call, to.has_permission(call.connection_id, call.permission, call.target_name),
                              "Info.Connection.NotExisted");
    case rest_operation::grant_permission:
    case rest_operation::revoke_permission: return change_permission(to, now, call);
    case rest_operation::list_connections_in_group: return list_page(to, received, origin);
    case rest_operation::add_connection_to_group: {
        const auto added = to.add_to_group(now, call.connection_id, call.group);
        if (added) return done();
        return added.error().code == errc::unknown_target
                   ? refuse_unknown_connection("Error.Connection.NotExisted", call.connection_id)
                   : refuse_by(added.error());
    }
    // What is not there, or in no such group, is as it should be.
    case rest_operation::remove_connection_from_group:
        static_cast<void>(to.remove_from_group(now, call.connection_id, call.group));
        return done();
    case rest_operation::remove_connection_from_all_groups:
        static_cast<void>(to.remove_from_all_groups(now, call.connection_id));
        return done();
    case rest_operation::add_user_to_group: return add_user(to, now, call);
    case rest_operation::remove_user_from_group:
        for (const auto& id : to.list_connections_of_user(call.user_id, {}, all_of_them)) {
            static_cast<void>(to.remove_from_group(now, id, call.group));
        }
        return done();
    case rest_operation::remove_user_from_all_groups:
        for (const auto& id : to.list_connections_of_user(call.user_id, {}, all_of_them)) {
            static_cast<void>(to.remove_from_all_groups(now, id));
        }
        return done();
    case rest_operation::get_service_status:
    case rest_operation::generate_client_token: break;
    }
    return fail_rest_call(501, "NotImplemented", "No hub does this.");
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
