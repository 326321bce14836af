// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_order.hpp>
#include <webpubsub/cluster/node_id.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace cluster_tests::world {

using namespace webpubsub;

/// What nodes have published and heard, counted without the numbers in their messages, so that it is known which gaps
/// each of them has to report.
class bus_record {
public:
    /// A node has published it, which may never arrive anywhere.
    void note_published(node_id by, const bus_orders::publish& order) {
        const auto number = ++sent_[{by, order.channel}];
        published_[{order.channel, order.bytes}] = {by, number};
    }

    struct origin {
        node_id by;
        /// The place among what the node has published on the channel.
        std::uint64_t number = 0;
    };
    const origin& origin_of(const bus_channel& channel, const std::string& bytes) const {
        return published_.at({channel, bytes});
    }

    /// Nothing if it came before, or a later one did; otherwise how many are missing before it in this subscription.
    std::optional<std::uint64_t> missing(std::size_t node, const bus_channel& channel, const origin& what) const {
        const auto found = heard_.find({node, channel, what.by});
        if (found == heard_.end()) return 0;
        if (what.number <= found->second) return std::nullopt;
        return what.number - found->second - 1;
    }
    void note_heard(std::size_t node, const bus_channel& channel, const origin& what) {
        heard_[{node, channel, what.by}] = what.number;
    }
    /// The node has heard nothing yet.
    void forget(std::size_t node) {
        std::erase_if(heard_, [=](const auto& each) { return each.first.node == node; });
    }
    void forget(std::size_t node, const bus_channel& channel) {
        std::erase_if(heard_,
                      [&](const auto& each) { return each.first.node == node && each.first.channel == channel; });
    }

private:
    struct ear {
        std::size_t node;
        bus_channel channel;
        node_id by;
        friend auto operator<=>(const ear&, const ear&) = default;
    };

    std::map<std::pair<node_id, bus_channel>, std::uint64_t> sent_;
    std::map<std::pair<bus_channel, std::string>, origin> published_;
    std::map<ear, std::uint64_t> heard_;
};

} // namespace cluster_tests::world
