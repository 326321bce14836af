// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/publisher.hpp>

#include "client/parts/line_codec.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

stream_options named(std::string id, std::uint64_t tag = 0) {
    stream_options options;
    options.stream_id = std::move(id);
    options.tag = tag;
    return options;
}

struct driver {
    explicit driver(const client_publisher_options& options = {}, std::size_t max_sent_size = 1 << 20)
        : streams(options, line_codec(), max_sent_size, 1) {
        streams.handle_link(now, link_change::up);
    }

    publisher streams;
    steady_time now{std::chrono::hours(1)};
    std::uint64_t last_ticket = 0;

    result<std::string> open(std::string_view group, const stream_options& options = {}) {
        return streams.open(now, at(++last_ticket), "c1", group, options);
    }
    /// A stream `id` to the group `g`, which is accepted.
    void open_accepted(const std::string& id) {
        REQUIRE(open("g", named(id)));
        CHECK(written() == strings{"start g/" + id});
        ack(id, 1);
        CHECK(events() == strings{"opened " + id + " 0"});
    }
    result<std::uint64_t> write(std::string_view id, std::string_view text) {
        return streams.write(now, id, payload_view::text(text));
    }

    strings written() {
        strings lines;
        while (streams.next_write()) lines.emplace_back(streams.begin_write(now).view());
        return lines;
    }

    bool ack(std::string id, std::uint64_t expected) { return streams.handle_ack(now, {std::move(id), expected}); }
    bool nack(std::string id, std::uint64_t expected) {
        return streams.handle_nack(now, {std::move(id), expected, "InvalidSequenceId", ""});
    }
    bool closed(std::string id, std::string error = {}) {
        stream_closed_message message{std::move(id), {}};
        if (!error.empty()) message.error = service_error{std::move(error), ""};
        return streams.handle_closed(now, message);
    }
    void link(std::initializer_list<link_change> changes) {
        for (const auto change : changes) streams.handle_link(now, change);
    }
    void recover() { link({link_change::down, link_change::recovering, link_change::recovered}); }

    strings events() {
        strings lines;
        while (const auto event = streams.poll_event()) {
            if (const auto* opened = std::get_if<stream_opened>(&*event)) {
                lines.push_back("opened " + opened->stream_id + " " + std::to_string(opened->tag));
            } else if (const auto* writable = std::get_if<stream_writable>(&*event)) {
                lines.push_back("writable " + writable->stream_id);
            } else if (const auto* closed = std::get_if<stream_closed>(&*event)) {
                lines.push_back("closed " + closed->stream_id + " " + std::to_string(closed->tag) + " " +
                                std::string(name_of(closed->status)) +
                                (closed->error.name.empty() ? "" : " " + closed->error.name));
            } else if (const auto* wrong = std::get_if<protocol_error>(&*event)) {
                lines.push_back(wrong->error.message());
            } else {
                lines.emplace_back("?");
            }
        }
        return lines;
    }

    /// Lets the time pass, and collects what is written at each deadline.
    strings wait(duration time) {
        strings lines;
        const auto end = now + time;
        for (auto next = streams.deadline(); next && *next <= end; next = streams.deadline()) {
            now = std::max(now, *next);
            streams.handle_timeout(now);
            const auto more = written();
            lines.insert(lines.end(), more.begin(), more.end());
        }
        now = end;
        return lines;
    }
};

} // namespace

TEST_CASE("a stream is opened, written and ended, and is over when the service says so") {
    driver d;
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
    driver d;
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
    driver d;
    d.open_accepted("s");
    for (const auto* text : {"a", "b", "c"}) REQUIRE(d.write("s", text));
    d.written();
    CHECK(d.nack("s", 2));
    CHECK(d.wait(100ms) == strings{"s 2 b", "s 3 c"});
    CHECK(d.events().empty());
}

TEST_CASE("a full stream pushes back, and says when there is room") {
    client_publisher_options options;
    options.max_fragments = 2;
    driver d(options);
    d.open_accepted("s");
    REQUIRE(d.write("s", "a"));
    REQUIRE(d.write("s", "b"));
    CHECK(d.write("s", "c").error() == error::exceeds(errc::queue_full, "max_fragments", 2, 3));
    d.written();
    d.ack("s", 2);
    CHECK(d.events() == strings{"writable s"});
    CHECK(d.write("s", "c").value() == 3);
}

