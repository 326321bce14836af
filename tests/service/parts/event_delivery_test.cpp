// SPDX-License-Identifier: MIT
#include <webpubsub/service/detail/event_delivery.hpp>

#include "support/catch.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace webpubsub;
using detail::event_delivery;
using std::chrono::seconds;
using stage = event_delivery::stage;

namespace {

const std::vector<duration> delays{seconds(1), seconds(3)};

constexpr steady_time at(int second) { return steady_time(seconds(second)); }

/// One with a budget of 100 seconds from second 0, brought to this stage at second 10.
event_delivery brought_to(stage where) {
    event_delivery made(at(100));
    if (where == stage::waiting) return made;
    made.handle_sent();
    if (where == stage::reading) made.handle_head(at(10), seconds(10));
    if (where == stage::pausing) made.handle_passing_failure(at(10), delays);
    if (where == stage::over) made.handle_end();
    return made;
}

} // namespace

TEST_CASE("each stage of a delivery has its deadline") {
    CHECK(brought_to(stage::waiting).poll_timeout() == at(100));
    CHECK(brought_to(stage::sent).poll_timeout() == at(100));
    CHECK(brought_to(stage::reading).poll_timeout() == at(20));
    CHECK(brought_to(stage::pausing).poll_timeout() == at(11));
    CHECK(brought_to(stage::over).poll_timeout() == std::nullopt);
}

TEST_CASE("what each input makes of each stage of a delivery") {
    enum class input { sent, head, passing_failure, end, early_timeout, due_timeout };
    struct row {
        stage from;
        input what;
        stage to;
    };
    const auto each = GENERATE(
        row{stage::waiting, input::sent, stage::sent}, row{stage::waiting, input::head, stage::waiting},
        row{stage::waiting, input::end, stage::over}, row{stage::waiting, input::early_timeout, stage::waiting},
        row{stage::waiting, input::due_timeout, stage::over}, row{stage::sent, input::head, stage::reading},
        row{stage::sent, input::passing_failure, stage::pausing}, row{stage::sent, input::end, stage::over},
        row{stage::sent, input::early_timeout, stage::sent}, row{stage::sent, input::due_timeout, stage::over},
        row{stage::reading, input::head, stage::reading}, row{stage::reading, input::passing_failure, stage::pausing},
        row{stage::reading, input::end, stage::over}, row{stage::reading, input::early_timeout, stage::reading},
        row{stage::reading, input::due_timeout, stage::over}, row{stage::pausing, input::head, stage::pausing},
        row{stage::pausing, input::end, stage::over}, row{stage::pausing, input::early_timeout, stage::pausing},
        row{stage::pausing, input::due_timeout, stage::waiting}, row{stage::over, input::head, stage::over},
        row{stage::over, input::end, stage::over}, row{stage::over, input::due_timeout, stage::over});
    auto one = brought_to(each.from);
    REQUIRE(one.at() == each.from);
    const auto due = one.poll_timeout().value_or(at(1000));
    switch (each.what) {
    case input::sent: one.handle_sent(); break;
    case input::head: one.handle_head(at(15), seconds(10)); break;
    case input::passing_failure: one.handle_passing_failure(at(15), delays); break;
    case input::end: one.handle_end(); break;
    case input::early_timeout: one.handle_timeout(due - duration(1)); break;
    case input::due_timeout: one.handle_timeout(due); break;
    }
    CAPTURE(static_cast<int>(each.from), static_cast<int>(each.what));
    CHECK(one.at() == each.to);
}

TEST_CASE("a delivery is tried once more for each delay, with what is left of its budget") {
    event_delivery one(at(100));
    CHECK_FALSE(one.is_repetition());
    int second = 0;
    for (const int delay : {1, 3}) {
        one.handle_sent();
        one.handle_passing_failure(at(second), delays);
        second += delay;
        CHECK(one.poll_timeout() == at(second));
        one.handle_timeout(at(second));
        CHECK(one.at() == stage::waiting);
        CHECK(one.is_repetition());
        CHECK(one.poll_timeout() == at(100));
    }
    one.handle_sent();
    one.handle_passing_failure(at(second), delays);
    CHECK(one.at() == stage::over);
}

TEST_CASE("an attempt that could not begin within the budget is not waited for") {
    for (const bool in_time : {true, false}) {
        event_delivery one(at(100));
        one.handle_sent();
        one.handle_passing_failure(at(99) - duration(in_time ? 1 : 0), delays);
        CHECK(one.at() == (in_time ? stage::pausing : stage::over));
    }
    event_delivery unlimited(std::nullopt);
    unlimited.handle_sent();
    unlimited.handle_passing_failure(at(1'000'000), delays);
    CHECK(unlimited.at() == stage::pausing);
}
