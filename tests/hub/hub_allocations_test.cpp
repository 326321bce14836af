// SPDX-License-Identifier: MIT

// Under sanitizers there is no such test.
#include "support/sanitized.hpp"
#ifndef WEBPUBSUB_TEST_SANITIZED

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"
#include "support/count_allocations.hpp"

#include <cstddef>
#include <string>
#include <vector>

using namespace webpubsub;

namespace {

/// How much is allocated for one broadcast to so many members, each of which writes it and acknowledges it, when
/// everything has been going on for a while.
std::size_t allocations_per_broadcast(std::size_t members) {
    hub_fixture f;
    std::vector<transport_id> transports;
    for (std::size_t i = 0; i < members; ++i) transports.push_back(f.connect(f.reliable, {}, {"a"}));
    const auto broadcast = [&](std::size_t number) {
        const auto acknowledgement =
            R"({"type":"sequenceAck","sequenceId":)" + std::to_string(number > 20 ? number - 20 : 0) + "}";
        if (f.hub.send_to_group(f.now, "a", text_payload("a text that fits into no small string")).value() != members) {
            throw std::logic_error("not everybody was there");
        }
        while (const auto ready = f.hub.poll_ready()) {
            if (!f.hub.poll_transmit(*ready)) throw std::logic_error("nothing to write");
            f.hub.handle_written(f.now, *ready);
            f.hub.handle_frame(f.now, *ready, frame_kind::text, acknowledgement);
        }
    };
    constexpr std::size_t warm = 200;
    for (std::size_t i = 1; i <= warm; ++i) broadcast(i);
    const auto before = test::allocations.load();
    constexpr std::size_t rounds = 50;
    for (std::size_t i = 1; i <= rounds; ++i) broadcast(warm + i);
    return (test::allocations - before) / rounds;
}

} // namespace

TEST_CASE("in a steady state a delivery allocates nothing: a broadcast costs the same for any number of members") {
    const auto one = allocations_per_broadcast(1);
    CHECK(one > 0);
    CHECK(allocations_per_broadcast(500) == one);
}

#endif
