// SPDX-License-Identifier: MIT
#include <webpubsub/upstream/detail/utc_time.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <ctime>
#include <random>
#include <string>

using namespace webpubsub;

namespace {

std::string formatted(std::int64_t seconds) {
    return detail::format_utc(
        wall_time(std::chrono::duration_cast<wall_time::duration>(std::chrono::seconds(seconds))));
}

} // namespace

TEST_CASE("a time is written in UTC, to the second") {
    CHECK(formatted(0) == "1970-01-01T00:00:00Z");
    CHECK(formatted(-1) == "1969-12-31T23:59:59Z");
    CHECK(formatted(951'782'400) == "2000-02-29T00:00:00Z");
    CHECK(formatted(951'868'800) == "2000-03-01T00:00:00Z");
    CHECK(formatted(1'795'807'968) == "2026-11-27T19:32:48Z");
    CHECK(formatted(4'107'542'399) == "2100-02-28T23:59:59Z");
    CHECK(formatted(4'107'542'400) == "2100-03-01T00:00:00Z");
    CHECK(detail::format_utc(wall_time(std::chrono::milliseconds(999))) == "1970-01-01T00:00:00Z");
    CHECK(detail::format_utc(wall_time(std::chrono::milliseconds(-1))) == "1969-12-31T23:59:59Z");
}

TEST_CASE("times are those of the C library") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const auto seconds = static_cast<std::int64_t>(random() % 8'000'000'000) - 3'000'000'000;
        const auto time = static_cast<std::time_t>(seconds);
        char text[32] = {};
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
        REQUIRE(formatted(seconds) == text);
    }
}
