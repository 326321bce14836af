// SPDX-License-Identifier: MIT
#include "service/sender_bench.hpp"

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

/// How often a handler is called that always responds like this, or never.
std::size_t attempts_with(std::optional<http_response> response, call_failure why = call_failure::network) {
    sender_bench bench;
    bench.take(sends(1, "c1"));
    auto calls = bench.events();
    std::size_t count = 0;
    for (; !calls.empty(); calls = bench.calls()) {
        count += calls.size();
        response ? bench.respond(calls.at(0), *response) : bench.fail(calls.at(0), why);
        bench.pass(seconds(6));
    }
    CHECK(bench.answers().size() == 1);
    return count;
}

} // namespace

TEST_CASE("network failures, 408 and 5xx are tried four times, everything else once") {
    CHECK(attempts_with(std::nullopt) == 4);
    for (const unsigned code : {408u, 500u, 502u, 503u, 599u}) CHECK(attempts_with(status(code)) == 4);
    for (const unsigned code : {204u, 301u, 304u, 307u, 400u, 401u, 404u, 429u, 600u}) {
        CHECK(attempts_with(status(code)) == 1);
    }
    CHECK(attempts_with(http_response{200, {{"Content-Type", "text/html"}}, "x"}) == 1);
    for (const auto why : {call_failure::timed_out, call_failure::too_large, call_failure::unreadable}) {
        CHECK(attempts_with(std::nullopt, why) == 1);
    }
}

TEST_CASE("an attempt is made 1, 3 and 5 seconds after the failure before it, and repeats the request") {
    sender_bench bench;
    bench.take(sends(1, "c1", "e", text_payload("body"), {{"k", "v"}}));
    const auto first = bench.event();
    auto last = first;
    for (const int delay : {1, 3, 5}) {
        bench.pass(seconds(2));
        delay == 3 ? bench.respond(last, status(503)) : bench.fail(last);
        CHECK(bench.calls().empty());
        bench.pass(seconds(delay) - duration(1));
        CHECK(bench.calls().empty());
        bench.pass(duration(1));
        last = bench.call();
        CHECK(last.id != first.id);
        CHECK(last.url == first.url);
        // The id, the time and the id of the request are among its headers.
        CHECK(last.request == first.request);
    }
    CHECK(bench.sender.counters().retries == 3);
    CHECK(bench.answers().empty());
    bench.respond(last, text("late but good"));
    CHECK(bench.answer<sender_answers::event_answered>().data == text_payload("late but good"));
}

TEST_CASE("what fails to the end is refused with its last status, or with 500") {
    sender_bench bench;
    bench.take(asks(1, "c1"));
    bench.take(asks(2, "c2"));
    auto calls = bench.events();
    for (int i = 0; i < 4; ++i) {
        REQUIRE(calls.size() == 2);
        bench.respond(calls[0], status(408));
        bench.respond(calls[1], status(503));
        bench.pass(seconds(6));
        calls = bench.calls();
    }
    CHECK(calls.empty());
    const auto answers = bench.answers();
    REQUIRE(answers.size() == 2);
    CHECK(get<sender_answers::admission_refused>(answers[0]).http_status == 408);
    CHECK(get<sender_answers::admission_refused>(answers[1]).http_status == 500);
    bench.check_idle();
}

TEST_CASE("events that nobody waits for are tried as often, and then are lost") {
    sender_bench bench;
    bench.take(disconnects("c1"));
    auto calls = bench.events();
    for (int i = 0; i < 4; ++i) {
        REQUIRE(calls.size() == 1);
        bench.fail(calls[0]);
        bench.pass(seconds(6));
        calls = bench.calls();
    }
    CHECK(calls.empty());
    CHECK(bench.sender.counters().lost_events == 1);
    bench.check_idle();
}

