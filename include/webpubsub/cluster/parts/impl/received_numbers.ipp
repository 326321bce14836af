// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/received_numbers.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL received_numbers::verdict received_numbers::receive(const bus_channel& channel,
                                                                   const bus_header& header) {
    const auto [known, is_first] = last_.emplace(key{channel, header.from}, header.sequence);
    if (is_first) return {false, 0, !header.begins_run};
    auto& last = known->second;
    if (header.sequence <= last) return {true, 0, false};
    const auto missing = header.begins_run ? 0 : header.sequence - last - 1;
    last = header.sequence;
    return {false, missing, false};
}

WEBPUBSUB_DECL void received_numbers::forget(const bus_channel& channel) {
    const auto begin = last_.lower_bound({channel, {}});
    auto end = begin;
    while (end != last_.end() && end->first.channel == channel) ++end;
    last_.erase(begin, end);
}

WEBPUBSUB_DECL void received_numbers::forget(node_id node) {
    std::erase_if(last_, [node](const auto& each) { return each.first.node == node; });
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
