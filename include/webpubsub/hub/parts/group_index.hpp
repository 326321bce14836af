// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/support.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// Which members are in which groups, both ways. Members are small numbers (slots of connections). A group exists while
/// it has members. To find a group takes time logarithmic in their number; joining, leaving and `contains` also look
/// through the groups of the member, and nothing takes longer in a large group than in a small one.
class group_index {
public:
    /// `records` is whether `take_change` has anything to tell.
    explicit group_index(bool records = false) noexcept : records_(records) {}

    /// The result is false if the member is in the group already.
    bool join(std::string_view name, std::uint32_t member);

    /// The result is false if the member is not in the group.
    bool leave(std::string_view name, std::uint32_t member);

    void leave_all(std::uint32_t member);

    bool contains(std::string_view name, std::uint32_t member) const;

    bool exists(std::string_view name) const { return find(name) != no_slot; }

    /// The members in no particular order. The view is valid until somebody joins or leaves.
    std::span<const std::uint32_t> members(std::string_view name) const;

    /// The names of the member's groups, in no particular order.
    std::vector<std::string> groups_of(std::uint32_t member) const;

    /// The number of groups that the member is in.
    std::size_t count_of(std::uint32_t member) const noexcept {
        return member < members_.size() ? members_[member].groups.size() : 0;
    }

    /// The bytes that are kept for the member's memberships: the names are counted with each of their members, and
    /// twice because a name may be kept in another place as well.
    std::size_t bytes_of(std::uint32_t member) const noexcept {
        return member < members_.size() ? members_[member].bytes : 0;
    }
    static std::size_t bytes_for(std::string_view name) noexcept { return 2 * name.size() + 128; }

    /// The number of groups.
    std::size_t size() const noexcept { return by_name_.size(); }

    /// A group that has got its first member, or lost its last, since this was asked; perhaps both, and more than once.
    std::optional<std::string> take_change() {
        if (changes_.empty()) return std::nullopt;
        return changes_.take_front();
    }

    /// The places of all groups, by name.
    const name_index& by_name() const noexcept { return by_name_; }

private:
    // A member's place in a group's list is known by the same place of `places`, and the reverse.
    struct group_entry {
        std::string name;
        std::vector<std::uint32_t> members;
        std::vector<std::uint32_t> places;
    };
    struct member_entry {
        std::vector<std::uint32_t> groups;
        std::vector<std::uint32_t> places;
        std::size_t bytes = 0;
    };

    std::uint32_t find(std::string_view name) const;
    /// The place of the group in the member's list; `no_slot` if it is not there.
    std::uint32_t place_of(std::uint32_t group, std::uint32_t member) const noexcept;
    void remove(std::uint32_t member, std::uint32_t place);

    name_index by_name_;
    slot_table<group_entry> groups_;
    std::vector<member_entry> members_;
    bool records_;
    ring<std::string> changes_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/group_index.ipp>
#endif
