// SPDX-License-Identifier: MIT
#pragma once

#include "cluster/world/bus_record.hpp"
#include "cluster/world/record.hpp"
#include "cluster/world/world_values.hpp"

#include "support/chance.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cluster_tests::world {

/// Nodes, their clients and a bus, and a record of what all of them have to see. Whatever is promised and does not hold
/// is thrown.
class world {
public:
    explicit world(const world_options& how)
        : options(how), f(how.nodes, how.cluster, how.hub, false), calls(how.nodes), is_stalled(how.nodes, false) {
        f.is_immediate = false;
        f.bus.watch = [this](std::size_t node, const bus_order& order) { note_order(node, order); };
        for (std::size_t i = 0; i < how.nodes; ++i) f.connect_bus(i);
        settle();
    }
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    bool runs(std::size_t node) const { return !f.standing_still.contains(node); }
    bool moves(std::size_t node) const { return runs(node) && !is_stalled[node]; }

    // The bus.

    bool move_up(std::size_t node) { return !is_stalled[node] && f.bus.move_up(node); }
    bool move_down(std::size_t node) {
        if (!moves(node)) return false;
        const auto input = f.bus.move_down(node);
        if (input) hear(node, *input);
        return input.has_value();
    }

    /// Everything arrives that is not held up.
    void settle() {
        for (bool moved = true; moved;) {
            moved = false;
            for (std::size_t i = 0; i < f.size(); ++i) {
                while (move_up(i)) moved = true;
            }
            for (std::size_t i = 0; i < f.size(); ++i) {
                while (move_down(i)) moved = true;
            }
        }
        absorb();
        if (!is_disturbed) check_due();
    }

    void pass(duration time) {
        f.pass(time, time);
        absorb();
    }
    /// Time in which everything arrives.
    void rest(duration time, duration each = 500ms) {
        for (auto left = time; left > duration::zero(); left -= each) {
            pass(std::min(left, each));
            settle();
        }
    }

    /// What is on its way may be lost from now on.
    void disturb() {
        is_disturbed = true;
        due.clear();
        disturbed_at = all.now;
    }

    // What nodes and clients are told.

    void absorb() {
        for (std::size_t i = 0; i < f.size(); ++i) {
            if (runs(i)) f.pump(i);
        }
        for (std::size_t who = 0; who < all.people.size(); ++who) absorb_person(who);
        for (std::size_t i = 0; i < f.size(); ++i) {
            for (const auto& event : f.events_of(i)) note(i, event);
        }
    }

    world_options options;
    cluster_fixture f;
    record all;
    bus_record heard;
    world_totals totals;
    std::map<std::string, stream> streams;
    std::vector<std::map<std::uint64_t, pending_call>> calls;
    /// Who is to get which message.
    std::set<std::pair<std::size_t, std::size_t>> due;
    std::vector<bool> is_stalled;
    bool is_disturbed = false;
    step disturbed_at = 0;
    /// When a node came or went last.
    step nodes_changed_at = 0;

private:
    void note_order(std::size_t node, const bus_order& order) {
        if (const auto* const message = get_if<bus_orders::publish>(&order)) {
            heard.note_published(f.member(node).id(), *message);
        } else if (const auto* const unsubscribe = get_if<bus_orders::unsubscribe>(&order)) {
            heard.forget(node, unsubscribe->channel);
        }
    }

    void hear(std::size_t node, const simulated::bus_input& input) {
        if (!input.bytes) {
            heard.forget(node, input.channel);
            return f.hear(node, input);
        }
        forget_if_fenced(node);
        const auto& counters = f.member(node).counters();
        const auto before = counters;
        const auto events_before = f.events[node].size();
        const auto& origin = heard.origin_of(input.channel, *input.bytes);
        f.hear(node, input);

        std::optional<std::uint64_t> gap;
        bool is_fenced = false;
        bool is_met_after = false;
        for (auto at = events_before; at < f.events[node].size(); ++at) {
            const auto& event = f.events[node][at];
            if (holds_alternative<cluster_events::fenced>(event)) {
                is_fenced = true;
                is_met_after = false;
            } else if (const auto* const joined = get_if<cluster_events::node_joined>(&event)) {
                is_met_after = is_met_after || joined->node == origin.by;
            } else if (const auto* const told = get_if<cluster_events::gap>(&event)) {
                require(!gap, "one message has shown two gaps");
                require(told->node == origin.by && told->channel == input.channel, "a gap is of another sender");
                gap = told->count;
            }
        }
        forget_if_fenced(node);
        // The message has told the node that it is dead.
        if (is_fenced && !is_met_after) return;
        const bool is_own = origin.by == f.member(node).id();
        const bool is_taken = counters.late == before.late && counters.repeated == before.repeated &&
                              counters.from_dead == before.from_dead &&
                              (!is_own || options.cluster.order == bus_order_rule::by_bus);
        const auto missing = heard.missing(node, input.channel, origin);
        if (counters.repeated != before.repeated) {
            ++totals.repeated;
            require(!missing, "a new message counts as one that came twice");
        }
        if (!is_taken) return require(!gap, "a message that does not count has shown a gap");
        require(missing.has_value(), "a message counts twice");
        if (gap) ++totals.gaps;
        // Where a sender had forgotten its numbers, the message that says so may be missing.
        const bool may_differ = options.has_small_limits && *missing != 0 && (!gap || *gap > *missing);
        require(gap.value_or(0) == *missing || may_differ,
                "a gap of " + std::to_string(*missing) + " is told as " + std::to_string(gap.value_or(0)));
        heard.note_heard(node, input.channel, origin);
    }

