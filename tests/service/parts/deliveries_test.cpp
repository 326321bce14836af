// SPDX-License-Identifier: MIT
#include "service/sender_bench.hpp"

#include <webpubsub/service/detail/deliveries.hpp>

using namespace webpubsub;
using namespace webpubsub::tests;
using detail::deliveries;

namespace {

constexpr steady_time at(int second) { return steady_time(seconds(second)); }

deliveries with_handlers(std::size_t count, std::size_t max_calls = 1000) {
    auto options = sender_options(std::vector(count, handler_of_everything()));
    options.limits.max_calls = max_calls;
    return deliveries(options);
}

using keys = std::vector<std::uint64_t>;

/// The events that can be sent now; a validation is 0 and under way from now on.
keys due(deliveries& all, steady_time now, std::vector<call_id>* calls = nullptr) {
    keys found;
    while (const auto next = all.poll_due(now)) {
        found.push_back(next->key);
        if (calls != nullptr) calls->push_back(next->id);
    }
    return found;
}

/// One with this many valid handlers.
deliveries with_valid_handlers(std::size_t count, std::size_t max_calls = 1000) {
    auto all = with_handlers(count, max_calls);
    for (std::size_t handler = 0; handler < count; ++handler) {
        all.add(at(0), 1000 + handler, 1000 + handler, handler);
        all.handle_response(at(0), all.poll_due(at(0))->id, allowed());
        all.handle_response(at(0), all.poll_due(at(0))->id, status(204));
        CHECK(all.poll_outcome()->key == 1000 + handler);
    }
    return all;
}

} // namespace

TEST_CASE("deliveries of a valid handler are due in the order in which they came") {
    auto all = with_valid_handlers(2);
    all.add(at(0), 1, 7, 0);
    all.add(at(0), 2, 8, 1);
    all.add(at(0), 3, 7, 1);
    CHECK(due(all, at(0)) == keys{1, 2, 3});
}

TEST_CASE("a lane waits for the handler of its first delivery, other lanes do not") {
    auto all = with_handlers(2);
    std::vector<call_id> calls;
    all.add(at(0), 1, 7, 0);
    CHECK(due(all, at(0), &calls) == keys{0});
    all.add(at(0), 2, 8, 1);
    CHECK(due(all, at(0), &calls) == keys{0});
    all.handle_response(at(0), calls[1], allowed());
    CHECK(due(all, at(0)) == keys{2});
    all.add(at(0), 3, 7, 1);
    all.add(at(0), 4, 8, 1);
    CHECK(due(all, at(0)) == keys{4});
    all.handle_response(at(0), calls[0], allowed());
    CHECK(due(all, at(0)) == keys{1, 3});
}

TEST_CASE("what is removed gives way to what is behind it, without an outcome") {
    auto all = with_handlers(2);
    std::vector<call_id> calls;
    all.add(at(0), 1, 7, 0);
    all.add(at(0), 2, 7, 1);
    all.add(at(0), 3, 7, 1);
    CHECK(due(all, at(0), &calls) == keys{0});
    all.remove(at(0), 1);
    CHECK(due(all, at(0), &calls) == keys{0});
    all.remove(at(0), 3);
    all.remove(at(0), 3);
    all.handle_response(at(0), calls[1], allowed());
    CHECK(due(all, at(0), &calls) == keys{2});
    all.handle_response(at(0), calls[0], allowed());
    CHECK(due(all, at(0)).empty());
    all.remove(at(0), 2);
    CHECK(all.poll_cancel() == calls[2]);
    CHECK_FALSE(all.poll_outcome());
    CHECK(all.poll_timeout() == std::nullopt);
}

TEST_CASE("what is due can be removed before it is sent") {
    auto all = with_valid_handlers(1);
    all.add(at(0), 1, 7, 0);
    all.add(at(0), 2, 7, 0);
    all.remove(at(0), 1);
    CHECK(due(all, at(0)) == keys{2});
    CHECK_FALSE(all.poll_cancel());
}

TEST_CASE("a call that ends makes room for another") {
    auto all = with_valid_handlers(1, 1);
    std::vector<call_id> calls;
    for (std::uint64_t key = 1; key <= 3; ++key) all.add(at(0), key, key, 0);
    CHECK(due(all, at(0), &calls) == keys{1});
    CHECK(due(all, at(0)).empty());
    all.handle_failure(at(0), calls[0], call_failure::network);
    CHECK(due(all, at(0), &calls) == keys{2});
    all.remove(at(0), 2);
    CHECK(due(all, at(0), &calls) == keys{3});
    all.handle_timeout(at(1));
    all.handle_response(at(1), calls[2], status(200));
    CHECK(due(all, at(1)) == keys{1});
}

