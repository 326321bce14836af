// SPDX-License-Identifier: MIT
#include <webpubsub/support/queue.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <string>
#include <utility>

using namespace webpubsub;
using namespace webpubsub::detail;

TEST_CASE("numbers come out as they went in, also when some were taken meanwhile") {
    number_queue q;
    CHECK(q.empty());
    std::uint64_t in = 0;
    std::uint64_t out = 0;
    // Two in, one out, and at last all out.
    while (in < 100) {
        q.push(in++);
        q.push(in++);
        CHECK(q.pop() == out++);
        CHECK(q.size() == in - out);
        CHECK(q.at(0) == out);
        CHECK(q.at(q.size() - 1) == in - 1);
    }
    while (out < 100) CHECK(q.pop() == out++);
    CHECK(q.empty());
    q.push(7);
    q.clear();
    CHECK(q.size() == 0);
}

TEST_CASE("a queue owns what it holds, and gives it away") {
    queue<std::string> q;
    CHECK_FALSE(q.poll());
    q.push(new std::string("a"));
    q.push(polled<std::string>(new std::string("b")));
    CHECK(q.size() == 2);
    CHECK(q[1] == "b");
    auto copy = q;
    const auto first = q.poll();
    REQUIRE(first);
    CHECK(*first == "a");
    CHECK(first->size() == 1);
    const auto moved = std::move(copy);
    CHECK(moved.size() == 2);
    CHECK(copy.empty());
    q = moved;
    CHECK(*q.poll() == "a");
    CHECK(*q.poll() == "b");
    CHECK(q.empty());
}

TEST_CASE("what was polled has one owner") {
    polled<std::string> none;
    CHECK_FALSE(none.has_value());
    polled<std::string> some(new std::string("x"));
    none = std::move(some);
    REQUIRE(none);
    CHECK_FALSE(some);
    const polled<std::string> other(none.release());
    CHECK_FALSE(none);
    CHECK(*other == "x");
}