TEST_CASE("an idle stream is kept open, by a keep-alive each third of its time") {
    driver d;
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

TEST_CASE("defect 18: an idle timeout below a second is refused") {
    driver d;
    auto options = named("s");
    for (const std::chrono::milliseconds wrong : {-1ms, 0ms, 1ms, 2ms, 999ms, std::chrono::milliseconds::max()}) {
        options.idle_timeout = wrong;
        CHECK(d.open("g", options).error() == error::about(errc::invalid_field, "idle_timeout"));
    }
    options.idle_timeout = std::chrono::milliseconds(std::numeric_limits<std::uint32_t>::max());
    CHECK(d.open("g", options));
}

TEST_CASE("nothing of a stream is written from the loss of the transport until the connection goes on") {
    driver d;
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
    driver d;
    d.open_accepted("z");
    REQUIRE(d.open("g", named("a", 5)));
    d.link({link_change::down});
    REQUIRE(d.open("g", named("m")));
    const auto end = GENERATE(link_change::replaced, link_change::replaced_by_verdict, link_change::stopped);
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
    driver d;
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
    driver d;
    d.open_accepted("s");
    REQUIRE(d.streams.end(d.now, "s"));
    d.written();
    d.recover();
    CHECK(d.written() == strings{"s end"});
    d.closed("s", "StreamNotFound");
    CHECK(d.events() == strings{"closed s 0 ended"});
}

TEST_CASE("an abort that needs no answer any more ends with the recovery") {
    driver d;
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
    driver d;
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

TEST_CASE("streams that the service spoils are limited like others") {
    client_publisher_options options;
    options.max_streams = 2;
    driver d(options);
    for (const auto* id : {"s", "t"}) d.open_accepted(id);
    for (const auto* id : {"s", "t"}) d.ack(id, 2);
    CHECK(d.streams.size() == 0);
    CHECK(d.open("g").error() == error::exceeds(errc::too_many_streams, "max_streams", 2, 3));
    d.written();
    d.closed("s");
    CHECK(d.open("g"));
}

TEST_CASE("starts go by their tickets, and open streams take turns") {
    driver d;
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

TEST_CASE("the ids of streams are made of the connection's unless they are given") {
    driver d;
    CHECK(d.open("g").value() == "c1-1");
    CHECK(d.open("g", named("c1-2")).value() == "c1-2");
    CHECK(d.open("g").value() == "c1-3");
    CHECK(d.open("g", named("c1-1")).error() == errc::id_in_use);
}

TEST_CASE("wrong use of streams is an error value and changes nothing") {
    client_publisher_options options;
    options.max_streams = 1;
    driver d(options);
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
    driver d({}, 20);
    CHECK(d.open("g", named("a long name of a stream")).error() ==
          error::exceeds(errc::frame_too_large, "max_sent_size", 20, 31));
    CHECK(d.streams.size() == 0);
    d.open_accepted("s");
    const std::string long_text(30, 'x');
    CHECK(d.streams.end(d.now, "s", stream_abort{long_text, ""}).error() ==
          error::exceeds(errc::frame_too_large, "max_sent_size", 20, 37));
    CHECK(d.streams.abort(d.now, "s", {"", long_text}).error().code == errc::frame_too_large);
    // By its data alone, and with what is around it.
    CHECK(d.write("s", long_text).error() == error::exceeds(errc::frame_too_large, "max_sent_size", 20, 30));
    CHECK(d.write("s", std::string(18, 'x')).error() == error::exceeds(errc::frame_too_large, "max_sent_size", 20, 22));
    CHECK(d.written().empty());
    CHECK(d.write("s", "a").value() == 1);
    REQUIRE(d.streams.end(d.now, "s", stream_abort{"m", "E"}));
    CHECK(d.written() == strings{"s 1 a"});
    d.ack("s", 2);
    CHECK(d.written() == strings{"s end m/E"});
}

TEST_CASE("a reason that would be too long for a frame is left out") {
    driver d({}, 20);
    d.open_accepted("s");
    d.ack("s", 2);
    CHECK(d.written() == strings{"s end"});
}

TEST_CASE("a fragment that no stream could ever hold is not told to wait") {
    client_publisher_options options;
    options.max_bytes = 10;
    driver d(options);
    d.open_accepted("s");
    CHECK(d.write("s", "12345678901").error() == error::exceeds(errc::frame_too_large, "max_bytes", 10, 11));
    CHECK(d.write("s", "12345678").error() == error::exceeds(errc::frame_too_large, "max_bytes", 10, 12));
    REQUIRE(d.write("s", "123456"));
    CHECK(d.write("s", "1").error() == error::exceeds(errc::queue_full, "max_bytes", 10, 11));
    d.written();
    d.ack("s", 2);
    CHECK(d.events() == strings{"writable s"});
}

TEST_CASE("a copy goes on by itself") {
    driver d;
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
        CHECK(publisher::check(options) == about("max_fragments"));
        options = {};
        options.max_bytes = 0;
        CHECK(publisher::check(options) == about("max_bytes"));
    }
    SECTION("delays that loop or go back") {
        for (const duration wrong : {duration(0), duration(-1), duration::min()}) {
            options.rewind_delays = {wrong, 1s, 0.5};
            CHECK(publisher::check(options) == about("rewind_delays"));
            options.rewind_delays = {1s, wrong, 0.5};
            CHECK(publisher::check(options) == about("rewind_delays"));
        }
        for (const double wrong : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
            options.rewind_delays = {1s, 1s, wrong};
            CHECK(publisher::check(options) == about("rewind_delays"));
        }
    }
    SECTION("extremes") {
        options.max_streams = 0;
        options.rewind_delays = {duration::max(), duration::max(), 0};
        CHECK(publisher::check(options));
        driver d(options);
        CHECK(d.open("g").error().code == errc::too_many_streams);
        options.max_streams = 1;
        driver one(options);
        one.open_accepted("s");
        REQUIRE(one.write("s", "a"));
        one.written();
        one.nack("s", 1);
        // It waits for ever, but for keep-alives.
        CHECK(one.streams.deadline() == one.now + 100s);
    }
}