TEST_CASE("a handler that hangs holds up what is behind its own events and nothing else") {
    auto all = with_valid_handlers(2, 1);
    std::vector<call_id> calls;
    all.add(at(0), 1, 7, 0);
    CHECK(due(all, at(0), &calls) == keys{1});
    // The lanes 9 and 8 wait for the handler, the second one with an event for another handler behind.
    all.add(at(1), 2, 9, 0);
    all.add(at(1), 3, 8, 0);
    all.add(at(1), 4, 8, 1);
    all.add(at(1), 5, 7, 1);
    CHECK(due(all, at(1), &calls) == keys{5});
    all.handle_response(at(1), calls[1], status(200));
    CHECK(due(all, at(1)).empty());
    // Whoever has waited longest goes on first.
    all.handle_response(at(2), calls[0], status(200));
    CHECK(due(all, at(2), &calls) == keys{2});
    all.handle_response(at(3), calls[2], status(200));
    CHECK(due(all, at(3)) == keys{3, 4});
}

TEST_CASE("an event that is to be sent again waits for its turn behind others") {
    auto all = with_valid_handlers(1, 1);
    std::vector<call_id> calls;
    for (std::uint64_t key = 1; key <= 3; ++key) all.add(at(0), key, key, 0);
    CHECK(due(all, at(0), &calls) == keys{1});
    all.handle_response(at(0), calls[0], status(503));
    CHECK(due(all, at(0), &calls) == keys{2});
    all.handle_timeout(at(1));
    CHECK(due(all, at(1)).empty());
    all.handle_response(at(1), calls[1], status(200));
    CHECK(due(all, at(1), &calls) == keys{3});
    all.handle_response(at(1), calls[2], status(200));
    CHECK(due(all, at(1), &calls) == keys{1});
    all.handle_response(at(1), calls[3], status(200));
    for (int i = 0; i < 3; ++i) CHECK(all.poll_outcome());
    CHECK(all.poll_timeout() == std::nullopt);
}

TEST_CASE("what waits for its handler may be removed, or run out of time") {
    auto all = with_valid_handlers(2, 1);
    for (std::uint64_t key = 1; key <= 3; ++key) all.add(at(0), key, key, 0);
    all.add(at(0), 4, 3, 1);
    CHECK(due(all, at(0)) == keys{1});
    all.remove(at(0), 3);
    CHECK(due(all, at(0)) == keys{4});
    all.handle_timeout(at(100));
    CHECK(due(all, at(100)).empty());
    for (const std::uint64_t key : {1, 2, 4}) CHECK(all.poll_outcome()->key == key);
    CHECK(all.poll_timeout() == std::nullopt);
}

TEST_CASE("an outcome has the last response, or none") {
    auto all = with_valid_handlers(1);
    std::vector<call_id> calls;
    for (std::uint64_t key = 1; key <= 3; ++key) all.add(at(0), key, key, 0);
    CHECK(due(all, at(0), &calls) == keys{1, 2, 3});
    CHECK(all.find(calls[1]) == 2);
    all.handle_response(at(0), calls[1], status(404));
    CHECK(all.find(calls[1]) == 0);
    const auto second = all.poll_outcome();
    REQUIRE(second);
    CHECK(second->key == 2);
    CHECK(second->response.status == 404);
    all.handle_failure(at(0), calls[0], call_failure::too_large);
    const auto first = all.poll_outcome();
    REQUIRE(first);
    CHECK(first->key == 1);
    CHECK(first->response.status == 0);
    all.handle_timeout(at(100));
    const auto third = all.poll_outcome();
    REQUIRE(third);
    CHECK(third->key == 3);
    CHECK(third->response.status == 0);
    CHECK(all.poll_cancel() == calls[2]);
}

TEST_CASE("a call that is unknown changes nothing") {
    auto all = with_valid_handlers(1);
    CHECK_FALSE(all.handle_head(at(0), call_id{99}));
    CHECK_FALSE(all.handle_response(at(0), call_id{99}, status(200)));
    CHECK_FALSE(all.handle_failure(at(0), call_id{99}, call_failure::network));
    CHECK(all.find(call_id{99}) == 0);
    CHECK(all.poll_timeout() == std::nullopt);
}

TEST_CASE("a delivery whose time is over lets those behind it go on") {
    auto all = with_handlers(2);
    all.add(at(0), 1, 7, 0);
    std::vector<call_id> calls;
    CHECK(due(all, at(0), &calls) == keys{0});
    // The validation takes its time, and begins anew for what is left.
    all.add(at(50), 2, 7, 1);
    CHECK(due(all, at(50)).empty());
    for (const int second : {10, 100}) all.handle_timeout(at(second));
    CHECK(all.poll_outcome()->key == 1);
    CHECK(due(all, at(100)) == keys{0});
}
