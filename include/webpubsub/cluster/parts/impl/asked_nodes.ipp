// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/asked_nodes.hpp>

#include <algorithm>
#include <iterator>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL result<std::uint64_t> asked_nodes::ask(steady_time now, std::vector<node_id> nodes) {
    if (waiting_.size() >= most_) return error(errc::too_many_pending);
    const auto request = ++last_;
    const auto at = waiting_.emplace(request, question{std::move(nodes), {request, {}, {}}}).first;
    if (at->second.open.empty()) {
        finish(at);
    } else if (const auto deadline = add_saturating(now, patience_)) {
        deadlines_.set(request, *deadline);
    }
    return request;
}

WEBPUBSUB_DECL bool asked_nodes::handle_reply(node_id from, bus_messages::reply&& reply) {
    const auto at = waiting_.find(reply.request);
    if (at == waiting_.end() || !take(at->second, from)) return false;
    at->second.collected.replies.emplace_back(from, std::move(reply));
    if (at->second.open.empty()) finish(at);
    return true;
}

WEBPUBSUB_DECL void asked_nodes::handle_lost(node_id node) {
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        auto& of = at->second;
        if (take(of, node)) of.collected.silent.push_back(node);
        at = of.open.empty() ? finish(at) : std::next(at);
    }
}

WEBPUBSUB_DECL void asked_nodes::handle_timeout(steady_time now) {
    while (const auto request = deadlines_.pop_due(now)) give_up(waiting_.find(*request));
}

WEBPUBSUB_DECL void asked_nodes::give_up(std::uint64_t request) {
    const auto at = waiting_.find(request);
    if (at != waiting_.end()) give_up(at);
}

WEBPUBSUB_DECL void asked_nodes::give_up_all() {
    for (auto at = waiting_.begin(); at != waiting_.end();) at = give_up(at);
}

WEBPUBSUB_DECL asked_nodes::question_map::iterator asked_nodes::give_up(question_map::iterator at) {
    auto& silent = at->second.collected.silent;
    silent.insert(silent.end(), at->second.open.begin(), at->second.open.end());
    return finish(at);
}

WEBPUBSUB_DECL bool asked_nodes::take(question& of, node_id node) {
    const auto at = std::find(of.open.begin(), of.open.end(), node);
    if (at == of.open.end()) return false;
    of.open.erase(at);
    return true;
}

WEBPUBSUB_DECL asked_nodes::question_map::iterator asked_nodes::finish(question_map::iterator at) {
    deadlines_.cancel(at->first);
    over_.push(new collected_replies(std::move(at->second.collected)));
    return waiting_.erase(at);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
