// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace webpubsub::inline WEBPUBSUB_MODE::test {

/// Numbers for `random_message`, the same in every run.
struct seeded_chance {
    explicit seeded_chance(std::uint64_t seed) : engine(seed) {}

    std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine() % n); }

    std::mt19937_64 engine;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::test
