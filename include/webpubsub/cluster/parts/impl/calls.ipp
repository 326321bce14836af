// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/calls.hpp>
#include <webpubsub/cluster/parts/local_calls.hpp>
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
    return {};
}

WEBPUBSUB_DECL result<std::uint64_t> calls::open(member_turn& during, const std::vector<node_id>& nodes,
                                                 pending_call&& call) {
    const auto request = asked_.ask(during.now.steady, nodes);
    if (request) pending_.emplace(*request, std::move(call));
    return request;
}

WEBPUBSUB_DECL result<cluster_request_id> calls::command(member_turn& during, bus_messages::command&& what,
                                                         std::optional<due_command>& due) {
    if (auto checked = check(what); !checked) return checked.error();
    const auto route = route_of(during, what.to.connection_id);
    pending_call call;
    if (!route.is_for_here) call.here = reply_with(bus_messages::reply_code::absent);
    const auto request = open(during, route.nodes, std::move(call));
    if (!request) return request.error();
    what.request = *request;
    if (!route.nodes.empty() && !during.publish(*route.channel, what)) {
        for (const auto node : route.nodes) asked_.handle_lost(node);
    }
    if (route.is_for_here) due = keep(during, {std::nullopt, std::move(what)});
    collect(during);
    return cluster_request_id{*request};
}

WEBPUBSUB_DECL result<cluster_request_id> calls::ask(member_turn& during, bus_messages::question&& about) {
    const auto route = route_of(during, about.connection_id);
    pending_call call;
    call.limit = about.limit;
    call.here = route.is_for_here ? answer_question(during.local, about) : reply_with(bus_messages::reply_code::absent);
    const auto request = open(during, route.nodes, std::move(call));
    if (!request) return request.error();
    about.request = *request;
    if (!route.nodes.empty() && !during.publish(*route.channel, about)) {
        for (const auto node : route.nodes) asked_.handle_lost(node);
    }
    collect(during);
    return cluster_request_id{*request};
}

WEBPUBSUB_DECL calls::due_command calls::accept(const member_turn& during, node_id from, bus_messages::command&& what) {
    return keep(during, {from, std::move(what)});
}

/// Who is added to a group must not miss what others send to it: where somebody is, the channel comes first.
WEBPUBSUB_DECL calls::due_command calls::keep(const member_turn& during, waiting_command&& which) {
    due_command due{++last_command_, {}};
    const auto& what = which.what;
    const bool adds = static_cast<bus_messages::command_kind>(what.kind) == bus_messages::command_kind::add_to_group;
    if (adds && is_valid_group_name(what.group) && has_targets(during.local, what.to)) {
        due.awaited = bus_channel{bus_channel_kind::group, what.group};
    }
    due_.emplace(due.number, std::move(which));
    return due;
}

WEBPUBSUB_DECL void calls::execute(member_turn& during, std::uint64_t number, bool can_be_done) {
    const auto [from, what] = std::move(due_.extract(number).mapped());
    auto reply =
        can_be_done ? do_command(during.local, during.now, what) : reply_with(bus_messages::reply_code::limit_reached);
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
    asked_.handle_timeout(steady_time::max());
    for (const auto node : during.nodes.living()) asked_.handle_lost(node);
    collect(during);
}

WEBPUBSUB_DECL void calls::collect(member_turn& during) {
    while (auto over = asked_.poll_over()) {
        const auto request = over->request;
        pending_.at(request).elsewhere = std::move(*over);
        finish_if_done(during, request);
    }
}

/// One yes is a yes; no is no if all have said it.
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
    told.outcome = outcome_of(replies, !call.elsewhere->silent.empty());
    for (const auto& reply : replies) {
        told.count += reply.count;
        for (std::size_t i = 0; i + 1 < reply.values.size(); i += 2) {
            told.members.push_back({reply.values[i], reply.values[i + 1]});
        }
    }
    if (call.limit != 0) {
        if (!call.elsewhere->silent.empty()) told.outcome = cluster_outcome::unknown;
        std::sort(told.members.begin(), told.members.end(),
                  [](const auto& a, const auto& b) { return a.connection_id < b.connection_id; });
        if (told.members.size() > call.limit) told.members.resize(call.limit);
    }
    during.raise(std::move(told));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
