// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/cluster_member.hpp>
#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/hub.hpp>

#include "cluster/perfect_cluster.hpp"
#include "support/chance.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cluster_tests {

struct cluster_shape {
    std::size_t nodes = 1;
    bus_order_rule order = bus_order_rule::by_sender;

    bool is_by_bus() const { return order == bus_order_rule::by_bus; }
};

/// One hub on several nodes, with a bus that takes no time and a load balancer in front, behind the interface of a hub:
/// what a host and an application can do to a hub they can do to this, and it promises the same.
///
/// A client that comes is let in by the next node that has room, and one that recovers a connection by the node that
/// its id names, or by any. The application commands whichever node. The limit of the number of connections is shared
/// out to the nodes; each other limit of a whole hub is one of each node.
class hub_of_nodes {
public:
    hub_of_nodes(const std::vector<service_codec>& codecs, const hub_options& options, const secure_random& random,
                 const cluster_shape& shape)
        : nodes_(shape.nodes, codecs, shared_out(options, shape.nodes), random, of_cluster(shape)),
          chance_(seed_of(random)) {}
    hub_of_nodes(const hub_of_nodes&) = delete;
    hub_of_nodes& operator=(const hub_of_nodes&) = delete;

    // Clients that come, and their transports.

    admission admit(instant now, const connect_request& request) {
        nodes_.let_time_pass(now);
        if (request.recovery) {
            const auto owner = owner_of(request.recovery->connection_id);
            return admit_at(chance_.below(2) == 0 ? owner : chance_.below(nodes_.size()), now, request);
        }
        admission outcome;
        for (std::size_t tried = 0; tried < nodes_.size(); ++tried) {
            outcome = admit_at(next_++ % nodes_.size(), now, request);
            const auto* const no = get_if<refused>(&outcome);
            if (no == nullptr || no->http_status != 503) break;
        }
        return outcome;
    }
    result<void> accept_connect(instant now, admission_id id, connect_overrides overrides = {}) {
        return at(now, id, [&](hub& its, auto own) { return its.accept_connect(now, own, std::move(overrides)); });
    }
    void handle_opened(instant now, transport_id transport) {
        at(now, transport, [&](hub& its, auto own) { its.handle_opened(now, own); });
    }
    void handle_frame(instant now, transport_id transport, frame_kind kind, std::string_view bytes) {
        at(now, transport, [&](hub& its, auto own) { its.handle_frame(now, own, kind, bytes); });
    }
    void handle_bad_frame(instant now, transport_id transport, std::uint16_t code) {
        at(now, transport, [&](hub& its, auto own) { its.handle_bad_frame(now, own, code); });
    }
    void handle_written(instant now, transport_id transport, std::uint32_t n = 1) {
        at(now, transport, [&](hub& its, auto own) { its.handle_written(now, own, n); });
    }
    void handle_closed(instant now, transport_id transport, std::uint16_t code = close_code::abnormal,
                       std::string_view reason = {}) {
        at(now, transport, [&](hub& its, auto own) { its.handle_closed(now, own, code, reason); });
    }
    /// Of all nodes, which have their deadlines one after the other.
    void handle_timeout(instant now) {
        nodes_.let_time_pass(now);
        for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i].local.handle_timeout(now);
        nodes_.settle();
    }

    // What the application answers.

    result<void> answer_event(instant now, event_id id, std::optional<payload_view> answer = std::nullopt) {
        return at(now, id, [&](hub& its, auto own) { return its.answer_event(now, own, answer); });
    }
    result<void> fail_event(instant now, event_id id) {
        return at(now, id, [&](hub& its, auto own) { return its.fail_event(now, own); });
    }
    result<void> answer_invocation(instant now, event_id id, std::optional<payload_view> answer = std::nullopt) {
        return at(now, id, [&](hub& its, auto own) { return its.answer_invocation(now, own, answer); });
    }
    result<void> fail_invocation(instant now, event_id id, const service_error& error) {
        return at(now, id, [&](hub& its, auto own) { return its.fail_invocation(now, own, error); });
    }
    result<void> release_request(instant now, held_request_id id) {
        return at(now, id, [&](hub& its, auto own) { return its.release_request(now, own); });
    }

    // What the application sends.

    result<void> send_to_all(instant now, payload_view data, const send_options& how = {}) {
        return send(now, [&](cluster_member& to) { return to.send_to_all(now, data, for_cluster(how)); });
    }
    result<void> send_to_user(instant now, std::string_view user, payload_view data, const send_options& how = {}) {
        return send(now, [&](cluster_member& to) { return to.send_to_user(now, user, data, for_cluster(how)); });
    }
    result<void> send_to_group(instant now, std::string_view group, payload_view data, const send_options& how = {}) {
        return send(now, [&](cluster_member& to) { return to.send_to_group(now, group, data, for_cluster(how)); });
    }
    result<void> send_to_connection(instant now, std::string_view id, payload_view data, const send_options& how = {}) {
        return send(now, [&](cluster_member& to) { return to.send_to_connection(now, id, data, for_cluster(how)); });
    }

    // What the application decides.

    result<void> add_to_group(instant now, std::string_view id, std::string_view group) {
        return command(now, errc::too_many_groups,
                       [&](cluster_member& to) { return to.add_to_group(now, one(id), group); });
    }
    result<void> remove_from_group(instant now, std::string_view id, std::string_view group) {
        return command(now, errc::too_many_groups,
                       [&](cluster_member& to) { return to.remove_from_group(now, one(id), group); });
    }
    result<void> remove_from_all_groups(instant now, std::string_view id) {
        return command(now, errc::too_many_groups,
                       [&](cluster_member& to) { return to.remove_from_all_groups(now, one(id)); });
    }
    result<void> grant(instant now, std::string_view id, permission what, std::string_view group) {
        return command(now, errc::too_many_rules,
                       [&](cluster_member& to) { return to.grant(now, one(id), what, group); });
    }
    result<void> revoke(instant now, std::string_view id, permission what, std::string_view group) {
        return command(now, errc::too_many_rules,
                       [&](cluster_member& to) { return to.revoke(now, one(id), what, group); });
    }
    result<void> close_connection(instant now, std::string_view id, std::string_view reason = {}) {
        return command(now, errc::unknown_target, [&](cluster_member& to) { return to.close(now, one(id), reason); });
    }
    /// Every node is told at the same time.
    result<void> close_all(instant now) {
        nodes_.let_time_pass(now);
        for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i].local.close_all(now).value();
        nodes_.settle();
        return {};
    }

    // What to do next.

    std::optional<hub_order> poll_order() { return take(&perfect_cluster::node::orders); }
    std::optional<hub_event> poll_event() { return take(&perfect_cluster::node::events); }
    std::optional<transport_id> poll_ready() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (const auto own = nodes_[i].local.poll_ready()) return outside(i, *own);
        }
        return std::nullopt;
    }
    std::optional<delivery> poll_transmit(transport_id transport) {
        return nodes_[node_of(transport)].local.poll_transmit(inside(transport));
    }
    /// The clients' deadlines only: those of the nodes themselves pass by the way.
    std::optional<steady_time> poll_timeout() const {
        std::optional<steady_time> next;
        for (std::size_t i = 0; i < nodes_.size(); ++i) next = earlier(next, nodes_[i].local.poll_timeout());
        return next;
    }

    // Getters.

    bool connection_exists(std::string_view id) const { return owner(id).connection_exists(id); }
    bool is_in_group(std::string_view id, std::string_view group) const { return owner(id).is_in_group(id, group); }
    bool has_permission(std::string_view id, permission what, std::string_view group) const {
        return owner(id).has_permission(id, what, group);
    }
    std::optional<queue_depth> queue_of(std::string_view id) const { return owner(id).queue_of(id); }
    std::string_view connection_of(transport_id transport) const {
        const auto id = nodes_[node_of(transport)].local.connection_of(inside(transport));
        // The node of a guest does not know that the connection has ended until the last message is written.
        const bool is_guest = owner_of(id) != node_of(transport);
        return is_guest && !connection_exists(id) ? std::string_view() : id;
    }
    bool user_exists(std::string_view user) const { return connection_count_of_user(user) != 0; }
    bool group_exists(std::string_view group) const { return connection_count_of_group(group) != 0; }
    std::size_t connection_count() const {
        return sum([](const hub& its) { return its.connection_count(); });
    }
    std::size_t connection_count_of_user(std::string_view user) const {
        return sum([&](const hub& its) { return its.connection_count_of_user(user); });
    }
    std::size_t connection_count_of_group(std::string_view group) const {
        return sum([&](const hub& its) { return its.connection_count_of_group(group); });
    }
    std::size_t user_count() const {
        return distinct([](const hub& its) { return its.list_users({}, its.user_count()); });
    }
    std::size_t group_count() const {
        return distinct([](const hub& its) { return its.list_groups({}, its.group_count()); });
    }
    hub_counters counters() const {
        hub_counters all;
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const auto& its = nodes_[i].local.counters();
            all.late_inputs += its.late_inputs;
            all.recoveries += its.recoveries;
            all.refused_recoveries += its.refused_recoveries;
            all.slow_consumers += its.slow_consumers;
        }
        return all;
    }

