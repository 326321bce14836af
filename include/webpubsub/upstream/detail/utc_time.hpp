// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

#include <cstdint>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_COLD_INLINE void append_digits(std::int64_t number, int digits, std::string& out) {
    std::string reversed;
    for (; digits > 0; --digits, number /= 10) reversed += static_cast<char>('0' + number % 10);
    out.append(reversed.rbegin(), reversed.rend());
}

/// `2026-11-27T19:32:48Z`. A time outside of the years 0000 to 9999 is the nearest inside.
WEBPUBSUB_COLD_INLINE std::string format_utc(wall_time when) {
    constexpr std::int64_t first = -62'167'219'200;
    constexpr std::int64_t last = 253'402'300'799;
    auto seconds = std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
    seconds = seconds < first ? first : seconds > last ? last : seconds;
    // The Gregorian calendar repeats itself after 400 years, and its year begins with March here, so that the day which
    // not every year has is the last. <chrono> has this too, and takes half a second to compile.
    constexpr std::int64_t days_of_era = 146'097;
    constexpr std::int64_t shift = 719'468 + days_of_era;
    const auto since_first = seconds + shift * 86'400;
    const auto days = since_first / 86'400;
    const auto second = since_first % 86'400;
    const auto era = days / days_of_era;
    const auto day = days % days_of_era;
    const auto year_of_era = (day - day / 1460 + day / 36'524 - day / 146'096) / 365;
    const auto day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const auto month_from_march = (5 * day_of_year + 2) / 153;
    const auto month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    const auto year = year_of_era + era * 400 - 400 + (month <= 2 ? 1 : 0);

    std::string text;
    append_digits(year, 4, text);
    append_digits(month, 2, text += '-');
    append_digits(day_of_year - (153 * month_from_march + 2) / 5 + 1, 2, text += '-');
    append_digits(second / 3600, 2, text += 'T');
    append_digits(second / 60 % 60, 2, text += ':');
    append_digits(second % 60, 2, text += ':');
    return text += 'Z';
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
