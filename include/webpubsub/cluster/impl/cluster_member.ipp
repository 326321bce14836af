// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/cluster_member.hpp>
#include <webpubsub/variant.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace cluster_parts {

/// How long the channels of a client are kept that was let in and has not opened its connection yet.
inline constexpr duration opening_time = std::chrono::seconds(60);

/// Of what all nodes should have alike. The numbers are those of FNV-1a.
WEBPUBSUB_DECL std::uint64_t hash_of(const cluster_options& options) noexcept {
    std::uint64_t hash = 14695981039346656037u;
    for (const auto each : {static_cast<std::int64_t>(options.order), static_cast<std::int64_t>(options.alone),
                            std::int64_t{options.heartbeat.count()}, std::int64_t{options.silence.count()}}) {
        for (int byte = 0; byte < 8; ++byte) hash = (hash ^ ((each >> (8 * byte)) & 0xFF)) * 1099511628211u;
    }
    return hash;
}

} // namespace cluster_parts

WEBPUBSUB_DECL hub_options node_options(hub_options of_hub, const cluster_options& of_cluster) {
    of_hub.cluster.reports = true;
    of_hub.cluster.defers_publications = of_cluster.order == bus_order_rule::by_bus;
    return of_hub;
}

WEBPUBSUB_DECL result<cluster_member> cluster_member::make(hub& local, std::string_view place,
                                                           const cluster_options& options, const secure_random& random) {
    const auto self = node_id::start(place, random);
    if (!self) return self.error();
    if (auto named = local.set_id_prefix(self->to_string()); !named) return named.error();
    return cluster_member(local, options, random, *self);
}

WEBPUBSUB_DECL cluster_member::cluster_member(hub& local, const cluster_options& options, const secure_random& random,
                                              node_id self)
    : local_(&local),
      options_(options),
      random_(random),
      self_(self),
      nodes_(options.silence, options.memory, options.max_nodes),
      channels_(options.interest_linger),
      out_(options.max_numbered_channels, options.bus.max_bytes),
      pulse_(options.heartbeat, options.silence),
      publications_(options),
      calls_(options) {
    want_own_channels();
    local_->set_publishing(options_.alone == without_bus::local_only);
}

WEBPUBSUB_DECL cluster_member::cluster_member(const cluster_member& other, hub& copy_of_its_hub) : cluster_member(other) {
    local_ = &copy_of_its_hub;
}

WEBPUBSUB_DECL cluster_parts::member_turn cluster_member::begin(instant now) {
    if (pulse_.is_overdue(now.steady)) fence(now);
    return turn_at(now);
}

WEBPUBSUB_DECL cluster_parts::member_turn cluster_member::turn_at(instant now) {
    const bool knows_nodes = knows_nodes_from_ && now.steady >= *knows_nodes_from_;
    return {now, *local_, options_, self_, knows_nodes, nodes_, channels_, out_, events_, counters_};
}

WEBPUBSUB_DECL void cluster_member::want_own_channels() {
    channels_.want({bus_channel_kind::node, self_.to_string()});
    channels_.want({bus_channel_kind::all, {}});
}

// The bus.

WEBPUBSUB_DECL void cluster_member::handle_bus_connected(instant now) {
    // What was known of an earlier connection is gone with it.
    if (channels_.is_connected()) handle_bus_lost(now);
    channels_.handle_connected();
    nodes_.resume(now.steady);
    local_->set_publishing(true);
}

WEBPUBSUB_DECL void cluster_member::handle_bus_subscribed(instant now, const bus_channel& channel) {
    auto during = begin(now);
    // What has come until now came by an earlier subscription, and nothing is missing that was sent between the two.
    received_.forget(channel);
    if (!channels_.handle_subscribed(channel)) return;
    if (channel.kind == bus_channel_kind::all) {
        if (!knows_nodes_from_) knows_nodes_from_ = add_saturating(now.steady, options_.heartbeat);
        beat(during);
    }
    if (channel.kind == bus_channel_kind::group) states_.handle_subscribed(during, channel.name);
    for (const auto& who : waits_.take_ready(channel)) go_on(during, who, true);
}

