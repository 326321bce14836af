// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/describe.hpp"
#include "exploration/exploration_totals.hpp"
#include "exploration/promises.hpp"
#include "exploration/reduction.hpp"
#include "exploration/rest.hpp"
#include "exploration/small_world.hpp"

#include <webpubsub/testing/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::tests {

/// Visits the states that a scenario can lead to, and holds the promises against each. A broken one throws with the
/// actions that led there.
class exploration {
public:
    explicit exploration(scenario plan) : plan_(std::move(plan)), start_(plan_, bytes_) {}
    exploration(const exploration&) = delete;
    exploration& operator=(const exploration&) = delete;

    /// Every state, depth first, or the first so many of them: `frontier` tells how many steps were left.
    const exploration_totals& run(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
        std::vector<choice> path;
        const auto enter = [&](const small_world& world) {
            auto next = visit(world);
            if (!next) return;
            if (reduces_) reduce(world, *next);
            path.push_back({world, std::move(*next), 0});
        };
        guarded(start_, [&] { enter(start_); });
        while (!path.empty() && totals_.states < most) {
            auto& here = path.back();
            taken_.resize(path.size() - 1);
            if (here.next == here.actions.size()) {
                path.pop_back();
                continue;
            }
            auto world = here.world;
            taken_.push_back(here.actions[here.next++]);
            ++totals_.steps;
            guarded(world, [&] {
                world.take(taken_.back());
                enter(world);
            });
        }
        for (const auto& left : path) totals_.frontier += left.actions.size() - left.next;
        return totals_;
    }

    /// From now on every order of steps is taken, also of those that lead to the same.
    void reduce_nothing() noexcept { reduces_ = false; }

    /// Runs from the beginning to the end, in which chance decides what happens, until so many states were seen.
    const exploration_totals& sample(std::uint64_t seed, std::uint64_t states) {
        webpubsub::testing::random chance(seed);
        for (std::uint64_t walks = 0; totals_.states < states && walks < states; ++walks) {
            auto world = start_;
            taken_.clear();
            guarded(world, [&] {
                for (auto next = look_at(world); !next.empty(); next = look_at(world)) {
                    taken_.push_back(choose(next, chance));
                    world.take(taken_.back());
                }
            });
        }
        return totals_;
    }

private:
    struct choice {
        small_world world;
        std::vector<action> actions;
        std::size_t next = 0;
    };

    static constexpr std::size_t longest_path = 1000;

    template <class Step>
    void guarded(const small_world& world, Step&& step) {
        try {
            step();
        } catch (const std::exception& broken) {
            throw std::runtime_error(std::string(broken.what()) + "\n" + describe_path() + describe_seen(world));
        }
    }

    /// Nothing for a state that is known.
    std::optional<std::vector<action>> visit(const small_world& world) {
        if (!visited_.insert(world.print()).second) return std::nullopt;
        return check(world);
    }

    std::vector<action> look_at(const small_world& world) {
        auto next = visit(world);
        bool calm = false;
        return next ? *std::move(next) : world.actions(calm);
    }

    std::vector<action> check(const small_world& world) {
        ++totals_.states;
        check_always(world);
        bool calm = false;
        auto next = world.actions(calm);
        if (calm && world.is_settled()) {
            check_settled(world);
            totals_.count(world);
        } else {
            require(!next.empty(), "nothing waits for ever");
        }
        if (next.empty()) check_rest(world);
        if (next.empty() || totals_.states % 16 == 0) check_stopped(world);
        require(taken_.size() < longest_path, "the world settles");
        totals_.longest = std::max(totals_.longest, taken_.size());
        return next;
    }

    /// Faults are rarer than what makes them felt.
    static action choose(const std::vector<action>& from, webpubsub::testing::random& chance) {
        auto chosen = from[chance.below(from.size())];
        for (int again = 0; again < 2 && chosen.is_fault(); ++again) chosen = from[chance.below(from.size())];
        return chosen;
    }

    /// The way to the state at hand, taken once more from the start.
    std::string describe_path() const {
        auto world = start_;
        std::string text;
        for (std::size_t i = 0; i < taken_.size(); ++i) {
            text.append("  ").append(webpubsub::tests::describe(world, taken_[i])).append("\n");
            if (i + 1 < taken_.size()) world.take(taken_[i]);
        }
        return text;
    }

    scenario plan_;
    counted_bytes bytes_;
    small_world start_;
    bool reduces_ = true;
    fingerprint_set visited_;
    /// From the start to the state at hand.
    std::vector<action> taken_;
    exploration_totals totals_;
};

} // namespace webpubsub::tests