    /// Who goes on as another node has heard nothing yet.
    void forget_if_fenced(std::size_t node) {
        const auto id = f.member(node).id();
        if (std::exchange(last_id_[node], id) != id) heard.forget(node);
    }

    void note(std::size_t node, const cluster_event& event) {
        if (holds_alternative<cluster_events::fenced>(event)) {
            require(is_disturbed, "a node is dead though nothing is wrong");
            ++totals.fenced;
        } else if (const auto* const lost = get_if<cluster_events::node_lost>(&event)) {
            require(is_disturbed || lost->has_said_bye, "a node is lost though nothing is wrong");
            ++totals.lost_nodes;
        } else if (const auto* const told = get_if<cluster_events::answered>(&event)) {
            note(node, *told);
        } else {
            require(!holds_alternative<cluster_events::options_differ>(event), "all nodes have the same options");
        }
    }

    void note(std::size_t node, const cluster_events::answered& told) {
        const auto at = calls[node].find(number_of(told.id));
        require(at != calls[node].end(), "a call is answered that is none, or twice");
        const auto call = at->second;
        calls[node].erase(at);
        ++totals.answers;
        const bool is_sure = !is_disturbed && call.from > disturbed_at && call.from > nodes_changed_at;
        if (call.change && told.outcome == cluster_outcome::done && (call.is_for_one || is_sure)) {
            all.changes[*call.change].done = all.now;
        }
        const bool is_there = !call.expected_who || all.people[*call.expected_who].is == person::phase::open;
        if (call.expected && is_sure && is_there) {
            require(told.outcome == *call.expected,
                    call.what + " has come to outcome " + std::to_string(static_cast<int>(told.outcome)) +
                        (call.expected_who ? " for client " + std::to_string(*call.expected_who) : "") + " at node " +
                        std::to_string(node) + " in step " + std::to_string(all.now) + " of step " +
                        std::to_string(call.from));
        }
    }

    void absorb_person(std::size_t who) {
        if (all.people[who].is == person::phase::over) return;
        const auto at = all.people[who].at;
        if (all.people[who].is == person::phase::waiting) return decide(who);
        for (const auto& message : f.host(at.node).messages(at.transport)) {
            visit([&](const auto& it) { receive(who, it); }, message);
        }
        const auto closed = f.host(at.node).close_of(at.transport);
        if (!closed) return;
        require(closed->reason.find("slow") == std::string::npos, "a client is slow");
        over(who);
        f.gone(at);
    }

    void decide(std::size_t who) {
        auto& it = all.people[who];
        const auto decided = f.host(it.at.node).outcomes.find(it.admission);
        if (decided != f.host(it.at.node).outcomes.end()) let_in(who, decided->second);
    }

    // What clients receive.

    template <class Message>
    void receive(std::size_t, const Message&) {}

    void receive(std::size_t who, const connected_message& hello) {
        auto& it = all.people[who];
        require(it.opened == never, "a client was told twice that it is connected");
        it.is = person::phase::open;
        it.id = hello.connection_id;
        it.opened = all.now;
        for (auto& each : all.changes) {
            if (each.who == who && each.done == never) each.done = all.now;
        }
    }

    void receive(std::size_t who, const ack_message& ack) {
        auto& it = all.people[who];
        const auto found = it.open_requests.find(ack.ack_id);
        require(found != it.open_requests.end(), "a request is answered that is none, or twice");
        const auto asked = found->second;
        it.open_requests.erase(found);
        ++(ack.error ? totals.failed_acks : totals.acks);
        using kind = person::request::kind;
        switch (asked.what) {
        case kind::join:
        case kind::leave:
            require(!ack.error || options.has_faults, "who may join and leave can do so");
            all.changes[asked.which].is_void = ack.error.has_value();
            all.changes[asked.which].done = all.now;
            return;
        case kind::send:
            all.messages[asked.which].is_acknowledged = !ack.error;
            all.messages[asked.which].is_refused = ack.error.has_value();
            require(!ack.error || all.messages[asked.which].receivers == 0, "somebody has got what was refused");
            return;
        case kind::watch:
            if (!ack.error && it.stopped_watching[asked.group] < asked.which) it.watches[asked.group] = all.now;
            return;
        case kind::other: return;
        }
    }

