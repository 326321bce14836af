// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/published_stream.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

/// A stream with an idle timeout of 30 s, and the frames that it writes.
struct driver {
    explicit driver(const client_publisher_options& the_options = {}) : options(the_options) {}

    client_publisher_options options;
    published_stream stream{webpubsub::detail::shared_bytes("start"), 10s};
    steady_time now{std::chrono::hours(1)};
    webpubsub::detail::jitter_source jitter{1};
    /// The outcome of the last answer: `opened writable closed`, with a `!` for what the service can't mean.
    std::string last;

    strings written() {
        strings lines;
        while (stream.next() != published_stream::writing::nothing) lines.push_back(write_one());
        return lines;
    }
    std::string write_one() {
        const auto frame = stream.begin_write(now);
        return frame ? std::string(frame.view()) : "alive";
    }

    result<void> room(const std::string& text) { return stream.check_room(text.size(), options); }
    void write(const std::string& text) {
        REQUIRE(room(text));
        stream.write(webpubsub::detail::shared_bytes(text));
    }
    void end() { stream.end(webpubsub::detail::shared_bytes("end")); }
    void abort() { stream.abort(webpubsub::detail::shared_bytes("abort")); }

    void open() {
        CHECK(written() == strings{"start"});
        CHECK(ack(1) == "opened");
    }

    std::string text(const published_stream::change& change) {
        std::string out;
        const auto add = [&](bool is_set, const char* word) {
            if (is_set) out += out.empty() ? word : std::string(" ") + word;
        };
        add(change.opened, "opened");
        add(change.writable, "writable");
        add(change.closed, "closed");
        add(change.unknown_as_expected, "as expected");
        add(change.violation, "violation");
        return out;
    }
    std::string ack(std::uint64_t expected) { return text(stream.handle_ack(expected, options)); }
    std::string nack(std::uint64_t expected) { return text(stream.handle_nack(now, expected, options, jitter)); }
    std::string closed() { return text(stream.handle_closed(false)); }
    std::string not_found() { return text(stream.handle_closed(true)); }

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

} // namespace

TEST_CASE("a stream writes its start, and its data once the start is accepted") {
    driver d;
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
    driver d;
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
    driver d;
    d.end();
    CHECK(d.written() == strings{"start"});
    d.ack(1);
    CHECK(d.written() == strings{"end"});
}

TEST_CASE("refused fragments are sent again from the one that the service expects") {
    driver d;
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
    driver d(options);
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
    driver d(options);
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
    driver d(options);
    d.write("a");
    d.write("b");
    CHECK(d.room("c").error() == error::exceeds(errc::queue_full, "max_fragments", 2, 3));
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
    driver d(options);
    d.open();
    d.write("a");
    CHECK_FALSE(d.room("b"));
    d.end();
    d.written();
    CHECK(d.ack(2).empty());
}

TEST_CASE("an idle stream is kept open") {
    driver d;
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
    driver d;
    d.open();
    d.now += 1h;
    d.stream.handle_timeout(d.now);
    CHECK_FALSE(d.stream.deadline());
    CHECK(d.written() == strings{"alive"});
    CHECK(d.stream.deadline() == d.now + 10s);
}

TEST_CASE("after a recovery what is not acknowledged is sent again, in order") {
    driver d;
    d.open();
    for (const auto* text : {"a", "b", "c"}) d.write(text);
    d.written();
    d.ack(2);
    d.write("d");
    CHECK_FALSE(d.stream.resume());
    CHECK(d.written() == strings{"b", "c", "d"});
    CHECK(d.ack(5).empty());
}

TEST_CASE("after a recovery a stream with nothing to send asks whether it is still there") {
    driver d;
    d.open();
    d.stream.resume();
    CHECK(d.written() == strings{"alive"});
    CHECK(d.not_found() == "closed");
}

