// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

std::string response(std::string_view id, std::string_view rest) {
    return R"({"type":"invokeResponse","invocationId":")" + std::string(id) + "\"," + std::string(rest) + "}";
}

invocation_status status_of(client_driver& d) {
    const auto completed = d.take<invocation_completed>();
    REQUIRE(completed);
    return completed->status;
}

} // namespace

TEST_CASE("an invocation is sent, and its answer is its outcome") {
    auto d = reliable_client();
    d.connect();
    invoke_options options;
    options.tag = 9;
    options.metadata = {{"k", "v"}};
    CHECK(d.c.invoke(d.now, "echo", text_payload("hi"), options).value() == "1");
    d.drain();
    CHECK(
        d.take_sent() ==
        strings{R"({"type":"invoke","invocationId":"1","target":"event","event":"echo","dataType":"text","data":"hi",)"
                R"("metadata":{"k":"v"}})"});
    SECTION("with data") {
        d.receive(response("1", R"("success":true,"dataType":"text","data":"ho","metadata":{"a":"b"})"));
        const auto completed = d.take<invocation_completed>();
        REQUIRE(completed);
        CHECK(completed->status == invocation_status::succeeded);
        CHECK(completed->tag == 9);
        CHECK(completed->data == text_payload("ho"));
        CHECK(completed->metadata == string_map{{"a", "b"}});
    }
    SECTION("without data") {
        d.receive(response("1", R"("success":true)"));
        CHECK_FALSE(d.take<invocation_completed>()->data);
    }
    SECTION("a failure") {
        d.receive(response("1", R"("success":false,"error":{"name":"BadRequest","message":"m"})"));
        const auto completed = d.take<invocation_completed>();
        REQUIRE(completed);
        CHECK(completed->status == invocation_status::failed);
        CHECK(completed->error == service_error{"BadRequest", "m"});
    }
    CHECK(d.c.pending_invocations() == 0);
    d.receive(response("1", R"("success":true)"));
    CHECK(d.count<invocation_completed>() == 0);
    CHECK(d.c.counters().late_responses == 1);
}

TEST_CASE("an invocation that is cancelled is called off, and a late answer is left out") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.invoke(d.now, "e", {}));
    d.drain();
    d.take_sent();
    REQUIRE(d.c.cancel_invocation(d.now, "1"));
    d.drain();
    CHECK(status_of(d) == invocation_status::cancelled);
    CHECK(d.take_sent() == strings{R"({"type":"cancelInvocation","invocationId":"1"})"});
    CHECK(d.c.cancel_invocation(d.now, "1").error().code == errc::unknown_target);
    d.receive(response("1", R"("success":true)"));
    CHECK(d.c.counters().late_responses == 1);
}

TEST_CASE("an invocation may have a time to be answered in") {
    auto options = with_url();
    options.invocations.timeout = 10s;
    auto d = reliable_client(options);
    d.connect();
    REQUIRE(d.c.invoke(d.now, "e", {}));
    invoke_options own;
    own.timeout = 2s;
    REQUIRE(d.c.invoke(d.now, "e", {}, own));
    own.timeout = duration::max();
    REQUIRE(d.c.invoke(d.now, "e", {}, own));
    d.drain();
    d.take_sent();
    d.wait(2s);
    CHECK(d.take<invocation_completed>()->invocation_id == "2");
    CHECK(d.take_sent() == strings{R"({"type":"cancelInvocation","invocationId":"2"})"});
    d.wait(8s);
    CHECK(status_of(d) == invocation_status::timed_out);
    d.wait(15s);
    CHECK(d.c.pending_invocations() == 1);
}

TEST_CASE("invocations end with their transport, even if the connection is recovered") {
    auto d = reliable_client(one_write_at_a_time());
    d.connect();
    REQUIRE(d.c.invoke(d.now, "e", {}));
    d.drain();
    d.writes_complete = false;
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.drain();
    REQUIRE(d.c.invoke(d.now, "e", {}));
    d.forget();
    SECTION("lost") { d.closed(); }
    SECTION("stopped") { d.stop(); }
    CHECK(status_of(d) == invocation_status::outcome_unknown);
    CHECK(status_of(d) == invocation_status::not_sent);
    if (d.c.state() == client_state::stopped) return;
    d.writes_complete = true;
    d.take_sent();
    d.opened();
    d.receive(d.connected_frame("c1", "t1"));
    for (const auto& frame : d.take_sent()) CHECK(frame.find("invoke") == std::string::npos);
}

TEST_CASE("ids of invocations are the client's own unless they are given, and never used twice") {
    auto d = reliable_client();
    d.connect();
    CHECK(d.c.invoke(d.now, "e", {}, {"2"}).value() == "2");
    CHECK(d.c.invoke(d.now, "e", {}).value() == "1");
    CHECK(d.c.invoke(d.now, "e", {}).value() == "3");
    CHECK(d.c.invoke(d.now, "e", {}, {"3"}).error().code == errc::id_in_use);
    d.drain();
    d.recover();
    CHECK(d.c.invoke(d.now, "e", {}).value() == "4");
}

TEST_CASE("wrong use of invocations is an error value") {
    auto options = with_url();
    options.invocations.max_pending = 1;
    auto d = reliable_client(options);
    CHECK(d.c.invoke(d.now, "e", {}).error().code == errc::not_started);
    d.start();
    CHECK(d.c.invoke(d.now, "e", {}).error().code == errc::not_connected);
    d.connect();
    CHECK(d.c.invoke(d.now, "1", {}).error().code == errc::invalid_event_name);
    CHECK(d.c.invoke(d.now, "e", json_payload("{")).error().code == errc::invalid_payload);
    CHECK(d.c.invoke(d.now, "e", {}, {"\xff"}).error().code == errc::invalid_utf8);
    CHECK(d.c.invoke(d.now, "e", text_payload(std::string(1 << 20, 'x'))).error().code == errc::frame_too_large);
    REQUIRE(d.c.invoke(d.now, "e", {}));
    CHECK(d.c.invoke(d.now, "e", {}).error().code == errc::too_many_pending);
    CHECK(d.c.cancel_invocation(d.now, "9").error().code == errc::unknown_target);
}
