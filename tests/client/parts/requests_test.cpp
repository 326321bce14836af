// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/requests.hpp>

#include "client/parts/requests_bench.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace webpubsub::tests;
using namespace std::chrono_literals;
using kind = request_kind;
using strings = std::vector<std::string>;
using bench = requests_bench;

TEST_CASE("a request is written once, and its ack is its outcome") {
    bench b;
    const auto id = b.event("a");
    CHECK(b.r.pending() == 1);
    CHECK(b.write() == strings{"a"});
    CHECK(b.r.has_unanswered_event());
    CHECK(b.ack(id));
    CHECK(b.outcome() == "1 succeeded");
    CHECK(b.r.empty());
    CHECK_FALSE(b.r.has_unanswered_event());
    CHECK_FALSE(b.ack(id));
    CHECK_FALSE(b.r.deadline());
}

TEST_CASE("a duplicate is a success, permanent failures are told at once, and transient ones are tried again") {
    bench b;
    b.event("a");
    b.event("b");
    b.event("c");
    b.write();
    b.ack(ack_id{1}, "Duplicate");
    CHECK(b.outcome() == "1 succeeded duplicate");
    b.ack(ack_id{2}, "SomethingNew");
    CHECK(b.outcome() == "2 failed");
    for (int tries = 0; tries < 3; ++tries) {
        b.ack(ack_id{3}, "InternalServerError");
        CHECK(b.outcome().empty());
        CHECK(b.write().empty());
        b.pass(8s);
        CHECK(b.write() == strings{"c"});
    }
    b.ack(ack_id{3}, "Timeout");
    CHECK(b.outcome() == "3 failed");
    CHECK(b.r.retries_made() == 3);
}

TEST_CASE("what has failed once and may still be answered has its outcome when something later is answered") {
    auto options = calm();
    options.timeout.reset();
    options.max_retries = 0;
    bench b(options);
    b.add(kind::join, "g", "join");
    b.write();
    b.recover();
    CHECK(b.write() == strings{"join"});
    b.r.handle_link(link_change::recovered);
    b.event("a");
    b.event("b");
    b.write();
    // This answers the first writing, or the second one if the first was lost.
    CHECK(b.ack(ack_id{1}, "InternalServerError"));
    CHECK(b.outcome().empty());
    SECTION("which it has then") {
        b.ack(ack_id{2});
        CHECK(b.outcome() == "1 failed");
        CHECK(b.outcome() == "2 succeeded");
        CHECK_FALSE(b.ack(ack_id{1}));
    }
    SECTION("unless it was answered") {
        b.ack(ack_id{1}, "Duplicate");
        CHECK(b.outcome() == "1 succeeded duplicate");
        b.ack(ack_id{2});
        CHECK(b.outcome() == "2 succeeded");
    }
    SECTION("unless it was written again") {
        b.recover();
        CHECK(b.write() == strings{"join"});
        b.ack(ack_id{1});
        CHECK(b.outcome() == "1 succeeded");
        CHECK(b.write() == strings{"a"});
        b.ack(ack_id{2});
        CHECK(b.outcome() == "2 succeeded");
        CHECK(b.write() == strings{"b"});
    }
    SECTION("and a permanent failure is one at once") {
        b.ack(ack_id{1}, "Forbidden");
        CHECK(b.outcome() == "1 failed");
        b.ack(ack_id{2});
        CHECK(b.outcome() == "2 succeeded");
    }
    b.ack(ack_id{3});
    CHECK(b.outcome() == "3 succeeded");
    CHECK(b.r.empty());
}

TEST_CASE("an acknowledgement of what was never written is none") {
    bench b;
    b.event("a");
    CHECK_FALSE(b.ack(ack_id{1}));
    CHECK(b.r.pending() == 1);
}

TEST_CASE("a request that is not acknowledged is done when it is written") {
    bench b;
    CHECK(b.add(kind::unacknowledged, {}, "a") == b.r.next_id());
    CHECK(b.write() == strings{"a"});
    CHECK(b.r.empty());
    CHECK(b.outcome().empty());
    // It used up no id.
    CHECK(b.event("b") == ack_id{1});
}

TEST_CASE("until a recovery is confirmed only what was written before is written again") {
    bench b;
    b.event("a");
    b.event("b");
    b.write();
    b.ack(ack_id{1});
    b.event("c");
    b.recover();
    CHECK(b.write() == strings{"b"});
    b.event("d");
    CHECK(b.write().empty());
    b.r.handle_link(link_change::recovered);
    CHECK(b.write() == strings{"c", "d"});
    // Each writing that reached the service is answered; the first answer is the outcome.
    CHECK(b.ack(ack_id{2}, "Duplicate"));
    CHECK_FALSE(b.ack(ack_id{2}));
}

TEST_CASE("with the connection what was written has an unknown outcome, unless it may be done twice") {
    auto options = calm();
    options.resend_on_new_connection = GENERATE(false, true);
    bench b(options);
    b.event("event");
    b.add(kind::join, "g", "join");
    b.write();
    b.event("new");
    b.replace();
    if (options.resend_on_new_connection) {
        CHECK(b.write() == strings{"event", "join", "new"});
        b.ack(ack_id{1});
        b.outcome();
        b.outcome();
        b.replace();
        b.r.handle_link(link_change::stopped);
        return;
    }
    CHECK(b.outcome() == "1 outcome_unknown");
    CHECK(b.write() == strings{"join", "new"});
    b.ack(ack_id{2});
    CHECK(b.outcome() == "2 succeeded");
    SECTION("after a verdict on its frames nothing of it is written again") {
        b.add(kind::leave, "g", "leave");
        b.write();
        b.replace(link_change::replaced_after_rejected_frame);
        CHECK(b.outcome() == "3 outcome_unknown");
        CHECK(b.outcome() == "4 outcome_unknown");
        CHECK(b.write().empty());
    }
}

