// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/cluster_member.hpp>
#include <webpubsub/variant.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_DECL hub_options node_options(hub_options of_hub, const cluster_options& of_cluster) {
    of_hub.cluster.reports = true;
    of_hub.cluster.takes_guests = of_cluster.relays;
    of_hub.cluster.defers_publications = of_cluster.order == bus_order_rule::by_bus;
    return of_hub;
}

WEBPUBSUB_DECL result<cluster_member> cluster_member::make(hub& local, std::string_view place,
                                                           const cluster_options& options,
                                                           const secure_random& random) {
    const auto self = node_id::start(place, random);
    if (!self) return self.error();
    if (auto named = hub_node(local).set_id_prefix(self->to_string()); !named) return named.error();
    return cluster_member(local, *self, options, random);
}

WEBPUBSUB_DECL cluster_member::cluster_member(hub& local, node_id self, const cluster_options& options,
                                              const secure_random& random)
    : local_(&local),
      options_(options),
      random_(random),
      self_(self),
      line_(options),
      life_(options),
      publications_(options),
      sending_room_(options),
      calls_(options) {
    line_.channels.want(cluster_parts::channel_of(self_));
    line_.channels.want(cluster_parts::channel_of_all());
    hub_node(local).set_publishing(may_go_on_alone());
}

WEBPUBSUB_DECL cluster_member::cluster_member(const cluster_member& other, hub& copy_of_its_hub)
    : cluster_member(other) {
    local_ = &copy_of_its_hub;
}

WEBPUBSUB_DECL cluster_parts::member_turn cluster_member::begin(instant now) {
    if (life_.pulse.is_overdue(now.steady)) fence(now);
    return turn_at(now);
}

WEBPUBSUB_DECL cluster_parts::member_turn cluster_member::turn_at(instant now) {
    const auto& known_from = life_.knows_nodes_from();
    return {now,         *local_,        hub_node(*local_),
            options_,    self_,          known_from && now.steady >= *known_from,
            life_.nodes, line_.channels, line_.out,
            events_,     line_.counters};
}

// The bus.

WEBPUBSUB_DECL void cluster_member::handle_bus_connected(instant now) {
    // What was known of an earlier connection is gone with it.
    if (is_bus_connected()) handle_bus_lost(now);
    line_.connect();
    life_.resume(now.steady);
    hub_node(*local_).set_publishing(true);
}

WEBPUBSUB_DECL void cluster_member::handle_bus_subscribed(instant now, const bus_channel& channel) {
    auto during = begin(now);
    if (!line_.handle_subscribed(channel)) return;
    if (channel.kind == bus_channel_kind::all) {
        life_.begin(now.steady);
        beat(during);
    }
    if (channel.kind == bus_channel_kind::group) states_.handle_subscribed(during, channel.name);
    for (const auto& who : waits_.take_ready(channel)) go_on(during, who, true);
}

WEBPUBSUB_DECL void cluster_member::handle_bus_lost(instant now) {
    auto during = begin(now);
    if (!is_bus_connected()) return;
    line_.lose();
    life_.pause();
    during.node.set_publishing(may_go_on_alone());
    for (const auto& who : waits_.take_all()) go_on(during, who, may_go_on_alone());
    states_.handle_bus_lost(during);
    echoes_.handle_bus_lost(during);
    relays_.cut_all(during);
    slow_members_.clear();
    sending_room_.clear(during);
    calls_.give_up(during);
}

