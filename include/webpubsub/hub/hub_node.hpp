// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/admission.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/hub/orders.hpp>
#include <webpubsub/hub/reports.hpp>
#include <webpubsub/hub/send_options.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A hub as one node of several (`hub_cluster_options::reports`): the side of it that a `cluster_member` uses, or who
/// does the same in another way. It refers to the hub, whose loop is to be run after each call as after its own.
class hub_node {
public:
    explicit hub_node(hub& of) noexcept : hub_(&of) {}

    /// What the other nodes are to be told, or what waits for them. What clients have in common that others send to
    /// comes first.
    polled<hub_report> poll_report();

    /// `hub_reports::request_waits` is released; it is refused by `hub::refuse_request`. `unknown_target` when the
    /// request does not wait any more.
    result<void> release_request(instant now, held_request_id id);
    /// `hub_reports::admission_waits` is released, or refused with 503. `unknown_target` when it does not wait for the
    /// nodes any more; until then the application decides nothing about it.
    result<void> release_admission(instant now, admission_id id);
    result<void> refuse_admission(instant now, admission_id id, std::string_view message);

    /// A message that a client of another node has sent to a group, or one of this hub that was deferred; of the
    /// options only `except`, `filter` and `time_to_live` count. The errors are those of `hub::send_to_group`.
    result<std::size_t> deliver(instant now, const group_data_message& message, const send_options& options = {});

    /// A change of the state of a connection of another node (subprotocols.md section 11): it is kept, and those who
    /// watch are told. The result is false if it is no news. `invalid_group_name`; `invalid_field` for a time that no
    /// clock tells, behind which there might be none for the next change.
    result<bool> set_foreign_state(instant now, const std::string& group, group_state_item change);
    /// The states of all connections of other nodes whose ids begin so are gone, but for those of `retained`, which is
    /// in order: in that group or, if it is empty, in all.
    void forget_foreign_states(instant now, std::string_view id_prefix, std::string_view group = {},
                               std::span<const std::string> retained = {});
    /// Whether a state of that connection, which is another node's, is kept.
    bool has_foreign_state(std::string_view group, std::string_view connection_id) const;
    /// How many states of connections of other nodes are kept.
    std::size_t foreign_state_count() const noexcept;
    /// A deferred change of the state of a connection of this hub: those who watch are told.
    void announce_state(instant now, std::string_view group, group_state_item change);
    /// The states that connections of this hub have in the group, by connection id from `from` on, at most `limit`.
    std::vector<group_state_item> list_states(std::string_view group, std::string_view from, std::size_t limit) const;

    // Back-pressure between nodes; see `hub_queue_options`.

    /// Whether a member of the group is congested. Then clients of other nodes should not send to it, until
    /// `hub_reports::group_relieved` comes, once.
    bool wait_for_members(instant now, std::string_view group);
    /// How many more messages may go to the group before clients of this hub wait, because a member of it that is
    /// another node's is congested, or was; without a value there is no limit. What the hub reports is counted.
    void set_room(instant now, std::string_view group, std::optional<std::uint64_t> room);
    /// The application has sent one more message to the group.
    void use_room(std::string_view group) { hub_->senders_.use_room(group); }
    std::optional<std::uint64_t> room_in(std::string_view group) const { return hub_->senders_.room_in(group); }
    /// How many messages there is room for in the queue of a connection that is not congested.
    std::uint32_t room_in_queues() const noexcept;

    // Guests of this hub; see `hub_reports::guest_arrived`. A transport that is gone, or no guest's, is no error.

    /// The connection of the guest has this for its client, who is read from after the first of these. It is written
    /// after what came before, and no limit of the hub counts: `hub_reports::guest_written` says how far it is.
    void write_to_guest(instant now, transport_id guest, frame_kind kind, std::string_view bytes);
    /// The client is, or is not, to be read from.
    void pause_guest(instant now, transport_id guest, bool is_paused);
    /// The transport is closed at once, whatever is not written yet.
    void close_guest(instant now, transport_id guest, std::uint16_t code, std::string_view reason);
    /// There is no such connection, or it is not to be had: 1008.
    void refuse_guest(instant now, transport_id guest);

    // Connections of this hub whose transports are guests of another one. Such a transport is used as any, but that its
    // orders and its readiness are told here, and not by the functions of the hub.

    /// A client of another hub asks for a recovery; the transport is open and carries the connection, or is told to be
    /// closed. `unknown_target` when there is no such connection; `too_many_pending` when the hub lets nobody in now.
    result<transport_id> open_relayed(instant now, std::string subprotocol, recovery_request wanted);
    polled<hub_order> poll_relayed_order();
    std::optional<transport_id> poll_relayed_ready();

    /// `hub_timeout_options::open`.
    std::optional<duration> opening_time() const noexcept { return hub_->options_.timeouts.open; }
    /// Whether clients may publish to groups; otherwise they get `InternalServerError`, and their requests can be sent
    /// again.
    void set_publishing(bool possible) noexcept;
    /// The ids of connections that are admitted from now on begin so; see `hub_connection_options::id_prefix`.
    result<void> set_id_prefix(std::string prefix);

private:
    /// The slot of a guest; `no_slot` for anybody else.
    std::uint32_t slot_of_guest(transport_id guest) const;

    hub* hub_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/impl/hub_node.ipp>
#endif
