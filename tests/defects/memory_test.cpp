// SPDX-License-Identifier: MIT

// Sanitizers replace the allocation functions, so there is no such test under them.
#include "support/sanitized.hpp"
#if !defined(WEBPUBSUB_TEST_SANITIZED) && __has_include(<malloc.h>)

#include "defects/hub_bench.hpp"
#include "defects/memory_use.hpp"

#include <new>

// What hubs keep in memory, and what they do when there is none.

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("defect 22: the requests that wait in a hub count as what is kept of them", "[!shouldfail]") {
    hub_bench b;
    const auto client = b.connect(b.plain, {}, {"g"});
    b.text(client, R"({"type":"event","event":"e","ackId":1,"dataType":"text","data":"x"})");
    REQUIRE(b.events.size() == 1);
    // Short keys without values: each entry is a few bytes in the frame and two strings in memory.
    std::string state;
    for (int i = 0; i < 4000; ++i) state += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":"")";
    const auto frame = R"({"type":"setGroupState","group":"g","state":{)" + state + "}}";
    const auto before = bytes_in_use;
    for (int i = 0; i < 60 && !b.close_code_of(client); ++i) b.text(client, frame);
    // The limit is 4 MiB for a connection.
    CHECK(bytes_in_use - before < 6 * mebibyte);
}

TEST_CASE("defect 22: the names of one connection's groups are limited in their bytes", "[!shouldfail]") {
    hub_bench b;
    const auto client = b.connect(b.plain);
    // 1000 UTF-16 units that are three bytes each in UTF-8.
    std::string filler;
    for (int i = 0; i < 1000; ++i) filler += "\xE2\x82\xAC";
    // A limit of 16 MiB, and something for the way in.
    constexpr auto most = 18 * mebibyte;
    const auto before = bytes_in_use;
    for (int i = 0; i < 6000 && !b.close_code_of(client) && bytes_in_use - before < most; ++i) {
        b.text(client, R"({"type":"joinGroup","group":")" + std::to_string(i) + filler + "\"}");
    }
    CHECK(bytes_in_use - before < most);
}

TEST_CASE("defect 34: a broadcast that finds no memory leaves nobody excluded from the next one", "[!shouldfail]") {
    // The first allocation fails, then the second, and so on, until none does.
    bool failed = true;
    for (std::size_t successes = 0; failed && successes < 100; ++successes) {
        hub_bench b;
        const auto excluded = b.connect(b.plain, {}, {"g"});
        b.connect(b.plain, {}, {"g"});
        failed = false;
        allocations_left = successes;
        try {
            b.send_to_group_except("g", "a text that fits into no small string", excluded);
        } catch (const std::bad_alloc&) {
            failed = true;
        }
        allocations_left.reset();
        b.drain();
        b.take(excluded);
        b.send_to_group("g", "for everybody");
        CAPTURE(successes);
        const auto frames = b.take(excluded);
        REQUIRE(frames.size() == 1);
        CHECK(text_field(frames.front(), "data") == "for everybody");
    }
    CHECK_FALSE(failed);
}

#else

#include "support/catch.hpp"

#endif