WEBPUBSUB_DECL void cluster_member::handle_bus_lost(instant now) {
    auto during = begin(now);
    if (!channels_.is_connected()) return;
    channels_.handle_lost();
    out_.clear();
    received_.clear();
    pulse_.stop();
    nodes_.pause();
    const bool goes_on = options_.alone == without_bus::local_only;
    local_->set_publishing(goes_on);
    for (const auto& who : waits_.take_all()) go_on(during, who, goes_on);
    states_.handle_bus_lost(during);
    calls_.give_up(during);
}

WEBPUBSUB_DECL void cluster_member::handle_bus_message(instant now, const bus_channel& channel, std::string_view bytes) {
    auto during = begin(now);
    if (!channels_.is_ordered(channel)) {
        ++counters_.late;
        return;
    }
    const auto envelope = read_bus_envelope(bytes, options_.bus);
    if (!envelope) {
        const bool is_other_version = envelope.error().code == errc::unsupported_version;
        ++(is_other_version ? counters_.unsupported_version : counters_.malformed);
        return;
    }
    const auto& header = envelope->header;
    const bool is_own = header.from == self_;
    if (is_own && options_.order != bus_order_rule::by_bus) {
        ++counters_.own;
        return;
    }
    const bool is_heard = is_own || hear(during, header.from);
    const bool is_all = channel.kind == bus_channel_kind::all;
    // A node that was found dead may say so of this one; that has to be read.
    if (!is_heard && !is_all) return;
    if (is_heard) {
        const auto verdict = received_.receive(channel, header);
        if (verdict.is_late) {
            ++counters_.repeated;
            return;
        }
        if (verdict.missing != 0) {
            counters_.missing += verdict.missing;
            during.raise(cluster_events::gap{header.from, channel, verdict.missing});
            if (channel.kind == bus_channel_kind::group) states_.handle_gap(during, header.from, channel.name);
        }
    }
    bus_message message;
    if (const auto read = read_bus_message(envelope->body, message, options_.bus); !read) {
        const bool is_other_version = read.error().code == errc::unsupported_version;
        ++(is_other_version ? counters_.unsupported_version : counters_.malformed);
        return;
    }
    if (is_heard) {
        dispatch(during, channel, header.from, std::move(message));
    } else if (const auto* const its_beat = get_if<bus_messages::heartbeat>(&message)) {
        handle_heartbeat(during, header.from, *its_beat);
    }
}

/// Notes that the node lives; false if it does not, or may not.
WEBPUBSUB_DECL bool cluster_member::hear(cluster_parts::member_turn& during, node_id from) {
    using hearing = cluster_parts::node_table::hearing;
    const auto heard = nodes_.hear(during.now.steady, from);
    switch (heard) {
    case hearing::known: return true;
    case hearing::dead:
        ++counters_.from_dead;
        // It finds out that it is dead by what this node says next.
        if (pulse_.may_repeat(during.now.steady)) beat(during);
        return false;
    case hearing::refused: ++counters_.from_dead; return false;
    case hearing::joined:
    case hearing::joined_at_taken_place: break;
    }
    during.raise(cluster_events::node_joined{from, heard == hearing::joined_at_taken_place});
    // So that it does not have to wait for the next time.
    if (pulse_.poll_timeout()) beat(during);
    states_.handle_joined(during, from);
    return true;
}

WEBPUBSUB_DECL void cluster_member::dispatch(cluster_parts::member_turn& during, const bus_channel& channel, node_id from,
                                             bus_message&& what) {
    namespace m = bus_messages;
    const bool is_all = channel.kind == bus_channel_kind::all;
    const bool is_node = channel.kind == bus_channel_kind::node;
    if (auto* const publication = get_if<m::publication>(&what)) {
        publications_.handle(during, channel, from, std::move(*publication));
    } else if (auto* const change = get_if<m::state_change>(&what)) {
        states_.handle(during, channel, from, std::move(*change));
    } else if (from == self_) {
        ++counters_.own;
    } else if (const auto* const its_beat = get_if<m::heartbeat>(&what); its_beat != nullptr && is_all) {
        handle_heartbeat(during, from, *its_beat);
    } else if (holds_alternative<m::bye>(what) && is_all) {
        if (nodes_.bury(during.now.steady, from)) handle_lost(during, from, true);
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
    } else {
        ++counters_.malformed;
    }
}

// Nodes.

WEBPUBSUB_DECL void cluster_member::beat(cluster_parts::member_turn& during) {
    pulse_.beat(during.now.steady);
    bus_messages::heartbeat said;
    said.connections = local_->connection_count();
    said.options_hash = cluster_parts::hash_of(options_);
    said.living = nodes_.count();
    for (const auto node : nodes_.dead()) said.dead.push_back(node.to_string());
    during.publish({bus_channel_kind::all, {}}, std::move(said));
}

