// SPDX-License-Identifier: MIT
#include <webpubsub/support/shared_bytes.hpp>

#include "support/catch.hpp"

#include <string>
#include <thread>
#include <utility>
#include <vector>

using webpubsub::detail::shared_bytes;

TEST_CASE("copies share their bytes, for as long as any of them lives") {
    const shared_bytes none;
    CHECK_FALSE(none);
    CHECK(none.view().empty());
    const shared_bytes empty("");
    CHECK(empty);
    CHECK(empty.size() == 0);

    const std::string bytes("a\0b", 3);
    shared_bytes copy;
    {
        const shared_bytes original(bytes);
        copy = original;
        CHECK(copy.view().data() == original.view().data());
    }
    CHECK(copy.view() == bytes);
    shared_bytes moved(std::move(copy));
    CHECK_FALSE(copy);
    CHECK(moved.view() == bytes);
    auto& same = moved;
    moved = same;
    CHECK(moved.view() == bytes);
}

TEST_CASE("copies may end on different threads") {
    const shared_bytes bytes(std::string(1000, 'x'));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([bytes] {
            for (int j = 0; j < 1000; ++j) {
                const auto copy = bytes;
                if (copy.size() != 1000) std::terminate();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(bytes.view() == std::string(1000, 'x'));
}
