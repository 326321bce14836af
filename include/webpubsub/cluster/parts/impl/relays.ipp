// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/relays.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/variant.hpp>

#include <algorithm>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

// Guests of this hub.

/// A client is refused, and gives up, if its connection is nowhere. Where that is not sure it is to come again.
WEBPUBSUB_DECL void relays::handle(member_turn& during, hub_reports::guest_arrived&& what) {
    auto& wanted = what.wanted;
    const auto owner = node_id::of_connection(wanted.connection_id);
    const bool is_nowhere = !owner || *owner == during.self || (during.knows_nodes && !during.nodes.is_alive(*owner));
    if (is_nowhere || !is_utf8(wanted.reconnection_token) || !is_utf8(what.subprotocol)) {
        return during.node.refuse_guest(during.now, what.transport);
    }
    const auto relay = ++last_;
    const auto at = guests_.emplace(relay, guest{what.transport, *owner}).first;
    by_guest_.emplace(what.transport, relay);
    unanswered_.set(relay, add_saturating(during.now.steady, during.options.answer));
    const bool is_asked = during.publish_to(*owner, bus_messages::relay_open{relay, std::move(wanted.connection_id),
                                                                             std::move(wanted.reconnection_token),
                                                                             std::move(what.subprotocol)});
    if (!is_asked) lose(during, at);
}

WEBPUBSUB_DECL void relays::handle(member_turn& during, hub_reports::guest_frame&& what) {
    const auto at = find(what.transport);
    if (at == guests_.end()) return;
    const bool is_taken =
        during.publish_to(at->second.owner, bus_messages::relay_frame{at->first, false, what.kind == frame_kind::text,
                                                                      binary_payload(std::move(what.bytes))});
    if (is_taken) return;
    tell(during, at->second.owner, at->first, bus_messages::relay_signal_kind::bad_frame, close_code::message_too_big);
}

WEBPUBSUB_DECL void relays::handle(member_turn& during, const hub_reports::guest_written& what) {
    const auto at = find(what.transport);
    if (at == guests_.end()) return;
    tell(during, at->second.owner, at->first, bus_messages::relay_signal_kind::written, what.count);
}

WEBPUBSUB_DECL void relays::handle(member_turn& during, const hub_reports::guest_bad_frame& what) {
    const auto at = find(what.transport);
    if (at == guests_.end()) return;
    tell(during, at->second.owner, at->first, bus_messages::relay_signal_kind::bad_frame, what.code);
}

WEBPUBSUB_DECL void relays::handle(member_turn& during, const hub_reports::guest_left& what) {
    const auto at = find(what.transport);
    if (at == guests_.end()) return;
    tell(during, at->second.owner, at->first, bus_messages::relay_signal_kind::closed, what.code, what.reason);
    forget(at);
}

// Connections of this hub.

WEBPUBSUB_DECL bool relays::pass_on(member_turn& during) {
    if (const auto order = during.node.poll_relayed_order()) {
        follow(during, *order);
    } else if (const auto ready = during.node.poll_relayed_ready()) {
        write(during, *ready);
    } else {
        return false;
    }
    return true;
}

WEBPUBSUB_DECL void relays::follow(member_turn& during, const hub_order& order) {
    using kind = bus_messages::relay_signal_kind;
    if (const auto* const close = get_if<hub_orders::close_transport>(&order)) {
        tell_host(during, close->transport, kind::close, close->code, close->reason);
        forget_served(close->transport);
        during.local.handle_closed(during.now, close->transport);
    } else if (const auto* const pause = get_if<hub_orders::pause_reading>(&order)) {
        tell_host(during, pause->transport, kind::pause);
    } else if (const auto* const resume = get_if<hub_orders::resume_reading>(&order)) {
        tell_host(during, resume->transport, kind::resume);
    }
}

WEBPUBSUB_DECL void relays::tell_host(member_turn& during, transport_id of_served, bus_messages::relay_signal_kind kind,
                                      std::uint32_t number, std::string_view reason) {
    const auto found = by_served_.find(of_served);
    if (found == by_served_.end()) return;
    const auto [node, relay] = found->second;
    tell(during, node, relay, kind, number, reason);
}

WEBPUBSUB_DECL void relays::forget_served(transport_id transport) {
    const auto found = by_served_.find(transport);
    if (found == by_served_.end()) return;
    served_.erase(found->second);
    by_served_.erase(found);
}

