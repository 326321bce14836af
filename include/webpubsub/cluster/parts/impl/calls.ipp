// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/calls.hpp>
#include <webpubsub/cluster/parts/local_calls.hpp>
#include <webpubsub/filter/condition.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>

#include <algorithm>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// The other nodes that a call concerns, and the channel where they hear of it.
struct call_route {
    std::vector<node_id> nodes;
    std::optional<bus_channel> channel;
    bool is_for_here = true;

    bool is_for_all() const noexcept { return channel && channel->kind == bus_channel_kind::all; }
};

/// A connection is where its id says. Of nodes that are not alive there are none, as soon as all nodes are known.
WEBPUBSUB_DECL call_route route_of(const member_turn& during, const std::string& connection_id) {
    if (connection_id.empty()) {
        auto nodes = during.nodes.living();
        return {std::move(nodes), bus_channel{bus_channel_kind::all, {}}, true};
    }
    const auto owner = node_id::of_connection(connection_id);
    if (!owner || *owner == during.self) return {};
    if (during.knows_nodes && !during.nodes.is_alive(*owner)) return {};
    return {{*owner}, channel_of(*owner), false};
}

WEBPUBSUB_DECL result<void> check(const bus_messages::command& what) {
    const auto kind = static_cast<bus_messages::command_kind>(what.kind);
    const bool names_group =
        kind != bus_messages::command_kind::remove_from_all_groups && kind != bus_messages::command_kind::close;
    if (names_group && !is_valid_group_name(what.group)) return errc::invalid_group_name;
    if (!is_utf8(what.reason)) return errc::invalid_utf8;
    if (!what.to.filter.empty() && !condition::parse(what.to.filter)) {
        return error::about(errc::invalid_argument, "filter");
    }
    return {};
}

WEBPUBSUB_DECL result<std::uint64_t> calls::open(member_turn& during, const call_route& route, pending_call&& call) {
    // A call that waits here only counts as well.
    if (pending_.size() >= during.options.max_pending) return error(errc::too_many_pending);
    // Where nobody can be asked, nobody is known to be there or not.
    call.is_told = !route.is_for_all() || during.channels.is_connected();
    const auto request = asked_.ask(during.now.steady, route.nodes);
    if (request) pending_.emplace(*request, std::move(call));
    return request;
}

WEBPUBSUB_DECL result<cluster_request_id> calls::command(member_turn& during, bus_messages::command&& what,
                                                         std::optional<due_command>& due) {
    if (auto checked = check(what); !checked) return checked.error();
    const auto route = route_of(during, what.to.connection_id);
    pending_call call;
    call.needs_all = true;
    if (!route.is_for_here) call.here = reply_with(bus_messages::reply_code::absent);
    const auto request = open(during, route, std::move(call));
    if (!request) return request.error();
    what.request = *request;
    if (!route.nodes.empty() && !during.publish(*route.channel, what)) asked_.give_up(*request);
    if (route.is_for_here) due = keep(during, {std::nullopt, std::move(what)});
    collect(during);
    return cluster_request_id{*request};
}

WEBPUBSUB_DECL result<cluster_request_id> calls::ask(member_turn& during, bus_messages::question&& about) {
    const auto route = route_of(during, about.connection_id);
    pending_call call;
    about.limit = std::min(about.limit, max_listed_members);
    call.limit = about.limit;
    call.needs_all = call.limit != 0;
    call.here = route.is_for_here ? answer_question(during.local, about) : reply_with(bus_messages::reply_code::absent);
    const auto request = open(during, route, std::move(call));
    if (!request) return request.error();
    about.request = *request;
    if (!route.nodes.empty() && !during.publish(*route.channel, about)) asked_.give_up(*request);
    collect(during);
    return cluster_request_id{*request};
}

WEBPUBSUB_DECL calls::due_command calls::accept(const member_turn& during, node_id from, bus_messages::command&& what) {
    return keep(during, {from, std::move(what)});
}

WEBPUBSUB_DECL bool adds_to_group(const bus_messages::command& what) noexcept {
    return static_cast<bus_messages::command_kind>(what.kind) == bus_messages::command_kind::add_to_group;
}

