// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/hub/options.hpp>

#include "cluster/world/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cluster_tests::world {

struct world_options {
    std::size_t nodes = 2;
    cluster_options cluster{};
    hub_options hub{};
    /// Whether the bus loses and repeats messages, and nodes are cut off, stand still and crash.
    bool has_faults = false;
    /// Limits that are reached: what is over them may be missing.
    bool has_small_limits = false;
};

/// How often things happened, since faults that never happen prove nothing.
struct world_totals {
    std::size_t received = 0, due = 0, gaps = 0, acks = 0, failed_acks = 0, answers = 0, admissions = 0, fenced = 0,
                lost_nodes = 0, ends = 0, cancelled = 0, views = 0, repeated = 0, healed = 0;

    auto fields() const {
        return std::array<std::pair<const char*, std::size_t>, 14>{{{"received", received},
                                                                    {"due", due},
                                                                    {"gaps", gaps},
                                                                    {"acks", acks},
                                                                    {"failed acks", failed_acks},
                                                                    {"answers", answers},
                                                                    {"admissions", admissions},
                                                                    {"fenced", fenced},
                                                                    {"lost nodes", lost_nodes},
                                                                    {"ends", ends},
                                                                    {"cancelled", cancelled},
                                                                    {"views", views},
                                                                    {"repeated", repeated},
                                                                    {"healed", healed}}};
    }
    world_totals& operator+=(const world_totals& other) {
        for (const auto part :
             {&world_totals::received, &world_totals::due, &world_totals::gaps, &world_totals::acks,
              &world_totals::failed_acks, &world_totals::answers, &world_totals::admissions, &world_totals::fenced,
              &world_totals::lost_nodes, &world_totals::ends, &world_totals::cancelled, &world_totals::views,
              &world_totals::repeated, &world_totals::healed}) {
            this->*part += other.*part;
        }
        return *this;
    }
    std::string text() const {
        std::string all;
        for (const auto& [name, count] : fields()) all += std::to_string(count) + ' ' + name + ", ";
        return all;
    }
};

/// A stream of a client.
struct stream {
    std::size_t publisher = 0;
    std::string group;
    step from = 0;
    std::uint64_t next = 1;
    bool is_closed = false;
};

/// A command or a question that is not answered.
struct pending_call {
    std::string what;
    std::optional<std::size_t> change{};
    /// The answer that it has to get if nothing is disturbed.
    std::optional<cluster_outcome> expected{};
    std::optional<std::size_t> expected_who{};
    bool is_for_one = false;
    step from = 0;
};

} // namespace cluster_tests::world
