// SPDX-License-Identifier: MIT
#include <webpubsub/track/outbound_stream.hpp>

#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/messages/print.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace webpubsub;
using namespace std::chrono_literals;

namespace {

using change = outbound_stream::change;
using strings = std::vector<std::string>;

/// A stream `s` to the group `g`, and the frames that it has written.
struct driver {
    explicit driver(const outbound_stream::limits& limits = {}, std::optional<std::uint32_t> idle_timeout_ms = 30'000)
        : stream(protobuf_codec(), {"g", true, {"s", idle_timeout_ms}}, limits) {}

    outbound_stream stream;
    steady_time now{std::chrono::hours(1)};
    jitter_source chance{1};

    /// What it writes now, for people.
    strings written() {
        strings lines;
        while (stream.has_next()) {
            client_message message;
            REQUIRE(protobuf_codec().decode(*stream.take_next(), message));
            stream.written(now);
            lines.push_back(to_string(message));
        }
        return lines;
    }

    void write(const std::string& text) { REQUIRE(stream.write(text_payload(text))); }

    void open() {
        written();
        REQUIRE(stream.acknowledge(1) == change::opened);
    }

    change rewind(std::uint64_t expected) { return stream.rewind(now, expected, chance); }

    change close(std::string name = {}) {
        error = name.empty() ? std::nullopt : std::optional(service_error{std::move(name), ""});
        return stream.close(error);
    }
    std::optional<service_error> error;

    /// Lets the time pass, and collects what is written at each deadline.
    strings wait(duration time) {
        strings lines;
        const auto end = now + time;
        for (auto next = stream.deadline(); next && *next <= end; next = stream.deadline()) {
            now = std::max(now, *next);
            stream.handle_timeout(now);
            const auto more = written();
            lines.insert(lines.end(), more.begin(), more.end());
        }
        now = end;
        return lines;
    }
};

const std::string start = "sendToGroup group=\"g\" noEcho (streamId=\"s\" idleTimeoutMs=30000)";
const std::string keep_alive = "streamData streamId=\"s\"";
const std::string end = "streamEnd streamId=\"s\"";
std::string fragment(int number, const std::string& text) {
    return "streamData streamId=\"s\" streamSequenceId=" + std::to_string(number) + " text \"" + text + "\"";
}

} // namespace

TEST_CASE("a stream writes its start, and its data once the start is accepted") {
    driver d;
    d.write("a");
    CHECK(d.written() == strings{start});
    d.write("b");
    CHECK(d.written().empty());
    CHECK(d.stream.acknowledge(1) == change::opened);
    CHECK(d.written() == strings{fragment(1, "a"), fragment(2, "b")});
    CHECK(d.stream.write(text_payload("c")).value() == 3);
    CHECK(d.written() == strings{fragment(3, "c")});
}

TEST_CASE("the end is written when all data is acknowledged, and the stream is over when the service says so") {
    driver d;
    d.open();
    d.write("a");
    d.write("b");
    REQUIRE(d.stream.end());
    CHECK(d.stream.end().error().code == errc::stream_ended);
    CHECK(d.stream.write(text_payload("c")).error().code == errc::stream_ended);
    CHECK(d.written() == strings{fragment(1, "a"), fragment(2, "b")});
    CHECK(d.stream.acknowledge(2) == change::nothing);
    CHECK(d.written().empty());
    d.stream.acknowledge(3);
    CHECK(d.written() == strings{end});
    CHECK_FALSE(d.stream.is_closed());
    CHECK(d.wait(1h).empty());
    CHECK(d.close() == change::closed);
    CHECK(d.stream.is_closed());
    CHECK_FALSE(d.error);
}

TEST_CASE("a publisher may end with an error") {
    driver d;
    d.open();
    REQUIRE(d.stream.end(stream_abort{"gave up", "E1"}));
    CHECK(d.written() == strings{end + " (message=\"gave up\" userErrorCode=\"E1\")"});
}

TEST_CASE("a stream that is ended before it is open opens first") {
    driver d;
    REQUIRE(d.stream.end());
    CHECK(d.written() == strings{start});
    d.stream.acknowledge(1);
    CHECK(d.written() == strings{end});
}

TEST_CASE("refused fragments are sent again from the one that the service expects") {
    driver d;
    d.open();
    for (const auto* text : {"a", "b", "c", "d"}) d.write(text);
    d.written();
    CHECK(d.rewind(2) == change::nothing);
    // What was on its way is refused as well.
    CHECK(d.rewind(2) == change::nothing);
    CHECK(d.rewind(2) == change::nothing);
    CHECK(d.written().empty());
    CHECK(d.wait(100ms) == strings{fragment(2, "b"), fragment(3, "c"), fragment(4, "d")});
    d.stream.acknowledge(5);
    CHECK(d.wait(1s).empty());
}

TEST_CASE("the pauses grow while nothing is accepted") {
    outbound_stream::limits limits;
    limits.rewind.jitter = 0;
    driver d(limits);
    d.open();
    d.write("a");
    d.written();
    std::vector<duration> pauses;
    for (int i = 0; i < 8; ++i) {
        d.rewind(1);
        const auto before = d.now;
        pauses.push_back(*d.stream.deadline() - before);
        CHECK(d.wait(pauses.back()) == strings{fragment(1, "a")});
    }
    CHECK(pauses == std::vector<duration>{100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5s, 5s});
    d.stream.acknowledge(2);
    d.write("b");
    d.written();
    d.rewind(2);
    CHECK(*d.stream.deadline() - d.now == 100ms);
}

TEST_CASE("fragments that are not acknowledged are limited") {
    outbound_stream::limits limits;
    SECTION("their number") { limits.fragments = 4; }
    SECTION("their bytes") { limits.bytes = 64; }
    driver d(limits);
    d.open();
    for (int i = 0; i < 4; ++i) d.write("12345");
    CHECK(d.stream.write(text_payload("12345")).error().code == errc::queue_full);
    d.written();
    CHECK(d.stream.acknowledge(2) == change::nothing);
    CHECK(d.stream.acknowledge(3) == change::writable);
    CHECK(d.stream.acknowledge(4) == change::nothing);
    CHECK(d.stream.write(text_payload("12345")).value() == 5);
}

TEST_CASE("a fragment that is too long for a frame is refused") {
    outbound_stream::limits limits;
    limits.frame = 100;
    driver d(limits);
    CHECK(d.stream.write(text_payload(std::string(100, 'x'))).error().code == errc::frame_too_large);
    CHECK(d.stream.write(text_payload("x")).value() == 1);
}

TEST_CASE("an idle stream is kept open") {
    driver d;
    CHECK(d.written() == strings{start});
    CHECK_FALSE(d.stream.deadline());
    d.stream.acknowledge(1);
    CHECK(d.wait(25s) == strings{keep_alive, keep_alive});
    d.write("a");
    d.written();
    CHECK(d.wait(9s).empty());
    CHECK(d.wait(1s) == strings{keep_alive});
}

TEST_CASE("without an idle timeout of its own a stream has that of the protocol") {
    driver d({}, {});
    d.open();
    CHECK(d.wait(99s).empty());
    CHECK(d.wait(1s) == strings{keep_alive});
}

TEST_CASE("after a recovery what is not acknowledged is sent again, in order") {
    driver d;
    d.open();
    for (const auto* text : {"a", "b", "c"}) d.write(text);
    d.written();
    d.stream.acknowledge(2);
    d.stream.pause();
    d.write("d");
    CHECK(d.written().empty());
    CHECK_FALSE(d.stream.deadline());
    d.stream.resume();
    CHECK(d.written() == strings{fragment(2, "b"), fragment(3, "c"), fragment(4, "d")});
    d.stream.acknowledge(5);
}

TEST_CASE("after a recovery a stream with nothing to send asks whether it is still there") {
    driver d;
    d.open();
    d.stream.pause();
    d.stream.resume();
    CHECK(d.written() == strings{keep_alive});
    CHECK(d.close("StreamNotFound") == change::closed);
    CHECK(d.error);
}

TEST_CASE("a start that was not written before its transport was lost is no different from a new one") {
    driver d;
    d.write("a");
    d.stream.pause();
    d.stream.resume();
    CHECK(d.written() == strings{start});
    CHECK(d.stream.acknowledge(1) == change::opened);
    CHECK(d.written() == strings{fragment(1, "a")});
}

TEST_CASE("whether a start was lost with its transport, what follows it asks") {
    driver d;
    std::string question = keep_alive;
    SECTION("nothing") {}
    SECTION("data") {
        d.write("a");
        question = fragment(1, "a");
    }
    SECTION("the end") {
        REQUIRE(d.stream.end());
        question = end;
    }
    d.written();
    d.stream.pause();
    d.stream.resume();
    CHECK(d.written() == strings{question});
    SECTION("it was") {
        CHECK(d.close("StreamNotFound") == change::nothing);
        CHECK(d.written() == strings{start});
        CHECK(d.stream.acknowledge(1) == change::opened);
        CHECK(d.written() == (question == keep_alive ? strings{} : strings{question}));
    }
    SECTION("it was, and is refused now") {
        CHECK(d.close("StreamNotFound") == change::nothing);
        d.written();
        CHECK(d.close("StreamNotFound") == change::closed);
        CHECK(d.error);
    }
    SECTION("it was not") {
        if (question == end) {
            CHECK(d.close() == change::closed);
            CHECK_FALSE(d.error);
        } else if (question != keep_alive) {
            CHECK(d.stream.acknowledge(2) == change::opened);
            CHECK(d.written().empty());
        } else {
            d.write("b");
            CHECK(d.written() == strings{fragment(1, "b")});
            CHECK(d.stream.acknowledge(2) == change::opened);
        }
    }
    SECTION("it was not, and the data is refused for now") {
        if (question != fragment(1, "a")) return;
        CHECK(d.rewind(1) == change::opened);
        CHECK(d.wait(100ms) == strings{fragment(1, "a")});
    }
}

TEST_CASE("an end whose answer was lost with the transport is sent again") {
    driver d;
    d.open();
    REQUIRE(d.stream.end());
    CHECK(d.written() == strings{end});
    d.stream.pause();
    d.stream.resume();
    CHECK(d.written() == strings{end});
    SECTION("it was not seen") {
        CHECK(d.close() == change::closed);
        CHECK_FALSE(d.error);
    }
    SECTION("it had been executed") {
        CHECK(d.close("StreamNotFound") == change::closed);
        CHECK_FALSE(d.error);
    }
    SECTION("it failed") {
        CHECK(d.close("InternalServerError") == change::closed);
        CHECK(d.error);
    }
}

TEST_CASE("an abort drops what is not acknowledged") {
    driver d;
    SECTION("of a stream that the service has never heard of") {
        d.write("a");
        d.stream.abort({});
        CHECK(d.stream.is_closed());
        CHECK(d.written().empty());
        return;
    }
    SECTION("before the start is accepted") {
        d.write("a");
        d.written();
        d.stream.abort({"never mind", ""});
        CHECK(d.written().empty());
        d.stream.acknowledge(1);
    }
    SECTION("of an open stream") {
        d.open();
        for (const auto* text : {"a", "b"}) d.write(text);
        d.written();
        d.write("c");
        d.stream.abort({"never mind", ""});
    }
    CHECK(d.written() == strings{end + " (message=\"never mind\")"});
    // Answers to what was on its way.
    CHECK(d.stream.acknowledge(1) == change::nothing);
    CHECK(d.rewind(1) == change::nothing);
    CHECK(d.written().empty());
    CHECK(d.stream.write(text_payload("d")).error().code == errc::stream_ended);
    CHECK(d.close() == change::closed);
}

TEST_CASE("what the service can't mean is a violation") {
    driver d;
    CHECK(d.stream.acknowledge(2) == change::violation);
    d.open();
    d.write("a");
    d.write("b");
    CHECK(d.stream.acknowledge(2) == change::violation);
    d.written();
    CHECK(d.rewind(4) == change::violation);
    CHECK(d.stream.acknowledge(4) == change::violation);
    CHECK(d.stream.acknowledge(3) == change::nothing);
    CHECK(d.rewind(2) == change::violation);
    // Acknowledgements may come late.
    CHECK(d.stream.acknowledge(1) == change::nothing);
    d.close("IdleTimeout");
    CHECK(d.stream.acknowledge(99) == change::nothing);
}
