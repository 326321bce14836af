// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/published_stream.hpp>

#include "client/parts/published_stream_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("after a recovery what is not acknowledged is sent again, in order") {
    published_stream_driver d;
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
    published_stream_driver d;
    d.open();
    d.stream.resume();
    CHECK(d.written() == strings{"alive"});
    CHECK(d.not_found() == "closed");
}

TEST_CASE("a start that was not written before its transport was lost is no different from a new one") {
    published_stream_driver d;
    d.write("a");
    d.stream.resume();
    CHECK(d.written() == strings{"start"});
    CHECK(d.ack(1) == "opened");
    CHECK(d.written() == strings{"a"});
}

TEST_CASE("whether a start was lost with its transport, what follows it asks") {
    published_stream_driver d;
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
    published_stream_driver d;
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
    published_stream_driver d;
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

TEST_CASE("defect 3: questions whose transport was lost have no answers any more") {
    published_stream_driver d;
    d.written();
    d.stream.resume();
    CHECK(d.written() == strings{"alive"});
    d.write("a");
    CHECK(d.written() == strings{"a"});
    d.stream.resume();
    CHECK(d.written() == strings{"a"});
    CHECK(d.not_found().empty());
    CHECK(d.written() == strings{"start"});
    CHECK(d.not_found() == "closed");
}

TEST_CASE("an end whose answer was lost with the transport is sent again") {
    published_stream_driver d;
    d.open();
    d.end();
    CHECK(d.written() == strings{"end"});
    d.stream.resume();
    CHECK(d.written() == strings{"end"});
    SECTION("it was not seen") { CHECK(d.closed() == "closed"); }
    SECTION("it had been executed") { CHECK(d.not_found() == "closed as expected"); }
}

TEST_CASE("an end that was lost twice with a start in doubt may have been executed or not") {
    published_stream_driver d;
    d.end();
    d.written();
    d.stream.resume();
    CHECK(d.written() == strings{"end"});
    d.stream.resume();
    CHECK(d.written() == strings{"end"});
    CHECK(d.not_found() == "closed");
}

TEST_CASE("an abort drops what is not acknowledged") {
    published_stream_driver d;
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
    published_stream_driver d;
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
