// SPDX-License-Identifier: MIT
#include "service/sender_bench.hpp"

using namespace webpubsub;
using namespace webpubsub::tests;

TEST_CASE("before its first event a handler is asked whether events may be sent, once for all connections") {
    sender_bench bench;
    bench.take(asks(1, "c1"));
    bench.take(connects("c2"));
    bench.take(sends(2, "c2"));
    const auto question = bench.call();
    CHECK(question.request.method == http_method::options);
    CHECK(question.url == "https://a.net/validate");
    CHECK(header(question, "WebHook-Request-Origin") == "service.net");
    CHECK(header(question, "ce-awpsversion") == "1.0");
    CHECK(header(question, "ce-signature") == "(none)");
    bench.respond(question, allowed());
    CHECK(bench.calls().size() == 3);
    bench.pass(seconds(10'000));
    bench.answers();
    bench.take(sends(3, "c2"));
    CHECK(bench.call().request.method == http_method::post);
}

TEST_CASE("each handler is validated by itself, when it is needed") {
    auto first = handler_of_everything("https://a.net/{event}");
    first.user_event_pattern = "a";
    const auto second = handler_of_everything("https://b.net/{event}");
    sender_bench bench(sender_options({first, second}));
    bench.take(sends(1, "c1", "a"));
    const auto question = bench.call();
    CHECK(question.url == "https://a.net/validate");
    bench.take(sends(2, "c2", "b"));
    const auto other = bench.call();
    CHECK(other.url == "https://b.net/validate");
    bench.respond(other, allowed());
    CHECK(bench.call().url == "https://b.net/b");
    bench.respond(question, status(403));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{1});
}

TEST_CASE("an event behind one whose handler is not validated yet waits for its turn") {
    auto first = handler_of_everything("https://a.net/{event}");
    first.user_event_pattern = "a";
    const auto second = handler_of_everything("https://b.net/{event}");
    sender_bench bench(sender_options({first, second}));
    bench.take(sends(1, "c2", "b"));
    bench.events();
    bench.take(invokes(2, "c1"));
    bench.events();
    bench.take(sends(3, "c1", "a"));
    bench.take(sends(4, "c1", "b"));
    const auto question = bench.call();
    CHECK(question.url == "https://a.net/validate");
    bench.respond(question, allowed());
    const auto calls = bench.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].url == "https://a.net/a");
    CHECK(calls[1].url == "https://b.net/b");
}

TEST_CASE("of an invalid handler connections are refused, questions fail, and other events are dropped") {
    const unsigned code = GENERATE(200u, 400u, 403u, 405u);
    sender_bench bench;
    bench.take(asks(1, "c1"));
    bench.take(connects("c2"));
    bench.take(sends(2, "c3"));
    bench.take(invokes(3, "c4"));
    bench.respond(bench.call(), status(code));
    const auto answers = bench.answers();
    REQUIRE(answers.size() == 3);
    CHECK(get<sender_answers::admission_refused>(answers[0]).http_status == 500);
    CHECK(get<sender_answers::event_failed>(answers[1]).id == event_id{2});
    CHECK(get<sender_answers::invocation_failed>(answers[2]).id == event_id{3});
    CHECK(bench.calls().empty());
    CHECK(bench.sender.counters().failed_validations == 1);
    CHECK(bench.sender.counters().lost_events == 1);
    for (const auto* id : {"c2", "c3", "c4"}) bench.take(disconnects(id));
    bench.check_idle();
}

TEST_CASE("an invalid handler is asked again by the first event after a pause that doubles up to a minute") {
    sender_bench bench;
    std::uint64_t id = 0;
    for (const int pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
        bench.take(sends(++id, "c1"));
        bench.respond(bench.call(), status(403));
        CHECK(bench.answers().size() == 1);
        bench.pass(seconds(pause) - duration(1));
        bench.take(sends(++id, "c1"));
        CHECK(bench.calls().empty());
        CHECK(bench.answer<sender_answers::event_failed>().id == event_id{id});
        bench.pass(duration(1));
    }
    bench.take(sends(++id, "c1"));
    bench.respond(bench.call(), allowed());
    CHECK(bench.call().request.method == http_method::post);
}

TEST_CASE("a handler that knows no OPTIONS is asked by GET") {
    sender_bench bench;
    bench.take(sends(1, "c1"));
    bench.respond(bench.call(), status(404));
    const auto question = bench.call();
    CHECK(question.request.method == http_method::get);
    CHECK(question.url == "https://a.net/validate");
    bench.respond(question, allowed());
    CHECK(bench.call().request.method == http_method::post);
}

TEST_CASE("a question to a handler is repeated after 1, 3 and 5 seconds, and ends after 10") {
    sender_bench bench;
    bench.take(sends(1, "c1"));
    for (const int delay : {1, 3, 5}) {
        bench.fail(bench.call());
        bench.pass(seconds(delay) - duration(1));
        CHECK(bench.calls().empty());
        bench.pass(duration(1));
    }
    const auto last = bench.call();
    bench.pass(seconds(10) - duration(1));
    CHECK(bench.answers().empty());
    bench.pass(duration(1));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{1});
    CHECK(bench.cancelled() == std::vector{last.id});
    bench.respond(last, allowed());
    CHECK(bench.sender.counters().late_inputs == 1);
    bench.take(sends(2, "c1"));
    bench.answer<sender_answers::event_failed>();
}

TEST_CASE("the time that a validation takes is part of an event's") {
    auto options = sender_options({handler_of_everything()});
    options.times.event = seconds(5);
    sender_bench bench(options);
    bench.take(sends(1, "c1"));
    const auto question = bench.call();
    bench.pass(seconds(5));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{1});
    // What is found out is for the next one.
    CHECK(bench.cancelled().empty());
    bench.respond(question, allowed());
    bench.take(sends(2, "c1"));
    CHECK(bench.call().request.method == http_method::post);
}