WEBPUBSUB_DECL void relays::write(member_turn& during, transport_id served) {
    const auto found = by_served_.find(served);
    while (auto next = during.local.poll_transmit(served)) {
        if (found == by_served_.end()) continue;
        std::string bytes(next->prefix());
        bytes += next->body();
        const auto [node, relay] = found->second;
        const bool is_taken =
            during.publish_to(node, bus_messages::relay_frame{relay, true, next->kind() == frame_kind::text,
                                                              binary_payload(std::move(bytes))});
        if (!is_taken) return lose(during, served_.find(found->second));
    }
}

// What comes from other nodes.

WEBPUBSUB_DECL void relays::handle(member_turn& during, node_id from, bus_messages::relay_open&& what) {
    const served_key key{from, what.relay};
    if (served_.contains(key)) {
        ++during.counters.malformed;
        return;
    }
    const auto transport = during.node.open_relayed(
        during.now, std::move(what.subprotocol), {std::move(what.connection_id), std::move(what.reconnection_token)});
    if (!transport && transport.error().code == errc::unknown_target) {
        return tell(during, from, what.relay, bus_messages::relay_signal_kind::refuse);
    }
    if (!transport) {
        return tell(during, from, what.relay, bus_messages::relay_signal_kind::close, close_code::going_away,
                    "The node of the connection lets nobody in now.");
    }
    served_.emplace(key, *transport);
    by_served_.emplace(*transport, key);
}

WEBPUBSUB_DECL void relays::handle(member_turn& during, node_id from, const bus_messages::relay_frame& what) {
    const auto kind = what.is_text ? frame_kind::text : frame_kind::binary;
    if (what.is_for_client) {
        const auto at = guests_.find(what.relay);
        if (at == guests_.end() || at->second.owner != from) return;
        unanswered_.cancel(what.relay);
        during.node.write_to_guest(during.now, at->second.transport, kind, what.data.bytes);
    } else if (const auto at = served_.find({from, what.relay}); at != served_.end()) {
        during.local.handle_frame(during.now, at->second, kind, what.data.bytes);
    }
}

WEBPUBSUB_DECL void relays::handle(member_turn& during, node_id from, const bus_messages::relay_signal& what) {
    using bus_messages::relay_signal_kind;
    const auto kind = static_cast<relay_signal_kind>(what.kind);
    if (what.kind == 0 || kind > relay_signal_kind::cut) {
        ++during.counters.malformed;
    } else if (kind == relay_signal_kind::cut) {
        cut(during, from);
    } else if (kind == relay_signal_kind::alive) {
        // The other node has not heard of the end of the last one, and from here nothing would come that shows it.
        if (!has_any_with(from)) tell(during, from, 0, relay_signal_kind::cut);
    } else if (kind <= relay_signal_kind::closed) {
        const auto at = served_.find({from, what.relay});
        if (at != served_.end()) handle_transport(during, at, what);
    } else {
        const auto at = guests_.find(what.relay);
        if (at != guests_.end() && at->second.owner == from) handle_order(during, at, what);
    }
}

/// What has happened to the transport of a connection of this hub.
WEBPUBSUB_DECL void relays::handle_transport(member_turn& during, served_map::iterator which,
                                             const bus_messages::relay_signal& what) {
    using kind = bus_messages::relay_signal_kind;
    const auto transport = which->second;
    const auto code = static_cast<std::uint16_t>(what.number);
    if (what.kind == static_cast<std::uint32_t>(kind::written)) {
        during.local.handle_written(during.now, transport, what.number);
    } else if (what.kind == static_cast<std::uint32_t>(kind::bad_frame)) {
        during.local.handle_bad_frame(during.now, transport, code);
    } else {
        forget_served(transport);
        during.local.handle_closed(during.now, transport, code, what.reason);
    }
}

/// What the hub of the connection wants of a guest's transport.
WEBPUBSUB_DECL void relays::handle_order(member_turn& during, guest_map::iterator which,
                                         const bus_messages::relay_signal& what) {
    using kind = bus_messages::relay_signal_kind;
    const auto transport = which->second.transport;
    switch (static_cast<kind>(what.kind)) {
    case kind::pause: return during.node.pause_guest(during.now, transport, true);
    case kind::resume: return during.node.pause_guest(during.now, transport, false);
    case kind::close:
        forget(which);
        return during.node.close_guest(during.now, transport, static_cast<std::uint16_t>(what.number), what.reason);
    case kind::refuse: forget(which); return during.node.refuse_guest(during.now, transport);
    case kind::written:
    case kind::bad_frame:
    case kind::closed:
    case kind::alive:
    case kind::cut: return;
    }
}