TEST_CASE("a start that was not written before its transport was lost is no different from a new one") {
    driver d;
    d.write("a");
    d.stream.resume();
    CHECK(d.written() == strings{"start"});
    CHECK(d.ack(1) == "opened");
    CHECK(d.written() == strings{"a"});
}

TEST_CASE("whether a start was lost with its transport, what follows it asks") {
    driver d;
    const std::string question = GENERATE("alive", "a", "end");
    if (question == "a") d.write("a");
    if (question == "end") d.end();
    d.written();
    d.stream.resume();
    CHECK(d.written() == strings{question});
    SECTION("it was") {
        CHECK(d.not_found().empty());
        CHECK(d.written() == strings{"start"});
        CHECK(d.ack(1) == "opened");
        CHECK(d.written() == (question == "alive" ? strings{} : strings{question}));
    }
    SECTION("it was, and is refused now") {
        CHECK(d.not_found().empty());
        d.written();
        CHECK(d.not_found() == "closed");
    }
    SECTION("it was not") {
        if (question == "end") {
            CHECK(d.closed() == "closed");
        } else if (question != "alive") {
            CHECK(d.ack(2) == "opened");
            CHECK(d.written().empty());
        } else {
            d.write("b");
            CHECK(d.written() == strings{"b"});
            CHECK(d.ack(2) == "opened");
        }
    }
    SECTION("it was not, and the data is refused for now") {
        if (question != "a") return;
        CHECK(d.nack(1) == "opened");
        CHECK(d.wait(100ms) == strings{"a"});
    }
}

TEST_CASE("defect 3: one fragment asks for a start that may be lost, and the rest waits for the answer") {
    driver d;
    for (const auto* text : {"a", "b", "c"}) d.write(text);
    d.written();
    d.stream.resume();
    CHECK(d.written() == strings{"a"});
    d.write("d");
    CHECK(d.written().empty());
    SECTION("lost: everything comes once more, behind the start") {
        CHECK(d.not_found().empty());
        CHECK(d.written() == strings{"start"});
        CHECK(d.ack(1) == "opened");
        CHECK(d.written() == strings{"a", "b", "c", "d"});
        CHECK(d.ack(5).empty());
        d.end();
        CHECK(d.written() == strings{"end"});
        CHECK(d.closed() == "closed");
    }
    SECTION("not lost") {
        CHECK(d.ack(2) == "opened");
        CHECK(d.written() == strings{"b", "c", "d"});
    }
    SECTION("the question is lost as well") {
        d.stream.resume();
        CHECK(d.written() == strings{"a"});
        CHECK(d.not_found().empty());
        CHECK(d.written() == strings{"start"});
        // And so is the second start.
        d.stream.resume();
        CHECK(d.written() == strings{"a"});
        CHECK(d.not_found().empty());
        CHECK(d.written() == strings{"start"});
        CHECK(d.ack(1) == "opened");
        CHECK(d.written() == strings{"a", "b", "c", "d"});
    }
    SECTION("what a restarted stream has not sent yet can't be acknowledged") {
        CHECK(d.not_found().empty());
        d.written();
        CHECK(d.ack(2) == "violation");
    }
}

TEST_CASE("defect 3: each question gets its answer, and only the first restarts the stream") {
    driver d;
    d.written();
    d.stream.resume();
    CHECK(d.written() == strings{"alive"});
    // A keep-alive has no answer if the stream is there, so the data does not wait for it.
    d.write("a");
    d.write("b");
    CHECK(d.written() == strings{"a"});
    CHECK(d.wait(10s) == strings{"alive"});
    CHECK(d.not_found().empty());
    CHECK(d.written() == strings{"start"});
    CHECK(d.not_found().empty());
    CHECK(d.not_found().empty());
    CHECK_FALSE(d.stream.is_closed());
    SECTION("the start is accepted") {
        CHECK(d.ack(1) == "opened");
        CHECK(d.written() == strings{"a", "b"});
        // Nothing more is expected: this one is about the stream itself.
        CHECK(d.not_found() == "closed");
    }
    SECTION("the start is refused") { CHECK(d.not_found() == "closed"); }
    SECTION("the answers are lost with their transport") {
        d.stream.resume();
        CHECK(d.written() == strings{"a"});
        CHECK(d.not_found().empty());
        CHECK(d.written() == strings{"start"});
        CHECK(d.not_found() == "closed");
    }
}

