// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/rules/names.hpp>
#include <webpubsub/rules/pattern.hpp>
#include <webpubsub/rules/permission.hpp>
#include <webpubsub/variant.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Stands for every group, also those that do not exist yet.
struct any_group {
    friend constexpr bool operator==(const any_group&, const any_group&) = default;
};

/// What one role string allows (permissions.md section 1).
struct role {
    webpubsub::permission permission;
    /// A string is the name of one group. A pattern has a wildcard and does not match everything: one without is that
    /// name, and one that does is any group.
    variant<any_group, std::string, pattern> groups;

    friend bool operator==(const role&, const role&) = default;
};

namespace detail {

inline std::optional<role> role_for_group(permission what, std::string_view group) {
    if (!is_valid_group_name(group)) return std::nullopt;
    return role{what, std::string(group)};
}

inline std::optional<role> role_for_pattern(permission what, std::string_view text) {
    auto parsed = pattern::parse(text);
    if (!parsed) return std::nullopt;
    if (parsed->matches_everything()) return role{what, any_group{}};
    if (const auto literal = parsed->literal()) return role_for_group(what, *literal);
    return role{what, std::move(*parsed)};
}

constexpr bool remove_prefix_if(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

} // namespace detail

/// Reads a role string; the fixed part is matched exactly, case included. Everything else, such as an application's
/// own role, a group name that no group can have or a bad pattern, is no permission and no error: nullopt.
inline std::optional<role> parse_role(std::string_view text) {
    if (!detail::remove_prefix_if(text, "webpubsub.")) return std::nullopt;
    constexpr std::array all{permission::join_leave_group, permission::send_to_group, permission::get_group_state,
                             permission::set_group_state};
    for (const permission what : all) {
        std::string_view rest = text;
        if (!detail::remove_prefix_if(rest, name_of(what))) continue;
        // Group state has no plural form: what follows its dot is a pattern.
        const bool has_plural = what == permission::join_leave_group || what == permission::send_to_group;
        if (rest.empty()) return role{what, any_group{}};
        if (has_plural && detail::remove_prefix_if(rest, "s.")) return detail::role_for_pattern(what, rest);
        if (!detail::remove_prefix_if(rest, ".")) return std::nullopt;
        return has_plural ? detail::role_for_group(what, rest) : detail::role_for_pattern(what, rest);
    }
    return std::nullopt;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
