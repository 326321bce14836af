// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/cluster/bus_codec.hpp>
#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/bus_order.hpp>
#include <webpubsub/cluster/cluster_counters.hpp>
#include <webpubsub/cluster/cluster_event.hpp>
#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/cluster/cluster_send_options.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/bus_line.hpp>
#include <webpubsub/cluster/parts/bus_waits.hpp>
#include <webpubsub/cluster/parts/calls.hpp>
#include <webpubsub/cluster/parts/echoes.hpp>
#include <webpubsub/cluster/parts/member_turn.hpp>
#include <webpubsub/cluster/parts/node_life.hpp>
#include <webpubsub/cluster/parts/publications.hpp>
#include <webpubsub/cluster/parts/relays.hpp>
#include <webpubsub/cluster/parts/sending_room.hpp>
#include <webpubsub/cluster/parts/slow_members.hpp>
#include <webpubsub/cluster/parts/state_exchange.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/hub/options.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/permission.hpp>
#include <webpubsub/support/random.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Which connections a command is for, on whichever nodes they are.
struct cluster_target {
    /// One connection; empty for more than one.
    std::string connection_id{};
    /// The connections of a user, or else the members of a group, or else all that the text of a filter holds for.
    std::string user_id{};
    std::string group{};
    std::string filter{};
    /// The ids of connections that are left out.
    std::vector<std::string> except{};
};

/// The options of a hub that is a node of such a cluster.
WEBPUBSUB_DECL hub_options node_options(hub_options of_hub, const cluster_options& of_cluster);

/// One hub as a node of several that have their clients in common: what its clients and its application send reaches
/// the clients of all nodes, over a broker that knows nothing of it.
///
/// A connection and all its state stay on the hub that has admitted it; only messages, commands and questions travel.
/// So what one hub promises to a connection holds here too, but for what the broker loses, and for the order of what
/// clients of different nodes send (`bus_order_rule`).
///
/// Methods are handles, commands and polls as the hub's. The loop's invariant: **after every call of the hub or of the
/// member, drain `poll_bus` first, then what the hub wants; keep the timer armed for the earlier `poll_timeout` of
/// both; and take events from `poll_event` whenever you like.** A member starts without a bus: until the first
/// `handle_bus_connected` joins wait for it, and admissions of users and into groups, as long as for a subscription.
///
/// The hub outlives the member, and is made with `node_options`. A copy of a member goes on with the hub that it is
/// given. Nothing throws because of what comes from the bus.
class cluster_member {
public:
    /// The place has four hexadecimal digits, and no other node that lives has the same; otherwise the error is
    /// `errc::invalid_field` with the name `place`. From now on the hub's connections are named by this node.
    [[nodiscard]] static result<cluster_member> make(hub& local, std::string_view place, const cluster_options& options,
                                                     const secure_random& random);
    /// The same as a node that is made already, for a hub that was made with its digits as the prefix of connection ids
    /// (`hub_connection_options::id_prefix`) and may have been told of clients before.
    cluster_member(hub& local, node_id self, const cluster_options& options, const secure_random& random);
    /// The same state beside a copy of its hub.
    cluster_member(const cluster_member& other, hub& copy_of_its_hub);

    node_id id() const noexcept { return self_; }
    const cluster_options& options() const noexcept { return options_; }

    // The bus.

    /// There is a connection to the broker, which knows of no subscription.
    void handle_bus_connected(instant now);
    /// The broker has the subscription: `bus_orders::subscribe` has taken effect. To be called once for each.
    void handle_bus_subscribed(instant now, const bus_channel& channel);
    /// A message has come, perhaps an own one.
    void handle_bus_message(instant now, const bus_channel& channel, std::string_view bytes);
    /// There is no connection any more, or not both where there are two.
    void handle_bus_lost(instant now);

    /// A deadline of `poll_timeout` has passed. The call does no harm at any other time.
    void handle_timeout(instant now);

    /// The node ends: others are told, and don't wait for its silence. The hub's connections are for the caller to
    /// close, before this; transports of clients whose connections are on other nodes are closed here (1001). What is
    /// still to be published is in `poll_bus`; nothing is heard any more.
    void leave(instant now);

    // What the application sends, as with the hub's functions of these names. Connections of this node get it at once,
    // unless the order is that of the bus. How many get it is not known.

    result<void> send_to_all(instant now, payload_view data, const cluster_send_options& options = {});
    result<void> send_to_user(instant now, std::string_view user_id, payload_view data,
                              const cluster_send_options& options = {});
    result<void> send_to_group(instant now, std::string_view group, payload_view data,
                               const cluster_send_options& options = {});
    result<void> send_to_connection(instant now, std::string_view connection_id, payload_view data,
                                    const cluster_send_options& options = {});

    // What the application decides: each is answered by one `cluster_events::answered`. `too_many_pending` when too
    // many are not answered. Who is added to a group gets everything that is sent to it from the answer on.

