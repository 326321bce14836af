// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// What has come of a question or a command to other nodes.
struct collected_replies {
    std::uint64_t request = 0;
    /// In the order in which they came, one of a node at most.
    std::vector<std::pair<node_id, bus_messages::reply>> replies;
    /// The nodes that have not answered in time, or were lost before: what they would have said is not known.
    std::vector<node_id> silent;
};

/// The questions and commands that other nodes have not answered yet. Each comes to one end: when all that were asked
/// have answered or are lost, or its time is over. Operations are logarithmic in the number of questions, but for the
/// loss of a node, which is linear.
class asked_nodes {
public:
    /// `most` is how many questions may wait.
    asked_nodes(std::optional<duration> patience, std::size_t most) noexcept : patience_(patience), most_(most) {}

    /// The number of a new question to these nodes, which goes out with the message; too_many_pending. With no node to
    /// ask it is over at once.
    result<std::uint64_t> ask(steady_time now, std::vector<node_id> nodes);
    /// False for a reply that nobody waits for: it is late, or comes twice, or from somebody who was not asked.
    bool handle_reply(node_id from, bus_messages::reply&& reply);
    /// A node is lost, and answers nothing any more.
    void handle_lost(node_id node);
    void handle_timeout(steady_time now);
    /// Nobody can be asked this, or anything: who has not answered is silent.
    void give_up(std::uint64_t request);
    void give_up_all();

    polled<collected_replies> poll_over() { return over_.poll(); }
    std::optional<steady_time> poll_timeout() const { return deadlines_.next(); }
    std::size_t size() const noexcept { return waiting_.size(); }

private:
    struct question {
        std::vector<node_id> open;
        collected_replies collected;
    };
    using question_map = std::map<std::uint64_t, question>;

    /// Takes the node out of those that are waited for; false if it is none of them.
    static bool take(question& of, node_id node);
    question_map::iterator finish(question_map::iterator at);
    question_map::iterator give_up(question_map::iterator at);

    std::optional<duration> patience_;
    std::size_t most_;
    std::uint64_t last_ = 0;
    question_map waiting_;
    detail::timer_table deadlines_;
    detail::queue<collected_replies> over_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/asked_nodes.ipp>
#endif
