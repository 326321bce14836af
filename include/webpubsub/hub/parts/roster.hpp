// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/admission.hpp>
#include <webpubsub/hub/options.hpp>
#include <webpubsub/hub/parts/connection.hpp>
#include <webpubsub/hub/parts/group_index.hpp>
#include <webpubsub/hub/parts/pending_events.hpp>
#include <webpubsub/hub/parts/sorted_names.hpp>
#include <webpubsub/hub/parts/support.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {
class connection_filter;
} // namespace webpubsub::inline WEBPUBSUB_MODE

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The connections of a hub with their ids, users, groups and permissions, and how long the detached ones
/// are kept. It knows nothing of transports and queues, which have the same slots.
class roster {
public:
    /// At most one codec for each subprotocol counts, the first, and at most 255 altogether.
    roster(const std::vector<service_codec>& codecs, const hub_options& options);

    // Codecs.

    const std::vector<service_codec>& codecs() const noexcept { return codecs_; }
    /// The codec of a connection; null for a simple client.
    const service_codec* codec_of(std::uint32_t at) const noexcept {
        const auto place = connections_[at].codec;
        return place == 0 ? nullptr : &codecs_[place - 1u];
    }
    /// One more than the place of the codec of that subprotocol; 0 when there is none.
    std::uint8_t find_codec(std::string_view subprotocol) const noexcept;

    // Connections, from admission to their end.

    /// The beginning of the ids of connections that are admitted from now on.
    void set_id_prefix(std::string prefix) { options_.connections.id_prefix = std::move(prefix); }

    /// An id that no connection has; without a value if the source of random bytes gives what it gave before.
    std::optional<std::string> new_id(const secure_random& random) const;
    bool has_id(std::string_view id) const { return by_id_.contains(id); }

    /// Adds a connection in the state `admitted`. The id is not in use.
    std::uint32_t admit(instant now, std::string id, connect_request&& request, std::string_view subprotocol,
                        const secure_random& random);
    /// Adds a `guest`, whom nobody can find; `end_guest` gives its slot back.
    std::uint32_t add_guest(std::string id);
    void end_guest(std::uint32_t at);
    bool is_guest(std::uint32_t at) const noexcept { return connections_[at].state == connection_state::guest; }
    /// The connection goes into its groups, which it can (`could_begin_in`), and is known from now on.
    void open(std::uint32_t at, transport_id transport, pending_events& events);
    /// The connection that a recovery asks for, if it may be recovered: it is live and reliable, and the token is its
    /// own and has not expired (sessions.md section 7.1 (9)).
    std::uint32_t find_recoverable(wall_time now, const recovery_request& request) const;
    void detach(steady_time now, std::uint32_t at);
    void recover(std::uint32_t at);
    /// The connection is forgotten, but its slot stays taken until it is given back. A token and a generation are no
    /// good any more.
    void end(std::uint32_t at, std::string_view reason, pending_events& events);
    void give_back(std::uint32_t at) { connections_.give_back(at); }

    std::optional<steady_time> deadline() const { return detached_.next(); }
    /// A connection whose recovery window is over; `no_slot` if there is none. It is still there.
    std::uint32_t take_expired(steady_time now);

    /// Whether the loss of a transport with this close code of its client leaves a connection that can be recovered
    /// (sessions.md section 7.3).
    bool survives(std::uint32_t at, std::uint16_t close_code) const noexcept;

    // Connections that are there.

    connection& operator[](std::uint32_t at) noexcept { return connections_[at]; }
    const connection& operator[](std::uint32_t at) const noexcept { return connections_[at]; }
    std::uint32_t end_of_slots() const noexcept { return connections_.end(); }
    connection_handle handle_of(std::uint32_t at) const noexcept {
        return make_handle(at, connections_[at].generation);
    }
    /// The slot of a live connection; `no_slot` for one that has ended.
    std::uint32_t find(connection_handle handle) const noexcept;
    std::uint32_t find(std::string_view id) const;

    std::size_t live() const noexcept { return live_; }
    /// The number of connections with a slot, also of those that are admitted, or have ended and still write; guests
    /// are connections of others.
    std::size_t used() const noexcept { return connections_.used() - guests_; }

    /// Every live connection, in no particular order. Valid until the next call.
    std::span<const std::uint32_t> everyone();

    const group_index& users() const noexcept { return users_; }
    const group_index& groups() const noexcept { return groups_; }
    /// See `group_index::take_change`.
    std::optional<std::string> take_changed_user() { return users_.take_change(); }
    std::optional<std::string> take_changed_group() { return groups_.take_change(); }

    /// The ids of live connections from `from` on, in their order, at most `limit`: of all that pass the filter, or of
    /// those given.
    std::vector<std::string> list(std::string_view from, std::size_t limit, const connection_filter& filter) const;
    std::vector<std::string> list(std::span<const std::uint32_t> of, std::string_view from, std::size_t limit) const;

    // Groups.

    enum class join_outcome : std::uint8_t { joined, was_member, too_many_groups, hub_is_full };

    join_outcome join(std::uint32_t at, std::string_view group, pending_events& events);
    /// The outcome that `join` would have.
    join_outcome could_join(std::uint32_t at, std::string_view group) const;
    /// The outcome that joining all of these would have for a new connection; some may be named twice.
    join_outcome could_begin_in(const std::vector<std::string>& groups) const;
    /// The result is false if the connection was no member.
    bool leave(std::uint32_t at, std::string_view group, pending_events& events);
    /// The number of memberships that have ended.
    std::uint64_t leaves() const noexcept { return leaves_; }

private:
    void tell_left(std::uint32_t at, std::string group, pending_events& events);

    std::vector<service_codec> codecs_;
    hub_options options_;
    slot_table<connection> connections_;
    name_index by_id_;
    group_index users_;
    group_index groups_;
    timer_table detached_;
    moving_count live_;
    moving_count guests_;
    std::uint64_t leaves_ = 0;
    std::vector<std::uint32_t> everyone_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/roster.ipp>
#endif
