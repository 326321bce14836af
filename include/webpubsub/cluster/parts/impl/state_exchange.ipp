// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/state_exchange.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// How many states go into one message, of at most half a kilobyte each by default.
inline constexpr std::size_t states_in_message = 100;

/// How long a node is left in peace that has not answered in time, if `cluster_options::answer` is not longer.
inline constexpr duration least_patience = std::chrono::seconds(1);

WEBPUBSUB_DECL void state_exchange::publish(member_turn& during, hub_reports::state_changed&& what) {
    const bus_channel channel{bus_channel_kind::group, what.group};
    if (during.options.order == bus_order_rule::by_bus) {
        const std::pair state{what.group, what.change.connection_id};
        deferred_.try_emplace(state, deferred_changes{what.change.updated_at, {}}).first->second.last = what.change;
        if (!during.comes_back(channel)) announce_deferred(during, what.group);
    }
    const auto group = what.group;
    bus_messages::state_change told{group, std::move(what.change)};
    if (!during.publish(channel, std::move(told))) announce_deferred(during, group);
}

WEBPUBSUB_DECL void state_exchange::announce_deferred(member_turn& during, std::string_view group) {
    auto at = deferred_.lower_bound({std::string(group), {}});
    while (at != deferred_.end() && (group.empty() || at->first.first == group)) {
        during.node.announce_state(during.now, at->first.first, std::move(at->second.last));
        at = deferred_.erase(at);
    }
}

WEBPUBSUB_DECL void state_exchange::watch(member_turn& during, held_request_id id, const std::string& group) {
    const auto [at, is_new] = groups_.try_emplace(group);
    at->second.waiting.push_back(id);
    if (is_new) ask_all(during, at->second, group);
    if (!is_awaited(at->second)) release(during, group);
}

WEBPUBSUB_DECL void state_exchange::handle_interest(member_turn& during, const std::string& group, bool is_wanted) {
    const auto [at, is_new] = groups_.try_emplace(group);
    at->second.is_watched = is_wanted;
    if (!is_wanted) unsettled_.push_back(group);
    if (is_wanted && is_new) ask_all(during, at->second, group);
}

WEBPUBSUB_DECL void state_exchange::settle(member_turn& during) {
    for (const auto& group : std::exchange(unsettled_, {})) {
        const auto at = groups_.find(group);
        if (at == groups_.end() || at->second.is_watched || !at->second.open.empty()) continue;
        groups_.erase(at);
        during.node.forget_foreign_states(during.now, {}, group);
    }
}

WEBPUBSUB_DECL void state_exchange::handle(member_turn& during, const bus_channel& channel, node_id from,
                                           bus_messages::state_change&& what) {
    if (channel != bus_channel{bus_channel_kind::group, what.group}) {
        ++during.counters.malformed;
    } else if (from == during.self) {
        const auto at = deferred_.find({what.group, what.change.connection_id});
        if (at == deferred_.end() || what.change.updated_at < at->second.since) return;
        if (at->second.last.updated_at == what.change.updated_at) deferred_.erase(at);
        during.node.announce_state(during.now, what.group, std::move(what.change));
    } else if (groups_.contains(what.group)) {
        keep(during, what.group, from, std::move(what.change));
    }
}

/// A node tells the states of its own connections only.
WEBPUBSUB_DECL void state_exchange::keep(member_turn& during, const std::string& group, node_id from,
                                         group_state_item&& item) {
    if (node_id::of_connection(item.connection_id) != from) {
        ++during.counters.malformed;
    } else if (item.state && during.node.foreign_state_count() >= during.options.max_foreign_states &&
               !during.node.has_foreign_state(group, item.connection_id)) {
        ++during.counters.over_limit;
    } else if (!during.node.set_foreign_state(during.now, group, std::move(item))) {
        ++during.counters.malformed;
    }
}

WEBPUBSUB_DECL void state_exchange::handle(member_turn& during, node_id from, const bus_messages::state_request& what) {
    bus_messages::states answer{what.request, what.group, {}, true, 0};
    std::string next;
    while (answer.goes_on) {
        answer.items = during.node.list_states(what.group, next, states_in_message);
        answer.goes_on = answer.items.size() == states_in_message;
        if (answer.goes_on) next = answer.items.back().connection_id + '\0';
        during.publish_to(from, answer);
        answer.before += answer.items.size();
    }
}

WEBPUBSUB_DECL void state_exchange::handle(member_turn& during, node_id from, bus_messages::states&& what) {
    const auto at = questions_.find(what.request);
    // Nobody waits for what comes late.
    if (at == questions_.end() || at->second.node != from || at->second.group != what.group) return;
    if (what.before != at->second.received) return ask_anew(during, {what.request});
    at->second.received += what.items.size();
    auto& answered = at->second.answered;
    for (auto& item : what.items) {
        auto id = item.connection_id;
        keep(during, what.group, from, std::move(item));
        if (during.node.has_foreign_state(what.group, id)) answered.insert(std::move(id));
    }
    if (what.goes_on) return;
    const std::vector<std::string> retained(answered.begin(), answered.end());
    during.node.forget_foreign_states(during.now, from.to_string(), what.group, retained);
    finish(during, what.request);
}

