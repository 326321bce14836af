// SPDX-License-Identifier: MIT
#include "service/sender_bench.hpp"

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

using texts = std::vector<std::string>;

texts types_of(const std::vector<upstream_call>& calls) {
    texts all;
    for (const auto& call : calls) all.push_back(header(call, "ce-eventName"));
    return all;
}

} // namespace

TEST_CASE("a client that goes away takes its questions with it, and disconnected comes last and once") {
    sender_bench bench;
    bench.take(connects("c1"));
    bench.take(sends(1, "c1"));
    bench.take(invokes(2, "c1"));
    bench.take(sends(3, "c2"));
    const auto calls = bench.events();
    REQUIRE(calls.size() == 4);
    bench.take(leaves("c1", "g"));
    bench.take(disconnects("c1", "bye"));
    CHECK(bench.cancelled() == std::vector{calls[1].id, calls[2].id});
    const auto last = bench.calls();
    CHECK(types_of(last) == texts{"left", "disconnected"});
    for (const auto& call : calls) bench.respond(call, text("x"));
    for (const auto& call : last) bench.respond(call);
    CHECK(bench.answer<sender_answers::event_answered>().id == event_id{3});
    CHECK(bench.sender.counters().late_inputs == 2);
    CHECK(bench.sender.connection_count() == 1);
    bench.take(disconnects("c2"));
    bench.respond(bench.call());
    bench.check_idle();
}

TEST_CASE("a question that was not sent yet, or waits for its next attempt, is never sent when its client is gone") {
    sender_bench bench;
    bench.take(connects("c1"));
    bench.take(sends(1, "c1"));
    const auto calls = bench.events();
    REQUIRE(calls.size() == 2);
    bench.fail(calls[1]);
    bench.take(invokes(2, "c1"));
    bench.take(disconnects("c1"));
    CHECK(bench.cancelled().empty());
    CHECK(types_of(bench.calls()) == texts{"disconnected"});
    bench.pass(seconds(50));
    CHECK(bench.calls().empty());
    CHECK(bench.answers().empty());
}

TEST_CASE("what happened before the end is told before it, though its handler was not validated yet") {
    sender_bench bench;
    bench.take(connects("c1"));
    bench.take(joins("c1", "g"));
    bench.take(sends(1, "c1"));
    bench.take(leaves("c1", "g"));
    bench.take(disconnects("c1"));
    CHECK(types_of(bench.events()) == texts{"connected", "joined", "left", "disconnected"});
    CHECK(bench.answers().empty());
}

TEST_CASE("events of a connection that has ended keep what goes with it until they are through") {
    sender_bench bench;
    bench.take(asks(1, "c1"));
    bench.respond(bench.event(), {204, {{"ce-connectionState", "s"}, {"Set-Cookie", "a=1"}}, {}});
    bench.take(connects("c1", "u"));
    bench.respond(bench.call());
    bench.take(disconnects("c1"));
    bench.fail(bench.call());
    bench.pass(seconds(1));
    const auto call = bench.call();
    CHECK(header(call, "ce-connectionState") == "s");
    CHECK(header(call, "Cookie") == "a=1");
    CHECK(header(call, "ce-userId") == "u");
    bench.answers();
    bench.respond(call);
    bench.check_idle();
}

TEST_CASE("an invocation that is cancelled is not answered, and its call is dropped") {
    sender_bench bench;
    bench.take(connects("c1"));
    bench.take(invokes(1, "c1"));
    bench.take(invokes(2, "c1"));
    const auto calls = bench.events();
    REQUIRE(calls.size() == 3);
    bench.take(cancels(1));
    bench.take(cancels(1));
    bench.take(cancels(99));
    CHECK(bench.cancelled() == std::vector{calls[1].id});
    bench.respond(calls[1], text("x"));
    bench.respond(calls[2], text("y"));
    CHECK(bench.answer<sender_answers::invocation_answered>().id == event_id{2});
}

TEST_CASE("a client that does not wait to be let in is forgotten") {
    sender_bench bench;
    bench.take(asks(1, "c1"));
    bench.sender.handle_abandoned(bench.now, admission_id{1});
    CHECK(bench.events().empty());
    bench.take(asks(2, "c2"));
    const auto call = bench.event();
    bench.sender.handle_abandoned(bench.now, admission_id{3});
    bench.sender.handle_abandoned(bench.now, admission_id{2});
    CHECK(bench.cancelled() == std::vector{call.id});
    bench.respond(call);
    bench.check_idle();
}