    void receive(std::size_t who, const server_data_message& got) { receive_number(who, got.data); }
    void receive(std::size_t who, const group_data_message& got) {
        if (got.stream) return receive_part(who, got);
        const auto number = receive_number(who, got.data);
        const auto& what = all.messages[number];
        require(what.to == message::audience::group && what.name == got.group, "a message is of another group");
        require(what.stream.empty() && what.from_user == got.from_user_id, "a message is of another sender");
    }
    std::size_t receive_number(std::size_t who, const payload& data) {
        const auto number = static_cast<std::size_t>(std::stoull(data.bytes));
        all.note_received(who, number);
        ++totals.received;
        return number;
    }

    void receive_part(std::size_t who, const group_data_message& got) {
        const auto& id = got.stream->stream_id;
        const auto& of = streams.at(id);
        require(of.group == got.group, "a stream is in another group");
        auto& seen = all.people[who].seen.try_emplace(id, person::seen_stream{all.now}).first->second;
        require(!seen.has_ended, "a stream goes on after its end, or has two");
        require(got.stream->stream_sequence_id > seen.position, "a stream goes back");
        seen.position = got.stream->stream_sequence_id;
        if (!got.stream->end) {
            const auto number = receive_number(who, got.data);
            require(all.messages[number].stream == id, "a part is of another stream");
            require(all.messages[number].stream_position == seen.position, "a part is at another place");
            return;
        }
        seen.has_ended = true;
        ++(got.stream->end->error ? totals.cancelled : totals.ends);
        require(all.may_be_in(who, of.group), "the end of a stream is not for a client");
    }

    void receive(std::size_t who, const stream_ack_message& ack) {
        for (auto& each : all.messages) {
            if (each.stream == ack.stream_id && each.stream_position < ack.expected_sequence_id) {
                require(each.sender == who, "a stream is acknowledged to another");
                each.is_acknowledged = true;
            }
        }
    }
    void receive(std::size_t, const stream_closed_message& closed) { streams.at(closed.stream_id).is_closed = true; }

    void receive(std::size_t who, const group_state_snapshot_message& got) {
        all.people[who].told[got.group].clear();
        note_states(who, got.group, got.items);
    }
    void receive(std::size_t who, const group_state_update_message& got) { note_states(who, got.group, got.items); }
    void note_states(std::size_t who, const std::string& group, const std::vector<group_state_item>& items) {
        require(all.people[who].has_watched, "a client is told states that it did not ask for");
        auto& told = all.people[who].told[group];
        for (const auto& item : items) {
            if (item.state) {
                told[item.connection_id] = item.state->front().value;
            } else {
                told.erase(item.connection_id);
            }
        }
    }

    std::map<std::size_t, node_id> last_id_;

    /// Everything has arrived: what had to come has come, unless its receiver left or its sender was refused.
    void check_due() {
        for (auto at = due.begin(); at != due.end();) {
            const auto [number, who] = *at;
            const auto& what = all.messages[number];
            const bool is_undecided = what.sender && !what.is_acknowledged && !what.is_refused &&
                                      all.people[*what.sender].is == person::phase::open;
            if (is_undecided) {
                ++at;
                continue;
            }
            const bool is_sent = !what.sender || what.is_acknowledged;
            if (is_sent && all.must_get(what, who)) {
                ++totals.due;
                require(all.people[who].has.contains(number), "message " + std::to_string(number) + " of " +
                                                                  what.origin + " has not come to " +
                                                                  all.people[who].id);
            }
            at = due.erase(at);
        }
    }

public:
    /// The client is gone, or its node is.
    void over(std::size_t who) {
        auto& it = all.people[who];
        it.is = person::phase::over;
        it.open_requests.clear();
        it.watches.clear();
    }

    void let_in(std::size_t who, const admission& outcome) {
        auto& it = all.people[who];
        if (const auto* const in = get_if<accepted>(&outcome)) {
            ++totals.admissions;
            it.is = person::phase::let_in;
            it.at.transport = in->transport;
        } else if (holds_alternative<refused>(outcome)) {
            over(who);
        }
    }
};

} // namespace cluster_tests::world
