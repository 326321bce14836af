// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/hub/reports.hpp>
#include <webpubsub/hub/send_options.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
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
    /// `hub_reports::admission_waits` is released; it is refused by `hub::refuse_connect`.
    result<void> release_admission(instant now, admission_id id);

    /// A message that a client of another node has sent to a group, or one of this hub that was deferred; of the
    /// options only `except`, `filter` and `time_to_live` count. The errors are those of `hub::send_to_group`.
    result<std::size_t> deliver(instant now, const group_data_message& message, const send_options& options = {});

    /// A change of the state of a connection of another node (subprotocols.md section 11): it is kept, and those who
    /// watch are told. The result is false if it is no news. `invalid_group_name`.
    result<bool> set_foreign_state(instant now, const std::string& group, group_state_item change);
    /// The states of all connections of other nodes whose ids begin so are gone, but for those of `retained`, which is
    /// in order: in that group or, if it is empty, in all.
    void forget_foreign_states(instant now, std::string_view id_prefix, std::string_view group = {},
                               std::span<const std::string> retained = {});
    /// How many states of connections of other nodes are kept.
    std::size_t foreign_state_count() const noexcept;
    /// A deferred change of the state of a connection of this hub: those who watch are told.
    void announce_state(instant now, std::string_view group, group_state_item change);
    /// The states that connections of this hub have in the group, by connection id from `from` on, at most `limit`.
    std::vector<group_state_item> list_states(std::string_view group, std::string_view from, std::size_t limit) const;

    /// Whether clients may publish to groups; otherwise they get `InternalServerError`, and their requests can be sent
    /// again.
    void set_publishing(bool possible) noexcept;
    /// The ids of connections that are admitted from now on begin so; see `hub_connection_options::id_prefix`.
    result<void> set_id_prefix(std::string prefix);

private:
    hub* hub_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/impl/hub_node.ipp>
#endif
