// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/member_turn.hpp>
#include <webpubsub/hub/reports.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// The states that clients of other nodes have in the groups that somebody watches here. When the first comes who
/// watches, the other nodes are asked for their states; from then on their changes come on the channel of the group,
/// and a node is asked again when some of them may be missing. An order of all messages of one node is taken for
/// granted: what it answers is as new as the changes that it has published before.
class state_exchange {
public:
    // What happens in the hub.

    void publish(member_turn& during, hub_reports::state_changed&& what);
    /// A client waits for the states, to be released with as many as are there when all have answered or their time is
    /// over.
    void watch(member_turn& during, held_request_id id, const std::string& group);
    /// The first who watches has come, or the last has gone.
    void handle_interest(member_turn& during, const std::string& group, bool is_wanted);
    /// All reports of the hub are taken: what nobody has come to watch is forgotten.
    void settle(member_turn& during);

    // What comes from other nodes.

    void handle(member_turn& during, const bus_channel& channel, node_id from, bus_messages::state_change&& what);
    static void handle(member_turn& during, node_id from, const bus_messages::state_request& what);
    void handle(member_turn& during, node_id from, bus_messages::states&& what);

    // What is known of nodes and of the bus.

    /// The node is new, or goes on by another connection to the broker.
    void handle_new_line(member_turn& during, node_id node);
    void handle_lost(member_turn& during, node_id node);
    /// Changes that the node, which may be this one, has published to the group may be missing.
    void handle_gap(member_turn& during, node_id node, const std::string& group);
    /// Of what the node has told this one alone something is missing.
    void handle_gap(member_turn& during, node_id node);
    /// The group's channel is subscribed to anew.
    void handle_subscribed(member_turn& during, const std::string& group);
    /// The group's channel is not subscribed to any more: what has not come back does not come.
    void handle_unsubscribed(member_turn& during, const std::string& group) { announce_deferred(during, group); }
    /// Nobody answers any more; those who wait need not.
    void handle_bus_lost(member_turn& during);
    void handle_timeout(member_turn& during);
    std::optional<steady_time> poll_timeout() const { return deadlines_.next(); }
    /// Forgets everything, and nobody is released.
    void clear() noexcept;

private:
    struct question {
        std::string group;
        node_id node;
        /// The connections whose states were in the answer so far and are kept.
        std::set<std::string> answered;
        /// How many states were in the answer so far, kept or not.
        std::uint64_t received = 0;
        /// It was not answered in time once: nobody waits for it any more, but it is asked until it is answered, and a
        /// late answer counts.
        bool is_overdue = false;
    };
    struct watched_group {
        bool is_watched = false;
        /// The numbers of the questions that are not answered.
        std::set<std::uint64_t> open;
        std::vector<held_request_id> waiting;
    };

    void ask(member_turn& during, watched_group& of, const std::string& group, node_id node, bool is_overdue = false);
    void ask_all(member_turn& during, watched_group& of, const std::string& group);
    /// Asks anew what of the answers is lost, or may be.
    void ask_anew(member_turn& during, const std::vector<std::uint64_t>& numbers);
    /// Whether a client is to be told of the states, or to be released.
    static bool is_wanted(const watched_group& of) noexcept { return of.is_watched || !of.waiting.empty(); }
    question take(std::uint64_t number);
    void finish(member_turn& during, std::uint64_t number);
    bool is_awaited(const watched_group& of) const;
    void release(member_turn& during, const std::string& group);
    void announce_deferred(member_turn& during, std::string_view group = {});
    static void keep(member_turn& during, const std::string& group, node_id from, group_state_item&& item);

    std::uint64_t last_ = 0;
    std::map<std::uint64_t, question> questions_;
    std::map<std::string, watched_group> groups_;
    detail::timer_table deadlines_;
    /// Changes of one state of this node's clients that have not come back yet.
    struct deferred_changes {
        /// The time of the first of them. What comes back of earlier ones is known here already.
        update_time since{};
        group_state_item last;
    };
    /// The deferred changes by group and connection: those who watch here are told of them when they come back, or of
    /// the last when they may be lost or somebody else is given a snapshot, which has it.
    std::map<std::pair<std::string, std::string>, deferred_changes> deferred_;
    /// Groups that were waited for, and may have nobody who watches them.
    std::vector<std::string> unsettled_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/state_exchange.ipp>
#endif