    result<cluster_request_id> add_to_group(instant now, const cluster_target& who, std::string_view group);
    result<cluster_request_id> remove_from_group(instant now, const cluster_target& who, std::string_view group);
    result<cluster_request_id> remove_from_all_groups(instant now, const cluster_target& who);
    /// Of one group, whose name is checked: there is no permission for all groups but by a role.
    result<cluster_request_id> grant(instant now, const cluster_target& who, permission what, std::string_view group);
    result<cluster_request_id> revoke(instant now, const cluster_target& who, permission what, std::string_view group);
    result<cluster_request_id> close(instant now, const cluster_target& who, std::string_view reason = {});

    // What the application asks, answered in the same way.

    result<cluster_request_id> ask_connection(instant now, std::string_view connection_id);
    result<cluster_request_id> ask_user(instant now, std::string_view user_id);
    result<cluster_request_id> ask_group(instant now, std::string_view group);
    result<cluster_request_id> ask_permission(instant now, std::string_view connection_id, permission what,
                                              std::string_view group);
    /// The members of a group on all nodes, by connection id from `from` on, at most `limit` and 1000.
    result<cluster_request_id> list_members(instant now, std::string_view group, std::string_view from,
                                            std::uint32_t limit);

    // What to do next.

    /// The next order for the connection to the broker. It takes what the hub reports, so it is to be drained after
    /// every call of the hub.
    polled<bus_order> poll_bus(instant now);
    polled<cluster_event> poll_event() { return events_.poll(); }
    std::optional<steady_time> poll_timeout() const;

    // Getters.

    bool is_bus_connected() const noexcept { return line_.channels.is_connected(); }
    /// The other nodes that live, in order.
    std::vector<node_id> nodes() const { return life_.nodes.living(); }
    /// From when on every node that lives is among them: one heartbeat's time after this node could hear the others,
    /// first or again after a loss of the bus; nothing before that. Until then `cluster_outcome::absent` may be wrong
    /// for users and groups.
    const std::optional<steady_time>& knows_nodes_from() const noexcept { return life_.knows_nodes_from(); }
    const cluster_counters& counters() const noexcept { return line_.counters; }
    /// Whether everything that is published on the channel now is going to come.
    bool is_subscribed(const bus_channel& channel) const { return line_.channels.is_confirmed(channel); }
    /// How many channels are kept, wanted or lingering.
    std::size_t channel_count() const noexcept { return line_.channels.size(); }
    /// How many joins, admissions and commands wait for subscriptions, and requests for what has been published.
    std::size_t waiting_count() const noexcept { return waits_.size() + echoes_.size(); }
    /// How many clients of this hub's transports have their connections on other nodes, and the other way round.
    std::size_t relay_count() const noexcept { return relays_.size(); }

private:
    /// The beginning of each call: a node that is dead for the others is another one before anything else.
    cluster_parts::member_turn begin(instant now);
    cluster_parts::member_turn turn_at(instant now);
    /// Whether there is no bus, and clients are to notice nothing of that.
    bool may_go_on_alone() const noexcept {
        return !line_.channels.is_connected() && options_.alone == without_bus::local_only;
    }

    void take_reports(cluster_parts::member_turn& during);
    void handle(cluster_parts::member_turn& during, hub_report& report);
    void handle(cluster_parts::member_turn& during, const hub_reports::interest_changed& what);
    void handle(cluster_parts::member_turn& during, hub_reports::request_waits& what);
    void handle(cluster_parts::member_turn& during, hub_reports::admission_waits& what);
    void wait_for(cluster_parts::member_turn& during, const cluster_parts::bus_waiter& who,
                  const std::vector<bus_channel>& channels);
    void go_on(cluster_parts::member_turn& during, const cluster_parts::bus_waiter& who, bool is_possible);

    bool hear(cluster_parts::member_turn& during, node_id from);
    void dispatch(cluster_parts::member_turn& during, const bus_channel& channel, node_id from, bus_message&& what);
    void handle_heartbeat(cluster_parts::member_turn& during, node_id from, const bus_messages::heartbeat& beat);
    void handle_lost(cluster_parts::member_turn& during, node_id node, bool has_said_bye);
    void execute(cluster_parts::member_turn& during, const cluster_parts::calls::due_command& due);
    void beat(cluster_parts::member_turn& during);
    void fence(instant now);

    result<cluster_request_id> command(instant now, bus_messages::command&& what);
    result<cluster_request_id> ask(instant now, bus_messages::question&& about);

    hub* local_;
    cluster_options options_;
    secure_random random_;
    node_id self_;
    cluster_parts::bus_line line_;
    cluster_parts::node_life life_;
    cluster_parts::bus_waits waits_;
    cluster_parts::echoes echoes_;
    cluster_parts::publications publications_;
    cluster_parts::state_exchange states_;
    cluster_parts::relays relays_;
    cluster_parts::slow_members slow_members_;
    cluster_parts::sending_room sending_room_;
    cluster_parts::calls calls_;
    detail::queue<cluster_event> events_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/impl/cluster_member.ipp>
#include <webpubsub/cluster/impl/cluster_member_calls.ipp>
#endif
