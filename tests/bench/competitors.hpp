// SPDX-License-Identifier: MIT
#pragma once

#include "compare.hpp"

#include <webpubsub/messages/service_message.hpp>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::bench {

/// What a library adds to comparisons; each may be null. They check the results of the library before they add it.
///
/// Properties are taken in any order, and everything but data that is JSON into strings of the message's own. Data that
/// is JSON may stay what the library makes of it.
struct competitor {
    /// Only looks at the frame.
    void (*parse)(const std::string& frame, bool from_client, comparison&) = nullptr;
    void (*decode)(const std::string& frame, const group_data_message&, comparison&) = nullptr;
    void (*encode)(const std::string& frame, const group_data_message&, comparison&) = nullptr;
};

/// The ones that are compiled in; each has a file of its own, which adds it.
inline std::vector<competitor>& competitors() {
    static std::vector<competitor> all;
    return all;
}

inline bool add(const competitor& one) {
    competitors().push_back(one);
    return true;
}

/// The member that the JSON property of that name goes into, if it is one of those that are strings.
inline std::string* string_member(group_data_message& message, std::string_view name) {
    if (name == "group") return &message.group;
    if (name == "fromUserId") return &message.from_user_id;
    return nullptr;
}

inline data_type data_type_of(std::string_view name) {
    for (std::size_t i = 0; i < data_type_names.size(); ++i) {
        if (name == data_type_names[i]) return static_cast<data_type>(i);
    }
    std::abort();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::bench
