// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/rest/operation.hpp>
#include <webpubsub/time.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Whether to send a request again.
struct retry_advice {
    /// It may succeed another time.
    bool may_help = false;
    /// The service may have executed it already: a message then arrives twice. Of other operations that makes no
    /// difference.
    bool may_repeat = false;
    /// How long to wait, as the service asks; where it does not, back off from a second.
    std::optional<duration> after{};

    friend bool operator==(const retry_advice&, const retry_advice&) = default;
};

namespace detail {

/// A number of so many digits at the front of `text`, which it is taken from; -1 for none.
WEBPUBSUB_COLD_INLINE int take_number(std::string_view& text, std::size_t digits) noexcept {
    if (text.size() < digits) return -1;
    int number = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return number;
}

WEBPUBSUB_COLD_INLINE bool take_text(std::string_view& text, std::string_view expected) noexcept {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. <chrono> has this too, and takes half a second to compile.
constexpr std::int64_t days_until(std::int64_t year, int month, int day) noexcept {
    // Years that begin with March end with the day that not every year has.
    if (month <= 2) --year;
    const auto day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const auto leap_days = year / 4 - year / 100 + year / 400;
    constexpr std::int64_t until_1970 = 719468;
    return year * 365 + leap_days + day_of_year - until_1970;
}

constexpr bool is_date(int year, int month, int day) noexcept {
    constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int length = lengths[month - 1] + (month == 2 && is_leap ? 1 : 0);
    return year > 0 && day >= 1 && day <= length;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of a date that is written (RFC 9110 section 5.6.7), in seconds since
/// 1970.
WEBPUBSUB_COLD_INLINE std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept {
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || text.substr(3, 2) != ", ") return std::nullopt;
    const auto name = months.find(text.substr(8, 3));
    if (name == std::string_view::npos || name % 3 != 0) return std::nullopt;
    text.remove_prefix(5);
    const int day = take_number(text, 2);
    if (!take_text(text, " ")) return std::nullopt;
    text.remove_prefix(3);
    if (!take_text(text, " ")) return std::nullopt;
    const int year = take_number(text, 4);
    if (!take_text(text, " ")) return std::nullopt;
    const int hour = take_number(text, 2);
    if (!take_text(text, ":")) return std::nullopt;
    const int minute = take_number(text, 2);
    if (!take_text(text, ":")) return std::nullopt;
    const int second = take_number(text, 2);
    const int month = static_cast<int>(name) / 3 + 1;
    const bool is_time = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
    if (text != " GMT" || !is_time || !is_date(year, month, day)) return std::nullopt;
    return ((days_until(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

} // namespace detail

/// What `Retry-After` says (RFC 9110 section 10.2.3): seconds, or a date, from which the time until then is left, which
/// is not negative. Nothing for anything else.
WEBPUBSUB_COLD_INLINE std::optional<duration> parse_retry_after(std::string_view value, wall_time now) noexcept {
    constexpr std::int64_t longest = 365 * 24 * 3600;
    std::int64_t seconds = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    const bool is_number = failure != std::errc::invalid_argument && end == value.data() + value.size();
    if (is_number && value.front() != '-') {
        if (failure != std::errc{}) seconds = longest;
    } else {
        const auto date = detail::parse_http_date(value);
        if (!date) return std::nullopt;
        seconds = *date - std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    }
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, longest));
}

/// 408, 429, 500, 502, 503 and 504 may pass; every other failure is one the next time as well. A request without any
/// response is like 504.
WEBPUBSUB_COLD_INLINE retry_advice advise_retry(rest_operation operation, const http_response& response,
                                                wall_time now) {
    constexpr unsigned passing[] = {408, 429, 500, 502, 503, 504};
    retry_advice advice;
    advice.may_help = std::find(std::begin(passing), std::end(passing), response.status) != std::end(passing);
    if (!advice.may_help) return advice;
    // With 429 and 503 the service has not begun.
    advice.may_repeat = sends_message(operation) && response.status != 429 && response.status != 503;
    if (const auto* const header = find_header(response.headers, "Retry-After")) {
        advice.after = parse_retry_after(*header, now);
    }
    return advice;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
