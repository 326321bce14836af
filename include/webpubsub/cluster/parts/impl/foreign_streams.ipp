// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/foreign_streams.hpp>
#include <webpubsub/rules/names.hpp>

#include <iterator>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL bool foreign_streams::note(node_id from, const group_data_message& part) {
    if (!part.stream) return true;
    const key of{from, part.group, part.stream->stream_id};
    if (const auto known = open_.find(of); known != open_.end()) erase(known);
    if (part.stream->end) return true;
    if (most_ == 0) return false;
    const bool has_room = open_.size() < most_;
    if (!has_room) erase(open_.find(by_hearing_.begin()->second));
    by_hearing_.emplace(++parts_, of);
    open_.emplace(of, progress{part.stream->stream_sequence_id, part.from_user_id, parts_});
    return has_room;
}

WEBPUBSUB_DECL foreign_streams::open_streams::iterator foreign_streams::erase(open_streams::iterator which) {
    by_hearing_.erase(which->second.heard);
    return open_.erase(which);
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
        at = erase(at);
    }
    return ends;
}

WEBPUBSUB_DECL void foreign_streams::forget(std::string_view group) {
    for (auto at = open_.begin(); at != open_.end();) at = at->first.group == group ? erase(at) : std::next(at);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
