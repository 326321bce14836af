// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/publisher.hpp>

#include "client/parts/publisher_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("publisher: a stream is opened, written and ended, and is over when the service says so") {
    publisher_driver d;
    auto options = named("s", 7);
    options.no_echo = true;
    options.idle_timeout = 60s;
    options.ttl_seconds = 30;
    options.metadata = {{"k", "1"}, {"k", "2"}};
    CHECK(d.open("g", options).value() == "s");
    CHECK(d.written() == strings{"start g/s noEcho idle=60000 ttl=30 k=2"});
    CHECK(d.write("s", "a").value() == 1);
    CHECK(d.written().empty());
    CHECK(d.ack("s", 1));
    CHECK(d.events() == strings{"opened s 7"});
    CHECK(d.written() == strings{"s 1 a"});
    CHECK(d.write("s", "b").value() == 2);
    REQUIRE(d.streams.end(d.now, "s"));
    CHECK(d.written() == strings{"s 2 b"});
    d.ack("s", 3);
    CHECK(d.written() == strings{"s end"});
    CHECK(d.events().empty());
    CHECK(d.streams.size() == 1);
    CHECK(d.closed("s"));
    CHECK(d.events() == strings{"closed s 7 ended"});
    CHECK(d.streams.size() == 0);
    CHECK_FALSE(d.streams.deadline());
    // Nothing waits for these.
    CHECK_FALSE(d.ack("s", 3));
    CHECK_FALSE(d.nack("s", 3));
    CHECK_FALSE(d.closed("s"));
}

TEST_CASE("a stream may end with an error, fail, or be aborted") {
    publisher_driver d;
    d.open_accepted("s");
    SECTION("with an error for its subscribers") {
        REQUIRE(d.streams.end(d.now, "s", stream_abort{"gave up", "E1"}));
        CHECK(d.written() == strings{"s end gave up/E1"});
        d.closed("s");
        CHECK(d.events() == strings{"closed s 0 ended"});
    }
    SECTION("by the service") {
        d.closed("s", "IdleTimeout");
        CHECK(d.events() == strings{"closed s 0 failed IdleTimeout"});
        CHECK(d.write("s", "x").error() == errc::unknown_target);
    }
    SECTION("aborted") {
        REQUIRE(d.write("s", "a"));
        REQUIRE(d.streams.abort(d.now, "s", {"never mind", ""}));
        CHECK(d.written() == strings{"s end never mind/"});
        CHECK(d.write("s", "b").error() == errc::stream_ended);
        CHECK(d.streams.end(d.now, "s").error() == errc::stream_ended);
        d.closed("s");
        CHECK(d.events() == strings{"closed s 0 aborted"});
    }
    SECTION("aborted before it was written") {
        REQUIRE(d.open("g", named("t")));
        REQUIRE(d.streams.abort(d.now, "t"));
        CHECK(d.written().empty());
        CHECK(d.events() == strings{"closed t 0 aborted"});
    }
}

TEST_CASE("a refusal goes back, and nothing is lost") {
    publisher_driver d;
    d.open_accepted("s");
    for (const auto* text : {"a", "b", "c"}) REQUIRE(d.write("s", text));
    d.written();
    CHECK(d.nack("s", 2));
    CHECK(d.wait(100ms) == strings{"s 2 b", "s 3 c"});
    CHECK(d.events().empty());
}

TEST_CASE("publisher: a full stream pushes back, and says when there is room") {
    client_publisher_options options;
    options.max_fragments = 2;
    publisher_driver d(options);
    d.open_accepted("s");
    REQUIRE(d.write("s", "a"));
    REQUIRE(d.write("s", "b"));
    CHECK(d.write("s", "c").error() == error::exceeds(errc::queue_full, "publisher.max_fragments", 2, 3));
    d.written();
    d.ack("s", 2);
    CHECK(d.events() == strings{"writable s"});
    CHECK(d.write("s", "c").value() == 3);
}

