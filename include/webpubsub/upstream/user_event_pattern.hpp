// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/ascii.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Which user events a handler takes: all of them, those of a list, or none (upstream.md section 1).
class user_event_pattern {
public:
    /// Of no event.
    user_event_pattern() = default;

    /// `*`, or names between commas, without the white space around them; empty ones are passed over, and where there
    /// is no name the pattern is of no event. invalid_event_name, with its offset, for a name that no event can have:
    /// other wildcards are not understood.
    [[nodiscard]] static result<user_event_pattern> parse(std::string_view text);

    /// Compares without case.
    bool matches(std::string_view event) const noexcept {
        return all_ || std::any_of(names_.begin(), names_.end(),
                                   [&](const std::string& name) { return equal_ignoring_case(name, event); });
    }

    friend bool operator==(const user_event_pattern&, const user_event_pattern&) = default;

private:
    bool all_ = false;
    std::vector<std::string> names_;
};

WEBPUBSUB_COLD_INLINE result<user_event_pattern> user_event_pattern::parse(std::string_view text) {
    user_event_pattern made;
    made.all_ = trim_white_space(text) == "*";
    for (std::size_t at = 0; !made.all_ && at < text.size();) {
        const auto end = find_or_end(text, ",", at);
        const auto name = trim_white_space(text.substr(at, end - at));
        if (!name.empty() && !is_valid_event_name(name)) {
            return error(errc::invalid_event_name, static_cast<std::size_t>(name.data() - text.data()));
        }
        if (!name.empty()) made.names_.emplace_back(name);
        at = end + 1;
    }
    return made;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
