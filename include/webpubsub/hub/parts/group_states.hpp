// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/connection.hpp>
#include <webpubsub/hub/parts/group_index.hpp>
#include <webpubsub/hub/parts/request.hpp>
#include <webpubsub/hub/parts/support.hpp>
#include <webpubsub/hub/parts/turn.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The size that counts towards the limit of a state: the bytes of all keys and values.
WEBPUBSUB_DECL std::size_t state_size(const string_map& state) noexcept;

/// What connections keep in groups, and who is told of it (subprotocols.md section 11). Each operation is logarithmic
/// in the number of states, and linear in what it sends.
class group_states {
public:
    explicit group_states(const hub_cluster_options& options) : watchers_(options.reports) {}

    // The kinds of this part: set, subscribe, unsubscribe. See `requests`, which has the same functions.

    arrival arrive(turn& during, std::uint32_t from, const client_message& message, bool altered);
    std::string_view group_sent_to(const client_message& message) const noexcept;
    outcome execute(turn& during, std::uint32_t from, client_message& message, holder released_by);
    /// Sends the snapshot, after the ack of a subscription. It takes its place among the messages that a recovery
    /// replays, which the ack does not.
    void finish(turn& during, std::uint32_t from, const client_message& message);

    /// The connection is no member of the group any more: it loses its state there and its subscription to the others'.
    void handle_left(turn& during, std::uint32_t at, const std::string& group);

    /// The states of a connection that has ended are kept for `announce_departures`.
    void handle_change(turn& during, std::uint32_t at, connection_change change);
    /// Tells those who watch that the states of connections that have ended are gone. The result is false if there were
    /// none.
    bool announce_departures(turn& during);
    bool has_departures() const noexcept { return !departures_.empty(); }

    // States of connections that other hubs have. They are in the snapshots, and those who watch are told of them.

    /// A change of such a connection. The result is false, and nothing happens, if a later one was known already.
    bool set_foreign(turn& during, const std::string& group, group_state_item&& change);
    /// Forgets the states of connections whose ids begin so, but for those of `retained`, which is in order: in that
    /// group, or in all if it is empty. Those who watch are told that they are gone.
    void forget_foreign(turn& during, std::string_view id_prefix, std::string_view group,
                        std::span<const std::string> retained);
    /// Those who watch the group are told of a change.
    void announce(turn& during, std::string_view group, group_state_item&& change);

    /// The states in the group, by connection id from `from` on, at most `limit`: only those of connections of this
    /// hub.
    std::vector<group_state_item> own_states(std::string_view group, std::string_view from, std::size_t limit) const;
    bool has_foreign(std::string_view group, std::string_view connection_id) const;
    /// How many states of others are kept.
    std::size_t foreign_count() const noexcept { return foreign_count_; }

    /// The number of states in all groups together.
    std::size_t size() const noexcept { return by_name_.size(); }
    const group_index& watchers() const noexcept { return watchers_; }
    /// See `group_index::take_change`.
    std::optional<std::string> take_changed_watchers() { return watchers_.take_change(); }

private:
    /// A handle has a generation in its upper half, which never grows so far.
    static constexpr std::uint64_t first_foreign_key = std::uint64_t{1} << 63;

    /// A connection that keeps states, with all that its items have in common.
    struct owner {
        std::string connection_id;
        /// The user id is empty for an anonymous user.
        std::string user_id;
        /// The time of its last change in any group.
        update_time updated_at{};
        /// The groups in which it has a state now, at most `max_states_per_connection`.
        std::vector<std::string> groups;

        /// Its next change. Times grow even where the clock stands still or goes back.
        group_state_item change(std::optional<string_map> state, wall_time now);
    };

    struct kept {
        std::uint64_t owner = 0;
        string_map state;
        update_time updated_at{};
    };

    outcome execute(turn& during, std::uint32_t from, set_group_state_message& message);
    outcome execute(turn& during, std::uint32_t from, const subscribe_group_state_message& message, holder released_by);
    group_state_item set(turn& during, std::uint32_t from, const std::string& group, string_map state);
    /// Keeps the state of an owner in a group.
    void keep(std::uint64_t owner_key, const std::string& group, const string_map& state, update_time updated_at);
    /// Forgets a state that is there.
    void erase(std::string_view group, std::string_view connection_id);
    /// The same, and takes the group from the owner's; false if it has no state there.
    bool take_from(owner& of, const std::string& group);
    void forget_foreign_owner(std::string_view connection_id);
    /// Forgets the connection's state in the group, and returns the change to be published; without a value it had
    /// none.
    std::optional<group_state_item> clear(turn& during, std::uint32_t from, const std::string& group);
    /// See `turn::publish`.
    void publish(turn& during, std::uint32_t publisher, std::string_view group, group_state_item&& change);
    std::vector<group_state_item> snapshot(const turn& during, const std::string& group) const;

    /// The places of the states, by group and then by connection id.
    name_index by_name_;
    slot_table<kept> states_;
    /// The owners, by their connection handles; those that are connections of other hubs by larger numbers.
    record_table<owner> owners_;
    /// The keys of owners that are connections of other hubs, by connection id.
    name_index foreign_;
    std::uint64_t last_foreign_key_ = first_foreign_key;
    std::size_t foreign_count_ = 0;
    group_index watchers_;
    ring<owner> departures_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/group_states.ipp>
#endif