TEST_CASE("an idle stream is kept open, by a keep-alive each third of its time") {
    publisher_driver d;
    auto options = named("s");
    SECTION("that of the protocol") {
        REQUIRE(d.open("g", options));
        d.written();
        d.ack("s", 1);
        CHECK(d.wait(99s).empty());
        CHECK(d.wait(1s) == strings{"s alive"});
    }
    SECTION("the shortest") {
        options.idle_timeout = 1s;
        REQUIRE(d.open("g", options));
        d.written();
        d.ack("s", 1);
        CHECK(d.wait(1s) == strings{"s alive", "s alive", "s alive"});
    }
}

TEST_CASE("nothing of a stream is written from the loss of the transport until the connection goes on") {
    publisher_driver d;
    d.open_accepted("s");
    for (const auto* text : {"a", "b"}) REQUIRE(d.write("s", text));
    d.written();
    d.ack("s", 2);
    d.link({link_change::down});
    // Calls are taken meanwhile.
    REQUIRE(d.write("s", "c"));
    REQUIRE(d.open("g", named("t")));
    CHECK(d.written().empty());
    CHECK_FALSE(d.streams.deadline());
    d.link({link_change::recovering});
    REQUIRE(d.write("s", "d"));
    CHECK(d.written().empty());
    // An attempt that fails.
    d.link({link_change::down, link_change::recovering});
    CHECK(d.written().empty());
    d.link({link_change::recovered});
    CHECK(d.written() == strings{"start g/t", "s 2 b", "s 3 c", "s 4 d"});
    CHECK(d.events().empty());
}

TEST_CASE("streams end with their connection, in the order in which they were opened") {
    publisher_driver d;
    d.open_accepted("z");
    REQUIRE(d.open("g", named("a", 5)));
    d.link({link_change::down});
    REQUIRE(d.open("g", named("m")));
    const auto end = GENERATE(link_change::replaced, link_change::replaced_after_rejected_frame, link_change::stopped);
    d.link({end});
    CHECK(d.events() == strings{"closed z 0 lost", "closed a 5 lost", "closed m 0 lost"});
    CHECK(d.streams.size() == 0);
    CHECK(d.open("g").error() == errc::not_connected);
    CHECK(d.write("z", "x").error() == errc::unknown_target);
    if (end == link_change::stopped) return;
    d.link({link_change::up});
    CHECK(d.written().empty());
    CHECK(d.open("g", named("z")));
    CHECK(d.written() == strings{"start g/z"});
}

TEST_CASE("defect 3: a start that was lost is written again once, with everything behind it") {
    publisher_driver d;
    REQUIRE(d.open("g", named("s", 3)));
    for (const auto* text : {"a", "b", "c"}) REQUIRE(d.write("s", text));
    CHECK(d.written() == strings{"start g/s"});
    d.recover();
    CHECK(d.written() == strings{"s 1 a"});
    d.closed("s", "StreamNotFound");
    // By its own ticket, before younger calls.
    CHECK(d.streams.next_write() == offer{write_order::by_ticket, at(1)});
    CHECK(d.written() == strings{"start g/s"});
    d.ack("s", 1);
    CHECK(d.written() == strings{"s 1 a", "s 2 b", "s 3 c"});
    REQUIRE(d.streams.end(d.now, "s"));
    d.ack("s", 4);
    CHECK(d.written() == strings{"s end"});
    d.closed("s");
    CHECK(d.events() == strings{"opened s 3", "closed s 3 ended"});
}

TEST_CASE("an end that was executed before its answer was lost has ended the stream") {
    publisher_driver d;
    d.open_accepted("s");
    REQUIRE(d.streams.end(d.now, "s"));
    d.written();
    d.recover();
    CHECK(d.written() == strings{"s end"});
    d.closed("s", "StreamNotFound");
    CHECK(d.events() == strings{"closed s 0 ended"});
}