WEBPUBSUB_DECL void cluster_member::handle_bus_message(instant now, const bus_channel& channel,
                                                       std::string_view bytes) {
    auto during = begin(now);
    const auto envelope = line_.open(self_, channel, bytes);
    if (!envelope) return;
    const auto from = envelope->header.from;
    bus_message message;
    if (from != self_ && !hear(during, from)) {
        // A node that was found dead may say so of this one.
        if (channel.kind != bus_channel_kind::all || !line_.read(envelope->body, message)) return;
        if (const auto* const its_beat = get_if<bus_messages::heartbeat>(&message)) {
            handle_heartbeat(during, from, *its_beat);
        }
        return;
    }
    const auto verdict = line_.note(channel, envelope->header);
    if (!verdict) return;
    if (verdict->missing != 0) during.raise(cluster_events::gap{from, channel, verdict->missing});
    if (verdict->missing != 0 || verdict->is_behind_others) {
        if (channel.kind == bus_channel_kind::group) states_.handle_gap(during, from, channel.name);
        if (channel.kind == bus_channel_kind::node) {
            states_.handle_gap(during, from);
            relays_.cut(during, from);
            sending_room_.let_go(during, from);
        }
    }
    if (!line_.read(envelope->body, message)) return;
    dispatch(during, channel, from, std::move(message));
    if (channel.kind == bus_channel_kind::group) slow_members_.note(during, from, channel.name);
}

/// Notes that the node lives; false if it does not, or may not.
WEBPUBSUB_DECL bool cluster_member::hear(cluster_parts::member_turn& during, node_id from) {
    using hearing = cluster_parts::node_table::hearing;
    const auto heard = life_.nodes.hear(during.now.steady, from);
    switch (heard) {
    case hearing::known: return true;
    case hearing::dead:
        ++during.counters.from_dead;
        // It finds out that it is dead by what this node says next.
        if (life_.pulse.may_repeat(during.now.steady)) beat(during);
        return false;
    case hearing::refused: ++during.counters.from_dead; return false;
    case hearing::joined:
    case hearing::joined_at_taken_place: break;
    }
    const bool is_taken = heard == hearing::joined_at_taken_place || from.place() == self_.place();
    during.raise(cluster_events::node_joined{from, is_taken});
    // So that it does not have to wait for the next time.
    if (life_.pulse.poll_timeout()) beat(during);
    states_.handle_new_line(during, from);
    return true;
}

WEBPUBSUB_DECL void cluster_member::dispatch(cluster_parts::member_turn& during, const bus_channel& channel,
                                             node_id from, bus_message&& what) {
    namespace m = bus_messages;
    const bool is_all = channel.kind == bus_channel_kind::all;
    const bool is_node = channel.kind == bus_channel_kind::node;
    if (auto* const publication = get_if<m::publication>(&what)) {
        publications_.handle(during, channel, from, std::move(*publication));
    } else if (auto* const change = get_if<m::state_change>(&what)) {
        states_.handle(during, channel, from, std::move(*change));
    } else if (const auto* const back = get_if<m::echo>(&what); back != nullptr && is_node && from == self_) {
        echoes_.handle(during, *back);
    } else if (const auto* const congested = get_if<m::congestion>(&what); congested != nullptr && is_node) {
        sending_room_.handle(during, from, *congested);
    } else if (from == self_) {
        ++during.counters.own;
    } else if (const auto* const its_beat = get_if<m::heartbeat>(&what); its_beat != nullptr && is_all) {
        handle_heartbeat(during, from, *its_beat);
    } else if (holds_alternative<m::bye>(what) && is_all) {
        if (life_.nodes.bury(during.now.steady, from)) handle_lost(during, from, true);
    } else if (auto* const command = get_if<m::command>(&what); command != nullptr && (is_all || is_node)) {
        execute(during, calls_.accept(during, from, std::move(*command)));
    } else if (const auto* const question = get_if<m::question>(&what); question != nullptr && (is_all || is_node)) {
        cluster_parts::calls::answer(during, from, *question);
    } else if (auto* const reply = get_if<m::reply>(&what); reply != nullptr && is_node) {
        calls_.handle(during, from, std::move(*reply));
    } else if (const auto* const wish = get_if<m::state_request>(&what); wish != nullptr && is_node) {
        cluster_parts::state_exchange::handle(during, from, *wish);
    } else if (auto* const states = get_if<m::states>(&what); states != nullptr && is_node) {
        states_.handle(during, from, std::move(*states));
    } else if (auto* const guest = get_if<m::relay_open>(&what); guest != nullptr && is_node) {
        relays_.handle(during, from, std::move(*guest));
    } else if (const auto* const frame = get_if<m::relay_frame>(&what); frame != nullptr && is_node) {
        relays_.handle(during, from, *frame);
    } else if (const auto* const signal = get_if<m::relay_signal>(&what); signal != nullptr && is_node) {
        relays_.handle(during, from, *signal);
    } else {
        ++during.counters.malformed;
    }
}

