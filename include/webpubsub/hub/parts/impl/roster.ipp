// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/roster.hpp>
#include <webpubsub/hub/send_options.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/constant_time.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL roster::roster(const std::vector<service_codec>& codecs, const hub_options& options)
    : options_(options), users_(options.cluster.reports), groups_(options.cluster.reports) {
    for (const auto& candidate : codecs) {
        if (find_codec(candidate.protocol().name) == 0 && codecs_.size() < 255) codecs_.push_back(candidate);
    }
}

WEBPUBSUB_DECL std::uint8_t roster::find_codec(std::string_view subprotocol) const noexcept {
    for (std::size_t i = 0; i < codecs_.size(); ++i) {
        if (equal_ignoring_case(codecs_[i].protocol().name, subprotocol)) return static_cast<std::uint8_t>(i + 1);
    }
    return 0;
}

WEBPUBSUB_DECL std::optional<std::string> roster::new_id(const secure_random& random) const {
    for (int tries = 0; tries < 8; ++tries) {
        auto id = random_hex(random, 16, options_.connections.id_prefix);
        if (!has_id(id)) return id;
    }
    return std::nullopt;
}

WEBPUBSUB_DECL std::uint32_t roster::admit(instant now, std::string id, connect_request&& request,
                                           std::string_view subprotocol, const secure_random& random) {
    connection made;
    made.state = connection_state::admitted;
    made.codec = find_codec(subprotocol);
    made.reliable = made.codec != 0 && codecs_[made.codec - 1u].protocol().reliable;
    made.id = std::move(id);
    made.user_id = request.user_id ? std::move(*request.user_id) : std::string();
    made.subprotocol = subprotocol;
    made.permissions = permission_set(request.roles, options_.groups.permissions);
    if (made.codec == 0) made.publishes_to = std::move(request.publishes_to);
    made.first_groups = std::move(request.groups);
    if (made.reliable) {
        made.reconnection_token = random_hex(random, 32);
        if (const auto life = options_.recovery.token_lifetime) {
            const auto left = wall_time::max() - now.wall;
            made.token_expires =
                *life > left ? wall_time::max() : now.wall + std::chrono::duration_cast<wall_time::duration>(*life);
        }
    }
    taken_slot taken(connections_);
    by_id_.set(made.id, taken.slot());
    const auto at = taken.keep();
    made.generation = connections_[at].generation + 1;
    connections_[at] = std::move(made);
    return at;
}

WEBPUBSUB_COLD_DECL std::uint32_t roster::add_guest(std::string id) {
    taken_slot taken(connections_);
    const auto at = taken.keep();
    auto& added = connections_[at];
    added.state = connection_state::guest;
    added.id = std::move(id);
    ++added.generation;
    ++guests_;
    return at;
}

WEBPUBSUB_COLD_DECL void roster::end_guest(std::uint32_t at) {
    const auto generation = connections_[at].generation;
    connections_[at] = connection();
    connections_[at].generation = generation;
    --guests_;
    give_back(at);
}

WEBPUBSUB_DECL void roster::open(std::uint32_t at, transport_id transport, pending_events& events) {
    auto& opened = connections_[at];
    assert(opened.state == connection_state::admitted);
    opened.state = connection_state::open;
    ++live_;
    events.push(hub_events::client_connected{opened.id, opened.user_id, opened.subprotocol, transport});
    if (!opened.user_id.empty()) users_.join(opened.user_id, at);
    for (const auto& group : std::exchange(opened.first_groups, {})) join(at, group, events);
}

WEBPUBSUB_DECL std::uint32_t roster::find_recoverable(wall_time now, const recovery_request& request) const {
    const auto at = find(request.connection_id);
    if (at == no_slot) return no_slot;
    const auto& it = connections_[at];
    if (!options_.recovery.enabled || !it.reliable || (it.token_expires && now >= *it.token_expires) ||
        !equal_in_constant_time(it.reconnection_token, request.reconnection_token)) {
        return no_slot;
    }
    return at;
}

WEBPUBSUB_DECL void roster::detach(steady_time now, std::uint32_t at) {
    connections_[at].state = connection_state::detached;
    detached_.set(number_of(handle_of(at)), add_saturating(now, options_.recovery.window));
}

WEBPUBSUB_DECL void roster::recover(std::uint32_t at) {
    connections_[at].state = connection_state::open;
    detached_.cancel(number_of(handle_of(at)));
}

WEBPUBSUB_DECL void roster::end(std::uint32_t at, std::string_view reason, pending_events& events) {
    auto& ended = connections_[at];
    if (ended.is_live()) {
        if (options_.application.report_memberships) {
            for (auto& group : groups_.groups_of(at)) tell_left(at, std::move(group), events);
        }
        --live_;
        events.push(hub_events::client_disconnected{ended.id, std::string(reason)});
    }
    leaves_ += groups_.count_of(at);
    groups_.leave_all(at);
    users_.leave_all(at);
    detached_.cancel(number_of(handle_of(at)));
    by_id_.erase(ended.id);
    const auto generation = ended.generation;
    ended = connection();
    ended.generation = generation;
}

WEBPUBSUB_DECL std::uint32_t roster::take_expired(steady_time now) {
    const auto due = detached_.pop_due(now);
    return due ? slot_of(connection_handle{*due}) : no_slot;
}

