// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/subscriber.hpp>

#include "support/catch.hpp"

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace webpubsub::client_events;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

constexpr steady_time t0{std::chrono::hours(1)};

struct driver {
    explicit driver(const client_subscriber_options& options = {}) : streams(options) {}

    subscriber streams;
    steady_time now = t0;

    static group_data_message message(std::string id, std::uint64_t number, std::string text) {
        group_data_message it;
        it.group = "g";
        it.data = text_payload(std::move(text));
        it.from_user_id = "u";
        it.stream = stream_position{std::move(id), number, {}};
        return it;
    }
    /// Receives a fragment, and gives what is told of it.
    strings take(const std::string& id, std::uint64_t number, const std::string& text = "") {
        auto it = message(id, number, text);
        streams.receive(now, it);
        return events();
    }
    strings end(const std::string& id, std::uint64_t number, const std::string& text = "",
                std::optional<stream_error> error = {}) {
        auto it = message(id, number, text);
        it.stream->end = stream_end{std::move(error)};
        streams.receive(now, it);
        return events();
    }
    strings timeout() {
        streams.handle_timeout(now);
        return events();
    }

    strings events() {
        strings lines;
        while (const auto event = streams.poll_event()) {
            if (const auto* fragment = get_if<stream_fragment>(&*event)) {
                lines.push_back(fragment->stream_id + " " + std::to_string(fragment->stream_sequence_id) +
                                (fragment->data.bytes.empty() ? "" : " " + fragment->data.bytes) +
                                (fragment->first ? " first" : ""));
            } else if (const auto* gap = get_if<stream_gap>(&*event)) {
                lines.push_back(gap->stream_id + " gap " + std::to_string(gap->expected) + " " +
                                std::to_string(gap->received));
            } else if (const auto* finished = get_if<stream_finished>(&*event)) {
                lines.push_back(finished->stream_id + " finished" +
                                (finished->error ? " " + finished->error->name : ""));
            } else if (const auto* abandoned = get_if<stream_abandoned>(&*event)) {
                CHECK(abandoned->group == "g");
                lines.push_back(abandoned->stream_id + " abandoned");
            } else if (const auto* wrong = get_if<protocol_error>(&*event)) {
                lines.push_back(wrong->error.message());
            } else {
                lines.emplace_back("?");
            }
        }
        return lines;
    }
};

} // namespace

TEST_CASE("subscriber: a stream of others comes in fragments, with its end") {
    driver d;
    CHECK(d.take("s", 1, "a") == strings{"s 1 a first"});
    CHECK(d.take("s", 2, "b") == strings{"s 2 b"});
    CHECK(d.streams.size() == 1);
    CHECK(d.end("s", 3) == strings{"s finished"});
    CHECK(d.streams.size() == 0);
    CHECK_FALSE(d.streams.deadline());
    // The id may be used again.
    CHECK(d.take("s", 1, "c") == strings{"s 1 c first"});
}

TEST_CASE("a fragment is told with all that came with it") {
    driver d;
    auto message = driver::message("s", 4, "a");
    message.metadata = {{"k", "v"}};
    CHECK(d.streams.receive(d.now, message));
    const auto event = d.streams.poll_event();
    REQUIRE(event);
    const auto& fragment = get<stream_fragment>(*event);
    CHECK(fragment.group == "g");
    CHECK(fragment.from_user_id == "u");
    CHECK(fragment.metadata == string_map{{"k", "v"}});
    CHECK(fragment.data == text_payload("a"));
}

TEST_CASE("a stream may end with data, and with an error") {
    driver d;
    CHECK(d.end("s", 1, "last", stream_error{"UserError", "m", "E"}) ==
          strings{"s 1 last first", "s finished UserError"});
    d.take("s", 1, "a");
    CHECK(d.end("s", 2, "b") == strings{"s 2 b", "s finished"});
}

TEST_CASE("streams are told apart by group and id") {
    driver d;
    d.take("s", 5);
    CHECK(d.take("t", 1) == strings{"t 1 first"});
    auto other = driver::message("s", 1, "");
    other.group = "h";
    d.streams.receive(d.now, other);
    CHECK(d.events() == strings{"s 1 first"});
    // Where a group's name ends and an id begins is kept.
    auto glued = driver::message("ts", 1, "");
    glued.group = "g";
    d.streams.receive(d.now, glued);
    auto unglued = driver::message("s", 1, "");
    unglued.group = "gt";
    d.streams.receive(d.now, unglued);
    CHECK(d.events() == strings{"ts 1 first", "s 1 first"});
    CHECK(d.take("s", 6) == strings{"s 6"});
    CHECK(d.streams.size() == 5);
}

