// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/member_turn.hpp>
#include <webpubsub/hub/reports.hpp>
#include <webpubsub/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// Back-pressure to other nodes: those with clients that send to a group with a congested member here are told to stop,
/// and when it is relieved, how many messages they may send before they hear more. Together they may send no more than
/// there is room for in a queue that is half full. What is on its way when a node is told to stop comes on top.
class slow_members {
public:
    /// After how long a node is told once more that goes on sending, since it may have missed it.
    static constexpr duration repetition = std::chrono::milliseconds(100);
    /// How many messages a node may send at most before it hears more.
    static constexpr std::uint64_t most_room = 64;

    /// Something has come from the node for the group, and is with the members here.
    void note(member_turn& during, node_id from, const std::string& group);
    void handle(member_turn& during, const hub_reports::group_relieved& what);

    /// Nodes forget what they were told a `cluster_options::silence` ago. Whoever is to stop is told again in time, and
    /// who has sent nothing for a while may send what it likes.
    void beat(member_turn& during);
    /// The node is told nothing more.
    void forget(node_id node);
    void clear() noexcept { told_.clear(); }

private:
    struct told {
        steady_time last{};
        /// How many messages may come before it hears more; with zero none.
        std::uint64_t room = 0;
        /// How many of them have not come yet.
        std::uint64_t left = 0;
    };
    using nodes = std::map<node_id, told>;

    static void stop(member_turn& during, node_id node, const std::string& group, told& it);
    std::size_t count() const noexcept;

    std::map<std::string, nodes> told_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/slow_members.ipp>
#endif
