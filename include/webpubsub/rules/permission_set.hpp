// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/rules/pattern.hpp>
#include <webpubsub/rules/permission.hpp>
#include <webpubsub/rules/permission_limits.hpp>
#include <webpubsub/rules/role.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// The rules for one permission. Patterns only ever allow, so their order does not matter; a literal entry is kept
/// only while it says the opposite of what the other rules say.
class group_rules {
public:
    /// Logarithmic in the literal entries, then linear in the patterns; allocates nothing.
    bool allows(std::string_view group) const noexcept {
        const auto found = find(group);
        if (found != literals_.end() && found->group == group) return found->allowed;
        return any_group_ ||
               std::any_of(patterns_.begin(), patterns_.end(), [group](const pattern& p) { return p.matches(group); });
    }

    /// False, and nothing changed, if that takes one entry more than the limit.
    bool set(std::string_view group, bool allowed, const permission_limits& limits) {
        if (allows(group) == allowed) return true;
        const auto place = find(group);
        if (place != literals_.end() && place->group == group) {
            literals_.erase(place);
        } else {
            if (literals_.size() >= limits.literals) return false;
            literals_.insert(place, literal{std::string(group), allowed});
        }
        assert(allows(group) == allowed);
        return true;
    }

    /// The other rules have nothing more to say then.
    void allow_any_group() {
        any_group_ = true;
        literals_.clear();
        patterns_.clear();
    }

    /// False, and nothing changed, if that takes one pattern more than the limit.
    bool add(pattern added, const permission_limits& limits) {
        if (any_group_ || std::find(patterns_.begin(), patterns_.end(), added) != patterns_.end()) return true;
        if (patterns_.size() >= limits.patterns) return false;
        std::erase_if(literals_, [&added](const literal& entry) { return added.matches(entry.group); });
        patterns_.push_back(std::move(added));
        return true;
    }

    friend bool operator==(const group_rules&, const group_rules&) = default;

private:
    struct literal {
        std::string group;
        bool allowed;

        friend bool operator==(const literal&, const literal&) = default;
    };

    std::vector<literal>::const_iterator find(std::string_view group) const noexcept {
        return std::lower_bound(literals_.begin(), literals_.end(), group,
                                [](const literal& entry, std::string_view name) { return entry.group < name; });
    }

    bool any_group_ = false;
    /// Sorted by group: names come from peers, and so need no seeded hash.
    std::vector<literal> literals_;
    std::vector<pattern> patterns_;
};

} // namespace detail

/// What one connection may do in groups: its roles, and what was granted and revoked since (permissions.md section
/// 4.1). A value; distinct objects may be used from distinct threads.
class permission_set {
public:
    /// Nothing is allowed.
    permission_set() = default;

    /// Roles are taken in sorted order whatever order they come in. A string that is no permission and a role beyond
    /// a limit have no effect; both are counted.
    explicit permission_set(std::span<const std::string> roles, const permission_limits& limits = {})
        : limits_(limits) {
        std::vector<std::string_view> sorted(roles.begin(), roles.end());
        std::sort(sorted.begin(), sorted.end());
        for (const std::string_view text : sorted) {
            auto parsed = parse_role(text);
            if (!parsed) {
                ++unknown_roles_;
            } else if (!add(std::move(*parsed))) {
                ++roles_over_limit_;
            }
        }
    }

    /// Cheap enough for every message: allocates nothing. Group names are compared byte by byte.
    bool allows(permission what, std::string_view group) const noexcept { return rules(what).allows(group); }

    /// Allows one group; does nothing if it is allowed already. `too_many_rules` (and nothing changed) if that would
    /// be one named group more than the limit, `invalid_group_name` for a name that no group can have.
    [[nodiscard]] result<void> grant(permission what, std::string_view group) { return set(what, group, true); }

    /// Denies one group, also where a role allows every group; otherwise like `grant`. Memberships stay.
    [[nodiscard]] result<void> revoke(permission what, std::string_view group) { return set(what, group, false); }

    std::size_t unknown_roles() const noexcept { return unknown_roles_; }

    std::size_t roles_over_limit() const noexcept { return roles_over_limit_; }

    /// Whether both came to the same rules; counts and limits are left out.
    friend bool operator==(const permission_set& a, const permission_set& b) { return a.rules_ == b.rules_; }

private:
    detail::group_rules& rules(permission what) noexcept { return rules_[static_cast<std::size_t>(what)]; }
    const detail::group_rules& rules(permission what) const noexcept { return rules_[static_cast<std::size_t>(what)]; }

    result<void> set(permission what, std::string_view group, bool allowed) {
        if (!is_valid_group_name(group)) return errc::invalid_group_name;
        if (!rules(what).set(group, allowed, limits_)) return errc::too_many_rules;
        return {};
    }

    bool add(role&& added) {
        auto& target = rules(added.permission);
        if (auto* group = get_if<std::string>(&added.groups)) return target.set(*group, true, limits_);
        if (auto* groups = get_if<pattern>(&added.groups)) return target.add(std::move(*groups), limits_);
        target.allow_any_group();
        return true;
    }

    permission_limits limits_;
    std::array<detail::group_rules, permission_count> rules_;
    std::size_t unknown_roles_ = 0;
    std::size_t roles_over_limit_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
