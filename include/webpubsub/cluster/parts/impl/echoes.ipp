// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/echoes.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL void echoes::await(member_turn& during, held_request_id id) {
    const auto number = ++last_;
    waiting_.push_back({number, id, add_saturating(during.now.steady, during.options.subscription)});
    const auto to_self = channel_of(during.self);
    if (during.channels.is_confirmed(to_self) && during.publish(to_self, bus_messages::echo{number})) return;
    handle(during, bus_messages::echo{number});
}

WEBPUBSUB_DECL void echoes::handle(member_turn& during, const bus_messages::echo& what) {
    while (!waiting_.empty() && waiting_.front().number <= what.number) release_first(during);
}

WEBPUBSUB_DECL void echoes::handle_bus_lost(member_turn& during) {
    while (!waiting_.empty()) release_first(during);
}

WEBPUBSUB_DECL void echoes::handle_timeout(member_turn& during) {
    while (!waiting_.empty() && waiting_.front().until <= during.now.steady) release_first(during);
}

WEBPUBSUB_DECL std::optional<steady_time> echoes::poll_timeout() const {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.front().until);
}

/// Its connection may have ended.
WEBPUBSUB_DECL void echoes::release_first(member_turn& during) {
    const auto id = waiting_.front().id;
    waiting_.pop_front();
    static_cast<void>(during.node.release_request(during.now, id));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
