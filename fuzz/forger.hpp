// SPDX-License-Identifier: MIT
#pragma once

#include "op_codes.hpp"

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/cluster/bus_codec.hpp>
#include <webpubsub/cluster/bus_message.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {

/// Makes messages of the bus that no node has sent, of what it knows of nodes and their connections.
class forger {
public:
    forger(op_codes& ops, std::vector<node_id> nodes, std::vector<std::string> connections)
        : ops_(ops), nodes_(std::move(nodes)), connections_(std::move(connections)) {}

    bus_channel channel() {
        switch (ops_.below(5)) {
        case 0: return {bus_channel_kind::all, {}};
        case 1: return {bus_channel_kind::user, name()};
        case 2: return {bus_channel_kind::node, node().to_string()};
        default: return {bus_channel_kind::group, name()};
        }
    }

    std::string connection() {
        if (ops_.one_in(4)) return node().to_string() + std::string(32, '0');
        return connections_.empty() ? name() : connections_[ops_.below(connections_.size())];
    }

    /// A message for the channel, mostly a well-formed one.
    std::string bytes(const bus_channel& on) {
        if (ops_.one_in(8)) return std::string(ops_.bytes());
        bus_header header{node(), ops_.below(8), ops_.one_in(4)};
        if (ops_.one_in(16)) header.sequence = (std::uint64_t{1} << 63) - 1 - header.sequence;
        std::string made;
        append_bus_message(header, message(on.name), made);
        if (ops_.one_in(8)) {
            auto& changed = made[ops_.below(made.size())];
            changed = static_cast<char>(changed ^ static_cast<char>(ops_.below(256)));
        }
        return made;
    }

private:
    std::string name() { return std::string(ops_.pick(names)); }
    std::uint32_t number(std::size_t below) { return static_cast<std::uint32_t>(ops_.below(below)); }

    /// One that there is, mostly.
    node_id node() {
        if (ops_.one_in(4)) return node_id::of_number(std::uint64_t{ops_.below(8)} << 30);
        return nodes_[ops_.below(nodes_.size())];
    }

    bus_message message(const std::string& of_channel) {
        namespace m = bus_messages;
        const auto group = ops_.one_in(8) ? name() : of_channel;
        const auto request = ops_.below(8);
        switch (ops_.below(18)) {
        case 0: return m::bye{};
        case 1: {
            m::heartbeat beat{ops_.below(8), ops_.below(2), {}, ops_.below(4), ops_.below(4)};
            while (ops_.one_in(2)) beat.dead.push_back(ops_.one_in(4) ? name() : node().to_string());
            return beat;
        }
        case 2: return m::state_request{request, group};
        case 3: {
            m::states all{request, name(), {}, ops_.one_in(2), ops_.below(3)};
            while (ops_.one_in(2)) all.items.push_back(state());
            return all;
        }
        case 4: return m::state_change{group, state()};
        case 5: return m::command{request, number(8), audience(), name(), number(5), std::string(ops_.bytes())};
        case 6: return m::question{request, number(7), connection(), name(), name(), number(5), name(), 3};
        case 7: {
            m::reply said{request, number(6), ops_.below(4), {}};
            while (ops_.one_in(2)) said.values.push_back(name());
            return said;
        }
        case 12: return m::echo{request};
        case 13: return m::relay_open{request, connection(), name(), name()};
        case 14: return m::relay_frame{request, ops_.one_in(2), ops_.one_in(2), any_payload(ops_)};
        case 15: return m::relay_signal{request, number(11), number(3) * 500, name()};
        case 16: return m::congestion{name(), ops_.one_in(2), ops_.below(3)};
        default: {
            m::publication made{group, name(), any_payload(ops_), {}, {}, audience(), ops_.one_in(2)};
            if (ops_.one_in(2)) made.stream = stream_position{name(), ops_.below(4), std::nullopt};
            if (made.stream && ops_.one_in(4)) made.stream->end = stream_end{};
            return made;
        }
        }
    }

    group_state_item state() {
        group_state_item made{connection(), name(), std::nullopt, update_time(std::chrono::seconds(ops_.below(8)))};
        if (!ops_.one_in(3)) made.state = string_map{{"k", name()}};
        return made;
    }

    bus_messages::audience audience() {
        bus_messages::audience made;
        if (ops_.one_in(2)) made.connection_id = connection();
        if (ops_.one_in(4)) made.except.push_back(connection());
        if (ops_.one_in(4)) made.filter = ops_.one_in(2) ? "userId eq 'a'" : std::string(ops_.bytes());
        if (ops_.one_in(4)) made.time_to_live_ms = std::uint64_t{ops_.below(3)} << (20 * ops_.below(4));
        if (ops_.one_in(4)) made.user_id = name();
        if (ops_.one_in(4)) made.group = name();
        return made;
    }

    op_codes& ops_;
    std::vector<node_id> nodes_;
    std::vector<std::string> connections_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz
