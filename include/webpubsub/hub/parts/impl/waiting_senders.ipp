// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/waiting_senders.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL void waiting_senders::wait(connection_handle who, std::string_view group) {
    const auto at = find(group);
    if (at != waiting_.size()) return waiting_[at].senders.push_back(who);
    waiting_.push_back({std::string(group), {who}});
}

WEBPUBSUB_DECL std::size_t waiting_senders::find(std::string_view group) const noexcept {
    std::size_t at = 0;
    while (at != waiting_.size() && waiting_[at].group != group) ++at;
    return at;
}

WEBPUBSUB_DECL void waiting_senders::forget(connection_handle who) noexcept {
    for (std::size_t i = waiting_.size(); i-- > 0;) {
        std::erase(waiting_[i].senders, who);
        if (waiting_[i].senders.empty()) waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

WEBPUBSUB_DECL std::vector<connection_handle> waiting_senders::take(std::size_t i) {
    auto senders = std::move(waiting_[i].senders);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    return senders;
}

WEBPUBSUB_DECL void waiting_senders::set_room(std::string_view group, std::optional<std::uint64_t> room) {
    if (has_no_room(group) && room != std::uint64_t{0}) relieved_.emplace_back(group);
    if (room) {
        rooms_.set(group, *room);
    } else {
        rooms_.erase(group);
    }
}

WEBPUBSUB_DECL void waiting_senders::use_room(std::string_view group) {
    const auto room = room_in(group);
    if (room && *room != 0) rooms_.set(group, *room - 1);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
