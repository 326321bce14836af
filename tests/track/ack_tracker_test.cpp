// SPDX-License-Identifier: MIT
#include <webpubsub/track/ack_tracker.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace webpubsub;
using namespace std::chrono_literals;
using purpose = tracked_request::purpose;
using resending = ack_tracker::resending;

namespace {

tracked_request make(ack_id id, purpose why = purpose::other, std::string group = {}) {
    tracked_request request;
    request.id = id;
    request.why = why;
    request.group = std::move(group);
    request.frame = std::make_shared<const std::string>("frame of ten");
    return request;
}

std::vector<ack_id> write_all(ack_tracker& tracker) {
    std::vector<ack_id> ids;
    while (const auto* request = tracker.take_next()) ids.push_back(request->id);
    return ids;
}

ack_tracker::limits quick() {
    ack_tracker::limits limits;
    limits.retry = {1s, 1s, 0};
    return limits;
}

const steady_time now{};

} // namespace

TEST_CASE("requests are written once, in the order of their ids, rejoins first") {
    ack_tracker tracker(quick());
    tracker.add(make(1));
    tracker.add(make(2));
    tracker.add(make(3, purpose::rejoin, "g"));
    CHECK(tracker.has_next());
    CHECK(write_all(tracker) == std::vector<ack_id>{3, 1, 2});
    CHECK_FALSE(tracker.has_next());
    CHECK(tracker.size() == 3);
}

TEST_CASE("an acknowledgement ends the request it names, once it was written") {
    ack_tracker tracker(quick());
    jitter_source chance(1);
    tracker.add(make(1));
    CHECK_FALSE(tracker.waits_for(1));
    write_all(tracker);
    CHECK(tracker.waits_for(1));
    CHECK_FALSE(tracker.waits_for(2));
    const auto ended = tracker.acknowledge(now, {1, {}}, chance);
    REQUIRE(ended);
    CHECK(ended->status == request_status::succeeded);
    CHECK(tracker.size() == 0);
    CHECK_FALSE(tracker.waits_for(1));
}

TEST_CASE("a transient failure is tried again with the same id after its delay, then it is the outcome") {
    ack_tracker tracker(quick());
    jitter_source chance(1);
    tracker.add(make(1));
    auto time = now;
    for (int i = 0; i < 3; ++i) {
        CHECK(write_all(tracker) == std::vector<ack_id>{1});
        CHECK_FALSE(tracker.acknowledge(time, {1, service_error{"InternalServerError", ""}}, chance));
        CHECK_FALSE(tracker.waits_for(1));
        REQUIRE(tracker.deadline() == time + 1s);
        tracker.retry_due(time + 999ms);
        CHECK_FALSE(tracker.has_next());
        time += 1s;
        tracker.retry_due(time);
        CHECK_FALSE(tracker.deadline());
    }
    write_all(tracker);
    const auto ended = tracker.acknowledge(time, {1, service_error{"InternalServerError", "m"}}, chance);
    REQUIRE(ended);
    CHECK(ended->status == request_status::failed);
    CHECK(ended->error == service_error{"InternalServerError", "m"});
}

TEST_CASE("what was written is written again on a new transport, what was not still is") {
    ack_tracker tracker(quick());
    jitter_source chance(1);
    for (ack_id id = 1; id <= 3; ++id) tracker.add(make(id));
    tracker.take_next();
    tracker.take_next();
    tracker.transport_lost();
    tracker.transport_lost();
    CHECK(write_all(tracker) == std::vector<ack_id>{1, 2, 3});
    REQUIRE(tracker.acknowledge(now, {2, service_error{"Duplicate", ""}}, chance)->duplicate);
    tracker.transport_lost();
    CHECK(write_all(tracker) == std::vector<ack_id>{1, 3});
}

TEST_CASE("what waits for its next try is not written early on a new transport") {
    ack_tracker tracker(quick());
    jitter_source chance(1);
    tracker.add(make(1));
    write_all(tracker);
    CHECK_FALSE(tracker.acknowledge(now, {1, service_error{"Timeout", ""}}, chance));
    tracker.transport_lost();
    CHECK_FALSE(tracker.has_next());
    // It was refused, so it is no unknown outcome either.
    CHECK(tracker.connection_lost(resending::none).empty());
    tracker.retry_due(now + 1s);
    CHECK(write_all(tracker) == std::vector<ack_id>{1});
}