// Nodes.

WEBPUBSUB_DECL void cluster_member::beat(cluster_parts::member_turn& during) {
    during.publish(cluster_parts::channel_of_all(),
                   life_.beat(during.now.steady, local_->connection_count(), line_.connections()));
    relays_.beat(during);
    slow_members_.beat(during);
    sending_room_.beat(during);
}

WEBPUBSUB_DECL void cluster_member::handle_heartbeat(cluster_parts::member_turn& during, node_id from,
                                                     const bus_messages::heartbeat& said) {
    if (life_.is_fatal(self_, from, said)) return fence(during.now);
    const bool had_line = life_.knows_line_of(from);
    if (life_.has_new_line(from, said)) {
        states_.handle_new_line(during, from);
        if (had_line) relays_.handle_new_line(during, from);
        sending_room_.let_go(during, from);
    }
    if (life_.is_other(from, said)) during.raise(cluster_events::options_differ{from});
}

WEBPUBSUB_DECL void cluster_member::handle_lost(cluster_parts::member_turn& during, node_id node, bool has_said_bye) {
    line_.forget(node);
    life_.forget(node);
    publications_.handle_lost(during, node);
    states_.handle_lost(during, node);
    calls_.handle_lost(during, node);
    relays_.cut(during, node);
    slow_members_.forget(node);
    sending_room_.let_go(during, node);
    during.raise(cluster_events::node_lost{node, has_said_bye});
}

WEBPUBSUB_DECL void cluster_member::fence(instant now) {
    life_.pulse.stop();
    auto during = turn_at(now);
    relays_.cut_all(during);
    // The reason is a good one.
    static_cast<void>(local_->close_all(now, close_code::going_away, "The node was cut off from the others."));
    calls_.give_up(during);
    states_.clear();
    during.node.forget_foreign_states(now, {});
    publications_.clear();
    echoes_.clear();
    slow_members_.clear();
    sending_room_.clear(during);
    for (const auto& who : waits_.take_all()) go_on(during, who, false);
    // What the hub has published last is not for anybody, but what it listens to counts, and so does who has come.
    while (const auto report = during.node.poll_report()) {
        if (const auto* const changed = get_if<hub_reports::interest_changed>(&*report)) handle(during, *changed);
        if (const auto* const guest = get_if<hub_reports::guest_arrived>(&*report)) {
            cluster_parts::relays::turn_away(during, guest->transport);
        }
    }
    const auto before = self_;
    // The place was a good one before.
    self_ = *node_id::start(before.to_string().substr(0, node_id::place_size), random_);
    static_cast<void>(during.node.set_id_prefix(self_.to_string()));
    life_.begin_anew(now.steady, before);
    line_.begin_anew(now.steady, before, self_);
    during.self = self_;
    during.raise(cluster_events::fenced{before, self_});
    if (line_.channels.is_confirmed(cluster_parts::channel_of_all())) beat(during);
}

WEBPUBSUB_DECL void cluster_member::leave(instant now) {
    auto during = begin(now);
    // Who has waited is heard before the node is gone.
    slow_members_.clear();
    sending_room_.clear(during);
    take_reports(during);
    relays_.cut_all(during);
    during.publish(cluster_parts::channel_of_all(), bus_messages::bye{});
    life_.pause();
    line_.channels.handle_lost();
}

