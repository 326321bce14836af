// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/publisher.hpp>

#include "client/parts/publisher_driver.hpp"

#include <limits>

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("defect 18: an idle timeout below a second is refused") {
    publisher_driver d;
    auto options = named("s");
    for (const std::chrono::milliseconds wrong : {-1ms, 0ms, 1ms, 2ms, 999ms, std::chrono::milliseconds::max()}) {
        options.idle_timeout = wrong;
        CHECK(d.open("g", options).error() == error::about(errc::invalid_field, "idle_timeout"));
    }
    options.idle_timeout = std::chrono::milliseconds(std::numeric_limits<std::uint32_t>::max());
    CHECK(d.open("g", options));
}

TEST_CASE("streams that the service spoils are limited like others") {
    client_publisher_options options;
    options.max_streams = 2;
    publisher_driver d(options);
    for (const auto* id : {"s", "t"}) d.open_accepted(id);
    for (const auto* id : {"s", "t"}) d.ack(id, 2);
    CHECK(d.streams.size() == 0);
    CHECK(d.open("g").error() == error::exceeds(errc::too_many_streams, "publisher.max_streams", 2, 3));
    d.written();
    d.closed("s");
    CHECK(d.open("g"));
}

TEST_CASE("the ids of streams are made of the connection's unless they are given") {
    publisher_driver d;
    CHECK(d.open("g").value() == "c1-1");
    CHECK(d.open("g", named("c1-2")).value() == "c1-2");
    CHECK(d.open("g").value() == "c1-3");
    CHECK(d.open("g", named("c1-1")).error() == errc::id_in_use);
}

TEST_CASE("wrong use of streams is an error value and changes nothing") {
    client_publisher_options options;
    options.max_streams = 1;
    publisher_driver d(options);
    CHECK(d.open(" ").error() == errc::invalid_group_name);
    CHECK(d.open("g", named("\xff")).error().code == errc::invalid_utf8);
    // Half of a surrogate pair.
    CHECK(d.open("g", named("\xed\xa0\xbd")).error().code == errc::invalid_utf8);
    auto bad = named("s");
    bad.ttl_seconds = 301;
    CHECK(d.open("g", bad).error().code == errc::invalid_field);
    bad.ttl_seconds = 0;
    bad.metadata = {{" ", ""}};
    CHECK(d.open("g", bad).error().code == errc::invalid_metadata);
    CHECK(d.streams.size() == 0);
    REQUIRE(d.open("g", named("s")));
    CHECK(d.open("g").error().code == errc::too_many_streams);
    CHECK(d.streams.write(d.now, "s", payload_view::json("{")).error().code == errc::invalid_payload);
    CHECK(d.write("t", "x").error() == errc::unknown_target);
    CHECK(d.streams.end(d.now, "t").error() == errc::unknown_target);
    CHECK(d.streams.abort(d.now, "t").error() == errc::unknown_target);
    CHECK(d.streams.end(d.now, "s", stream_abort{"\xff", ""}).error().code == errc::invalid_utf8);
    CHECK(d.streams.end(d.now, "s", stream_abort{"", "\xed\xa0\xbd"}).error().code == errc::invalid_utf8);
    CHECK(d.streams.abort(d.now, "s", {"", "\xff"}).error().code == errc::invalid_utf8);
    CHECK(d.write("s", "a").value() == 1);
    CHECK(d.written() == strings{"start g/s"});
    d.ack("s", 1);
    CHECK(d.written() == strings{"s 1 a"});
}

TEST_CASE("defect 21: every frame of a stream is limited in size, and a call that is refused changes nothing") {
    publisher_driver d({}, 20);
    CHECK(d.open("g", named("a long name of a stream")).error() ==
          error::exceeds(errc::frame_too_large, "frames.max_sent_size", 20, 31));
    CHECK(d.streams.size() == 0);
    d.open_accepted("s");
    const std::string long_text(30, 'x');
    CHECK(d.streams.end(d.now, "s", stream_abort{long_text, ""}).error() ==
          error::exceeds(errc::frame_too_large, "frames.max_sent_size", 20, 37));
    CHECK(d.streams.abort(d.now, "s", {"", long_text}).error().code == errc::frame_too_large);
    // By its data alone, and with what is around it.
    CHECK(d.write("s", long_text).error() == error::exceeds(errc::frame_too_large, "frames.max_sent_size", 20, 30));
    CHECK(d.write("s", std::string(18, 'x')).error() ==
          error::exceeds(errc::frame_too_large, "frames.max_sent_size", 20, 22));
    CHECK(d.written().empty());
    CHECK(d.write("s", "a").value() == 1);
    REQUIRE(d.streams.end(d.now, "s", stream_abort{"m", "E"}));
    CHECK(d.written() == strings{"s 1 a"});
    d.ack("s", 2);
    CHECK(d.written() == strings{"s end m/E"});
}