TEST_CASE("ids of admissions and of events are not taken for each other") {
    sender_bench bench;
    bench.take(asks(1, "c1"));
    bench.take(sends(1, "c2"));
    bench.take(invokes(1, "c3"));
    bench.events();
    bench.take(cancels(1));
    CHECK(bench.cancelled().size() == 1);
    bench.sender.handle_abandoned(bench.now, admission_id{1});
    CHECK(bench.cancelled().size() == 1);
    CHECK(bench.sender.event_count() == 1);
}

TEST_CASE("a client that was let in and never comes is forgotten after a time") {
    sender_bench bench;
    bench.take(asks(1, "c1"));
    bench.respond(bench.event(), {204, {{"ce-connectionState", "s"}}, {}});
    bench.take(asks(2, "c2"));
    bench.respond(bench.call(), {204, {{"ce-connectionState", "s"}}, {}});
    CHECK(bench.answers().size() == 2);
    bench.pass(seconds(60) - duration(1));
    bench.take(connects("c1"));
    CHECK(header(bench.call(), "ce-connectionState") == "s");
    bench.pass(duration(1));
    CHECK(bench.sender.connection_count() == 1);
    bench.pass(seconds(1000));
    CHECK(bench.sender.connection_count() == 1);
}

TEST_CASE("only so many requests are under way") {
    auto options = sender_options({handler_of_everything()});
    options.limits.max_calls = 2;
    sender_bench bench(options);
    for (std::uint64_t i = 1; i <= 5; ++i) bench.take(sends(i, "c" + std::to_string(i)));
    auto calls = bench.events();
    REQUIRE(calls.size() == 2);
    bench.respond(calls[1]);
    CHECK(header(bench.call(), "ce-connectionId") == "c3");
    // One that is cancelled makes room too.
    bench.take(disconnects("c1"));
    CHECK(header(bench.call(), "ce-connectionId") == "c4");
    bench.pass(seconds(100));
    // Those that had no turn in their time fail like those that had.
    CHECK(bench.answers().size() == 4);
    CHECK(bench.calls().empty());
    CHECK(bench.sender.event_count() == 0);
}

TEST_CASE("a validation comes first, and leaves room for an event") {
    auto options = sender_options({handler_of_everything("https://a.net/"), handler_of_everything("https://b.net/")});
    options.limits.max_calls = 1;
    sender_bench bench(options);
    bench.take(sends(1, "c1"));
    bench.take(sends(2, "c2"));
    const auto question = bench.call();
    bench.respond(question, allowed());
    CHECK(bench.calls().size() == 1);
}

TEST_CASE("while many events wait, or long ones, no more are wanted") {
    auto options = sender_options({handler_of_everything()});
    options.limits.max_events = 3;
    options.limits.max_event_bytes = 1000;
    sender_bench bench(options);
    bench.take(sends(1, "c1"));
    bench.take(sends(2, "c2"));
    CHECK(bench.sender.wants_event());
    bench.take(sends(3, "c3"));
    CHECK_FALSE(bench.sender.wants_event());
    // One that is given all the same is taken.
    bench.take(sends(4, "c4"));
    auto calls = bench.events();
    REQUIRE(calls.size() == 4);
    bench.respond(calls[0]);
    CHECK_FALSE(bench.sender.wants_event());
    bench.respond(calls[1]);
    CHECK(bench.sender.wants_event());
    bench.take(sends(5, "c5", "e", text_payload(std::string(1000, 'x'))));
    bench.respond(calls[2]);
    CHECK_FALSE(bench.sender.wants_event());
    bench.respond(bench.call());
    CHECK(bench.sender.wants_event());
}

TEST_CASE("a copy of a sender goes on by itself") {
    sender_bench bench;
    bench.take(sends(1, "c1"));
    const auto call = bench.event();
    auto copy = bench.sender;
    bench.respond(call, text("x"));
    bench.answer<sender_answers::event_answered>();
    CHECK_FALSE(copy.poll_answer());
    CHECK(copy.event_count() == 1);
    copy.handle_failure(bench.now, call.id, call_failure::unreadable);
    const auto answer = copy.poll_answer();
    REQUIRE(answer);
    CHECK(holds_alternative<sender_answers::event_failed>(*answer));
}

TEST_CASE("a client goes away with two events, of which one can't be sent at all") {
    auto first = handler_of_everything("https://a.net/");
    first.user_event_pattern = "e";
    first.disconnected = false;
    auto second = handler_of_everything("https://b.net/");
    second.disconnected = false;
    sender_bench bench(sender_options({first, second}));
    bench.take(sends(1, "c1", "f"));
    bench.respond(bench.call(), status(403));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{1});
    // The second waits behind the first, whose handler is not known yet.
    bench.take(sends(2, "c2", "e"));
    bench.take(sends(3, "c2", "f"));
    bench.take(disconnects("c2"));
    bench.take(disconnects("c1"));
    bench.respond(bench.call(), allowed());
    bench.check_idle();
}