TEST_CASE("what is missing is told") {
    driver d;
    d.take("s", 1);
    CHECK(d.take("s", 4) == strings{"s gap 2 4", "s 4"});
    CHECK(d.take("s", 5) == strings{"s 5"});
    CHECK(d.end("s", 9) == strings{"s gap 6 9", "s finished"});
}

TEST_CASE("defect 4: a number that was there begins another stream, and its end is told") {
    driver d;
    for (std::uint64_t number : {1u, 2u, 3u}) d.take("s", number);
    SECTION("on the same connection") {}
    SECTION("on another") {
        for (const auto change : {link_change::down, link_change::replaced, link_change::up}) {
            d.streams.handle_link(d.now, change);
        }
        CHECK(d.events().empty());
    }
    SECTION("after a recovery") {
        for (const auto change : {link_change::down, link_change::recovering, link_change::recovered}) {
            d.streams.handle_link(d.now, change);
        }
    }
    SECTION("with an end that is all there is of it") {
        CHECK(d.end("s", 1) == strings{"s abandoned", "s finished"});
        return;
    }
    SECTION("with an end that is as high as the last number") {
        CHECK(d.end("s", 3) == strings{"s abandoned", "s finished"});
        return;
    }
    SECTION("whose beginning was missed") {
        CHECK(d.take("s", 3) == strings{"s abandoned", "s 3 first"});
        return;
    }
    CHECK(d.take("s", 1, "new") == strings{"s abandoned", "s 1 new first"});
    CHECK(d.end("s", 2) == strings{"s finished"});
    CHECK(d.streams.size() == 0);
}

TEST_CASE("two publishers with one id are told as many streams, each message once") {
    driver d;
    strings told;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        for (const auto* publisher : {"a", "b"}) {
            const auto more = d.take("s", number, publisher);
            CHECK(more.size() <= 2);
            told.insert(told.end(), more.begin(), more.end());
        }
    }
    CHECK(told == strings{"s 1 a first", "s abandoned", "s 1 b first", "s 2 a", "s abandoned", "s 2 b first", "s 3 a",
                          "s abandoned", "s 3 b first"});
}

TEST_CASE("streams go on over the changes of the subscriber's link, until it is stopped") {
    driver d;
    d.take("s", 1);
    for (const auto change : {link_change::down, link_change::recovering, link_change::recovered, link_change::down,
                              link_change::replaced_after_rejected_frame, link_change::up}) {
        d.streams.handle_link(d.now, change);
        CHECK(d.streams.size() == 1);
    }
    CHECK(d.take("s", 2) == strings{"s 2"});
    d.streams.handle_link(d.now, link_change::stopped);
    CHECK(d.streams.size() == 0);
    CHECK_FALSE(d.streams.deadline());
    CHECK(d.events().empty());
}

TEST_CASE("a stream may be joined midway, or only from its start") {
    client_subscriber_options options;
    SECTION("midway") {
        driver d(options);
        CHECK(d.take("s", 7) == strings{"s 7 first"});
        CHECK(d.take("s", 8) == strings{"s 8"});
    }
    SECTION("from the start") {
        options.only_from_start = true;
        driver d(options);
        auto message = driver::message("s", 7, "");
        CHECK_FALSE(d.streams.receive(d.now, message));
        CHECK(d.end("s", 8).empty());
        CHECK(d.streams.size() == 0);
        CHECK(d.take("s", 1) == strings{"s 1 first"});
        CHECK(d.take("s", 2) == strings{"s 2"});
        CHECK(d.take("s", 3) == strings{"s 3"});
        // Another one, whose beginning was missed.
        CHECK(d.take("s", 2) == strings{"s abandoned"});
        CHECK(d.take("s", 3).empty());
    }
    SECTION("a stream without data has its end for a start") {
        options.only_from_start = true;
        driver d(options);
        CHECK(d.end("s", 1) == strings{"s finished"});
    }
}

