// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/invocations.hpp>

#include "client/parts/line_codec.hpp"
#include "support/catch.hpp"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

invoke_options named(std::string id, std::uint64_t tag = 0) {
    invoke_options options;
    options.invocation_id = std::move(id);
    options.tag = tag;
    return options;
}

struct driver {
    explicit driver(const client_invocation_options& options = {}, std::size_t max_sent_size = 1 << 20)
        : calls(options, line_codec(), max_sent_size) {
        calls.handle_link(now, link_change::up);
    }

    invocations calls;
    steady_time now{std::chrono::hours(1)};
    std::uint64_t last_ticket = 0;

    result<std::string> invoke(const invoke_options& options = {}, std::optional<payload_view> data = {},
                               std::string_view event = "e") {
        return calls.invoke(now, at(++last_ticket), event, data, options);
    }
    result<void> cancel(std::string_view id) { return calls.cancel(now, at(++last_ticket), id); }

    strings written() {
        strings lines;
        while (calls.next_write()) lines.emplace_back(calls.begin_write(now).view());
        return lines;
    }
    bool answer(std::string id) {
        invoke_response_message message;
        message.invocation_id = std::move(id);
        return calls.handle_response(now, message);
    }
    void link(std::initializer_list<link_change> changes) {
        for (const auto change : changes) calls.handle_link(now, change);
    }
    void recover() { link({link_change::down, link_change::recovering, link_change::recovered}); }

    strings events() {
        strings lines;
        while (const auto event = calls.poll_event()) {
            const auto& completed = get<invocation_completed>(*event);
            lines.push_back(completed.invocation_id + " " + std::string(name_of(completed.status)));
        }
        return lines;
    }
    strings wait(duration time) {
        now += time;
        calls.handle_timeout(now);
        return events();
    }
};

} // namespace

TEST_CASE("invocations: an invocation is sent, and its answer is its outcome") {
    driver d;
    auto options = named("", 9);
    options.metadata = {{"k", "1"}, {"k", "2"}};
    CHECK(d.invoke(options, payload_view::text("hi"), "echo").value() == "1");
    CHECK(d.calls.size() == 1);
    CHECK(d.written() == strings{"invoke 1 echo hi k=2"});
    invoke_response_message message;
    message.invocation_id = "1";
    message.metadata = {{"a", "b"}};
    auto status = invocation_status::succeeded;
    SECTION("with data") { message.outcome = text_payload("ho"); }
    SECTION("without data") {}
    SECTION("a failure") {
        message.outcome = service_error{"BadRequest", "m"};
        status = invocation_status::failed;
    }
    const auto outcome = message.outcome;
    CHECK(d.calls.handle_response(d.now, message));
    const auto event = d.calls.poll_event();
    REQUIRE(event);
    const auto& completed = get<invocation_completed>(*event);
    CHECK(completed.invocation_id == "1");
    CHECK(completed.tag == 9);
    CHECK(completed.status == status);
    CHECK(completed.metadata == string_map{{"a", "b"}});
    if (const auto* data = get_if<payload>(&outcome)) CHECK(completed.data == *data);
    if (const auto* error = get_if<service_error>(&outcome)) CHECK(completed.error == *error);
    CHECK(completed.data.has_value() == holds_alternative<payload>(outcome));
    CHECK(d.calls.size() == 0);
    CHECK_FALSE(d.calls.deadline());
    CHECK_FALSE(d.answer("1"));
    CHECK(d.events().empty());
}

TEST_CASE("invocations are written by their tickets, and answered in any order") {
    driver d;
    for (const auto* id : {"b", "a", "c"}) REQUIRE(d.invoke(named(id)));
    CHECK(d.calls.next_write() == offer{write_order::by_ticket, at(1)});
    CHECK(d.written() == strings{"invoke b e", "invoke a e", "invoke c e"});
    CHECK(d.answer("a"));
    CHECK(d.answer("c"));
    CHECK(d.answer("b"));
    CHECK(d.events() == strings{"a succeeded", "c succeeded", "b succeeded"});
}