/// Who is added to a group must not miss what others send to it: where somebody is, the channel comes first.
WEBPUBSUB_DECL calls::due_command calls::keep(const member_turn& during, waiting_command&& which) {
    due_command due{++last_command_, {}};
    const auto& what = which.what;
    if (adds_to_group(what) && is_valid_group_name(what.group) && has_targets(during.local, what.to)) {
        due.awaited.push_back({bus_channel_kind::group, what.group});
    }
    // Nobody is removed from a group before an earlier command has added them to it.
    const auto kind = static_cast<bus_messages::command_kind>(what.kind);
    const bool removes_from_all = kind == bus_messages::command_kind::remove_from_all_groups;
    if (removes_from_all || kind == bus_messages::command_kind::remove_from_group) {
        for (const auto& [number, earlier] : due_) {
            if (adds_to_group(earlier.what) && (removes_from_all || earlier.what.group == what.group)) {
                due.awaited.push_back({bus_channel_kind::group, earlier.what.group});
            }
        }
    }
    due_.emplace(due.number, std::move(which));
    return due;
}

WEBPUBSUB_DECL void calls::execute(member_turn& during, std::uint64_t number, bool can_be_done) {
    const auto [from, what] = std::move(due_.extract(number).mapped());
    auto reply = can_be_done || !adds_to_group(what) ? do_command(during.local, during.now, what)
                                                     : reply_with(bus_messages::reply_code::limit_reached);
    reply.request = what.request;
    if (from) {
        during.publish_to(*from, reply);
        return;
    }
    const auto own = pending_.find(what.request);
    if (own == pending_.end()) return;
    own->second.here = std::move(reply);
    finish_if_done(during, what.request);
}

WEBPUBSUB_DECL void calls::answer(member_turn& during, node_id from, const bus_messages::question& about) {
    auto reply = answer_question(during.local, about);
    reply.request = about.request;
    during.publish_to(from, reply);
}

WEBPUBSUB_DECL void calls::handle(member_turn& during, node_id from, bus_messages::reply&& what) {
    asked_.handle_reply(from, std::move(what));
    collect(during);
}

WEBPUBSUB_DECL void calls::handle_lost(member_turn& during, node_id node) {
    asked_.handle_lost(node);
    collect(during);
}

WEBPUBSUB_DECL void calls::handle_timeout(member_turn& during) {
    asked_.handle_timeout(during.now.steady);
    collect(during);
}

WEBPUBSUB_DECL void calls::give_up(member_turn& during) {
    asked_.give_up_all();
    collect(during);
}

WEBPUBSUB_DECL void calls::collect(member_turn& during) {
    while (auto over = asked_.poll_over()) {
        const auto request = over->request;
        pending_.at(request).elsewhere = std::move(*over);
        finish_if_done(during, request);
    }
}

/// One yes is a yes to a question; no is no if all have said it.
WEBPUBSUB_DECL cluster_outcome outcome_of(const std::vector<bus_messages::reply>& replies, bool is_somebody_silent) {
    using bus_messages::reply_code;
    const auto has = [&](reply_code code) {
        return std::any_of(replies.begin(), replies.end(), [code](const bus_messages::reply& each) {
            return each.code == static_cast<std::uint32_t>(code);
        });
    };
    if (has(reply_code::limit_reached)) return cluster_outcome::limit_reached;
    if (has(reply_code::done)) return cluster_outcome::done;
    const bool is_known = std::all_of(replies.begin(), replies.end(), [](const bus_messages::reply& each) {
        return each.code == static_cast<std::uint32_t>(reply_code::absent);
    });
    return is_somebody_silent || !is_known ? cluster_outcome::unknown : cluster_outcome::absent;
}

WEBPUBSUB_DECL void calls::finish_if_done(member_turn& during, std::uint64_t request) {
    const auto at = pending_.find(request);
    if (!at->second.here || !at->second.elsewhere) return;
    const auto call = std::move(at->second);
    pending_.erase(at);
    std::vector<bus_messages::reply> replies{*call.here};
    for (const auto& [node, reply] : call.elsewhere->replies) replies.push_back(reply);
    cluster_events::answered told{cluster_request_id{request}};
    const bool is_somebody_silent = !call.is_told || !call.elsewhere->silent.empty();
    told.outcome = outcome_of(replies, is_somebody_silent);
    if (call.needs_all && is_somebody_silent) told.outcome = cluster_outcome::unknown;
    for (const auto& reply : replies) {
        told.count += reply.count;
        for (std::size_t i = 0; i + 1 < reply.values.size(); i += 2) {
            told.members.push_back({reply.values[i], reply.values[i + 1]});
        }
    }
    if (call.limit != 0) {
        std::sort(told.members.begin(), told.members.end(),
                  [](const auto& a, const auto& b) { return a.connection_id < b.connection_id; });
        if (told.members.size() > call.limit) told.members.resize(call.limit);
    }
    during.raise(std::move(told));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
