// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/local_calls.hpp>
#include <webpubsub/filter/connection_condition.hpp>
#include <webpubsub/rules/permission.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL std::optional<permission> read_permission(std::uint32_t number) noexcept {
    if (number > static_cast<std::uint32_t>(permission::set_group_state)) return std::nullopt;
    return static_cast<permission>(number);
}

/// The connections that a command is for.
WEBPUBSUB_DECL std::vector<std::string> targets_of(const hub& local, const bus_messages::audience& to) {
    constexpr auto all = std::numeric_limits<std::size_t>::max();
    std::vector<std::string> ids;
    if (!to.connection_id.empty()) {
        if (local.connection_exists(to.connection_id)) ids.push_back(to.connection_id);
    } else if (!to.user_id.empty()) {
        ids = local.list_connections_of_user(to.user_id, {}, all);
    } else if (!to.group.empty()) {
        ids = local.list_members(to.group, {}, all);
    } else if (to.filter.empty()) {
        ids = local.list_connections({}, all);
    } else if (auto parsed = condition::parse(to.filter)) {
        const connection_condition passing(std::move(*parsed));
        ids = local.list_connections({}, all, connection_filter(passing));
    }
    if (!to.except.empty()) {
        auto except = to.except;
        std::sort(except.begin(), except.end());
        std::erase_if(ids, [&](const auto& id) { return std::binary_search(except.begin(), except.end(), id); });
    }
    return ids;
}

WEBPUBSUB_DECL result<void> do_to(hub& local, instant now, const std::string& id, const bus_messages::command& what,
                                  permission right) {
    using bus_messages::command_kind;
    switch (static_cast<command_kind>(what.kind)) {
    case command_kind::add_to_group: return local.add_to_group(now, id, what.group);
    case command_kind::remove_from_group: return local.remove_from_group(now, id, what.group);
    case command_kind::remove_from_all_groups: return local.remove_from_all_groups(now, id);
    case command_kind::grant: return local.grant(now, id, right, what.group);
    case command_kind::revoke: return local.revoke(now, id, right, what.group);
    case command_kind::close: return local.close_connection(now, id, what.reason);
    }
    return errc::invalid_argument;
}

WEBPUBSUB_DECL bool is_limit(errc code) noexcept {
    return code == errc::too_many_groups || code == errc::too_many_rules;
}

WEBPUBSUB_DECL bool has_targets(const hub& local, const bus_messages::audience& to) {
    return !targets_of(local, to).empty();
}

WEBPUBSUB_DECL bus_messages::reply reply_with(bus_messages::reply_code code, std::uint64_t count) {
    return {0, static_cast<std::uint32_t>(code), count, {}};
}

WEBPUBSUB_DECL bus_messages::reply do_command(hub& local, instant now, const bus_messages::command& what) {
    using bus_messages::reply_code;
    const auto right = read_permission(what.permission);
    const auto last = static_cast<std::uint32_t>(bus_messages::command_kind::close);
    if (what.kind == 0 || what.kind > last || !right) return reply_with(reply_code::unknown_kind);
    std::uint64_t count = 0;
    bool is_limited = false;
    for (const auto& id : targets_of(local, what.to)) {
        const auto outcome = do_to(local, now, id, what, *right);
        if (outcome) ++count;
        if (!outcome && is_limit(outcome.error().code)) is_limited = true;
    }
    if (is_limited) return reply_with(reply_code::limit_reached, count);
    return reply_with(count != 0 ? reply_code::done : reply_code::absent, count);
}

WEBPUBSUB_DECL bus_messages::reply answer_question(const hub& local, const bus_messages::question& about) {
    using bus_messages::question_kind;
    using bus_messages::reply_code;
    const auto answer = [](bool yes) { return reply_with(yes ? reply_code::done : reply_code::absent); };
    switch (static_cast<question_kind>(about.kind)) {
    case question_kind::connection: return answer(local.connection_exists(about.connection_id));
    case question_kind::user: return answer(local.user_exists(about.user_id));
    case question_kind::group: return answer(local.group_exists(about.group));
    case question_kind::permission: {
        const auto right = read_permission(about.permission);
        if (!right) return reply_with(reply_code::unknown_kind);
        return answer(local.has_permission(about.connection_id, *right, about.group));
    }
    case question_kind::members: {
        const auto ids = local.list_members(about.group, about.from, std::min(about.limit, max_listed_members));
        auto reply = answer(!ids.empty());
        for (const auto& id : ids) {
            reply.values.push_back(id);
            reply.values.emplace_back(local.user_of(id));
        }
        return reply;
    }
    }
    return reply_with(reply_code::unknown_kind);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