TEST_CASE("a request that was written twice is answered twice, and any success counts") {
    ack_tracker tracker(quick());
    jitter_source chance(1);
    tracker.add(make(1));
    write_all(tracker);
    tracker.transport_lost();
    write_all(tracker);
    const ack_message failure{1, service_error{"InternalServerError", "m"}};
    CHECK_FALSE(tracker.acknowledge(now, failure, chance));
    SECTION("the second writing succeeds while the request rests") {
        REQUIRE(tracker.waits_for(1));
        CHECK(tracker.acknowledge(now, {1, {}}, chance)->status == request_status::succeeded);
        CHECK_FALSE(tracker.deadline());
    }
    SECTION("the second writing fails too: that is one failure, not two") {
        CHECK_FALSE(tracker.acknowledge(now, failure, chance));
        CHECK_FALSE(tracker.waits_for(1));
        tracker.retry_due(now + 1s);
        CHECK(write_all(tracker) == std::vector<ack_id>{1});
        CHECK_FALSE(tracker.deadline());
    }
    SECTION("the connection is lost before the second answer: nobody knows") {
        tracker.transport_lost();
        CHECK(write_all(tracker).empty());
        REQUIRE(tracker.connection_lost(resending::none).size() == 1);
    }
}

TEST_CASE("a request that fails for the last time while another writing may succeed has an unknown outcome") {
    auto limits = quick();
    limits.max_retries = 0;
    ack_tracker tracker(limits);
    jitter_source chance(1);
    tracker.add(make(1));
    write_all(tracker);
    tracker.transport_lost();
    write_all(tracker);
    const auto ended = tracker.acknowledge(now, {1, service_error{"Timeout", "m"}}, chance);
    REQUIRE(ended);
    CHECK(ended->status == request_status::outcome_unknown);
    CHECK(ended->error.name == "Timeout");
}

TEST_CASE("a lost connection ends what was written on it and forgets rejoins") {
    ack_tracker tracker(quick());
    tracker.add(make(1));
    tracker.add(make(2, purpose::rejoin, "g"));
    write_all(tracker);
    tracker.add(make(3));
    tracker.transport_lost();
    SECTION("by default") {
        const auto ended = tracker.connection_lost(resending::none);
        REQUIRE(ended.size() == 1);
        CHECK(ended[0].request.id == 1);
        CHECK(ended[0].status == request_status::outcome_unknown);
        CHECK(write_all(tracker) == std::vector<ack_id>{3});
    }
    SECTION("resending") {
        CHECK(tracker.connection_lost(resending::all).empty());
        CHECK(write_all(tracker) == std::vector<ack_id>{1, 3});
        tracker.transport_lost();
        const auto ended = tracker.give_up();
        REQUIRE(ended.size() == 2);
        CHECK(ended[0].request.may_be_duplicate());
        CHECK_FALSE(ended[1].request.may_be_duplicate());
    }
    SECTION("giving up") {
        const auto ended = tracker.give_up();
        REQUIRE(ended.size() == 2);
        CHECK(ended[0].status == request_status::outcome_unknown);
        CHECK(ended[1].request.id == 3);
        CHECK(ended[1].status == request_status::not_sent);
        CHECK(tracker.size() == 0);
    }
}

TEST_CASE("fire-and-forget is done when it is written") {
    ack_tracker tracker(quick());
    tracker.add(make(1, purpose::fire_and_forget));
    const auto* request = tracker.take_next();
    REQUIRE(request != nullptr);
    CHECK(*request->frame == "frame of ten");
    CHECK(tracker.size() == 0);
    tracker.transport_lost();
    CHECK_FALSE(tracker.has_next());
}

TEST_CASE("a leave overtakes the joins of its group") {
    ack_tracker tracker(quick());
    jitter_source chance(1);
    tracker.add(make(1, purpose::join, "a"));
    tracker.add(make(2, purpose::join, "b"));
    tracker.overtake("a", purpose::leave);
    write_all(tracker);
    CHECK_FALSE(tracker.acknowledge(now, {1, {}}, chance)->request.lasting);
    CHECK(tracker.acknowledge(now, {2, {}}, chance)->request.lasting);
}