TEST_CASE("the outcome of what is sent again on a new connection tells so") {
    auto options = calm();
    options.resend_on_new_connection = true;
    bench b(options);
    b.event("event");
    b.write();
    b.replace();
    CHECK(b.write() == strings{"event"});
    b.ack(ack_id{1});
    CHECK(b.outcome() == "1 succeeded may_be_duplicate");
}

TEST_CASE("without an answer a request ends after a time that counts from its last writing, while connected") {
    auto options = calm();
    options.timeout = 10s;
    bench b(options);
    b.event("a");
    b.pass(1h);
    CHECK(b.write() == strings{"a"});
    b.pass(9s);
    b.r.handle_link(link_change::down);
    b.pass(1h);
    CHECK(b.outcome().empty());
    b.r.handle_link(link_change::recovering);
    CHECK(b.write() == strings{"a"});
    b.pass(9s);
    CHECK(b.outcome().empty());
    b.pass(1s);
    CHECK(b.outcome() == "1 outcome_unknown");
    CHECK(b.r.empty());
}

TEST_CASE("one that breaks its transports is found, and its neighbours go on") {
    bench b;
    b.event("before");
    b.event("poison");
    b.event("after");
    std::size_t writings = 0;
    for (int i = 0; i < 100 && b.r.pending() != 0; ++i) {
        bool broken = false;
        // The ping of each recovery is answered, and so is what comes before the poison.
        b.r.handle_ping_written();
        b.r.handle_pong();
        while (!broken && b.r.next_write()) {
            const std::string frame(b.r.begin_write(b.now).bytes.view());
            if (b.r.wants_sign_of_life()) b.r.handle_ping_written();
            if (frame == "poison") {
                ++writings;
                broken = true;
            } else {
                b.ack(frame == "before" ? ack_id{1} : ack_id{3});
            }
        }
        if (!broken) break;
        b.recover();
        b.r.handle_link(link_change::recovered);
    }
    CHECK(writings == 5);
    CHECK(b.outcome() == "1 succeeded");
    CHECK(b.outcome() == "2 outcome_unknown breaks_transports");
    CHECK(b.outcome() == "3 succeeded");
}

TEST_CASE("requests that are merely there when transports are lost are not given up") {
    bench b;
    for (int i = 0; i < 100; ++i) b.event(std::to_string(i));
    // Each transport lives long enough for one answer.
    std::uint64_t answered = 0;
    for (int cut = 0; cut < 100; ++cut) {
        b.write();
        b.ack(ack_id{++answered});
        CHECK(b.outcome() == std::to_string(answered) + " succeeded");
        b.write();
        b.recover();
        b.r.handle_link(link_change::recovered);
    }
    CHECK(b.r.empty());
}

TEST_CASE("there is room for so many requests and bytes, and for so many in flight") {
    auto options = calm();
    options.max_pending = 3;
    options.max_bytes = 10;
    options.max_in_flight = 1;
    bench b(options);
    CHECK(b.r.check_room(10));
    CHECK(b.r.check_room(11).error().code == errc::queue_full);
    b.event("12345");
    CHECK(b.r.check_room(6).error().code == errc::queue_full);
    b.event("b");
    b.add(kind::rejoin, "g", "1234");
    b.event("");
    const auto full = b.r.check_room(0);
    REQUIRE_FALSE(full);
    CHECK(full.error().code == errc::too_many_pending);
    CHECK(full.error().limit == 3);
    CHECK(b.write() == strings{"1234", "12345"});
    b.ack(ack_id{1});
    CHECK(b.write() == strings{"b"});
}

TEST_CASE("at the end each request has its outcome") {
    bench b;
    b.event("written");
    b.event("failed once");
    b.add(kind::rejoin, "g", "join");
    b.write();
    b.event("new");
    b.ack(ack_id{2}, "InternalServerError");
    b.r.handle_link(link_change::down);
    b.r.handle_link(link_change::stopped);
    CHECK(b.outcome() == "1 outcome_unknown");
    CHECK(b.outcome() == "2 failed");
    CHECK(b.outcome() == "3 outcome_unknown");
    CHECK(b.outcome() == "4 not_sent");
    CHECK(b.r.empty());
    CHECK_FALSE(b.r.deadline());
    CHECK_FALSE(b.r.next_write());
}

TEST_CASE("a copy of requests goes its own way") {
    bench b;
    b.event("a");
    auto copy = b;
    b.write();
    b.ack(ack_id{1});
    CHECK(copy.r.pending() == 1);
    CHECK(copy.write() == strings{"a"});
}

TEST_CASE("options of requests without sense are refused") {
    auto options = calm();
    CHECK(requests::check(options));
    SECTION("timeout") { options.timeout = duration::zero(); }
    SECTION("delays") { options.retry_delays.base = -1s; }
    SECTION("jitter") { options.retry_delays.jitter = 2; }
    SECTION("in flight") { options.max_in_flight = 0; }
    SECTION("writes") { options.max_writes = 0; }
    CHECK(requests::check(options).error().code == errc::invalid_option);
}
