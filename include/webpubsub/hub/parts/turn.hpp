// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/options.hpp>
#include <webpubsub/hub/parts/fan_out.hpp>
#include <webpubsub/hub/parts/node_reports.hpp>
#include <webpubsub/hub/parts/outputs.hpp>
#include <webpubsub/hub/parts/pending_events.hpp>
#include <webpubsub/hub/parts/roster.hpp>
#include <webpubsub/hub/parts/waiting_senders.hpp>
#include <webpubsub/hub/send_options.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// What the upper parts of a hub are given with each call: the time, and the lower parts. It lasts for one call of the
/// hub. What a part does here never ends a connection; it may schedule the close of one, which ends when the call
/// settles, so that nobody disappears while others are being told.
struct turn {
    instant now;
    const hub_options& options;
    roster& connections;
    outputs& out;
    fan_out& fan;
    waiting_senders& senders;
    pending_events& events;
    node_reports& reports;

    /// Gives the message to the queues of `to`, but not to `except` and not to those that are marked as excluded;
    /// simple clients get `bare` if there is something. A connection whose queue is full is scheduled to be closed. The
    /// result is the number of those who took the message.
    std::size_t deliver(std::span<const std::uint32_t> to, const service_message& message,
                        std::optional<payload_view> bare, std::uint32_t except = no_slot,
                        steady_time expires = steady_time::max(), const connection_filter& filter = {});

    /// Gives the group message in `fan.outgoing()` to the members of its group, with `no_echo` not to the publisher
    /// itself, and reports it if the other nodes are to be told. Simple clients get `bare` if there is something. The
    /// publisher is `no_slot` when its connection has ended.
    void publish(std::optional<payload_view> bare, std::uint32_t publisher, bool no_echo,
                 std::uint32_t ttl_seconds = 0);
    /// Whether what the connection publishes, or was published for it, is left to the reports; then its next requests
    /// wait for that.
    bool defer_publication(std::uint32_t publisher);

    /// A message of the application to `to`, a group message if there is a group. Checks everything first: the payload
    /// (`check`), the metadata, the time to live. Nothing is left marked, whatever is thrown.
    result<std::size_t> send(std::span<const std::uint32_t> to, std::string_view group, payload_view data,
                             const send_options& how);

    /// The message of a client, to the members of its group; checked in the same way, but for its size.
    result<std::size_t> pass_on(const group_data_message& message, const send_options& how);

    /// Whether a payload of the application may become part of everybody's frames: `frame_too_large`,
    /// `invalid_payload`.
    result<void> check(payload_view data) const;
    /// The same of a client's, whose size is bounded by that of its frame: `invalid_payload`.
    result<void> check_bytes(payload_view data) const;
    result<void> check(const string_map& metadata) const;
    /// The texts of an error are UTF-8, and no longer than a payload: `invalid_utf8`, `frame_too_large`.
    result<void> check(const service_error& told) const;

    /// Sends an ack, a pong or the like, but only to a connection with a transport, for these are not replayed
    /// (sessions.md section 7.1 (5)).
    void send_control(std::uint32_t to, const service_message& message);

    /// Whether data that a client's codec has read may become part of everybody's frames.
    bool is_valid_data(std::uint32_t from, const payload& data) const;

    /// Whether a client has to wait before it sends to the group, for members here or on other nodes.
    bool is_congested(std::string_view group) const {
        return senders.has_no_room(group) || has_congested_member(group);
    }
    /// Whether a member of the group here is congested.
    bool has_congested_member(std::string_view group) const;

    /// Connections whose requests waited for receivers, and need not wait any more. `group_relieved` tells other nodes.
    std::vector<connection_handle> take_free_senders();

    /// When a message that is sent now is not worth sending any more; with zero it always is.
    steady_time end_of_life(duration time_to_live) const noexcept;

private:
    result<void> check(const string_map& metadata, const send_options& how) const;
    /// Gives the outgoing message to those of `to` whom the options don't leave out.
    std::size_t deliver_outgoing(std::span<const std::uint32_t> to, std::optional<payload_view> bare,
                                 const send_options& how, std::uint32_t except);
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/turn.ipp>
#endif