WEBPUBSUB_DECL void state_exchange::ask(member_turn& during, watched_group& of, const std::string& group, node_id node,
                                        bool is_overdue) {
    // An answer that is still to come is as new as all that has come before it.
    for (const auto open : of.open) {
        if (questions_.at(open).node == node) return;
    }
    const auto number = ++last_;
    if (!during.publish_to(node, bus_messages::state_request{number, group})) return;
    questions_.emplace(number, question{group, node, {}, 0, is_overdue});
    of.open.insert(number);
    deadlines_.set(number, add_saturating(during.now.steady, during.options.answer));
}

WEBPUBSUB_DECL void state_exchange::ask_all(member_turn& during, watched_group& of, const std::string& group) {
    for (const auto node : during.nodes.living()) ask(during, of, group, node);
}

/// Who waits for an answer does not wait for a second one.
WEBPUBSUB_DECL void state_exchange::ask_anew(member_turn& during, const std::vector<std::uint64_t>& numbers) {
    std::vector<question> lost;
    for (const auto number : numbers) lost.push_back(take(number));
    for (const auto& each : lost) {
        auto& of = groups_.at(each.group);
        if (is_wanted(of)) ask(during, of, each.group, each.node, each.is_overdue);
    }
    for (const auto& each : lost) {
        if (!is_awaited(groups_.at(each.group))) release(during, each.group);
    }
}

WEBPUBSUB_DECL state_exchange::question state_exchange::take(std::uint64_t number) {
    auto taken = questions_.extract(number).mapped();
    deadlines_.cancel(number);
    groups_.at(taken.group).open.erase(number);
    return taken;
}

/// The question is answered, or nobody answers it.
WEBPUBSUB_DECL void state_exchange::finish(member_turn& during, std::uint64_t number) {
    const auto group = take(number).group;
    if (!is_awaited(groups_.at(group))) release(during, group);
}

WEBPUBSUB_DECL bool state_exchange::is_awaited(const watched_group& of) const {
    return std::any_of(of.open.begin(), of.open.end(),
                       [&](std::uint64_t number) { return !questions_.at(number).is_overdue; });
}

WEBPUBSUB_DECL void state_exchange::release(member_turn& during, const std::string& group) {
    unsettled_.push_back(group);
    const auto released = std::exchange(groups_.at(group).waiting, {});
    if (!released.empty()) announce_deferred(during, group);
    for (const auto id : released) {
        // Its connection may have ended.
        static_cast<void>(during.node.release_request(during.now, id));
    }
}

WEBPUBSUB_DECL void state_exchange::handle_new_line(member_turn& during, node_id node) {
    for (auto& [group, of] : groups_) ask(during, of, group, node);
}

WEBPUBSUB_DECL void state_exchange::handle_lost(member_turn& during, node_id node) {
    during.node.forget_foreign_states(during.now, node.to_string());
    std::vector<std::uint64_t> unanswered;
    for (const auto& [number, each] : questions_) {
        if (each.node == node) unanswered.push_back(number);
    }
    for (const auto number : unanswered) finish(during, number);
}

WEBPUBSUB_DECL void state_exchange::handle_gap(member_turn& during, node_id node, const std::string& group) {
    if (node == during.self) return announce_deferred(during, group);
    const auto at = groups_.find(group);
    if (at != groups_.end()) ask(during, at->second, group, node);
}

WEBPUBSUB_DECL void state_exchange::handle_gap(member_turn& during, node_id node) {
    std::vector<std::uint64_t> open;
    for (const auto& [number, each] : questions_) {
        if (each.node == node) open.push_back(number);
    }
    ask_anew(during, open);
}

WEBPUBSUB_DECL void state_exchange::handle_subscribed(member_turn& during, const std::string& group) {
    const auto at = groups_.find(group);
    if (at != groups_.end()) ask_all(during, at->second, group);
}

WEBPUBSUB_DECL void state_exchange::handle_bus_lost(member_turn& during) {
    while (!questions_.empty()) finish(during, questions_.begin()->first);
    announce_deferred(during);
}

WEBPUBSUB_DECL void state_exchange::handle_timeout(member_turn& during) {
    std::vector<std::string> groups;
    while (const auto number = deadlines_.pop_due(during.now.steady)) {
        auto& late = questions_.at(*number);
        late.is_overdue = true;
        groups.push_back(late.group);
        if (!is_wanted(groups_.at(late.group))) {
            take(*number);
            continue;
        }
        // The number is the same, so that the first answer counts, whichever of the questions it is to.
        during.publish_to(late.node, bus_messages::state_request{*number, late.group});
        const auto patience = std::max(during.options.answer.value_or(duration::zero()), least_patience);
        deadlines_.set(*number, add_saturating(during.now.steady, patience));
    }
    for (const auto& group : groups) {
        if (!is_awaited(groups_.at(group))) release(during, group);
    }
}

WEBPUBSUB_DECL void state_exchange::clear() noexcept {
    questions_.clear();
    groups_.clear();
    deadlines_.clear();
    unsettled_.clear();
    deferred_.clear();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