/// Who is dead for another goes on as a new node. Where each of two is dead for the other, the one does that knows
/// fewer living ones, which is the one that was cut off; of two alike, the one with the larger id.
WEBPUBSUB_DECL void cluster_member::handle_heartbeat(cluster_parts::member_turn& during, node_id from,
                                                     const bus_messages::heartbeat& beat) {
    const auto own = self_.to_string();
    for (const auto& dead : beat.dead) {
        if (dead != own) continue;
        const bool is_mutual = !nodes_.is_alive(from);
        const auto living = nodes_.count();
        if (is_mutual && (living > beat.living || (living == beat.living && self_ < from))) return;
        return fence(during.now);
    }
    if (beat.options_hash == cluster_parts::hash_of(options_) || !nodes_.is_alive(from)) return;
    if (differing_.insert(from).second) during.raise(cluster_events::options_differ{from});
}

WEBPUBSUB_DECL void cluster_member::handle_lost(cluster_parts::member_turn& during, node_id node, bool has_said_bye) {
    received_.forget(node);
    differing_.erase(node);
    publications_.handle_lost(during, node);
    states_.handle_lost(during, node);
    calls_.handle_lost(during, node);
    during.raise(cluster_events::node_lost{node, has_said_bye});
}

WEBPUBSUB_DECL void cluster_member::fence(instant now) {
    pulse_.stop();
    auto during = turn_at(now);
    const auto before = self_;
    // The reason is a good one.
    static_cast<void>(local_->close_all(now, close_code::going_away, "The node was cut off from the others."));
    calls_.give_up(during);
    states_.clear();
    local_->forget_foreign_states(now, {});
    publications_.clear();
    for (const auto& who : waits_.take_all()) go_on(during, who, false);
    nodes_.clear();
    // What still comes back of it is from nobody.
    nodes_.bury(now.steady, before);
    knows_nodes_from_ = add_saturating(now.steady, options_.heartbeat);
    received_.clear();
    differing_.clear();
    // What the hub has published last is not for anybody, but what it listens to counts.
    while (const auto report = local_->poll_report()) {
        if (const auto* const changed = get_if<hub_reports::interest_changed>(&*report)) handle(during, *changed);
    }
    out_.begin_anew();
    channels_.release(now.steady, {bus_channel_kind::node, self_.to_string()});
    // The place was a good one before.
    self_ = *node_id::start(self_.to_string().substr(0, node_id::place_size), random_);
    static_cast<void>(local_->set_id_prefix(self_.to_string()));
    want_own_channels();
    during.self = self_;
    during.raise(cluster_events::fenced{before, self_});
    if (channels_.is_confirmed({bus_channel_kind::all, {}})) beat(during);
}

WEBPUBSUB_DECL void cluster_member::leave(instant now) {
    auto during = begin(now);
    take_reports(during);
    during.publish({bus_channel_kind::all, {}}, bus_messages::bye{});
    pulse_.stop();
    channels_.handle_lost();
}

WEBPUBSUB_DECL void cluster_member::handle_timeout(instant now) {
    auto during = begin(now);
    channels_.handle_timeout(now.steady);
    while (const auto late = waits_.take_late(now.steady)) go_on(during, *late, false);
    while (const auto silent = nodes_.take_lost(now.steady)) handle_lost(during, *silent, false);
    states_.handle_timeout(during);
    calls_.handle_timeout(during);
    if (pulse_.is_due(now.steady)) beat(during);
}

WEBPUBSUB_DECL std::optional<steady_time> cluster_member::poll_timeout() const {
    std::optional<steady_time> next;
    for (const auto& each : {channels_.poll_timeout(), waits_.poll_timeout(), nodes_.poll_timeout(),
                             states_.poll_timeout(), calls_.poll_timeout(), pulse_.poll_timeout()}) {
        next = earlier(next, each);
    }
    return next;
}

// The hub.

WEBPUBSUB_DECL polled<bus_order> cluster_member::poll_bus(instant now) {
    auto during = begin(now);
    take_reports(during);
    if (auto order = channels_.poll_order()) {
        if (order->subscribe) return polled<bus_order>(new bus_order(bus_orders::subscribe{std::move(order->channel)}));
        received_.forget(order->channel);
        if (order->channel.kind == bus_channel_kind::group) publications_.forget(order->channel.name);
        return polled<bus_order>(new bus_order(bus_orders::unsubscribe{std::move(order->channel)}));
    }
    return out_.poll();
}