TEST_CASE("an end whose answer was lost with the transport is sent again") {
    driver d;
    d.open();
    d.end();
    CHECK(d.written() == strings{"end"});
    d.stream.resume();
    CHECK(d.written() == strings{"end"});
    SECTION("it was not seen") { CHECK(d.closed() == "closed"); }
    SECTION("it had been executed") { CHECK(d.not_found() == "closed as expected"); }
}

TEST_CASE("an end that was lost twice with a start in doubt may have been executed or not") {
    driver d;
    d.end();
    d.written();
    d.stream.resume();
    CHECK(d.written() == strings{"end"});
    d.stream.resume();
    CHECK(d.written() == strings{"end"});
    CHECK(d.not_found() == "closed");
}

TEST_CASE("an abort drops what is not acknowledged") {
    driver d;
    SECTION("of a stream that the service has never heard of") {
        d.write("a");
        d.abort();
        CHECK(d.stream.is_closed());
        CHECK(d.written().empty());
        return;
    }
    SECTION("before the start is accepted") {
        d.write("a");
        d.written();
        d.abort();
        CHECK(d.written().empty());
        d.ack(1);
    }
    SECTION("of an open stream") {
        d.open();
        for (const auto* text : {"a", "b"}) d.write(text);
        d.written();
        d.write("c");
        d.abort();
    }
    SECTION("after its end was asked for") {
        d.open();
        d.write("a");
        d.end();
        d.written();
        d.abort();
    }
    CHECK(d.written() == strings{"abort"});
    CHECK(d.stream.is_ended());
    CHECK(d.stream.is_aborted());
    // Answers to what was on its way.
    CHECK(d.ack(1).empty());
    CHECK(d.nack(1).empty());
    CHECK(d.written().empty());
    CHECK(d.closed() == "closed");
}

TEST_CASE("an abort of a stream whose start may be lost does not restart it") {
    driver d;
    d.write("a");
    d.written();
    SECTION("aborted before the question") {
        d.abort();
        d.stream.resume();
        CHECK(d.written() == strings{"abort"});
        CHECK(d.not_found() == "closed as expected");
    }
    SECTION("aborted after the question") {
        d.stream.resume();
        CHECK(d.written() == strings{"a"});
        d.abort();
        CHECK(d.written().empty());
        SECTION("it was lost") { CHECK(d.not_found() == "closed as expected"); }
        SECTION("it was not") {
            CHECK(d.ack(2) == "opened");
            CHECK(d.written() == strings{"abort"});
        }
    }
    SECTION("aborted after the first of two answers") {
        d.stream.resume();
        CHECK(d.written() == strings{"a"});
        CHECK(d.wait(10s) == strings{"alive"});
        CHECK(d.not_found().empty());
        d.abort();
        // Its id is not free before the second.
        CHECK_FALSE(d.stream.is_closed());
        CHECK(d.written().empty());
        SECTION("which comes") { CHECK(d.not_found() == "closed as expected"); }
        SECTION("which is lost") { CHECK(d.stream.resume()); }
    }
}

TEST_CASE("what the service can't mean is a violation") {
    driver d;
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
    driver d;
    d.open();
    d.write("a");
    d.now = steady_time::max() - 5s;
    d.written();
    CHECK(d.stream.deadline() == steady_time::max());
    d.options.rewind_delays = {1h, duration::max(), 0};
    d.nack(1);
    CHECK(d.stream.deadline() == steady_time::max());
}
