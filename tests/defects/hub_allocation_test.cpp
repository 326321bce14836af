// SPDX-License-Identifier: MIT

// Sanitizers replace the allocation functions, so there is no such test under them.
#include "support/sanitized.hpp"
#if !defined(WEBPUBSUB_TEST_SANITIZED) && __has_include(<malloc.h>)

#include "defects/memory_use.hpp"
#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <new>
#include <string>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

/// A failure of the allocation behind so many; false if the call needed fewer.
bool fails_after(std::size_t successes, hub_fixture& f) {
    allocations_left = successes;
    try {
        static_cast<void>(f.hub.send_to_group(f.now, "g", payload_view::text("may fail")));
        allocations_left.reset();
        return false;
    } catch (const std::bad_alloc&) {
        return true;
    }
}

} // namespace

TEST_CASE("defect 34: a fan-out that fails in the middle leaves every frame whole and nobody excluded") {
    // With room for one frame each queue presses at once, which takes memory too.
    for (const std::uint32_t frames : {1000u, 1u}) {
        bool failed = true;
        for (std::size_t successes = 0; failed; ++successes) {
            CAPTURE(frames, successes);
            hub_options options;
            options.queues.outbound.frames = frames;
            hub_fixture f(options);
            std::vector<transport_id> members;
            for (int i = 0; i < 9; ++i) members.push_back(f.connect("json.webpubsub.azure.v1", {}, {"g"}));
            failed = fails_after(successes, f);
            f.drain();
            REQUIRE(f.hub.send_to_group(f.now, "g", payload_view::text("for everybody")).value() == 9);
            f.drain();
            for (const auto member : members) {
                const auto got = f.messages(member);
                REQUIRE((got.size() == 1 || got.size() == 2));
                const auto text = [&](std::size_t i) { return get<group_data_message>(got[i]).data.bytes; };
                CHECK(text(got.size() - 1) == "for everybody");
                if (got.size() == 2) CHECK(text(0) == "may fail");
            }
            REQUIRE(successes < 1000);
        }
    }
}

#endif
