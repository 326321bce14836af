// SPDX-License-Identifier: MIT

// A hub of a service with its event handlers, those that are asked over HTTP and those that are canned.

#include <webpubsub/upstream/answer.hpp>
#include <webpubsub/upstream/receive.hpp>

#include "service/service_bench.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;

TEST_CASE("events go to the first that takes them, a handler or a canned answer") {
    service_bench f;
    f.options.defaults.handlers = {canned("echo", canned_answer::echo),
                                   handler("http://app.example/{event}", "*", false),
                                   canned("never", canned_answer::success)};
    const auto ann = f.connect("chat");
    f.written("chat", ann);
    auto& hub = *f.made().find("chat");
    f.receive("chat", ann, R"({"type":"event","event":"Echo","ackId":1,"dataType":"text","data":"x"})");
    CHECK(f.written("chat", ann).find(R"("data":"x")") != std::string::npos);
    CHECK_FALSE(hub.poll_call());
    f.receive("chat", ann, R"({"type":"event","event":"never","ackId":2,"dataType":"text","data":"y"})");
    const auto validation = hub.poll_call();
    REQUIRE(validation);
    CHECK(validation->request.method == http_method::options);
    CHECK(validation->url == "http://app.example/validate");
    hub.handle_response(f.now, validation->id, {200, {{"WebHook-Allowed-Origin", "*"}}, {}});
    const auto event = hub.poll_call();
    REQUIRE(event);
    CHECK(event->url == "http://app.example/never");
    const auto received = receive_upstream(event->request, {.hub = "chat", .keys = {secondary}}, openssl_hmac());
    REQUIRE(received);
    CHECK(get_if<upstream_events::custom_event>(&received->event)->data == payload{data_type::text, "y"});
    event_answer answer;
    answer.data = payload{data_type::json, "{\"z\":1}"};
    answer.metadata = {{"trace", "1"}};
    hub.handle_response(f.now, event->id, answer_event(answer).value());
    const auto frames = f.written("chat", ann);
    CHECK(frames.find(R"("metadata":{"trace":"1"})") != std::string::npos);
    CHECK(frames.find(R"("data":{"z":1})") != std::string::npos);
    CHECK(frames.find(R"({"type":"ack","ackId":2,"success":true})") != std::string::npos);
}

TEST_CASE("a handler that is asked about a client lets it in, changed, or keeps it out, and may be left waiting") {
    service_bench f;
    f.options.defaults.handlers = {handler("http://app.example/", "", true)};
    const auto ask = [&]() -> std::pair<admission_id, upstream_call> {
        const auto answer = f.made().handle_upgrade(f.now, f.upgrade("chat"));
        const auto id = get<waiting>(get_if<service_upgrade>(&answer)->outcome).id;
        auto& hub = *f.made().find("chat");
        auto call = hub.poll_call();
        if (call->request.method == http_method::options) {
            hub.handle_response(f.now, call->id, {200, {{"WebHook-Allowed-Origin", "127.0.0.1"}}, {}});
            call = hub.poll_call();
        }
        return {id, std::move(*call)};
    };
    const auto outcome = [&] {
        const auto order = f.made().find("chat")->machine().poll_order();
        return get<hub_orders::admission_decided>(*order).outcome;
    };
    auto [first, call] = ask();
    const auto received = receive_upstream(call.request, {.keys = {primary}}, openssl_hmac()).value();
    CHECK(received.context.user_id == "ann");
    CHECK(get_if<upstream_events::connect_event>(&received.event)->subprotocols ==
          std::vector<std::string>{"json.webpubsub.azure.v1"});
    f.made().find("chat")->handle_response(f.now, call.id,
                                           accept_connect({.user_id = "bob", .groups = {"room"}}).value());
    const auto id = get<accepted>(outcome()).transport;
    f.made().find("chat")->machine().handle_opened(f.now, id);
    CHECK(f.status(f.request(rest::user_exists("bob"))) == 200);
    CHECK(f.status(f.request(rest::user_exists("ann"))) == 404);
    CHECK(f.status(f.request(rest::group_exists("room"))) == 200);

    auto [second, refusing] = ask();
    f.made().find("chat")->handle_response(f.now, refusing.id, refuse_connect(403, "no"));
    CHECK(get<refused>(outcome()).http_status == 403);

    auto [third, abandoned] = ask();
    f.made().find("chat")->handle_abandoned(f.now, third);
    CHECK(f.made().find("chat")->poll_cancel() == abandoned.id);
    f.made().find("chat")->handle_response(f.now, abandoned.id, accept_connect().value());
    CHECK_FALSE(f.made().find("chat")->machine().poll_order());

    // One that never answers is given up when its time is over, not before.
    auto [fourth, hung] = ask();
    f.now.steady += 100s;
    f.made().find("chat")->handle_timeout(f.now);
    CHECK(get<refused>(outcome()).http_status == 500);
    CHECK(f.made().find("chat")->poll_cancel() == hung.id);
}

TEST_CASE("canned answers are echo, success, failure and none, also for invocations") {
    service_bench f;
    f.options.defaults.handlers = {canned("echo", canned_answer::echo), canned("ok", canned_answer::success),
                                   canned("bad", canned_answer::failure), canned("none", canned_answer::none)};
    const auto ann = f.connect("chat");
    f.written("chat", ann);
    const auto send = [&](std::string_view type, std::string_view name) {
        const std::string id = type == "event" ? R"("ackId":)" + std::to_string(name.size() * 7 + name[0])
                                               : R"("target":"event","invocationId":")" + std::string(name) + "\"";
        f.receive("chat", ann,
                  R"({"type":")" + std::string(type) + R"(","event":")" + std::string(name) + R"(",)" + id +
                      R"(,"dataType":"text","data":"x"})");
        return f.written("chat", ann);
    };
    CHECK(send("event", "echo").find(R"("data":"x")") != std::string::npos);
    CHECK(send("invoke", "echo").find(R"("data":"x")") != std::string::npos);
    CHECK(send("event", "ok").find(R"("success":true)") != std::string::npos);
    CHECK(send("invoke", "ok").find(R"("success":true)") != std::string::npos);
    CHECK(send("event", "bad").find("InternalServerError") != std::string::npos);
    CHECK(send("invoke", "bad").find("InternalServerError") != std::string::npos);
    CHECK(send("event", "unknown").find("InternalServerError") != std::string::npos);
    CHECK(send("invoke", "none").empty());
    CHECK(send("event", "none").empty());
    f.now.steady += 100s;
    f.made().find("chat")->handle_timeout(f.now);
    const auto late = f.written("chat", ann);
    CHECK(late.find("ack") != std::string::npos);
    CHECK(late.find("invokeResponse") != std::string::npos);
}

TEST_CASE("the longest times that there are leave a hub that works") {
    service_bench f;
    f.options.defaults.handlers = {handler("http://app.example/", "*", true)};
    f.options.defaults.handler_times.event = duration::max();
    f.options.defaults.handler_times.body = duration::max();
    f.options.defaults.handler_times.opening = duration::max();
    f.options.defaults.options.timeouts.open = duration::max();
    const auto answer = f.made().handle_upgrade(f.now, f.upgrade("chat"));
    CHECK(holds_alternative<waiting>(get_if<service_upgrade>(&answer)->outcome));
    auto& hub = *f.made().find("chat");
    CHECK(hub.poll_call());
    hub.handle_timeout(f.now);
    CHECK_FALSE(hub.poll_cancel());
}
