// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/cluster/bus_codec.hpp>
#include <webpubsub/cluster/node_id.hpp>

#include <cstddef>
#include <cstdint>
#include <map>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// What has come from each node on each channel, so that what comes twice is told and what is lost is found. What is
/// lost behind the last message of a sender shows with its next one. Each operation is logarithmic in the number of
/// channels times nodes, which is the most that is kept.
class received_numbers {
public:
    struct verdict {
        /// It came before, or a later one of the same sender did: it is not to be taken.
        bool is_late = false;
        /// How many messages of this sender on this channel are missing before it, at most: the number of one that
        /// begins a run says nothing of how many there were.
        std::uint64_t missing = 0;
        /// It is the first that has come, and not the first that was sent: what was before it may be missing too.
        bool is_behind_others = false;
    };

    verdict receive(const bus_channel& channel, const bus_header& header);
    /// The subscription has ended, or begins anew: what came before it says nothing of what is lost.
    void forget(const bus_channel& channel);
    /// The node is gone for good.
    void forget(node_id node);
    void clear() noexcept { last_.clear(); }

    std::size_t size() const noexcept { return last_.size(); }

private:
    struct key {
        bus_channel channel;
        node_id node;
        friend auto operator<=>(const key&, const key&) = default;
    };

    std::map<key, std::uint64_t> last_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/received_numbers.ipp>
#endif
