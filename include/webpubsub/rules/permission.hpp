// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a role can allow in a group (permissions.md section 1); nothing else that a client may ask for needs a role.
/// The two of group state are a preview: published in SDKs, not in the documentation.
enum class permission : std::uint8_t { join_leave_group, send_to_group, get_group_state, set_group_state };

inline constexpr std::size_t permission_count = 4;

/// The name as roles and the REST API spell it.
constexpr std::string_view name_of(permission what) noexcept {
    switch (what) {
    case permission::join_leave_group: return "joinLeaveGroup";
    case permission::send_to_group: return "sendToGroup";
    case permission::get_group_state: return "getGroupState";
    case permission::set_group_state: return "setGroupState";
    }
    return "";
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