TEST_CASE("an invocation that is cancelled is called off at its place among the calls") {
    driver d;
    REQUIRE(d.invoke());
    d.written();
    REQUIRE(d.invoke());
    REQUIRE(d.cancel("1"));
    CHECK(d.events() == strings{"1 cancelled"});
    REQUIRE(d.invoke());
    CHECK(d.written() == strings{"invoke 2 e", "cancel 1", "invoke 3 e"});
    CHECK(d.cancel("1").error() == errc::unknown_target);
    CHECK_FALSE(d.answer("1"));
    CHECK(d.events().empty());
}

TEST_CASE("an invocation that is cancelled before it was written is not written") {
    driver d;
    REQUIRE(d.invoke());
    REQUIRE(d.cancel("1"));
    CHECK(d.events() == strings{"1 cancelled"});
    CHECK_FALSE(d.calls.next_write());
    // It can't be answered.
    CHECK(d.invoke(named("1")));
}

TEST_CASE("an answer to what was never written is nobody's") {
    driver d;
    REQUIRE(d.invoke());
    CHECK_FALSE(d.answer("1"));
    CHECK(d.events().empty());
    CHECK(d.written() == strings{"invoke 1 e"});
    CHECK(d.answer("1"));
}

TEST_CASE("the time to be answered in is counted from the writing") {
    client_invocation_options defaults;
    SECTION("of the client") { CHECK(defaults.timeout == 120s); }
    SECTION("of the caller") { defaults.timeout = 10s; }
    driver d(defaults);
    const auto timeout = *defaults.timeout;
    REQUIRE(d.invoke());
    CHECK_FALSE(d.calls.deadline());
    CHECK(d.wait(1h).empty());
    CHECK(d.written() == strings{"invoke 1 e"});
    CHECK(d.calls.deadline() == d.now + timeout);
    CHECK(d.wait(timeout - 1ns).empty());
    CHECK(d.wait(1ns) == strings{"1 timed_out"});
    // Before what was called later.
    REQUIRE(d.invoke());
    CHECK(d.written() == strings{"cancel 1", "invoke 2 e"});
}

TEST_CASE("each invocation may have a time of its own") {
    client_invocation_options defaults;
    defaults.timeout = 10s;
    driver d(defaults);
    auto own = named("");
    REQUIRE(d.invoke(own));
    own.timeout = 2s;
    REQUIRE(d.invoke(own));
    own.timeout = duration::max();
    REQUIRE(d.invoke(own));
    own.timeout = duration::zero();
    REQUIRE(d.invoke(own));
    d.written();
    CHECK(d.calls.deadline() == d.now);
    CHECK(d.wait(0s) == strings{"4 timed_out"});
    CHECK(d.wait(2s) == strings{"2 timed_out"});
    CHECK(d.wait(8s) == strings{"1 timed_out"});
    CHECK(d.calls.deadline() == steady_time::max());
    CHECK(d.calls.size() == 1);
    defaults.timeout.reset();
    driver for_ever(defaults);
    REQUIRE(for_ever.invoke());
    for_ever.written();
    CHECK_FALSE(for_ever.calls.deadline());
}

TEST_CASE("invocations end with their transport, in the order of the calls") {
    driver d;
    for (const auto* id : {"c", "b"}) REQUIRE(d.invoke(named(id)));
    d.written();
    REQUIRE(d.invoke(named("a")));
    REQUIRE(d.cancel("b"));
    d.events();
    SECTION("that is recovered") { d.link({link_change::down}); }
    SECTION("whose connection the service replaces") { d.link({link_change::replaced}); }
    SECTION("of a client that stops") { d.link({link_change::stopped}); }
    CHECK(d.events() == strings{"c outcome_unknown", "a not_sent"});
    CHECK(d.calls.size() == 0);
    CHECK_FALSE(d.calls.deadline());
    CHECK_FALSE(d.calls.next_write());
    CHECK(d.invoke().error() == errc::not_connected);
    d.link({link_change::recovering});
    CHECK(d.invoke().error() == errc::not_connected);
    d.link({link_change::recovered});
    CHECK(d.events().empty());
    CHECK(d.invoke(named("b")));
    CHECK(d.written() == strings{"invoke b e"});
}