TEST_CASE("the limits count requests, bytes, and what is in flight, but not rejoins") {
    auto limits = quick();
    limits.pending = 2;
    limits.bytes = 40;
    limits.in_flight = 1;
    ack_tracker tracker(limits);
    jitter_source chance(1);
    tracker.add(make(1, purpose::rejoin, "g"));
    tracker.add(make(2));
    CHECK(tracker.room_for(16));
    CHECK(tracker.room_for(17).error().code == errc::queue_full);
    tracker.add(make(3));
    CHECK(tracker.room_for(0).error().code == errc::too_many_pending);
    CHECK(write_all(tracker) == std::vector<ack_id>{1});
    REQUIRE(tracker.acknowledge(now, {1, {}}, chance));
    CHECK(write_all(tracker) == std::vector<ack_id>{2});
    tracker.transport_lost();
    CHECK(write_all(tracker) == std::vector<ack_id>{2});
    REQUIRE(tracker.acknowledge(now, {2, {}}, chance));
    CHECK(tracker.room_for(16));
}

TEST_CASE("what may be done twice is done again on a new connection if it was not answered") {
    ack_tracker tracker(quick());
    jitter_source chance(1);
    tracker.add(make(1, purpose::join, "a"));
    tracker.add(make(2));
    tracker.add(make(3, purpose::leave, "b"));
    tracker.add(make(4, purpose::subscribe, "c"));
    tracker.add(make(5, purpose::resubscribe, "d"));
    write_all(tracker);
    const auto ended = tracker.connection_lost(resending::idempotent);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].request.id == 2);
    CHECK(ended[0].status == request_status::outcome_unknown);
    CHECK(write_all(tracker) == std::vector<ack_id>{1, 3, 4});
    CHECK_FALSE(tracker.acknowledge(now, {1, {}}, chance)->request.may_be_duplicate());
}

TEST_CASE("what takes back a subscription leaves a join as it is") {
    ack_tracker tracker(quick());
    jitter_source chance(1);
    tracker.add(make(1, purpose::join, "a"));
    tracker.add(make(2, purpose::subscribe, "a"));
    write_all(tracker);
    tracker.overtake("a", purpose::unsubscribe);
    CHECK(tracker.acknowledge(now, {1, {}}, chance)->request.lasting);
    CHECK_FALSE(tracker.acknowledge(now, {2, {}}, chance)->request.lasting);
}

TEST_CASE("a request whose time is up ends, and is unknown if it was written") {
    ack_tracker tracker(quick());
    jitter_source chance(1);
    auto request = make(1);
    request.deadline = now + 10s;
    tracker.add(request);
    write_all(tracker);
    request.id = 2;
    request.deadline = now + 20s;
    tracker.add(request);
    CHECK(tracker.deadline() == now + 10s);
    CHECK_FALSE(tracker.take_expired(now + 9s));
    const auto written = tracker.take_expired(now + 10s);
    REQUIRE(written);
    CHECK(written->request.id == 1);
    CHECK(written->status == request_status::outcome_unknown);
    CHECK_FALSE(tracker.waits_for(1));
    CHECK(tracker.take_expired(now + 20s)->status == request_status::not_sent);
    CHECK_FALSE(tracker.deadline());
    CHECK(tracker.size() == 0);
}

TEST_CASE("what was written and not answered ends as unknown, also where it would have been written again") {
    for (const auto why : {purpose::join, purpose::leave, purpose::subscribe}) {
        ack_tracker tracker(quick());
        tracker.add(make(1, why, "a"));
        write_all(tracker);
        CHECK(tracker.connection_lost(resending::idempotent).empty());
        const auto ended = tracker.give_up();
        REQUIRE(ended.size() == 1);
        CHECK(ended[0].status == request_status::outcome_unknown);
        CHECK_FALSE(ended[0].request.may_be_duplicate());
    }
}

TEST_CASE("a request that has failed and waits for its next try ends with that failure") {
    ack_tracker tracker(quick());
    jitter_source chance(1);
    const service_error failure{std::string(error_names::timeout), "later"};
    for (const ack_id id : {1, 2}) {
        auto request = make(id);
        if (id == 2) request.deadline = now + 1ms;
        tracker.add(std::move(request));
    }
    write_all(tracker);
    for (const ack_id id : {1, 2}) CHECK_FALSE(tracker.acknowledge(now, {id, failure}, chance));
    const auto expired = tracker.take_expired(now + 1ms);
    REQUIRE(expired);
    CHECK(expired->status == request_status::failed);
    CHECK(expired->error == failure);
    SECTION("before it is written again") {
        const auto ended = tracker.give_up();
        REQUIRE(ended.size() == 1);
        CHECK(ended[0].status == request_status::failed);
        CHECK(ended[0].error == failure);
    }
    SECTION("not after") {
        tracker.retry_due(now + 1s);
        write_all(tracker);
        CHECK(tracker.give_up()[0].status == request_status::outcome_unknown);
    }
}
