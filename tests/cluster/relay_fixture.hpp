// SPDX-License-Identifier: MIT
#pragma once

#include "cluster/cluster_fixture.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace cluster_tests {

/// Nodes whose clients recover their connections by other ones.
struct relay_fixture : cluster_fixture {
    explicit relay_fixture(std::size_t count = 3, const cluster_options& options = {}, const hub_options& of_hub = {},
                           bool connects = true)
        : cluster_fixture(count, options, of_hub, connects) {}

    client connect_reliable(std::size_t i, std::string user = {}, strings groups = {}) {
        auto asked = request(std::move(user), std::move(groups));
        asked.subprotocols = {std::string(hub_fixture::reliable)};
        return connect(i, asked);
    }

    client recover_at(std::size_t i, const client& old, std::string token = {}) {
        auto asked = hub_fixture::request(hub_fixture::reliable);
        if (token.empty()) token = host(old.node).token_of(old.transport);
        asked.recovery = recovery_request{id_of(old), std::move(token)};
        const client made{i, get<accepted>(hub_of(i).admit(now, asked)).transport};
        hub_of(i).handle_opened(now, made.transport);
        pump(i);
        if (is_immediate) settle();
        return made;
    }

    std::optional<std::uint16_t> close_code_of(const client& of) {
        const auto close = host(of.node).close_of(of.transport);
        return close ? std::optional(close->code) : std::nullopt;
    }
    std::size_t relays() {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < size(); ++i) sum += member(i).relay_count();
        return sum;
    }
};

inline std::string to_group_g(const std::string& text, const std::string& more = {}) {
    return R"({"type":"sendToGroup","group":"g","dataType":"text","data":")" + text + '"' + more + '}';
}

} // namespace cluster_tests