TEST_CASE("defect 13: an id is not used again while its first invocation may still be answered") {
    driver d;
    REQUIRE(d.invoke(named("a")));
    CHECK(d.invoke(named("a")).error() == errc::id_in_use);
    d.written();
    if (GENERATE(true, false)) {
        REQUIRE(d.cancel("a"));
        CHECK(d.events() == strings{"a cancelled"});
    } else {
        CHECK(d.wait(120s) == strings{"a timed_out"});
    }
    CHECK(d.invoke(named("a")).error() == errc::id_in_use);
    CHECK(d.written() == strings{"cancel a"});
    CHECK(d.invoke(named("a")).error() == errc::id_in_use);
    SECTION("until the late answer comes") {
        CHECK_FALSE(d.answer("a"));
        CHECK(d.events().empty());
    }
    SECTION("or the transport is lost") { d.recover(); }
    CHECK(d.invoke(named("a")));
    CHECK(d.written() == strings{"invoke a e"});
    CHECK(d.answer("a"));
}

TEST_CASE("a cancellation that is not written yet is not needed after the answer") {
    driver d;
    REQUIRE(d.invoke(named("a")));
    d.written();
    REQUIRE(d.cancel("a"));
    CHECK_FALSE(d.answer("a"));
    CHECK_FALSE(d.calls.next_write());
    CHECK(d.invoke(named("a")));
    CHECK(d.written() == strings{"invoke a e"});
}

TEST_CASE("every cancellation is written, however many there are") {
    client_invocation_options options;
    options.max_pending = 3000;
    driver d(options);
    for (int i = 0; i < 3000; ++i) REQUIRE(d.invoke());
    d.written();
    const auto by_time = GENERATE(true, false);
    if (by_time) {
        d.wait(120s);
    } else {
        for (int i = 3000; i > 0; --i) REQUIRE(d.cancel(std::to_string(i)));
        d.events();
    }
    CHECK(d.calls.size() == 0);
    const auto cancelled = d.written();
    CHECK(cancelled.size() == 3000);
    CHECK(cancelled.front() == (by_time ? "cancel 1" : "cancel 3000"));
    int in_use = 0;
    for (int i = 1; i <= 3000; ++i) {
        const auto id = std::to_string(i);
        if (!d.invoke(named(id))) ++in_use;
        if (d.calls.size() != 0) REQUIRE(d.cancel(id));
    }
    CHECK(in_use == 1000);
}

TEST_CASE("an id of one's own may not be one that was made here and may still be answered") {
    driver d;
    REQUIRE(d.invoke());
    d.written();
    REQUIRE(d.cancel("1"));
    CHECK(d.invoke(named("1")).error() == errc::id_in_use);
}

TEST_CASE("ids that may still be answered are remembered within limits") {
    client_invocation_options options;
    const auto cancel_one = [](driver& d, const std::string& id) {
        REQUIRE(d.invoke(named(id)));
        d.written();
        REQUIRE(d.cancel(id));
        d.written();
    };
    SECTION("their number") {
        driver d(options);
        for (int i = 0; i < 1001; ++i) cancel_one(d, "i" + std::to_string(i));
        CHECK(d.invoke(named("i1")).error() == errc::id_in_use);
        CHECK(d.invoke(named("i0")));
    }
    SECTION("their bytes") {
        options.max_bytes = 30;
        driver d(options);
        for (const auto* id : {"a123456789", "b123456789", "c123456789", "d123456789"}) cancel_one(d, id);
        CHECK(d.invoke(named("b123456789")).error() == errc::id_in_use);
        CHECK(d.invoke(named("a123456789")));
    }
}

