// SPDX-License-Identifier: MIT

#include <webpubsub/hub/published_streams.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

using namespace webpubsub;
using namespace std::chrono_literals;
using verdict = published_stream::verdict;

namespace {

const steady_time start{1h};

/// Opens a stream, by default one that names no idle time of its own.
bool open(published_streams& streams, const std::string& id, std::optional<std::uint32_t> idle_ms = {},
          steady_time now = start) {
    return streams.open(now, start_stream_message{"g", true, {id, idle_ms}, {{"k", "v"}}}, 300s);
}

} // namespace

TEST_CASE("a stream keeps what its start said, and counts from 1") {
    published_streams streams;
    CHECK(streams.empty());
    REQUIRE(open(streams, "s", 5000));
    CHECK(streams.size() == 1);
    auto* const stream = streams.find("s");
    REQUIRE(stream != nullptr);
    CHECK(stream->id == "s");
    CHECK(stream->group == "g");
    CHECK(stream->no_echo);
    CHECK(stream->metadata == string_map{{"k", "v"}});
    CHECK(stream->idle_timeout == 5s);
    CHECK(stream->expected == 1);
    CHECK(streams.find("t") == nullptr);
}

TEST_CASE("an id is free again when its stream is closed") {
    published_streams streams;
    REQUIRE(open(streams, "s"));
    streams.find("s")->receive(start, 1);
    CHECK_FALSE(open(streams, "s"));
    CHECK(streams.find("s")->expected == 2);
    REQUIRE(streams.close("s"));
    CHECK_FALSE(streams.close("s"));
    CHECK_FALSE(streams.deadline());
    REQUIRE(open(streams, "s"));
    CHECK(streams.find("s")->expected == 1);
}

TEST_CASE("the expected fragment counts, a smaller number is a repetition, a larger one came too early") {
    published_streams streams;
    open(streams, "s");
    auto& stream = *streams.find("s");
    CHECK(stream.receive(start, 2) == verdict::ahead);
    CHECK(stream.expected == 1);
    CHECK(stream.receive(start, 1) == verdict::next);
    CHECK(stream.receive(start, 2) == verdict::next);
    CHECK(stream.receive(start, 1) == verdict::repeated);
    CHECK(stream.receive(start, 2) == verdict::repeated);
    CHECK(stream.receive(start, 18446744073709551615u) == verdict::ahead);
    CHECK(stream.expected == 3);
}

TEST_CASE("the end takes the number that the next fragment would have had") {
    published_streams streams;
    open(streams, "s");
    streams.find("s")->receive(start, 1);
    CHECK(streams.find("s")->end() == stream_position{"s", 2, stream_end{}});
    const stream_error error{"UserError", "m", "c"};
    CHECK(streams.find("s")->end(error) == stream_position{"s", 2, stream_end{error}});
}

TEST_CASE("a stream is idle when nothing that counts came for its time") {
    published_streams streams;
    open(streams, "s", 1000);
    CHECK(streams.deadline() == start + 1s);
    CHECK_FALSE(streams.close_idle(start + 999ms));
    SECTION("nothing at all") {
        const auto idle = streams.close_idle(start + 1s);
        REQUIRE(idle);
        CHECK(idle->id == "s");
        CHECK(streams.empty());
        CHECK_FALSE(streams.deadline());
    }
    SECTION("a fragment or a keep-alive starts the time anew") {
        if (GENERATE(false, true)) {
            streams.find("s")->receive(start + 600ms, 1);
        } else {
            streams.find("s")->keep_alive(start + 600ms);
        }
        CHECK_FALSE(streams.close_idle(start + 1s));
        CHECK(streams.deadline() == start + 1600ms);
        CHECK_FALSE(streams.close_idle(start + 1599ms));
        CHECK(streams.close_idle(start + 1600ms));
    }
    SECTION("a fragment that is dropped does not") {
        streams.find("s")->receive(start + 600ms, 2);
        CHECK(streams.close_idle(start + 1s));
    }
}

TEST_CASE("each stream has its own idle time, by default the one of the options") {
    published_streams streams;
    open(streams, "default");
    open(streams, "long", 600'000);
    open(streams, "short", 1);
    CHECK(streams.deadline() == start + 1ms);
    CHECK(streams.close_idle(start + 299s)->id == "short");
    CHECK_FALSE(streams.close_idle(start + 299s));
    CHECK(streams.close_idle(start + 600s)->id == "default");
    CHECK(streams.close_idle(start + 600s)->id == "long");
    CHECK_FALSE(streams.close_idle(start + 600s));
}

TEST_CASE("any stream can be taken until there is none, and a copy goes on by itself") {
    published_streams streams;
    open(streams, "a");
    open(streams, "b");
    auto copy = streams;
    CHECK(streams.close_any()->id == "a");
    CHECK(streams.close_any()->id == "b");
    CHECK_FALSE(streams.close_any());
    CHECK_FALSE(streams.deadline());
    CHECK(copy.size() == 2);
    CHECK(copy.close_idle(start + 300s)->id == "a");
}
