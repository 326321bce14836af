// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/event_queue.hpp>

#include "support/catch.hpp"

#include <string>
#include <utility>

using namespace webpubsub;
using namespace webpubsub::client_parts;

namespace {

template <class Event>
void push(event_queue& q, Event event) {
    q.add<Event>() = std::move(event);
    q.count();
}

client_events::frame_received frame(std::size_t size) { return {frame_kind::text, std::string(size, 'x')}; }

} // namespace

TEST_CASE("events come in their order") {
    event_queue q({});
    CHECK_FALSE(q.poll());
    push(q, client_events::recovered{"1"});
    push(q, client_events::recovered{"2"});
    CHECK(get<client_events::recovered>(*q.poll()).connection_id == "1");
    CHECK(get<client_events::recovered>(*q.poll()).connection_id == "2");
    CHECK(q.empty());
}

TEST_CASE("reading is unwanted from half of the limit on, and wanted again below a quarter") {
    client_event_options options;
    std::size_t size = 0;
    SECTION("of the number") { options.max_count = 8; }
    SECTION("of the bytes") {
        size = 100'000;
        options.max_bytes = 8 * (size + sizeof(client_event));
    }
    event_queue q(options);
    for (int i = 0; i < 3; ++i) push(q, frame(size));
    CHECK(q.wants_input());
    push(q, frame(size));
    CHECK_FALSE(q.wants_input());
    CHECK(q.has_room());
    for (int i = 0; i < 4; ++i) push(q, frame(size));
    CHECK_FALSE(q.has_room());
    for (int i = 0; i < 6; ++i) q.poll();
    CHECK(q.has_room());
    CHECK_FALSE(q.wants_input());
    q.poll();
    CHECK(q.wants_input());
}

TEST_CASE("however small the limits are, one event has room and reading goes on when it is taken") {
    const auto limit = GENERATE(as<std::size_t>{}, 0, 1, 3);
    event_queue q({limit, 1});
    CHECK(q.has_room());
    CHECK(q.wants_input());
    push(q, frame(10));
    CHECK_FALSE(q.has_room());
    CHECK_FALSE(q.wants_input());
    q.poll();
    CHECK(q.has_room());
    CHECK(q.wants_input());
}

TEST_CASE("a copy of a queue holds copies") {
    event_queue q({});
    push(q, client_events::recovered{"1"});
    auto copy = q;
    q.poll();
    CHECK(get<client_events::recovered>(*copy.poll()).connection_id == "1");
}

TEST_CASE("with limits of one event or none, input is wanted whenever no event waits") {
    for (const std::size_t most : {std::size_t{0}, std::size_t{1}}) {
        event_queue q({most, most});
        q.count();
        CHECK(q.wants_input());
        push(q, frame(1));
        CHECK_FALSE(q.wants_input());
        CHECK(q.poll());
        CHECK(q.wants_input());
    }
}

TEST_CASE("the texts of the end of a stream count, for its publisher makes them long") {
    event_queue q({1000, 1000});
    client_events::stream_finished end;
    end.error.emplace();
    end.error->message = std::string(600, 'x');
    push(q, std::move(end));
    CHECK_FALSE(q.wants_input());
}

TEST_CASE("a queue that was moved from is empty") {
    event_queue q({});
    push(q, frame(1));
    push(q, frame(1));
    CHECK(q.poll());
    event_queue other(std::move(q));
    CHECK_FALSE(q.poll());
    CHECK(other.poll());
    CHECK_FALSE(other.poll());
}
