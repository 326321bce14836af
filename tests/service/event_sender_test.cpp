// SPDX-License-Identifier: MIT
#include "service/sender_bench.hpp"

#include <set>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

std::vector<std::string> headers_of(const std::vector<upstream_call>& calls, std::string_view name) {
    std::vector<std::string> all;
    for (const auto& call : calls) all.push_back(header(call, name));
    return all;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("an event is sent to its handler with what goes with its connection") {
    sender_bench bench;
    bench.take(connects("c1", "u1", "json.webpubsub.azure.v1"));
    const auto call = bench.event();
    CHECK(call.url == "https://a.net/connected");
    CHECK(call.request.target == "/connected");
    CHECK(call.max_response_bytes == std::size_t{16} << 20);
    CHECK(header(call, "WebHook-Request-Origin") == "service.net");
    CHECK(header(call, "ce-type") == "azure.webpubsub.sys.connected");
    CHECK(header(call, "ce-source") == "/hubs/chat/client/c1");
    CHECK(header(call, "ce-hub") == "chat");
    CHECK(header(call, "ce-id") == "1");
    CHECK(header(call, "ce-time") == "2023-11-14T22:13:20Z");
    CHECK(header(call, "ce-userId") == "u1");
    CHECK(header(call, "ce-subprotocol") == "json.webpubsub.azure.v1");
    CHECK(header(call, "ce-signature") == sign_connection("c1", std::vector{the_sender_key()}, openssl_hmac{}));
    CHECK(call.request.body == "{}");
}

TEST_CASE("the events of a connection are numbered from 0 for its connect event, each connection for itself") {
    sender_bench bench;
    bench.take(asks(1, "c1"));
    CHECK(header(bench.event(), "ce-id") == "0");
    bench.take(connects("c1"));
    bench.take(joins("c1", "g"));
    bench.take(sends(1, "c1"));
    bench.take(connects("c2"));
    bench.take(sends(2, "c2"));
    bench.take(disconnects("c1"));
    // The user event of c1 was never sent.
    const auto calls = bench.events();
    CHECK(headers_of(calls, "ce-connectionId") == texts{"c1", "c1", "c2", "c2", "c1"});
    CHECK(headers_of(calls, "ce-id") == texts{"1", "2", "1", "2", "4"});
}

TEST_CASE("connected is number 1 also where no handler is asked about the connection") {
    auto settings = handler_of_everything();
    settings.connect = false;
    sender_bench bench(sender_options({settings}));
    CHECK_FALSE(bench.sender.wants_connect());
    bench.take(connects("c1"));
    CHECK(header(bench.event(), "ce-id") == "1");
}

TEST_CASE("an event that no handler takes has no number") {
    auto settings = handler_of_everything();
    settings.connected = false;
    sender_bench bench(sender_options({settings}));
    bench.take(connects("c1"));
    bench.take(sends(1, "c1"));
    CHECK(header(bench.event(), "ce-id") == "1");
}

TEST_CASE("each event goes to the first handler that takes it, at its own URL") {
    auto first = handler_of_everything("https://a.net/{hub}/x");
    first.connect = first.connected = false;
    first.user_event_pattern = "connected";
    first.group_filters = {"vip*"};
    auto second = handler_of_everything("http://b.net:81/?e={event}");
    second.disconnected = false;
    sender_bench bench(sender_options({first, second}));
    CHECK(bench.sender.wants_connect());
    CHECK(bench.sender.wants_memberships());
    bench.take(connects("c1"));
    bench.take(sends(1, "c1", "connected"));
    bench.take(sends(2, "c1", "a.b"));
    bench.take(joins("c1", "vips"));
    bench.take(leaves("c1", "others"));
    std::vector<std::string> urls;
    const auto note = [&](const upstream_call& call) { urls.push_back(call.url + " " + header(call, "ce-eventName")); };
    for (const auto& call : bench.events()) note(call);
    bench.take(disconnects("c2"));
    note(bench.event());
    CHECK(urls == texts{"http://b.net:81/?e=connected connected", "https://a.net/chat/x connected",
                        "http://b.net:81/?e=a.b a.b", "https://a.net/chat/x joined", "http://b.net:81/?e=left left",
                        "https://a.net/chat/x disconnected"});
}

TEST_CASE("a sender tells what it wants of the hub") {
    auto settings = handler_of_everything();
    settings.connect = settings.group_joined = settings.group_left = false;
    CHECK_FALSE(sender_bench(sender_options({settings})).sender.wants_connect());
    CHECK_FALSE(sender_bench(sender_options({settings})).sender.wants_memberships());
    settings.group_left = true;
    CHECK(sender_bench(sender_options({settings})).sender.wants_memberships());
}

TEST_CASE("without a handler a connection is let in, questions fail, and other events are nobody's") {
    sender_bench bench(sender_options({}));
    bench.take(asks(1, "c1"));
    const auto let_in = bench.answer<sender_answers::admission_accepted>();
    CHECK(let_in.id == admission_id{1});
    CHECK_FALSE(let_in.overrides.user_id);
    CHECK_FALSE(let_in.overrides.roles);
    bench.take(connects("c1"));
    bench.take(sends(2, "c1"));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{2});
    bench.take(invokes(3, "c1"));
    CHECK(bench.answer<sender_answers::invocation_failed>().error.name == "InternalServerError");
    bench.take(joins("c1", "g"));
    bench.take(leaves("c1", "g"));
    bench.take(disconnects("c1"));
    bench.check_idle();
}

