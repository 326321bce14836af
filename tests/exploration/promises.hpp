// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/call_promises.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

// What holds in every world that tells what its machines were asked for and what they said: the small ones of the
// exploration and of the op-code fuzzing, and the simulations.

namespace webpubsub::tests {

/// What each connection of a client got is what the witness saw during its memberships, up to some point; `complete` if
/// that point is the end. Follows every number of messages that may have been received so far.
template <class World>
void check_messages(const World& world, std::size_t i, bool complete) {
    const auto& hub_saw = world.seen_by_hub();
    for (const auto& e : world.seen_by_client(i).epochs) {
        std::set<std::size_t> counts{0};
        for (std::size_t k = 0; k < hub_saw.witnessed.size(); ++k) {
            const auto& message = hub_saw.witnessed[k];
            const auto wanted = hub_saw.memberships.about(e.connection, message.group, k);
            if (!wanted.possible || message.not_for == e.connection) continue;
            std::set<std::size_t> after;
            for (const auto count : counts) {
                const bool all = count == e.received.size();
                if (!all && e.received[count] == message.text) after.insert(count + 1);
                if (!wanted.certain || (all && (e.lost || !complete))) after.insert(count);
            }
            counts = std::move(after);
            require(!counts.empty(), "a member gets each message once and in order, or its connection is lost");
        }
        require(counts.contains(e.received.size()), "a member gets nothing else");
    }
}

/// What is witnessed of a client's streams: fragments in order, from the first, each once; nothing after an end.
template <class World>
void check_streams(const World& world, std::size_t i) {
    const auto& witnessed = world.seen_by_hub().witnessed;
    for (const auto& c : world.seen_by_client(i).calls) {
        if (!c.is_stream()) continue;
        std::size_t seen = 0;
        bool ended_well = false;
        for (const auto& m : witnessed) {
            if (m.stream != c.name) continue;
            const auto place = std::find(c.written.begin(), c.written.end(), m.fragment);
            if (m.fragment.empty()) {
                // A broken end may be that of an earlier stream with this id, whose connection the hub has given up.
                ended_well = ended_well || (seen != 0 && m.ended_well);
            } else if (place != c.written.end()) {
                require(!ended_well, "nothing comes after the end of a stream");
                require(static_cast<std::size_t>(place - c.written.begin()) == seen,
                        "fragments come once and in order");
                ++seen;
                require(m.text == fragment_text(c.name, seen, m.fragment), "a fragment has its number");
            }
        }
        if (c.closed && c.closed->status == client_events::stream_status::ended) {
            require(c.ending && seen == c.written.size() && (seen == 0 || ended_well), "a stream that ended was whole");
        }
    }
}

/// What an hour may cost: attempts, frames and events.
template <class World>
void check_bounds(const World& world, std::size_t i) {
    const auto seconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(world.now() - World::beginning).count());
    const auto& machine = world.client_at(i);
    const auto& saw = world.seen_by_client(i);
    const auto counted = machine.counters();
    require(counted.attempts <= 4 + 2 * (seconds + world.cuts_made()), "attempts are bounded");
    require(counted.frames_sent <= 10 + 2 * seconds + world.seen_by_hub().witnessed.size() * (counted.attempts + 1) +
                                       (saw.operations + saw.epochs.size()) * (counted.attempts + 8),
            "what is sent is bounded");
    require(saw.events <= 10 + 8 * (counted.attempts + saw.operations + world.seen_by_hub().witnessed.size()) + seconds,
            "events are bounded");
}

/// What holds in every state.
template <class World>
void check_always(const World& world) {
    for (std::size_t i = 0; i < world.client_count(); ++i) {
        check_messages(world, i, false);
        check_streams(world, i);
        check_calls(world, i);
        check_bounds(world, i);
    }
}

/// The last call of one of the kinds about that group that has succeeded; null if a later one has not.
inline const client_observations::call* standing(const client_observations& saw, std::string_view group,
                                                 std::initializer_list<operation::verb> kinds) {
    for (auto c = saw.calls.rbegin(); c != saw.calls.rend(); ++c) {
        if (c->what.where != group || std::find(kinds.begin(), kinds.end(), c->what.what) == kinds.end()) continue;
        return c->is(request_status::succeeded) ? &*c : nullptr;
    }
    return nullptr;
}

/// Whether a leave of the group that was called earlier than `call` was answered later.
inline bool left_later(const client_observations& saw, std::string_view group, const client_observations::call& call) {
    for (const auto& c : saw.calls) {
        if (&c == &call) return false;
        if (c.what.what == operation::verb::leave && c.what.where == group && c.answered > call.answered) return true;
    }
    return false;
}

template <class World>
void check_groups(const World& world, std::size_t i) {
    using verb = operation::verb;
    const auto& machine = world.client_at(i);
    const auto& saw = world.seen_by_client(i);
    const auto& hub_saw = world.seen_by_hub();
    for (const auto group : {the_group, other_group}) {
        if (saw.not_restored.contains(std::string(group))) continue;
        const bool is_member = world.the_hub().is_in_group(machine.connection_id(), group);
        require(!machine.is_in_group(group) || is_member, "a client is in the groups that it counts");
        const auto* last = standing(saw, group, {verb::join, verb::leave});
        // Its token joins a new connection to the group that it has left on another.
        const bool by_token = world.plan().members[i].is_in_group && group == the_group;
        if (by_token && last != nullptr && last->connection != machine.connection_id()) last = nullptr;
        if (last != nullptr) {
            require(is_member == (last->what.what == verb::join), "a client is in the groups that it joined");
            require(machine.is_in_group(group) == is_member, "a client knows its groups");
        }
        const auto states = hub_saw.states.find(std::string(group));
        const std::map<std::string, std::string> none;
        const auto& truth = states == hub_saw.states.end() ? none : states->second;
        if (const auto* known = machine.group_states(group)) {
            std::map<std::string, std::string> seen;
            for (const auto& item : *known) {
                if (item.state) seen[item.connection_id] = item.state->front().value;
            }
            // Where the token joins the group, the subscription may still wait to be tried again.
            const bool restored = !seen.empty() || machine.is_in_group(group);
            require(!is_member || !restored || seen == truth, "a subscriber knows the states of its group");
        }
        const auto* subscribed = standing(saw, group, {verb::subscribe, verb::unsubscribe, verb::leave});
        // A leave that was called before it and tried again may have come after it.
        if (subscribed != nullptr && !left_later(saw, group, *subscribed)) {
            require((machine.group_states(group) != nullptr) == (subscribed->what.what == verb::subscribe),
                    "a subscription lasts until it or the membership is ended");
        }
        const auto* set = standing(saw, group, {verb::set_state, verb::join, verb::leave});
        // A leave that was tried again may have come after it.
        if (set != nullptr && set->what.what == verb::set_state && is_member &&
            set->connection == machine.connection_id()) {
            require(truth.contains(set->connection) && truth.at(set->connection) == set->payload,
                    "the state that was set last is known");
        }
    }
}

/// What holds besides when nothing is left to do.
template <class World>
void check_settled(const World& world) {
    for (std::size_t i = 0; i < world.client_count(); ++i) {
        const auto& machine = world.client_at(i);
        const auto& saw = world.seen_by_client(i);
        check_messages(world, i, true);
        for (const auto& c : saw.calls) require(c.is_calm(), "every call has an outcome");
        require(saw.up && !saw.recovering, "a client knows that it is connected");
        require(world.the_hub().connection_exists(machine.connection_id()), "a client's connection exists");
        check_groups(world, i);
    }
}

} // namespace webpubsub::tests
