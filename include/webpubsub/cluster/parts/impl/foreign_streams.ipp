// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/foreign_streams.hpp>
#include <webpubsub/rules/names.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL bool foreign_streams::note(node_id from, const group_data_message& part) {
    if (!part.stream) return true;
    const key of{from, part.group, part.stream->stream_id};
    if (part.stream->end) {
        open_.erase(of);
        return true;
    }
    const auto found = open_.find(of);
    if (found != open_.end()) {
        found->second.sequence_id = part.stream->stream_sequence_id;
        return true;
    }
    if (open_.size() >= most_) return false;
    open_.emplace(of, progress{part.stream->stream_sequence_id, part.from_user_id});
    return true;
}

WEBPUBSUB_DECL std::vector<group_data_message> foreign_streams::take_lost(node_id node) {
    std::vector<group_data_message> ends;
    auto at = open_.lower_bound({node, {}, {}});
    while (at != open_.end() && at->first.node == node) {
        auto& end = ends.emplace_back();
        end.group = at->first.group;
        end.data = text_payload({});
        end.from_user_id = std::move(at->second.user_id);
        end.stream = {
            at->first.stream_id, at->second.sequence_id + 1,
            stream_end{stream_error{std::string(error_names::cancelled), "The publisher's node is lost.", {}}}};
        at = open_.erase(at);
    }
    return ends;
}

WEBPUBSUB_DECL void foreign_streams::forget(std::string_view group) {
    std::erase_if(open_, [group](const auto& each) { return each.first.group == group; });
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
