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

/// WEBPUBSUB_EXPLORE=full searches larger worlds to the end and takes larger samples of the rest.
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

/// A search that has seen so many states gives up, and fails.
constexpr std::uint64_t most_states_in_memory = 20'000'000;

/// WEBPUBSUB_SEED chooses another sample.
inline std::uint64_t sample_seed() {
    const char* const text = std::getenv("WEBPUBSUB_SEED");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
}

namespace detail {

template <class Search>
exploration_totals search(const char* name, scenario plan, Search&& search) {
    exploration_totals all;
    try {
        exploration of(std::move(plan));
        all = search(of);
    } catch (const std::exception& broken) {
        FAIL(name << ": " << broken.what());
    }
    WARN(name << ": " << all.text());
    CHECK(all.settled > 0);
    return all;
}

} // namespace detail

/// A sample of so many states. `another` chooses another sample for a scenario that is like one before.
inline exploration_totals explore(const char* name, scenario plan, std::uint64_t states, std::uint64_t another = 0) {
    if (is_sanitized()) states /= 10;
    if (is_full()) states *= 20;
    return detail::search(name, std::move(plan),
                          [&](exploration& of) { return of.sample(sample_seed() + another, states); });
}

/// Every state, which are not fewer than `floor`: a world that has lost a feature has fewer.
inline exploration_totals explore_all(const char* name, scenario plan, std::uint64_t floor) {
    if (is_sanitized()) return explore(name, std::move(plan), 20'000);
    const auto all =
        detail::search(name, std::move(plan), [](exploration& of) { return of.run(most_states_in_memory); });
    CHECK(all.frontier == 0);
    CHECK(all.states >= floor);
    return all;
}

} // namespace webpubsub::tests