TEST_CASE("a reason that would be too long for a frame is left out") {
    publisher_driver d({}, 20);
    d.open_accepted("s");
    d.ack("s", 2);
    CHECK(d.written() == strings{"s end"});
}

TEST_CASE("a fragment that no stream could ever hold is not told to wait") {
    client_publisher_options options;
    options.max_bytes = 10;
    publisher_driver d(options);
    d.open_accepted("s");
    CHECK(d.write("s", "12345678901").error() == error::exceeds(errc::frame_too_large, "publisher.max_bytes", 10, 11));
    CHECK(d.write("s", "12345678").error() == error::exceeds(errc::frame_too_large, "publisher.max_bytes", 10, 12));
    REQUIRE(d.write("s", "123456"));
    CHECK(d.write("s", "1").error() == error::exceeds(errc::queue_full, "publisher.max_bytes", 10, 11));
    d.written();
    d.ack("s", 2);
    CHECK(d.events() == strings{"writable s"});
}

TEST_CASE("a copy goes on by itself") {
    publisher_driver d;
    d.open_accepted("s");
    REQUIRE(d.write("s", "a"));
    auto copy = d;
    CHECK(copy.written() == strings{"s 1 a"});
    copy.closed("s");
    CHECK(d.written() == strings{"s 1 a"});
    CHECK(d.streams.size() == 1);
}

TEST_CASE("options that can't be are refused") {
    client_publisher_options options;
    CHECK(publisher::check(options));
    const auto about = [](const char* name) { return result<void>(error::about(errc::invalid_option, name)); };
    SECTION("room for nothing") {
        options.max_fragments = 0;
        CHECK(publisher::check(options) == about("publisher.max_fragments"));
        options = {};
        options.max_bytes = 0;
        CHECK(publisher::check(options) == about("publisher.max_bytes"));
    }
    SECTION("delays that loop or go back") {
        for (const duration wrong : {duration(0), duration(-1), duration::min()}) {
            options.rewind_delays = {wrong, 1s, 0.5};
            CHECK(publisher::check(options) == about("publisher.rewind_delays"));
            options.rewind_delays = {1s, wrong, 0.5};
            CHECK(publisher::check(options) == about("publisher.rewind_delays"));
        }
        for (const double wrong : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
            options.rewind_delays = {1s, 1s, wrong};
            CHECK(publisher::check(options) == about("publisher.rewind_delays"));
        }
    }
    SECTION("extremes") {
        options.max_streams = 0;
        options.rewind_delays = {duration::max(), duration::max(), 0};
        CHECK(publisher::check(options));
        publisher_driver d(options);
        CHECK(d.open("g").error().code == errc::too_many_streams);
        options.max_streams = 1;
        publisher_driver one(options);
        one.open_accepted("s");
        REQUIRE(one.write("s", "a"));
        one.written();
        one.nack("s", 1);
        // It waits for ever, but for keep-alives.
        CHECK(one.streams.deadline() == one.now + 100s);
    }
}

TEST_CASE("a stream whose writings break one transport after another is given up, and its neighbour goes on") {
    publisher_driver d;
    d.open_accepted("s");
    d.open_accepted("t");
    REQUIRE(d.write("s", "poison"));
    std::size_t losses = 0;
    for (; losses < 100 && d.streams.size() == 2; ++losses) {
        // Each transport is lost when the fragment comes; what is written to the other stream is answered.
        REQUIRE(d.write("t", "x"));
        CHECK_FALSE(d.written().empty());
        d.ack("t", losses + 2);
        d.link({link_change::down, link_change::recovering, link_change::recovered});
    }
    CHECK(losses == 10);
    CHECK(d.events() == strings{"closed s 0 lost"});
    CHECK(d.write("t", "y"));
}

TEST_CASE("a stream that is silent, or is answered now and then, outlives any number of transports") {
    publisher_driver d;
    d.open_accepted("silent");
    d.open_accepted("s");
    REQUIRE(d.write("s", "a"));
    for (int i = 0; i < 100; ++i) {
        d.written();
        if (i % 9 == 8) {
            d.ack("s", static_cast<std::uint64_t>(i / 9 + 2));
            REQUIRE(d.write("s", "a"));
        }
        d.link({link_change::down, link_change::recovering, link_change::recovered});
    }
    CHECK(d.streams.size() == 2);
}
