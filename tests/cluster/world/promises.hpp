// SPDX-License-Identifier: MIT
#pragma once

#include "cluster/world/world.hpp"

// What holds once everything is repaired and had its time.

namespace cluster_tests::world {

inline void check_nodes(world& w) {
    for (std::size_t i = 0; i < w.f.size(); ++i) {
        std::set<node_id> others;
        for (std::size_t other = 0; other < w.f.size(); ++other) {
            if (other != i) others.insert(w.f.member(other).id());
        }
        const auto known = w.f.member(i).nodes();
        require(std::set<node_id>(known.begin(), known.end()) == others, "a node does not know the others");
    }
}

/// Each node listens to what its clients have in common, and to nothing else.
inline void check_interest(world& w) {
    for (std::size_t i = 0; i < w.f.size(); ++i) {
        std::set<bus_channel> wanted{{bus_channel_kind::all, {}},
                                     {bus_channel_kind::node, w.f.member(i).id().to_string()}};
        for (const auto& group : w.f.hub_of(i).list_groups({}, 100)) wanted.insert({bus_channel_kind::group, group});
        for (const auto& user : w.f.hub_of(i).list_users({}, 100)) wanted.insert({bus_channel_kind::user, user});
        require(w.f.bus.subscriptions(i) == wanted, "a node is subscribed to other channels than it should be");
        require(w.f.member(i).channel_count() == wanted.size(), "a node keeps channels that nobody wants");
        for (const auto& each : wanted) {
            require(w.f.member(i).is_subscribed(each), "a channel is not confirmed");
        }
    }
}

/// Nobody waits for anything.
inline void check_waits(world& w) {
    for (std::size_t i = 0; i < w.f.size(); ++i) {
        require(w.f.member(i).waiting_count() == 0, "a node waits for subscriptions");
        require(w.calls[i].empty(), "a call is not answered");
    }
    for (const auto& it : w.all.people) {
        require(it.is != person::phase::waiting, "an admission is not decided");
        require(it.is != person::phase::let_in, "a client that never came is still awaited");
        require(it.open_requests.empty(), "a request of a client is not answered");
    }
}

/// Who watches a group knows the states that there are.
inline void check_states(world& w) {
    std::map<std::string, std::map<std::string, std::string>> actual;
    for (std::size_t i = 0; i < w.f.size(); ++i) {
        for (const auto& group : w.f.hub_of(i).list_groups({}, 100)) {
            for (const auto& item : hub_node(w.f.hub_of(i)).list_states(group, {}, 100)) {
                actual[group][item.connection_id] = item.state->front().value;
            }
        }
    }
    std::set<std::size_t> watching;
    for (std::size_t who = 0; who < w.all.people.size(); ++who) {
        const auto& it = w.all.people[who];
        if (it.is != person::phase::open) continue;
        if (it.has_watched) watching.insert(it.at.node);
        for (const auto& [group, since] : it.watches) {
            const auto is_in = w.all.is_in_since(who, group);
            if (!is_in || *is_in > since) continue;
            const auto told = it.told.find(group);
            require(told != it.told.end(), "who watches has no snapshot");
            ++w.totals.views;
            require(w.options.has_small_limits || told->second == actual[group], "who watches has another view");
        }
    }
    for (std::size_t i = 0; i < w.f.size(); ++i) {
        if (!watching.contains(i)) {
            require(hub_node(w.f.hub_of(i)).foreign_state_count() == 0, "states are kept that nobody watches");
        }
    }
}

/// Who has seen a stream and is still there has seen the end of it, if its node has ended, or nothing was lost since.
inline void check_streams(world& w) {
    if (w.options.has_small_limits) return;
    for (std::size_t who = 0; who < w.all.people.size(); ++who) {
        const auto& it = w.all.people[who];
        if (it.is != person::phase::open) continue;
        for (const auto& [id, seen] : it.seen) {
            const auto& of = w.streams.at(id);
            const auto since = w.all.is_in_since(who, of.group);
            if (!since || *since >= seen.since || seen.has_ended) continue;
            const auto& publisher = w.all.people[of.publisher];
            const bool is_known = !w.options.has_faults && of.is_closed;
            const auto owner = node_id::of_connection(publisher.id);
            bool is_lost = true;
            for (std::size_t i = 0; i < w.f.size(); ++i) is_lost = is_lost && owner != w.f.member(i).id();
            const bool is_foreign = owner != node_id::of_connection(it.id);
            require(!is_known && !(is_lost && is_foreign), "stream " + id + " has no end for " + it.id);
        }
    }
}

/// All receivers of a channel have one order.
inline void check_one_order(const world& w) {
    for (std::size_t a = 0; a < w.all.people.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) {
            std::map<std::string, std::pair<std::vector<std::size_t>, std::vector<std::size_t>>> channels;
            const auto channel_of = [&](std::size_t number) {
                const auto& what = w.all.messages[number];
                return std::to_string(static_cast<int>(what.to)) + what.name;
            };
            for (const auto number : w.all.people[a].got) {
                if (w.all.people[b].has.contains(number)) channels[channel_of(number)].first.push_back(number);
            }
            for (const auto number : w.all.people[b].got) {
                if (w.all.people[a].has.contains(number)) channels[channel_of(number)].second.push_back(number);
            }
            for (const auto& [channel, both] : channels) {
                require(both.first == both.second, "two receivers have messages in two orders");
            }
        }
    }
}

} // namespace cluster_tests::world
