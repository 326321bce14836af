// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/messages/service_message.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// The open streams of other nodes' clients, as far as this node's connections get them, so that they are told when
/// the streams end with their node. Operations are logarithmic in the number of streams.
class foreign_streams {
public:
    explicit foreign_streams(std::size_t most) noexcept : most_(most) {}

    /// A part of a stream came from the node. The result is false if one is forgotten for it, because there are too
    /// many: that of which nothing was heard for longest, whose end may have been missed.
    bool note(node_id from, const group_data_message& part);
    /// The ends of the node's streams, in the order of groups and stream ids; they are forgotten.
    std::vector<group_data_message> take_lost(node_id node);
    /// Nobody listens to the group any more. The time is linear in the number of streams.
    void forget(std::string_view group);
    void clear() noexcept {
        open_.clear();
        by_hearing_.clear();
    }

    std::size_t size() const noexcept { return open_.size(); }

private:
    struct key {
        node_id node;
        std::string group;
        std::string stream_id;
        friend auto operator<=>(const key&, const key&) = default;
    };
    struct progress {
        std::uint64_t sequence_id = 0;
        std::string user_id;
        /// The key in `by_hearing_`.
        std::uint64_t heard = 0;
    };
    using open_streams = std::map<key, progress>;

    open_streams::iterator erase(open_streams::iterator which);

    std::size_t most_;
    open_streams open_;
    /// The open streams in the order of their last parts.
    std::map<std::uint64_t, key> by_hearing_;
    std::uint64_t parts_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/foreign_streams.ipp>
#endif
