// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/cluster_event.hpp>
#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/asked_nodes.hpp>
#include <webpubsub/cluster/parts/member_turn.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/time.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

struct call_route;

/// Commands and questions, of this node to all that they concern, itself among them, and of other nodes to this one. Of
/// each of this node's there is one `answered`.
class calls {
public:
    explicit calls(const cluster_options& options) : asked_(options.answer, options.max_pending) {}

    /// A command that is due here, and may be told to wait for a channel.
    struct due_command {
        /// Its number here, for `execute`.
        std::uint64_t number = 0;
        /// The channels that must be confirmed first; with none it need not wait.
        std::vector<bus_channel> awaited{};
    };

    /// The command goes to other nodes at once; `due` is set if it is for this node too.
    result<cluster_request_id> command(member_turn& during, bus_messages::command&& what,
                                       std::optional<due_command>& due);
    result<cluster_request_id> ask(member_turn& during, bus_messages::question&& about);

    /// A command of another node.
    due_command accept(const member_turn& during, node_id from, bus_messages::command&& what);
    static void answer(member_turn& during, node_id from, const bus_messages::question& about);
    void handle(member_turn& during, node_id from, bus_messages::reply&& what);

    /// Does a command that was due. If it can't be done, because the broker has not confirmed the subscription in time,
    /// nothing happens to anybody, and it counts as one that has run into a limit.
    void execute(member_turn& during, std::uint64_t number, bool can_be_done = true);

    void handle_lost(member_turn& during, node_id node);
    void handle_timeout(member_turn& during);
    std::optional<steady_time> poll_timeout() const { return asked_.poll_timeout(); }
    /// Nobody has answered, and nobody will.
    void give_up(member_turn& during);

private:
    struct pending_call {
        /// What this node has to say; without a value it is not done here yet.
        std::optional<bus_messages::reply> here;
        /// What the others have said; without a value not all have.
        std::optional<collected_replies> elsewhere;
        /// Whether nothing is known unless all have answered, as of commands; a yes of one node answers a question.
        bool needs_all = false;
        /// Whether it was told to all who may be concerned.
        bool is_told = true;
        /// Of a list: how many are wanted; 0 for everything else.
        std::uint32_t limit = 0;
    };
    struct waiting_command {
        /// Who has asked; without a value this node.
        std::optional<node_id> from;
        bus_messages::command what;
    };

    due_command keep(const member_turn& during, waiting_command&& which);
    result<std::uint64_t> open(member_turn& during, const call_route& route, pending_call&& call);
    void collect(member_turn& during);
    void finish_if_done(member_turn& during, std::uint64_t request);

    asked_nodes asked_;
    std::map<std::uint64_t, pending_call> pending_;
    std::uint64_t last_command_ = 0;
    std::map<std::uint64_t, waiting_command> due_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/calls.ipp>
#endif