WEBPUBSUB_DECL bool roster::survives(std::uint32_t at, std::uint16_t code) const noexcept {
    return connections_[at].reliable && options_.recovery.enabled && code != close_code::normal;
}

WEBPUBSUB_DECL std::uint32_t roster::find(connection_handle handle) const noexcept {
    const auto at = slot_of(handle);
    if (at >= connections_.end() || handle_of(at) != handle || !connections_[at].is_live()) return no_slot;
    return at;
}

WEBPUBSUB_DECL std::uint32_t roster::find(std::string_view id) const {
    const auto* const found = by_id_.find(id);
    const auto at = found == nullptr ? no_slot : static_cast<std::uint32_t>(*found);
    return at != no_slot && connections_[at].is_live() ? at : no_slot;
}

WEBPUBSUB_DECL std::span<const std::uint32_t> roster::everyone() {
    everyone_.clear();
    for (std::uint32_t at = 0; at < connections_.end(); ++at) {
        if (connections_[at].is_live()) everyone_.push_back(at);
    }
    return everyone_;
}

WEBPUBSUB_DECL std::vector<std::string> roster::list(std::string_view from, std::size_t limit,
                                                     const connection_filter& filter) const {
    std::vector<std::string> ids;
    const auto* each = by_id_.first_from(from);
    for (; each != nullptr && ids.size() < limit; each = by_id_.next_after(each->name())) {
        const auto at = find(each->name());
        if (at == no_slot || (filter && !filter(connection_view(*this, at)))) continue;
        ids.emplace_back(each->name());
    }
    return ids;
}

/// Keeps the least that were seen in a heap, whose top is the greatest of them.
WEBPUBSUB_DECL std::vector<std::string> roster::list(std::span<const std::uint32_t> of, std::string_view from,
                                                     std::size_t limit) const {
    std::vector<std::string> ids;
    if (limit == 0) return ids;
    std::vector<std::string_view> least;
    for (const auto at : of) {
        const std::string_view id = connections_[at].id;
        if (id < from || (least.size() == limit && least.front() <= id)) continue;
        if (least.size() == limit) {
            std::pop_heap(least.begin(), least.end());
            least.pop_back();
        }
        least.push_back(id);
        std::push_heap(least.begin(), least.end());
    }
    std::sort_heap(least.begin(), least.end());
    ids.assign(least.begin(), least.end());
    return ids;
}

WEBPUBSUB_DECL roster::join_outcome roster::could_join(std::uint32_t at, std::string_view group) const {
    if (groups_.contains(group, at)) return join_outcome::was_member;
    const auto& limits = options_.groups;
    if ((limits.max_per_connection && groups_.count_of(at) >= *limits.max_per_connection) ||
        groups_.bytes_of(at) + group_index::bytes_for(group) > limits.max_bytes_per_connection) {
        return join_outcome::too_many_groups;
    }
    if (groups_.size() >= limits.max_groups && !groups_.exists(group)) return join_outcome::hub_is_full;
    return join_outcome::joined;
}

WEBPUBSUB_DECL roster::join_outcome roster::could_begin_in(const std::vector<std::string>& groups) const {
    const auto names = sorted(groups);
    std::size_t count = 0;
    std::size_t bytes = 0;
    std::size_t fresh = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i != 0 && names[i] == names[i - 1]) continue;
        ++count;
        bytes += group_index::bytes_for(names[i]);
        if (!groups_.exists(names[i])) ++fresh;
    }
    const auto& limits = options_.groups;
    if ((limits.max_per_connection && count > *limits.max_per_connection) || bytes > limits.max_bytes_per_connection) {
        return join_outcome::too_many_groups;
    }
    if (fresh != 0 && (groups_.size() >= limits.max_groups || fresh > limits.max_groups - groups_.size())) {
        return join_outcome::hub_is_full;
    }
    return join_outcome::joined;
}

WEBPUBSUB_DECL roster::join_outcome roster::join(std::uint32_t at, std::string_view group, pending_events& events) {
    const auto outcome = could_join(at, group);
    if (outcome != join_outcome::joined) return outcome;
    groups_.join(group, at);
    if (options_.application.report_memberships) {
        const auto& member = connections_[at];
        events.push(hub_events::group_joined{member.id, member.user_id, std::string(group)});
    }
    return outcome;
}

WEBPUBSUB_DECL bool roster::leave(std::uint32_t at, std::string_view group, pending_events& events) {
    if (!groups_.leave(group, at)) return false;
    ++leaves_;
    if (options_.application.report_memberships) tell_left(at, std::string(group), events);
    return true;
}

WEBPUBSUB_DECL void roster::tell_left(std::uint32_t at, std::string group, pending_events& events) {
    const auto& member = connections_[at];
    events.push(hub_events::group_left{member.id, member.user_id, std::move(group)});
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_DECL std::string_view connection_view::connection_id() const noexcept { return all_[at_].id; }
WEBPUBSUB_DECL std::string_view connection_view::user_id() const noexcept { return all_[at_].user_id; }
WEBPUBSUB_DECL std::string_view connection_view::subprotocol() const noexcept { return all_[at_].subprotocol; }
WEBPUBSUB_DECL bool connection_view::is_in_group(std::string_view group) const {
    return all_.groups().contains(group, at_);
}
WEBPUBSUB_DECL std::size_t connection_view::group_count() const noexcept { return all_.groups().count_of(at_); }

} // namespace webpubsub::inline WEBPUBSUB_MODE