private:
    // Ids. An id of one node stands for itself and for the node.

    template <class Id>
    Id outside(std::size_t i, Id own) const {
        return own == Id{} ? own : Id{number_of(own) * nodes_.size() + i};
    }
    template <class Id>
    Id inside(Id id) const {
        return Id{number_of(id) / nodes_.size()};
    }
    template <class Id>
    std::size_t node_of(Id id) const {
        return static_cast<std::size_t>(number_of(id) % nodes_.size());
    }
    /// The node that a connection's id names; any other for what names none.
    std::size_t owner_of(std::string_view connection_id) const {
        const auto named = node_id::of_connection(connection_id);
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (named == nodes_[i].member.id()) return i;
        }
        return 0;
    }
    const hub& owner(std::string_view connection_id) const { return nodes_[owner_of(connection_id)].local; }

    static cluster_target one(std::string_view connection_id) { return {std::string(connection_id)}; }
    static cluster_send_options for_cluster(const send_options& how) {
        return {{how.except.begin(), how.except.end()},
                {},
                std::string(how.sender),
                how.no_echo,
                how.time_to_live,
                how.metadata};
    }

    // Calls. After each one the bus carries what there is.

    template <class Id, class Call>
    std::invoke_result_t<Call, hub&, Id> at(instant now, Id id, Call&& call) {
        nodes_.let_time_pass(now);
        auto& its = nodes_[node_of(id)].local;
        if constexpr (std::is_void_v<std::invoke_result_t<Call, hub&, Id>>) {
            call(its, inside(id));
            nodes_.settle();
        } else {
            auto outcome = call(its, inside(id));
            nodes_.settle();
            return outcome;
        }
    }
    perfect_cluster::node& any_node() { return nodes_[chance_.below(nodes_.size())]; }
    template <class Call>
    result<void> send(instant now, Call&& call) {
        nodes_.let_time_pass(now);
        auto outcome = call(any_node().member);
        nodes_.settle();
        return outcome;
    }
    /// With the error of one hub whose limit is reached.
    template <class Call>
    result<void> command(instant now, errc limit, Call&& call) {
        nodes_.let_time_pass(now);
        auto& asked = any_node();
        const auto id = call(asked.member);
        if (!id) return id.error();
        nodes_.settle();
        const auto told = std::exchange(asked.answers, {});
        if (told.size() != 1 || told[0].id != *id) throw std::logic_error("a command has no answer, or too many");
        switch (told[0].outcome) {
        case cluster_outcome::done: return {};
        case cluster_outcome::absent: return errc::unknown_target;
        case cluster_outcome::limit_reached: return limit;
        case cluster_outcome::unknown: break;
        }
        throw std::logic_error("what has become of a command is unknown");
    }

    /// What the nodes agree on meanwhile is the answer.
    admission admit_at(std::size_t i, instant now, const connect_request& request) {
        auto outcome = nodes_[i].local.admit(now, request);
        nodes_.settle();
        if (const auto* const waits = get_if<waiting>(&outcome)) {
            auto& orders = nodes_[i].orders;
            const auto decided = std::find_if(orders.begin(), orders.end(), [&](const hub_order& each) {
                const auto* const its = get_if<hub_orders::admission_decided>(&each);
                return its != nullptr && its->id == waits->id;
            });
            if (decided == orders.end()) return waiting{outside(i, waits->id)};
            outcome = get<hub_orders::admission_decided>(*decided).outcome;
            orders.erase(decided);
        }
        translate(i, outcome);
        return outcome;
    }

    template <class Told>
    std::optional<Told> take(std::deque<Told> perfect_cluster::node::*queue) {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            auto& all = nodes_[i].*queue;
            if (all.empty()) continue;
            std::optional<Told> next(std::move(all.front()));
            all.pop_front();
            visit([&](auto& its) { translate(i, its); }, *next);
            return next;
        }
        return std::nullopt;
    }
    template <class Told>
    void translate(std::size_t i, Told& told) const {
        if constexpr (requires { told.transport; }) told.transport = outside(i, told.transport);
        if constexpr (requires { told.id; }) told.id = outside(i, told.id);
        if constexpr (requires { told.outcome; }) translate(i, told.outcome);
    }
    void translate(std::size_t i, admission& outcome) const {
        if (auto* const yes = get_if<accepted>(&outcome)) yes->transport = outside(i, yes->transport);
    }

    template <class Number>
    std::size_t sum(Number&& of) const {
        std::size_t all = 0;
        for (std::size_t i = 0; i < nodes_.size(); ++i) all += of(nodes_[i].local);
        return all;
    }
    template <class List>
    std::size_t distinct(List&& of) const {
        std::set<std::string> names;
        for (std::size_t i = 0; i < nodes_.size(); ++i) names.merge(to_set(of(nodes_[i].local)));
        return names.size();
    }
    static std::set<std::string> to_set(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

    static hub_options shared_out(hub_options of_hub, std::size_t nodes) {
        if (auto& all = of_hub.connections.max_connections) *all /= nodes;
        return of_hub;
    }
    static std::uint64_t seed_of(const secure_random& random) {
        std::uint64_t seed = 0;
        for (const char digit : detail::random_hex(random, 8)) seed = seed * 31 + static_cast<unsigned char>(digit);
        return seed;
    }
    static cluster_options of_cluster(const cluster_shape& shape) {
        cluster_options chosen;
        chosen.order = shape.order;
        return chosen;
    }

    perfect_cluster nodes_;
    test::seeded_chance chance_;
    std::size_t next_ = 0;
};

} // namespace cluster_tests
