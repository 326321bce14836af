// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/streams.hpp>

#include "hub/parts/lower_floor.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <optional>
#include <string>

using namespace hub_parts_tests;

namespace {

struct fixture : lower_floor {
    using lower_floor::lower_floor;

    streams open_streams;
    std::uint32_t publisher = connect("p", {});
    std::uint32_t member = connect("m");

    void run(client_message message) { open_streams.execute(during, publisher, message); }
    void start(const std::string& id = "s", std::optional<std::uint32_t> idle_ms = {}) {
        run(start_stream_message{"g", false, {id, idle_ms}, {}, 0});
    }
    void part(std::uint64_t number, const std::string& id = "s") {
        run(stream_data_message{id, number, text_payload("x")});
    }
    std::optional<std::string> error_of_last() {
        const auto all = sent(publisher);
        const auto* closed = all.empty() ? nullptr : get_if<stream_closed_message>(&all.back());
        if (closed == nullptr || !closed->error) return std::nullopt;
        return closed->error->name;
    }
};

} // namespace

TEST_CASE("fragments are delivered in order and once, and the publisher is told what is expected") {
    fixture f;
    f.start();
    f.part(1);
    f.part(1);
    f.part(3);
    f.part(2);
    CHECK(f.sent(f.publisher) ==
          messages{stream_ack_message{"s", 1}, stream_ack_message{"s", 2}, stream_ack_message{"s", 2},
                   stream_nack_message{"s", 2, "InvalidSequenceId", "The fragments before this one have not arrived."},
                   stream_ack_message{"s", 3}});
    const auto got = f.sent(f.member);
    REQUIRE(got.size() == 2);
    for (std::uint64_t i = 0; i < 2; ++i) {
        CHECK(get<group_data_message>(got[i]).stream == stream_position{"s", i + 1, {}});
    }
}

TEST_CASE("a stream is closed when nothing came for its idle time, which no fragment moves a timer for") {
    fixture f;
    f.start("s", 1000);
    CHECK(f.open_streams.deadline() == f.during.now.steady + 1s);
    f.pass(600ms);
    f.part(1);
    f.pass(400ms);
    CHECK(f.open_streams.take_due(f.during) == f.publisher);
    f.open_streams.close_idle(f.during, f.publisher);
    CHECK(f.open_streams.open(f.during, f.publisher) == 1);
    CHECK(f.open_streams.deadline() == f.during.now.steady + 600ms);
    f.pass(600ms);
    CHECK(f.open_streams.take_due(f.during) == f.publisher);
    f.sent(f.publisher);
    f.open_streams.close_idle(f.during, f.publisher);
    CHECK(f.open_streams.open(f.during, f.publisher) == 0);
    CHECK(f.error_of_last() == "IdleTimeout");
    CHECK(f.sent(f.member).size() == 2);
    CHECK_FALSE(f.open_streams.deadline());
}

TEST_CASE("a stream that is not watched is kept until it is looked at again") {
    fixture f;
    f.start("s", 1000);
    f.pass(1s);
    CHECK(f.open_streams.take_due(f.during) == f.publisher);
    CHECK_FALSE(f.open_streams.deadline());
    f.run(stream_keep_alive_message{"s"});
    f.open_streams.close_idle(f.during, f.publisher);
    CHECK(f.open_streams.open(f.during, f.publisher) == 1);
    CHECK(f.open_streams.deadline() == f.during.now.steady + 1s);
}

TEST_CASE("without an idle timeout a stream stays open for ever") {
    hub_options options;
    options.streams.idle_timeout.reset();
    fixture f(options);
    f.start();
    CHECK_FALSE(f.open_streams.deadline());
    f.pass(24h * 365);
    f.open_streams.close_idle(f.during, f.publisher);
    CHECK(f.open_streams.open(f.during, f.publisher) == 1);
}

TEST_CASE("the streams of an ended publisher end when departures are announced") {
    fixture f;
    f.start("s");
    f.start("t");
    f.open_streams.handle_change(f.during, f.publisher, connection_change::detached);
    CHECK(f.open_streams.open(f.during, f.publisher) == 2);
    f.open_streams.handle_change(f.during, f.publisher, connection_change::ended);
    f.connections.end(f.publisher, {}, f.events);
    CHECK(f.sent(f.member).empty());
    CHECK(f.open_streams.has_departures());
    CHECK(f.open_streams.announce_departures(f.during));
    CHECK_FALSE(f.open_streams.has_departures());
    const auto got = f.sent(f.member);
    REQUIRE(got.size() == 2);
    const auto& end = get<group_data_message>(got[0]);
    CHECK(end.from_user_id == "u-p");
    CHECK(end.stream->end->error->name == "Cancelled");
    CHECK_FALSE(f.open_streams.deadline());
}

TEST_CASE("a stream that can't be opened or does not exist is closed for its publisher") {
    hub_options options;
    options.streams.max_open = 1;
    options.streams.max_id_size = 3;
    fixture f(options);
    f.part(1);
    CHECK(f.error_of_last() == "StreamNotFound");
    f.start("long");
    CHECK(f.error_of_last() == "BadRequest");
    f.start();
    CHECK_FALSE(f.error_of_last());
    f.start();
    CHECK(f.error_of_last() == "BadRequest");
    f.start("t");
    CHECK(f.error_of_last() == "BadRequest");
    f.run(end_stream_message{"s", {}});
    f.run(end_stream_message{"s", {}});
    CHECK(f.error_of_last() == "StreamNotFound");
    REQUIRE(f.connections[f.publisher].permissions.revoke(permission::send_to_group, "g"));
    f.start();
    CHECK(f.error_of_last() == "Forbidden");
}

TEST_CASE("where a message of a stream goes is known from the stream") {
    fixture f;
    f.start();
    CHECK(f.open_streams.group_sent_to(f.during, f.publisher, stream_data_message{"s", 1, {}}) == "g");
    CHECK(f.open_streams.group_sent_to(f.during, f.publisher, end_stream_message{"s", {}}) == "g");
    CHECK(f.open_streams.group_sent_to(f.during, f.publisher, stream_data_message{"t", 1, {}}).empty());
    CHECK(f.open_streams.group_sent_to(f.during, f.member, stream_data_message{"s", 1, {}}).empty());
    CHECK(f.open_streams.group_sent_to(f.during, f.publisher, ping_message{}).empty());
}
