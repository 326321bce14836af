// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/text/json_text.hpp>
#include <webpubsub/time.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Seconds that a double holds exactly. A date beyond has no meaning.
inline constexpr std::int64_t max_numeric_date = std::int64_t{1} << 53;

/// RFC 7519 section 2: a number of seconds, which may have a fraction (it is cut off).
WEBPUBSUB_COLD_INLINE std::optional<std::chrono::sys_seconds> date_of_seconds(std::int64_t seconds) noexcept {
    if (seconds < -max_numeric_date || seconds > max_numeric_date) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

WEBPUBSUB_COLD_INLINE std::optional<std::chrono::sys_seconds> date_of_seconds(double seconds) noexcept {
    if (!(std::abs(seconds) <= static_cast<double>(max_numeric_date))) return std::nullopt;
    return date_of_seconds(static_cast<std::int64_t>(std::floor(seconds)));
}

/// The same of a JSON value, which has been scanned.
WEBPUBSUB_COLD_INLINE std::optional<std::chrono::sys_seconds> read_numeric_date(const json_value& value) noexcept {
    const char* const end = value.end;
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(value.begin, end, whole); read.ec == std::errc{} && read.ptr == end) {
        return date_of_seconds(whole);
    }
    double real = 0;
    const auto read = std::from_chars(value.begin, end, real);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return date_of_seconds(real);
}

/// The times of a token, for clocks that are `skew` apart: token_expired or token_not_yet_valid.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<void> check_token_times(std::chrono::sys_seconds expires,
                                                                   std::optional<std::chrono::sys_seconds> not_before,
                                                                   std::optional<std::chrono::sys_seconds> issued_at,
                                                                   wall_time now, std::chrono::seconds skew) {
    // Whole seconds: nanoseconds could not hold the dates that a token may name.
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    if (seconds - skew >= expires) return error(errc::token_expired);
    const auto latest = seconds + skew;
    if (not_before > latest || issued_at > latest) return error(errc::token_not_yet_valid);
    return {};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
