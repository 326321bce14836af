// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/connection.hpp>
#include <webpubsub/hub/parts/support.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// Who waits because others do not read fast enough: clients of this hub that send to a group, until no member of it is
/// congested, here or on another node; and the other nodes with clients that do, until no member of it here is.
class waiting_senders {
public:
    /// A client waits for a group; without a name, until it is not congested itself.
    void wait(connection_handle who, std::string_view group);
    /// The connection has ended and waits for nothing. The time is linear in the number of those who wait.
    void forget(connection_handle who) noexcept;
    std::size_t group_count() const noexcept { return waiting_.size(); }
    const std::string& group(std::size_t i) const noexcept { return waiting_[i].group; }
    /// Where the group is; the number of groups if nobody waits for it.
    std::size_t find(std::string_view group) const noexcept;
    /// The clients that wait for the group, in the order in which they came; they do not wait any more.
    std::vector<connection_handle> take(std::size_t i);

    /// Other nodes wait for the group.
    void wait_elsewhere(std::string_view group) { elsewhere_.set(group); }
    /// The groups for which other nodes wait; who takes one out has told them.
    name_index& waited_for_elsewhere() noexcept { return elsewhere_; }

    /// How many more messages may be sent to the group, because a member of it that is another node's is congested, or
    /// was; without a value there is no limit.
    void set_room(std::string_view group, std::optional<std::uint64_t> room);
    std::optional<std::uint64_t> room_in(std::string_view group) const noexcept {
        const auto* const room = rooms_.find(group);
        return room == nullptr ? std::nullopt : std::optional(*room);
    }
    /// One more is sent.
    void use_room(std::string_view group);
    bool has_no_room(std::string_view group) const noexcept { return room_in(group) == std::uint64_t{0}; }
    bool knows_rooms() const noexcept { return !rooms_.empty(); }

    /// Whether nobody who waits has to be looked at again, now that so many memberships have ended in all.
    bool is_settled(std::uint64_t leaves) const noexcept {
        return relieved_.empty() && ((waiting_.empty() && elsewhere_.empty()) || leaves == seen_leaves_);
    }
    /// Whether memberships have ended since this was asked last.
    bool note_leaves(std::uint64_t leaves) noexcept { return std::exchange(seen_leaves_, leaves) != leaves; }
    /// The groups in which there is room again since this was asked last.
    std::vector<std::string> take_relieved() noexcept { return std::exchange(relieved_, {}); }

private:
    struct waiting_group {
        std::string group;
        std::vector<connection_handle> senders;
    };

    std::vector<waiting_group> waiting_;
    name_index elsewhere_;
    name_index rooms_;
    std::uint64_t seen_leaves_ = 0;
    std::vector<std::string> relieved_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/waiting_senders.ipp>
#endif
