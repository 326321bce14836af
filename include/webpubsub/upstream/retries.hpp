// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Whether a response says that another attempt may succeed (upstream.md section 8). Of other failures only
/// `call_failure::network` does.
constexpr bool may_pass(unsigned http_status) noexcept {
    return http_status == 408 || (http_status >= 500 && http_status < 600);
}

/// The attempts that are left for one request.
class retries {
public:
    /// How long to wait for the next attempt, which counts from now on; nothing if there is none left.
    std::optional<duration> next(const std::vector<duration>& delays) noexcept {
        return made_ < delays.size() ? std::optional(delays[made_++]) : std::nullopt;
    }

private:
    std::size_t made_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