TEST_CASE("an abort that needs no answer any more ends with the recovery") {
    publisher_driver d;
    REQUIRE(d.open("g", named("s")));
    d.written();
    d.recover();
    CHECK(d.written() == strings{"s alive"});
    CHECK(d.wait(100s) == strings{"s alive"});
    d.closed("s", "StreamNotFound");
    REQUIRE(d.streams.abort(d.now, "s"));
    // The second answer is on its way, and would be taken for one to a new stream.
    CHECK(d.open("g", named("s")).error() == errc::id_in_use);
    CHECK(d.events().empty());
    SECTION("it comes") { d.closed("s", "StreamNotFound"); }
    SECTION("its transport is lost") { d.recover(); }
    CHECK(d.events() == strings{"closed s 0 aborted"});
    CHECK(d.written().empty());
    CHECK(d.open("g", named("s")));
}

TEST_CASE("an acknowledgement of what was not sent ends the stream, and the service is told") {
    publisher_driver d;
    d.open_accepted("s");
    d.ack("s", 2);
    CHECK(d.events() == strings{message_of(errc::unexpected_message), "closed s 0 failed ProtocolViolation"});
    CHECK(d.streams.size() == 0);
    CHECK(d.write("s", "x").error() == errc::unknown_target);
    const std::string end = "s end The service acknowledged or asked for what was not sent./ProtocolViolation";
    SECTION("its id is in use until the service has answered") {
        CHECK(d.open("g", named("s")).error() == errc::id_in_use);
        CHECK(d.written() == strings{end});
        CHECK(d.open("g", named("s")).error() == errc::id_in_use);
        CHECK(d.ack("s", 9));
        CHECK(d.nack("s", 9));
        CHECK(d.closed("s"));
        CHECK(d.events().empty());
        CHECK(d.open("g", named("s")));
    }
    SECTION("or its transport is lost") {
        d.written();
        d.recover();
        CHECK(d.written().empty());
        CHECK(d.open("g", named("s")));
    }
    SECTION("an end that was not written goes out after the recovery") {
        d.recover();
        CHECK(d.written() == strings{end});
    }
    SECTION("nothing is left of it on a new connection") {
        d.link({link_change::down, link_change::replaced, link_change::up});
        CHECK(d.written().empty());
        CHECK(d.open("g", named("s")));
    }
}

TEST_CASE("starts go by their tickets, and open streams take turns") {
    publisher_driver d;
    for (const auto* id : {"s", "t", "u"}) d.open_accepted(id);
    for (int i = 0; i < 2; ++i) {
        for (const auto* id : {"u", "s", "t"}) REQUIRE(d.write(id, std::to_string(i)));
    }
    CHECK(d.streams.next_write() == offer{write_order::streaming, at(0)});
    SECTION("in turns") { CHECK(d.written() == strings{"s 1 0", "t 1 0", "u 1 0", "s 2 1", "t 2 1", "u 2 1"}); }
    SECTION("one that has more does not write more") {
        for (int i = 0; i < 3; ++i) REQUIRE(d.write("t", "more"));
        CHECK(std::string(d.streams.begin_write(d.now).view()) == "s 1 0");
        CHECK(std::string(d.streams.begin_write(d.now).view()) == "t 1 0");
        CHECK(std::string(d.streams.begin_write(d.now).view()) == "u 1 0");
        CHECK(std::string(d.streams.begin_write(d.now).view()) == "s 2 1");
    }
    SECTION("starts are offered beside them") {
        REQUIRE(d.open("g", named("v")));
        REQUIRE(d.open("g", named("w")));
        CHECK(d.streams.next_write() == offer{write_order::by_ticket, at(4)});
        CHECK(d.streams.next_write(write_order::streaming) == offer{write_order::streaming, at(0)});
        CHECK_FALSE(d.streams.next_write(write_order::restoring));
        CHECK(d.streams.begin_write(d.now, write_order::streaming).view() == "s 1 0");
        CHECK(d.streams.begin_write(d.now).view() == "start g/v");
        CHECK(d.streams.next_write() == offer{write_order::by_ticket, at(5)});
    }
}
