// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/published_stream.hpp>

#include "client/parts/published_stream_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("a stream writes its start, and its data once the start is accepted") {
    published_stream_driver d;
    d.write("a");
    CHECK(d.stream.is_unknown());
    CHECK(d.written() == strings{"start"});
    CHECK_FALSE(d.stream.is_unknown());
    d.write("b");
    CHECK(d.written().empty());
    CHECK(d.ack(1) == "opened");
    CHECK(d.written() == strings{"a", "b"});
    CHECK(d.stream.next_number() == 3);
}

TEST_CASE("the end is written when all data is acknowledged, and the stream is over when the service says so") {
    published_stream_driver d;
    d.open();
    d.write("a");
    d.write("b");
    d.end();
    CHECK(d.stream.is_ended());
    CHECK(d.written() == strings{"a", "b"});
    CHECK(d.ack(2).empty());
    CHECK(d.written().empty());
    d.ack(3);
    CHECK(d.written() == strings{"end"});
    CHECK_FALSE(d.stream.is_closed());
    CHECK(d.wait(1h).empty());
    CHECK(d.closed() == "closed");
    CHECK(d.stream.is_closed());
}

TEST_CASE("a stream that is ended before it is open opens first") {
    published_stream_driver d;
    d.end();
    CHECK(d.written() == strings{"start"});
    d.ack(1);
    CHECK(d.written() == strings{"end"});
}

TEST_CASE("refused fragments are sent again from the one that the service expects") {
    published_stream_driver d;
    d.open();
    for (const auto* text : {"a", "b", "c", "d"}) d.write(text);
    d.written();
    CHECK(d.nack(2).empty());
    // What was on its way is refused as well.
    CHECK(d.nack(2).empty());
    CHECK(d.nack(2).empty());
    CHECK(d.written().empty());
    CHECK(d.wait(100ms) == strings{"b", "c", "d"});
    d.ack(5);
    CHECK(d.wait(1s).empty());
}

TEST_CASE("the pauses grow while nothing is accepted") {
    client_publisher_options options;
    options.rewind_delays.jitter = 0;
    published_stream_driver d(options);
    d.open();
    d.write("a");
    d.written();
    std::vector<duration> pauses;
    for (int i = 0; i < 8; ++i) {
        d.nack(1);
        const auto before = d.now;
        pauses.push_back(*d.stream.deadline() - before);
        CHECK(d.wait(pauses.back()) == strings{"a"});
    }
    CHECK(pauses == std::vector<duration>{100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5s, 5s});
    d.ack(2);
    d.write("b");
    d.written();
    d.nack(2);
    CHECK(*d.stream.deadline() - d.now == 100ms);
}

TEST_CASE("fragments that are not acknowledged are limited") {
    client_publisher_options options;
    SECTION("their number") { options.max_fragments = 4; }
    SECTION("their bytes") { options.max_bytes = 20; }
    published_stream_driver d(options);
    d.open();
    for (int i = 0; i < 4; ++i) d.write("12345");
    CHECK(d.room("12345").error().code == errc::queue_full);
    d.written();
    CHECK(d.ack(2).empty());
    CHECK(d.ack(3) == "writable");
    CHECK(d.ack(4).empty());
    d.write("12345");
}

TEST_CASE("a stream that was filled before it was open says when there is room") {
    client_publisher_options options;
    options.max_fragments = 2;
    published_stream_driver d(options);
    d.write("a");
    d.write("b");
    CHECK(d.room("c").error() == error::exceeds(errc::queue_full, "publisher.max_fragments", 2, 3));
    CHECK(d.written() == strings{"start"});
    // Opened, but still full.
    CHECK(d.ack(1) == "opened");
    d.written();
    SECTION("by an acknowledgement") { CHECK(d.ack(2) == "writable"); }
    SECTION("by a refusal, which acknowledges as well") { CHECK(d.nack(2) == "writable"); }
}

TEST_CASE("a stream that has ended is not told to have room") {
    client_publisher_options options;
    options.max_fragments = 1;
    published_stream_driver d(options);
    d.open();
    d.write("a");
    CHECK_FALSE(d.room("b"));
    d.end();
    d.written();
    CHECK(d.ack(2).empty());
}

TEST_CASE("an idle stream is kept open") {
    published_stream_driver d;
    CHECK(d.written() == strings{"start"});
    CHECK_FALSE(d.stream.deadline());
    d.ack(1);
    CHECK(d.wait(25s) == strings{"alive", "alive"});
    d.write("a");
    d.written();
    CHECK(d.wait(9s).empty());
    CHECK(d.wait(1s) == strings{"alive"});
}

TEST_CASE("a keep-alive that can't be written at once is due once") {
    published_stream_driver d;
    d.open();
    d.now += 1h;
    d.stream.handle_timeout(d.now);
    CHECK_FALSE(d.stream.deadline());
    CHECK(d.written() == strings{"alive"});
    CHECK(d.stream.deadline() == d.now + 10s);
}

TEST_CASE("what the service can't mean is a violation") {
    published_stream_driver d;
    CHECK(d.ack(1) == "violation");
    d.written();
    CHECK(d.ack(2) == "violation");
    CHECK(d.ack(1) == "opened");
    d.write("a");
    d.write("b");
    CHECK(d.ack(2) == "violation");
    d.written();
    CHECK(d.nack(4) == "violation");
    CHECK(d.ack(4) == "violation");
    CHECK(d.ack(3).empty());
    CHECK(d.nack(2) == "violation");
    // Acknowledgements may come late.
    CHECK(d.ack(1).empty());
    d.closed();
    CHECK(d.ack(99).empty());
}

TEST_CASE("deadlines do not overflow") {
    published_stream_driver d;
    d.open();
    d.write("a");
    d.now = steady_time::max() - 5s;
    d.written();
    CHECK(d.stream.deadline() == steady_time::max());
    d.options.rewind_delays = {1h, duration::max(), 0};
    d.nack(1);
    CHECK(d.stream.deadline() == steady_time::max());
}