WEBPUBSUB_DECL void cluster_member::handle_timeout(instant now) {
    auto during = begin(now);
    line_.channels.handle_timeout(now.steady);
    while (const auto late = waits_.take_late(now.steady)) go_on(during, *late, may_go_on_alone());
    while (const auto silent = life_.nodes.take_lost(now.steady)) handle_lost(during, *silent, false);
    states_.handle_timeout(during);
    echoes_.handle_timeout(during);
    relays_.handle_timeout(during);
    calls_.handle_timeout(during);
    if (life_.pulse.is_due(now.steady)) beat(during);
}

WEBPUBSUB_DECL std::optional<steady_time> cluster_member::poll_timeout() const {
    std::optional<steady_time> next;
    for (const auto& each :
         {line_.channels.poll_timeout(), waits_.poll_timeout(), life_.nodes.poll_timeout(), states_.poll_timeout(),
          echoes_.poll_timeout(), relays_.poll_timeout(), calls_.poll_timeout(), life_.pulse.poll_timeout()}) {
        next = earlier(next, each);
    }
    return next;
}

// The hub.

WEBPUBSUB_DECL polled<bus_order> cluster_member::poll_bus(instant now) {
    auto during = begin(now);
    take_reports(during);
    auto order = line_.poll();
    const auto* const ended = order ? get_if<bus_orders::unsubscribe>(&*order) : nullptr;
    if (ended != nullptr && ended->channel.kind == bus_channel_kind::group) {
        publications_.forget(ended->channel.name);
        states_.handle_unsubscribed(during, ended->channel.name);
    }
    return order;
}

WEBPUBSUB_DECL void cluster_member::take_reports(cluster_parts::member_turn& during) {
    do {
        while (const auto report = during.node.poll_report()) handle(during, *report);
    } while (relays_.pass_on(during));
    states_.settle(during);
}

WEBPUBSUB_DECL void cluster_member::handle(cluster_parts::member_turn& during, hub_report& report) {
    namespace r = hub_reports;
    if (auto* const published = get_if<r::published>(&report)) {
        publications_.publish(during, std::move(*published));
    } else if (auto* const changed = get_if<r::state_changed>(&report)) {
        states_.publish(during, std::move(*changed));
    } else if (const auto* const interest = get_if<r::interest_changed>(&report)) {
        handle(during, *interest);
    } else if (auto* const request = get_if<r::request_waits>(&report)) {
        handle(during, *request);
    } else if (auto* const client = get_if<r::admission_waits>(&report)) {
        handle(during, *client);
    } else if (const auto* const relieved = get_if<r::group_relieved>(&report)) {
        slow_members_.handle(during, *relieved);
    } else if (auto* const guest = get_if<r::guest_arrived>(&report)) {
        relays_.handle(during, std::move(*guest));
    } else if (auto* const frame = get_if<r::guest_frame>(&report)) {
        relays_.handle(during, std::move(*frame));
    } else if (const auto* const written = get_if<r::guest_written>(&report)) {
        relays_.handle(during, *written);
    } else if (const auto* const bad = get_if<r::guest_bad_frame>(&report)) {
        relays_.handle(during, *bad);
    } else if (const auto* const left = get_if<r::guest_left>(&report)) {
        relays_.handle(during, *left);
    }
}

WEBPUBSUB_DECL void cluster_member::handle(cluster_parts::member_turn& during,
                                           const hub_reports::interest_changed& what) {
    using kind = hub_reports::interest_kind;
    if (what.kind == kind::watchers) return states_.handle_interest(during, what.name, what.is_wanted);
    const bus_channel channel{what.kind == kind::group ? bus_channel_kind::group : bus_channel_kind::user, what.name};
    if (what.is_wanted) {
        line_.channels.want(channel);
    } else {
        line_.channels.release(during.now.steady, channel);
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