TEST_CASE("an event has 100 seconds until a response begins, and no second attempt after that") {
    sender_bench bench;
    bench.take(sends(1, "c1"));
    const auto call = bench.event();
    bench.pass(seconds(100) - duration(1));
    CHECK(bench.answers().empty());
    bench.pass(duration(1));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{1});
    CHECK(bench.cancelled() == std::vector{call.id});
    CHECK(bench.calls().empty());
    bench.respond(call, text("too late"));
    bench.fail(call);
    bench.sender.handle_response_head(bench.now, call.id);
    CHECK(bench.answers().empty());
    CHECK(bench.sender.counters().late_inputs == 3);
}

TEST_CASE("all attempts and the delays between them share the 100 seconds") {
    sender_bench bench;
    bench.take(sends(1, "c1"));
    auto call = bench.event();
    bench.pass(seconds(60));
    bench.fail(call);
    bench.pass(seconds(1));
    call = bench.call();
    bench.pass(seconds(39) - duration(1));
    CHECK(bench.answers().empty());
    bench.pass(duration(1));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{1});
    CHECK(bench.cancelled() == std::vector{call.id});
}

TEST_CASE("an attempt that would begin after the 100 seconds is not waited for") {
    sender_bench bench;
    bench.take(sends(1, "c1"));
    const auto call = bench.event();
    bench.pass(seconds(99));
    bench.fail(call);
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{1});
    CHECK(bench.calls().empty());
}

TEST_CASE("from the beginning of a response its body has 10 seconds, also after the 100") {
    sender_bench bench;
    bench.take(sends(1, "c1"));
    bench.take(sends(2, "c2"));
    const auto calls = bench.events();
    REQUIRE(calls.size() == 2);
    bench.pass(seconds(99));
    for (const auto& call : calls) bench.sender.handle_response_head(bench.now, call.id);
    bench.pass(seconds(9));
    // Only the first head of a response is one.
    bench.sender.handle_response_head(bench.now, calls[1].id);
    CHECK(bench.answers().empty());
    bench.respond(calls[0], text("slow"));
    CHECK(bench.answer<sender_answers::event_answered>().data == text_payload("slow"));
    bench.pass(seconds(1));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{2});
    CHECK(bench.cancelled() == std::vector{calls[1].id});
}

TEST_CASE("a body that breaks off is not asked for again, a whole 5xx is") {
    sender_bench bench;
    bench.take(sends(1, "c1"));
    auto call = bench.event();
    bench.sender.handle_response_head(bench.now, call.id);
    bench.respond(call, status(503));
    bench.pass(seconds(1));
    call = bench.call();
    bench.sender.handle_response_head(bench.now, call.id);
    bench.fail(call);
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{1});
    bench.pass(seconds(10));
    CHECK(bench.calls().empty());
}

TEST_CASE("what is repeated comes later than what follows it") {
    sender_bench bench;
    bench.take(joins("c1", "g"));
    const auto first = bench.event();
    bench.fail(first);
    bench.take(leaves("c1", "g"));
    CHECK(header(bench.call(), "ce-id") == "2");
    bench.pass(seconds(1));
    CHECK(header(bench.call(), "ce-id") == "1");
}

TEST_CASE("without limits an event waits for its answer for ever") {
    auto options = sender_options({handler_of_everything()});
    options.times.event = options.times.body = options.times.validation = std::nullopt;
    options.times.retry_delays.clear();
    sender_bench bench(options);
    bench.take(sends(1, "c1"));
    const auto call = bench.event();
    CHECK(bench.sender.poll_timeout() == std::nullopt);
    bench.sender.handle_response_head(bench.now, call.id);
    CHECK(bench.sender.poll_timeout() == std::nullopt);
    bench.pass(std::chrono::hours(1000));
    bench.respond(call, text("x"));
    bench.answer<sender_answers::event_answered>();
    bench.take(sends(2, "c1"));
    bench.fail(bench.call());
    bench.answer<sender_answers::event_failed>();
}
