// SPDX-License-Identifier: MIT
#include <webpubsub/upstream/handler_validation.hpp>

#include "support/catch.hpp"

#include <optional>
#include <utility>

using namespace webpubsub;
using std::chrono::seconds;
using state = handler_validation::state;

namespace {

constexpr http_method by_options = http_method::options;
constexpr http_method by_get = http_method::get;

const validation_times times{seconds(10), {seconds(1), seconds(3), seconds(5)}, seconds(1), seconds(60)};

constexpr steady_time at(int second) { return steady_time(seconds(second)); }

http_response status(unsigned code) { return {code, {}, {}}; }
http_response allowing(const char* origin) { return {200, {{"WebHook-Allowed-Origin", origin}}, {}}; }

/// One whose first request is under way at second 0.
handler_validation asking(http_method method = by_options) {
    handler_validation made;
    made.begin();
    made.handle_sent(at(0), times);
    if (method == by_get) {
        made.handle_response(at(0), status(404), "a.net", times);
        made.handle_sent(at(0), times);
    }
    return made;
}

} // namespace

TEST_CASE("what a validation makes of each response to each method") {
    struct row {
        http_method method;
        http_response response;
        state next;
        http_method next_method;
    };
    const auto each = GENERATE(
        row{by_options, allowing("*"), state::valid, by_options},
        row{by_options, allowing("A.net"), state::valid, by_options},
        row{by_options, allowing("b.net"), state::invalid, by_options},
        row{by_options, status(200), state::invalid, by_options},
        row{by_options, status(204), state::invalid, by_options}, row{by_options, status(404), state::ready, by_get},
        row{by_options, status(400), state::invalid, by_options},
        row{by_options, status(405), state::invalid, by_options},
        row{by_options, status(429), state::invalid, by_options},
        row{by_options, status(301), state::invalid, by_options},
        row{by_options, status(408), state::waiting, by_options},
        row{by_options, status(500), state::waiting, by_options}, row{by_get, allowing("*"), state::valid, by_get},
        row{by_get, allowing("b.net"), state::invalid, by_get}, row{by_get, status(200), state::invalid, by_get},
        row{by_get, status(404), state::invalid, by_get}, row{by_get, status(408), state::waiting, by_get},
        row{by_get, status(503), state::waiting, by_get}, row{by_get, status(302), state::invalid, by_get});
    auto validation = asking(each.method);
    CHECK(validation.at(at(0)) == state::asking);
    validation.handle_response(at(1), each.response, "a.net", times);
    CAPTURE(each.response.status);
    CHECK(validation.at(at(1)) == each.next);
    CHECK(validation.method() == each.next_method);
    CHECK(validation.poll_timeout().has_value() == (each.next == state::waiting));
}

TEST_CASE("a 404 does not allow anything, whatever its headers say") {
    auto response = allowing("*");
    response.status = 404;
    auto validation = asking(by_get);
    validation.handle_response(at(1), response, "a.net", times);
    CHECK(validation.at(at(1)) == state::invalid);
}

TEST_CASE("each failure but one of the network ends a validation") {
    const auto [why, next] = GENERATE(
        std::pair(call_failure::network, state::waiting), std::pair(call_failure::timed_out, state::invalid),
        std::pair(call_failure::too_large, state::invalid), std::pair(call_failure::unreadable, state::invalid));
    auto validation = asking();
    validation.handle_failure(at(1), why, times);
    CHECK(validation.at(at(1)) == next);
}

TEST_CASE("a request of a validation is repeated after 1, 3 and 5 seconds, and each method for itself") {
    auto validation = asking();
    int second = 0;
    for (const auto method : {by_options, by_get}) {
        for (const int delay : {1, 3, 5}) {
            validation.handle_failure(at(second), call_failure::network, times);
            CHECK(validation.at(at(second)) == state::waiting);
            CHECK(validation.poll_timeout() == at(second + delay));
            validation.handle_timeout(at(second + delay) - duration(1), times);
            CHECK(validation.at(at(second)) == state::waiting);
            second += delay;
            validation.handle_timeout(at(second), times);
            CHECK(validation.at(at(second)) == state::ready);
            CHECK(validation.method() == method);
            validation.handle_sent(at(second), times);
        }
        if (method == by_get) break;
        validation.handle_response(at(second), status(404), "a.net", times);
        CHECK(validation.at(at(second)) == state::ready);
        validation.handle_sent(at(second), times);
    }
    validation.handle_response(at(second), status(500), "a.net", times);
    CHECK(validation.at(at(second)) == state::invalid);
}

TEST_CASE("a request that is not answered in time ends a validation") {
    for (const auto method : {by_options, by_get}) {
        auto validation = asking(method);
        CHECK(validation.poll_timeout() == at(10));
        validation.handle_timeout(at(9), times);
        CHECK(validation.at(at(9)) == state::asking);
        validation.handle_timeout(at(10), times);
        CHECK(validation.at(at(10)) == state::invalid);
        CHECK(validation.poll_timeout() == std::nullopt);
    }
    auto patient = times;
    patient.request = std::nullopt;
    handler_validation validation;
    validation.begin();
    validation.handle_sent(at(0), patient);
    CHECK(validation.poll_timeout() == std::nullopt);
}

TEST_CASE("an invalid handler is asked again after a pause, which doubles up to a minute") {
    handler_validation validation;
    CHECK(validation.at(at(0)) == state::unknown);
    int second = 0;
    for (const int pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
        validation.begin();
        validation.handle_sent(at(second), times);
        validation.handle_response(at(second), status(400), "a.net", times);
        CHECK(validation.at(at(second + pause) - duration(1)) == state::invalid);
        second += pause;
        CHECK(validation.at(at(second)) == state::unknown);
    }
    validation.begin();
    validation.handle_sent(at(second), times);
    validation.handle_response(at(second), allowing("*"), "a.net", times);
    CHECK(validation.at(at(1'000'000)) == state::valid);
    CHECK(validation.poll_timeout() == std::nullopt);
}
