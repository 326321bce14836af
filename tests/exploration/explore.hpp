// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/all_codecs.hpp>

#include "exploration/exploration.hpp"

#include "support/catch.hpp"
#include "support/sanitized.hpp"

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <utility>

namespace webpubsub::tests {

/// WEBPUBSUB_EXPLORE=full visits every state, which takes many hours for some worlds.
inline bool is_full() {
    const char* const text = std::getenv("WEBPUBSUB_EXPLORE");
    return text != nullptr && std::string_view(text) == "full";
}

constexpr bool is_sanitized() {
#ifdef WEBPUBSUB_TEST_SANITIZED
    return true;
#else
    return false;
#endif
}

/// WEBPUBSUB_SEED chooses another sample.
inline std::uint64_t sample_seed() {
    const char* const text = std::getenv("WEBPUBSUB_SEED");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
}

/// Every state, or a sample of so many; 0 is every state in any case.
/// `another` chooses another sample for a scenario that is like one before.
inline exploration_totals explore(const char* name, scenario plan, std::uint64_t states, std::uint64_t another = 0) {
    if (is_sanitized()) states = states == 0 ? 2000 : states / 10;
    exploration_totals all;
    try {
        exploration search(std::move(plan));
        all = states == 0 || is_full() ? search.run() : search.sample(sample_seed() + another, states);
    } catch (const std::exception& broken) {
        FAIL(name << ": " << broken.what());
    }
    WARN(name << ": " << all.text());
    CHECK(all.settled > 0);
    return all;
}

} // namespace webpubsub::tests