TEST_CASE("ids are made here unless they are given, and never used twice") {
    driver d;
    CHECK(d.invoke(named("2")).value() == "2");
    CHECK(d.invoke().value() == "1");
    CHECK(d.invoke().value() == "3");
    CHECK(d.invoke(named("3")).error() == errc::id_in_use);
    d.recover();
    CHECK(d.invoke().value() == "4");
}

TEST_CASE("invocations are limited in number and bytes") {
    client_invocation_options options;
    SECTION("number") {
        options.max_pending = 1;
        driver d(options);
        REQUIRE(d.invoke());
        CHECK(d.invoke().error() == error::exceeds(errc::too_many_pending, "invocations.max_pending", 1, 2));
        d.written();
        CHECK(d.invoke().error().code == errc::too_many_pending);
        d.answer("1");
        // A call that failed has not used up an id.
        CHECK(d.invoke().value() == "2");
    }
    SECTION("bytes") {
        options.max_bytes = 20;
        driver d(options);
        REQUIRE(d.invoke());
        CHECK(d.invoke().value() == "2");
        const char* const limit = "invocations.max_bytes";
        CHECK(d.invoke().error() == error::exceeds(errc::queue_full, limit, 20, 30));
        CHECK(d.invoke({}, payload_view::text("x")).error() == error::exceeds(errc::queue_full, limit, 20, 21));
        const auto too_long = d.invoke({}, payload_view::text(std::string(21, 'x')));
        CHECK(too_long.error() == error::exceeds(errc::frame_too_large, limit, 20, 21));
        REQUIRE(d.cancel("1"));
        CHECK(d.invoke().value() == "3");
    }
    SECTION("none at all") {
        options.max_pending = 0;
        driver d(options);
        CHECK(d.invoke().error().code == errc::too_many_pending);
    }
}

TEST_CASE("wrong use of invocations is an error value and changes nothing") {
    driver d({}, 30);
    CHECK(d.invoke({}, {}, "1").error() == errc::invalid_event_name);
    CHECK(d.invoke({}, payload_view::json("{")).error().code == errc::invalid_payload);
    CHECK(d.invoke(named("\xff")).error().code == errc::invalid_utf8);
    auto bad = named("");
    bad.metadata = {{" ", ""}};
    CHECK(d.invoke(bad).error().code == errc::invalid_metadata);
    bad = named("");
    bad.timeout = -1ns;
    CHECK(d.invoke(bad).error() == error::about(errc::invalid_field, "timeout"));
    CHECK(d.invoke({}, payload_view::text(std::string(31, 'x'))).error() ==
          error::exceeds(errc::frame_too_large, "frames.max_sent_size", 30, 31));
    CHECK(d.invoke(named(std::string(30, 'x'))).error() ==
          error::exceeds(errc::frame_too_large, "frames.max_sent_size", 30, 39));
    CHECK(d.cancel("9").error() == errc::unknown_target);
    CHECK(d.calls.size() == 0);
    CHECK(d.invoke().value() == "1");
    invocations before({}, line_codec(), 100);
    CHECK(before.invoke({}, at(1), "e", {}, {}).error() == errc::not_connected);
}

TEST_CASE("a copy of invocations goes on by itself") {
    driver d;
    REQUIRE(d.invoke(named("a")));
    d.written();
    REQUIRE(d.invoke(named("b")));
    REQUIRE(d.cancel("a"));
    d.events();
    auto copy = d;
    copy.recover();
    CHECK(copy.events() == strings{"b not_sent"});
    CHECK(d.written() == strings{"invoke b e", "cancel a"});
    CHECK(d.invoke(named("a")).error() == errc::id_in_use);
}

TEST_CASE("options of invocations that can't be are refused") {
    CHECK(invocations::check({}));
    CHECK(invocations::check({.timeout = duration(-1)}) == error::about(errc::invalid_option, "invocations.timeout"));
    CHECK(invocations::check({.timeout = duration::zero()}));
}