TEST_CASE("events that nobody waits for do not wait for answers, nor does what is behind a question") {
    sender_bench bench;
    bench.take(connects("c1"));
    bench.take(joins("c1", "g"));
    bench.take(sends(1, "c1"));
    bench.take(invokes(2, "c1"));
    bench.take(leaves("c1", "g"));
    CHECK(headers_of(bench.events(), "ce-id") == texts{"1", "2", "3", "4", "5"});
}

TEST_CASE("the state that a handler sets comes with each event after it") {
    sender_bench bench;
    bench.take(asks(1, "c1"));
    bench.respond(bench.event(), {204, {{"ce-connectionState", "s1"}}, {}});
    bench.take(connects("c1"));
    auto call = bench.event();
    CHECK(header(call, "ce-connectionState") == "s1");
    // Of an event that nobody waits for nothing is used.
    bench.respond(call, {200, {{"ce-connectionState", "ignored"}}, {}});
    bench.take(sends(1, "c1"));
    call = bench.event();
    CHECK(header(call, "ce-connectionState") == "s1");
    bench.respond(call);
    bench.take(sends(2, "c1"));
    call = bench.event();
    CHECK(header(call, "ce-connectionState") == "s1");
    bench.respond(call, {204, {{"ce-connectionState", "s2"}, {"CE-ConnectionState", "s3"}}, {}});
    bench.take(sends(3, "c1"));
    call = bench.event();
    CHECK(header(call, "ce-connectionState") == "s3");
    bench.respond(call, {404, {{"ce-connectionState", "of a failure"}}, {}});
    bench.take(sends(4, "c1"));
    call = bench.event();
    CHECK(header(call, "ce-connectionState") == "s3");
    bench.respond(call, {200, {{"Content-Type", "x/y"}, {"ce-connectionState", "of a failure"}}, "x"});
    bench.take(invokes(5, "c1"));
    call = bench.event();
    CHECK(header(call, "ce-connectionState") == "s3");
    bench.respond(call, {200, {{"ce-connectionState", ""}}, {}});
    bench.take(joins("c1", "g"));
    CHECK(header(bench.event(), "ce-connectionState").empty());
    bench.take(connects("c2"));
    CHECK(header(bench.event(), "ce-connectionState") == "(none)");
}

TEST_CASE("cookies of a handler come back to it for this connection, and are not told to others") {
    auto other = handler_of_everything("https://b.net/");
    other.user_event_pattern = "other";
    auto settings = handler_of_everything();
    settings.user_event_pattern = "e";
    sender_bench bench(sender_options({settings, other}));
    bench.take(asks(1, "c1"));
    bench.respond(bench.event(), {204, {{"Set-Cookie", "a=1; Path=/"}, {"Set-Cookie", "b=2"}}, {}});
    bench.take(connects("c1"));
    auto call = bench.event();
    CHECK(header(call, "Cookie") == "a=1; b=2");
    bench.respond(call, {200, {{"Set-Cookie", "a=; Max-Age=0"}}, {}});
    bench.take(sends(1, "c1"));
    call = bench.event();
    CHECK(header(call, "Cookie") == "b=2");
    // Affinity is for the next attempt too.
    bench.respond(call, {503, {{"Set-Cookie", "b=3"}}, {}});
    bench.pass(seconds(1));
    CHECK(header(bench.event(), "Cookie") == "b=3");
    bench.take(sends(2, "c1", "other"));
    CHECK(header(bench.event(), "Cookie") == "(none)");
    bench.take(connects("c2"));
    CHECK(header(bench.event(), "Cookie") == "(none)");
}

TEST_CASE("the id of a request is a random GUID, one for each event") {
    sender_bench bench;
    std::set<std::string> seen;
    for (std::uint64_t i = 1; i <= 50; ++i) bench.take(sends(i, "c1"));
    for (const auto& call : bench.events()) {
        const auto id = header(call, "x-ms-client-request-id");
        REQUIRE(id.size() == 36);
        for (const std::size_t at : {8u, 13u, 18u, 23u}) CHECK(id[at] == '-');
        CHECK(id[14] == '4');
        CHECK(std::string("89ab").find(id[19]) != std::string::npos);
        CHECK(id.find_first_not_of("0123456789abcdef-") == std::string::npos);
        seen.insert(id);
    }
    CHECK(seen.size() == 50);
}

TEST_CASE("what no header can hold fails without a request") {
    sender_bench bench;
    bench.take(asks(1, "c1", "\xC3\xA4"));
    CHECK(bench.answer<sender_answers::admission_refused>().http_status == 500);
    CHECK(bench.sender.connection_count() == 0);
    bench.take(connects("c2", "a\r\nb"));
    bench.take(connects("c3"));
    bench.take(sends(2, "c3", "e", text_payload("x"), {{"k", "a\nb"}}));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{2});
    bench.take(sends(3, "c3", "\xC3\xA4"));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{3});
    // What was never sent has no number either.
    bench.take(sends(4, "c3"));
    const auto calls = bench.events();
    CHECK(headers_of(calls, "ce-id") == texts{"1", "2"});
    CHECK(headers_of(calls, "ce-connectionId") == texts{"c3", "c3"});
    CHECK(bench.sender.counters().failed_questions == 3);
    CHECK(bench.sender.counters().lost_events == 1);
}