TEST_CASE("a stream that has fallen silent is abandoned") {
    driver d;
    d.take("s", 1);
    d.now = t0 + 200s;
    d.take("s", 2);
    CHECK(d.streams.deadline() == t0 + 500s);
    d.now = t0 + 499s;
    CHECK(d.timeout().empty());
    d.now = t0 + 500s;
    CHECK(d.timeout() == strings{"s abandoned"});
    CHECK_FALSE(d.streams.deadline());
    CHECK(d.take("s", 3) == strings{"s 3 first"});
}

TEST_CASE("what came while the process slept counts before the time that it slept") {
    driver d;
    d.take("s", 1);
    d.take("t", 1);
    d.now += 1h;
    CHECK(d.take("s", 2) == strings{"s 2"});
    CHECK(d.timeout() == strings{"t abandoned"});
}

TEST_CASE("a time to be silent may be none, zero, or as long as time itself") {
    client_subscriber_options options;
    SECTION("none") {
        options.idle_timeout.reset();
        driver d(options);
        d.take("s", 1);
        CHECK_FALSE(d.streams.deadline());
        d.now = steady_time::max();
        CHECK(d.timeout().empty());
    }
    SECTION("zero") {
        options.idle_timeout = duration::zero();
        driver d(options);
        d.take("s", 1);
        CHECK(d.streams.deadline() == d.now);
        CHECK(d.timeout() == strings{"s abandoned"});
        CHECK_FALSE(d.streams.deadline());
    }
    SECTION("the longest") {
        options.idle_timeout = duration::max();
        driver d(options);
        d.take("s", 1);
        CHECK(d.streams.deadline() == steady_time::max());
        CHECK(d.timeout().empty());
    }
}

TEST_CASE("streams are limited, and the one that was silent longest makes room") {
    client_subscriber_options options;
    options.max_streams = 2;
    driver d(options);
    d.take("s", 1);
    d.take("t", 1);
    d.take("s", 2);
    CHECK(d.take("u", 1) == strings{"t abandoned", "u 1 first"});
    CHECK(d.take("s", 3) == strings{"s 3"});
    // A stream that is over at once needs no room, nor does one in the place of another.
    CHECK(d.end("v", 1) == strings{"v finished"});
    CHECK(d.take("s", 1) == strings{"s abandoned", "s 1 first"});
    CHECK(d.streams.size() == 2);
}

TEST_CASE("defect 22: the names of streams are limited in bytes") {
    client_subscriber_options options;
    options.max_key_size = 10;
    driver d(options);
    CHECK(d.take("123456789", 1).size() == 1);
    auto message = driver::message("1234567890", 1, "");
    CHECK_FALSE(d.streams.receive(d.now, message));
    const auto event = d.streams.poll_event();
    REQUIRE(event);
    CHECK(get<protocol_error>(*event).error == error::exceeds(errc::invalid_field, "subscriber.max_key_size", 10, 11));
    CHECK(d.end("1234567890", 2).size() == 1);
    CHECK(d.streams.size() == 1);
}

TEST_CASE("the highest number has no next") {
    driver d;
    constexpr auto highest = std::numeric_limits<std::uint64_t>::max();
    d.take("s", highest);
    CHECK(d.take("s", 1) == strings{"s abandoned", "s 1 first"});
}

TEST_CASE("a copy of a subscriber goes on by itself") {
    driver d;
    d.take("s", 1);
    auto copy = d;
    CHECK(copy.end("s", 2) == strings{"s finished"});
    CHECK(d.take("s", 2) == strings{"s 2"});
}

TEST_CASE("options of a subscriber that can't be are refused") {
    client_subscriber_options options;
    CHECK(subscriber::check(options));
    options.max_streams = 0;
    CHECK(subscriber::check(options) == error::about(errc::invalid_option, "subscriber.max_streams"));
    options = {};
    options.max_key_size = 0;
    CHECK(subscriber::check(options) == error::about(errc::invalid_option, "subscriber.max_key_size"));
    options = {};
    options.idle_timeout = duration(-1);
    CHECK(subscriber::check(options) == error::about(errc::invalid_option, "subscriber.idle_timeout"));
    options.idle_timeout = duration::zero();
    CHECK(subscriber::check(options));
}