WEBPUBSUB_DECL void cluster_member::take_reports(cluster_parts::member_turn& during) {
    while (const auto report = local_->poll_report()) {
        if (auto* const published = get_if<hub_reports::published>(&*report)) {
            publications_.publish(during, std::move(*published));
        } else if (auto* const changed = get_if<hub_reports::state_changed>(&*report)) {
            states_.publish(during, std::move(*changed));
        } else if (const auto* const interest = get_if<hub_reports::interest_changed>(&*report)) {
            handle(during, *interest);
        } else if (auto* const request = get_if<hub_reports::request_held>(&*report)) {
            handle(during, *request);
        } else if (auto* const client = get_if<hub_reports::admission_held>(&*report)) {
            handle(during, *client);
        }
    }
    states_.settle(during);
}

WEBPUBSUB_DECL void cluster_member::handle(cluster_parts::member_turn& during,
                                           const hub_reports::interest_changed& what) {
    using kind = hub_reports::interest_kind;
    if (what.kind == kind::watchers) return states_.handle_interest(during, what.name, what.is_wanted);
    const bus_channel channel{what.kind == kind::group ? bus_channel_kind::group : bus_channel_kind::user, what.name};
    if (what.is_wanted) {
        channels_.want(channel);
    } else {
        channels_.release(during.now.steady, channel);
    }
}

WEBPUBSUB_DECL void cluster_member::handle(cluster_parts::member_turn& during, hub_reports::request_held& what) {
    if (!what.is_for_states || !channels_.is_connected()) {
        const cluster_parts::bus_waiter who{cluster_parts::bus_waiter::kind::request, number_of(what.id)};
        return wait_for(during, who, {bus_channel{bus_channel_kind::group, std::move(what.group)}});
    }
    states_.watch(during, what.id, what.group);
}

WEBPUBSUB_DECL void cluster_member::handle(cluster_parts::member_turn& during, hub_reports::admission_held& what) {
    std::vector<bus_channel> channels;
    if (!what.user_id.empty()) channels.push_back({bus_channel_kind::user, std::move(what.user_id)});
    for (auto& group : what.groups) channels.push_back({bus_channel_kind::group, std::move(group)});
    wait_for(during, {cluster_parts::bus_waiter::kind::admission, number_of(what.id)}, channels);
}

/// The channels are kept until those who wait have become members, or have had the time to.
WEBPUBSUB_DECL void cluster_member::wait_for(cluster_parts::member_turn& during, const cluster_parts::bus_waiter& who,
                                             const std::vector<bus_channel>& channels) {
    if (!channels_.is_connected()) return go_on(during, who, options_.alone == without_bus::local_only);
    const auto until = add_saturating(during.now.steady, options_.subscription);
    std::vector<bus_channel> unconfirmed;
    for (const auto& channel : channels) {
        const bool opens_later = who.what == cluster_parts::bus_waiter::kind::admission;
        channels_.keep(channel, opens_later ? add_saturating(until, cluster_parts::opening_time) : until);
        if (!channels_.is_confirmed(channel)) unconfirmed.push_back(channel);
    }
    if (unconfirmed.empty()) return go_on(during, who, true);
    waits_.add(who, unconfirmed, until);
}

/// The hub may have given up the waiter before.
WEBPUBSUB_DECL void cluster_member::go_on(cluster_parts::member_turn& during, const cluster_parts::bus_waiter& who,
                                          bool is_possible) {
    using kind = cluster_parts::bus_waiter::kind;
    const service_error objection{std::string(error_names::internal_server_error),
                                  "The other nodes of the service can't be reached."};
    switch (who.what) {
    case kind::command: return calls_.execute(during, who.number, is_possible);
    case kind::request:
        static_cast<void>(is_possible
                              ? local_->release_node_hold(during.now, held_request_id{who.number})
                              : local_->refuse_request(during.now, held_request_id{who.number}, objection));
        return;
    case kind::admission:
        static_cast<void>(is_possible ? local_->release_admission(during.now, admission_id{who.number})
                                      : local_->refuse_connect(during.now, admission_id{who.number}, 503,
                                                               objection.message));
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
