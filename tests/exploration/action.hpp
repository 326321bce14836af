// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace webpubsub::tests {

/// One step of a small world. What it stands for depends on the state in which it is taken.
struct action {
    enum class what : std::uint8_t {
        /// The application of client `at` asks for the next of its operations.
        operate,
        /// The first packet of link `at` arrives.
        deliver_up,
        deliver_down,
        /// The first packet of link `at` is not executed, and answered by a failure that passes.
        fail_up,
        /// The hub's application answers the question `at`.
        answer,
        refuse,
        /// Link `at` is cut.
        cut,
        /// The same, and the client's side never learns of it.
        cut_half_open,
        /// An end of link `at`, which was cut, learns of it, and what was still on the way there is lost.
        client_learns,
        hub_learns,
        /// The time passes to the next timer, which is that of client `at`.
        client_timeout,
        hub_timeout,
    };

    what kind{};
    std::uint8_t at = 0;
    /// Time passes although something else could happen before.
    bool early = false;

    bool is_fault() const noexcept {
        return kind == what::cut || kind == what::cut_half_open || kind == what::fail_up || kind == what::refuse;
    }
};

} // namespace webpubsub::tests
