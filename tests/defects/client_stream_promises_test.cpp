// SPDX-License-Identifier: MIT
#include "defects/client_bench.hpp"

#include <map>

// Group streams, published and received, beside lost transports and ids that come again.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

/// What a service does with the streams of one publisher. Until `hears` is set, every frame is lost.
struct stream_service {
    client_bench& b;
    bool hears = false;
    /// By stream id, the number of the next fragment.
    std::map<std::string, std::uint64_t> open{};
    std::string data{};

    void answer(const std::string& frame) {
        if (!hears) return;
        const auto summary = summary_of(frame);
        const auto id = text_field(frame, "streamId");
        if (summary.starts_with("openStream")) {
            open[id] = 1;
            return b.receive(stream_ack(id, 1));
        }
        if (id.empty()) return;
        const auto found = open.find(id);
        if (found == open.end()) return b.receive(stream_closed_frame(id, "StreamNotFound"));
        if (summary.starts_with("streamEnd")) {
            open.erase(found);
            return b.receive(stream_closed_frame(id));
        }
        if (number_field(frame, "streamSequenceId") == found->second) {
            ++found->second;
            data += text_field(frame, "data");
        }
        b.receive(stream_ack(id, found->second));
    }
};

/// A plain client that has received the fragments 1 to 3 of the stream `s` and whose connection was then replaced.
void receive_three_and_replace(client_bench& b) {
    b.connect();
    for (std::uint64_t i = 1; i <= 3; ++i) b.receive(stream_message("s", i, "old"));
    REQUIRE(b.count<stream_fragment>() == 3);
    b.closed();
    b.await_open();
    b.establish("c2");
    b.told.clear();
}

} // namespace

TEST_CASE("defect 3: a stream whose start was lost with fragments behind it goes on after a recovery") {
    client_bench b;
    stream_service service{b};
    b.on_frame = [&](const client_bench::written_frame& frame) { service.answer(frame.bytes); };
    b.connect();
    REQUIRE(b.open_stream("g", "s"));
    for (const auto* text : {"a", "b", "c"}) REQUIRE(b.write_stream("s", text));
    b.closed();
    service.hears = true;
    b.establish("c1");
    b.pass(10s);
    CHECK(b.count<stream_opened>() == 1);
    CHECK(service.data == "abc");
    CHECK(b.count<stream_closed>() == 0);
    b.end_stream("s");
    b.pass(10s);
    REQUIRE(b.count<stream_closed>() == 1);
    CHECK(b.last<stream_closed>()->status == stream_status::ended);
    CHECK(service.open.empty());
}

TEST_CASE("defect 4: a stream whose id was used before is received, and the old one is told as abandoned") {
    client_bench b(client_setup{.reliable = false});
    receive_three_and_replace(b);
    b.receive(stream_message("s", 1, "new"));
    b.receive(stream_message("s", 2, "", true));
    REQUIRE(b.count<stream_fragment>() == 1);
    CHECK(b.last<stream_fragment>()->data.bytes == "new");
    CHECK(b.last<stream_fragment>()->first);
    CHECK(b.count<stream_finished>() == 1);
    CHECK(b.count<stream_abandoned>() == 1);
    CHECK(b.count<stream_gap>() == 0);
}

TEST_CASE("defect 4: a new stream is not glued to an old one of the same id") {
    client_bench b(client_setup{.reliable = false});
    receive_three_and_replace(b);
    for (std::uint64_t i = 1; i <= 5; ++i) b.receive(stream_message("s", i, "new"));
    CHECK(b.count<stream_fragment>() == 5);
    CHECK(b.count<stream_abandoned>() == 1);
}

TEST_CASE("defect 4: the end of a stream is never dropped") {
    client_bench b(client_setup{.reliable = false});
    b.connect();
    for (std::uint64_t i = 1; i <= 3; ++i) b.receive(stream_message("s", i, "old"));
    // A stream of another connection with the same id, whose end is all that comes.
    b.receive(stream_message("s", 2, "", true));
    CHECK(b.count<stream_finished>() == 1);
}

TEST_CASE("defect 4: two streams with one id at one time raise one stream_abandoned a frame at most") {
    client_bench b(client_setup{.reliable = false});
    b.connect();
    for (std::uint64_t i = 1; i <= 2; ++i) b.receive(stream_message("s", i, "a"));
    for (std::uint64_t i = 1; i <= 10; ++i) {
        const auto abandoned = b.count<stream_abandoned>();
        const auto fragments = b.count<stream_fragment>();
        b.receive(stream_message("s", i, "b"));
        b.receive(stream_message("s", 1, "c"));
        CHECK(b.count<stream_fragment>() == fragments + 2);
        CHECK(b.count<stream_abandoned>() <= abandoned + 2);
    }
}

TEST_CASE("defect 18: an idle timeout of a stream below a second is refused") {
    const auto timeout = GENERATE(as<std::chrono::milliseconds>{}, 1ms, 2ms, 999ms);
    CAPTURE(timeout.count());
    client_bench b;
    b.connect();
    CHECK_FALSE(b.open_stream("g", "s", timeout));
    CHECK(b.open_stream("g", "t", 1s));
}

TEST_CASE("defect 18: a stream that is kept open has a bounded number of keep-alives") {
    client_bench b;
    b.connect();
    if (b.open_stream("g", "s", 1ms)) b.receive(stream_ack("s", 1));
    // Each keep-alive is due as soon as the one before is written.
    for (int i = 0; i < 100; ++i) {
        b.c.handle_timeout(b.now);
        b.settle();
        b.pass(duration::zero());
    }
    b.pass(1s);
    CHECK(b.writings("streamData s") <= 3);
}
