// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/group_state_table.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/support/name_index.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// What is known of the states in one group: the newest of each connection, by the service's `updated_at`
/// (subprotocols.md section 11). A cleared state leaves a mark behind, so that an older update does not bring it back.
///
/// A state for which there is no room is left out. If the connection had an older one, that one goes as well: a view
/// never shows what is known to be outdated.
class group_state_view {
public:
    const group_state_table& states() const noexcept { return states_; }

    /// What counts for `client_group_state_options::max_bytes`.
    std::size_t bytes() const noexcept { return bytes_; }

    /// Takes in a change. Returns what is new of it: each item with its state, or without one that it had before.
    std::vector<group_state_item> update(std::vector<group_state_item> items,
                                         const client_group_state_options& options);

    /// The subscription follows another one of which snapshots and changes may still come, before its own. From now on
    /// a snapshot replaces all that was known.
    void follow_another() noexcept { follows_another_ = true; }

    /// Takes in a snapshot, which replaces what was known, but for what is newer than all of it: a change may overtake
    /// the snapshot of its subscription. Returns what is new.
    std::vector<group_state_item> replace(std::vector<group_state_item> items,
                                          const client_group_state_options& options);

    void clear() noexcept;

private:
    /// Both copies of the id, and the memory of each entry beside its texts.
    static std::size_t cost_of(const group_state_item& item) noexcept;

    void drop_others(const std::vector<group_state_item>& items, std::vector<group_state_item>& changed);
    void take(group_state_item item, const client_group_state_options& options, std::vector<group_state_item>& changed);
    bool make_room(std::size_t cost, const client_group_state_options& options);
    void erase(const group_state_item& known);
    bool outdates_mark(const group_state_item& item);
    void mark_cleared(const group_state_item& item, const client_group_state_options& options);
    void erase_mark(std::string_view connection_id);
    void erase_oldest_mark();

    group_state_table states_;
    /// The marks of states that were cleared: the time of the change by the connection's id.
    detail::name_index marks_;
    std::size_t bytes_ = 0;
    bool follows_another_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/group_state_view.ipp>
#endif
