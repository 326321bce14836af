// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/sent_numbers.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL sent_numbers::number sent_numbers::next(const bus_channel& channel) {
    ++sent_;
    if (const auto found = recent_.find(channel); found != recent_.end()) return {++found->second, false};
    if (recent_.size() >= most_) {
        older_.swap(recent_);
        recent_.clear();
    }
    const auto older = older_.find(channel);
    if (older == older_.end()) {
        recent_.emplace(channel, sent_);
        return {sent_, true};
    }
    const auto sequence = older->second + 1;
    older_.erase(older);
    recent_.emplace(channel, sequence);
    return {sequence, false};
}

WEBPUBSUB_DECL void sent_numbers::take_back(const bus_channel& channel, const number& last) {
    const auto at = recent_.find(channel);
    if (last.begins_run) {
        recent_.erase(at);
    } else {
        --at->second;
    }
}

WEBPUBSUB_DECL void sent_numbers::begin_anew() noexcept {
    recent_.clear();
    older_.clear();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