// What is known of nodes and of the bus.

WEBPUBSUB_DECL void relays::cut(member_turn& during, node_id node) {
    for (auto at = guests_.begin(); at != guests_.end();) {
        const auto each = at++;
        if (each->second.owner == node) lose(during, each);
    }
    for (auto at = served_.lower_bound({node, 0}); at != served_.end() && at->first.first == node;) {
        lose(during, at++);
    }
}

/// The first message that the node hears by its new connection cuts all relays with this one, since others were sent
/// before it. So one is sent now, and not with the next relay.
WEBPUBSUB_DECL void relays::handle_new_line(member_turn& during, node_id node) {
    cut(during, node);
    tell(during, node, 0, bus_messages::relay_signal_kind::cut);
}

WEBPUBSUB_DECL void relays::cut_all(member_turn& during) {
    while (!guests_.empty()) lose(during, guests_.begin());
    while (!served_.empty()) lose(during, served_.begin());
}

/// The client comes again, and finds out then whether its connection is still there.
WEBPUBSUB_DECL void relays::lose(member_turn& during, guest_map::iterator which) {
    const auto transport = which->second.transport;
    tell(during, which->second.owner, which->first, bus_messages::relay_signal_kind::closed, close_code::abnormal);
    forget(which);
    turn_away(during, transport);
}

WEBPUBSUB_DECL void relays::turn_away(member_turn& during, transport_id guest) {
    during.node.close_guest(during.now, guest, close_code::going_away, "The way to the connection is lost.");
}

WEBPUBSUB_DECL void relays::lose(member_turn& during, served_map::iterator which) {
    const auto transport = which->second;
    tell_host(during, transport, bus_messages::relay_signal_kind::close, close_code::going_away,
              "The way to the connection is lost.");
    forget_served(transport);
    during.local.handle_closed(during.now, transport);
}

WEBPUBSUB_DECL void relays::beat(member_turn& during) {
    using kind = bus_messages::relay_signal_kind;
    std::set<node_id> others;
    for (auto at = guests_.begin(); at != guests_.end();) {
        const auto which = at++;
        const bool is_anybodys = !during.knows_nodes || during.nodes.is_alive(which->second.owner);
        if (is_anybodys) {
            others.insert(which->second.owner);
        } else {
            lose(during, which);
        }
    }
    for (const auto& [key, each] : served_) others.insert(key.first);
    for (const auto other : std::exchange(untold_, {})) {
        others.erase(other);
        if (during.nodes.is_alive(other)) tell(during, other, 0, kind::cut);
    }
    for (const auto other : others) tell(during, other, 0, kind::alive);
}

WEBPUBSUB_DECL void relays::handle_timeout(member_turn& during) {
    while (const auto relay = unanswered_.pop_due(during.now.steady)) lose(during, guests_.find(*relay));
}

WEBPUBSUB_DECL bool relays::has_any_with(node_id node) const {
    const auto served = served_.lower_bound({node, 0});
    return (served != served_.end() && served->first.first == node) ||
           std::any_of(guests_.begin(), guests_.end(), [&](const auto& each) { return each.second.owner == node; });
}

WEBPUBSUB_DECL relays::guest_map::iterator relays::find(transport_id of_guest) {
    const auto found = by_guest_.find(of_guest);
    return found == by_guest_.end() ? guests_.end() : guests_.find(found->second);
}

WEBPUBSUB_DECL void relays::forget(guest_map::iterator which) {
    unanswered_.cancel(which->first);
    by_guest_.erase(which->second.transport);
    guests_.erase(which);
}

WEBPUBSUB_DECL void relays::tell(member_turn& during, node_id other, std::uint64_t relay,
                                 bus_messages::relay_signal_kind kind, std::uint32_t number, std::string_view reason) {
    const bus_messages::relay_signal said{relay, static_cast<std::uint32_t>(kind), number,
                                          std::string(is_utf8(reason) ? reason : std::string_view())};
    if (!during.publish_to(other, said)) untold_.insert(other);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
