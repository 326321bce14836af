// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/outputs.hpp>

#include "hub/parts/lower_floor.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

using namespace hub_parts_tests;
using hub_orders::close_transport;
using hub_orders::pause_reading;
using hub_orders::resume_reading;

namespace {

constexpr std::string_view reliable = "json.reliable.webpubsub.azure.v1";

struct fixture : lower_floor {
    using lower_floor::lower_floor;

    bool push(std::uint32_t to, std::size_t size = 10) {
        frame_owner frame(make_frame(std::string(size, 'x'), frame_kind::text));
        if (!out.push_data(to, frame.get(), frame->size())) return false;
        out.note_load(to);
        frame.give();
        return true;
    }
    void push_some(std::uint32_t to, int count) {
        for (int i = 0; i < count; ++i) CHECK(push(to));
    }
    void control(std::uint32_t to) { out.push_control(to, frame_owner(make_frame("x", frame_kind::text))); }
    transport_id transport(std::uint32_t of) { return out.transport_of(of).id; }
    std::vector<delivery> take_all(std::uint32_t of) {
        std::vector<delivery> all;
        while (auto next = out.poll_transmit(transport(of))) all.push_back(std::move(*next));
        return all;
    }
    bool is_congested(std::uint32_t at) const { return out[at].congested; }
    void timers_due() {
        while (const auto next = out.deadline()) {
            if (*next > during.now.steady) break;
            out.handle_due(during.now.steady);
        }
    }
};

hub_options with_window(std::uint32_t messages, std::uint32_t bytes) {
    hub_options options;
    options.queues.window = {messages, bytes};
    return options;
}

hub_options with_room_for(std::uint32_t frames) {
    hub_options options;
    options.queues.replay = options.queues.outbound = {frames, 1'000'000};
    return options;
}

} // namespace

TEST_CASE("messages are given until the window is out, by number or by bytes, and at least one") {
    const auto each = GENERATE(std::tuple(3u, 1000u, 3u), std::tuple(100u, 25u, 3u), std::tuple(0u, 0u, 1u),
                               std::tuple(100u, 20u, 2u));
    fixture f(with_window(std::get<0>(each), std::get<1>(each)));
    const auto a = f.connect("a");
    f.push_some(a, 10);
    CHECK(f.out.poll_ready() == f.transport(a));
    CHECK_FALSE(f.out.poll_ready());
    const auto given = static_cast<std::uint32_t>(f.take_all(a).size());
    // A JSON frame has a prefix of one byte before these ten.
    const auto by_bytes = (std::get<1>(each) + 10) / 11;
    CHECK(given == std::max(1u, std::min(std::get<0>(each), by_bytes)));
    CHECK_FALSE(f.out.poll_ready());
    CHECK_FALSE(f.out.written(f.transport(a), given + 1));
    CHECK_FALSE(f.out.written(f.transport(a), 0));
    CHECK(f.out.written(f.transport(a), 1));
    CHECK(f.out.poll_ready() == f.transport(a));
    CHECK(f.take_all(a).size() == 1);
    CHECK(f.out.written(f.transport(a), given));
    CHECK(f.take_all(a).size() == given);
}

TEST_CASE("the bytes of the window are those of the writes that are under way") {
    fixture f(with_window(100, 100));
    const auto a = f.connect("a");
    for (const std::size_t size : {59u, 19u, 9u, 9u, 9u, 9u}) CHECK(f.push(a, size));
    CHECK(f.take_all(a).size() == 4);
    CHECK(f.out.written(f.transport(a), 1));
    CHECK(f.take_all(a).size() == 2);
    CHECK(f.out.written(f.transport(a), 5));
    f.push_some(a, 1);
    CHECK(f.take_all(a).size() == 1);
}

TEST_CASE("a delivery keeps its bytes when the transport is gone, when it is moved, and after the end of all") {
    std::deque<delivery> kept;
    {
        fixture f;
        const auto a = f.connect("a", {}, reliable);
        CHECK(f.push(a, 5000));
        auto taken = f.out.poll_transmit(f.transport(a));
        kept.push_back(std::move(*taken));
        CHECK_FALSE(f.out.poll_transmit(f.transport(a)));
        f.out.acknowledge(a, 1);
        const auto id = f.transport(a);
        f.out.detach(a);
        f.out.remove(id);
        f.out.remove_outlet(a);
    }
    CHECK(kept[0].prefix() == R"({"sequenceId":1,)");
    CHECK(kept[0].body() == std::string(5000, 'x'));
    CHECK(kept[0].size() == 5016);
    delivery moved = std::move(kept[0]);
    CHECK(moved.prefix() == R"({"sequenceId":1,)");
}

TEST_CASE("a connection whose queue is more than half full is congested until it is at most a quarter full") {
    const auto subprotocol = GENERATE(std::string_view("json.webpubsub.azure.v1"), reliable);
    fixture f(with_room_for(100));
    const auto a = f.connect("a", {}, subprotocol);
    f.push_some(a, 50);
    CHECK_FALSE(f.is_congested(a));
    f.push_some(a, 1);
    CHECK(f.is_congested(a));
    CHECK(f.out.congested_count() == 1);
    CHECK_FALSE(f.out.take_relief());
    std::uint64_t done = 0;
    while (f.is_congested(a) && done < 100) {
        REQUIRE(f.out.poll_transmit(f.transport(a)));
        REQUIRE(f.out.written(f.transport(a), 1));
        f.out.acknowledge(a, ++done);
    }
    CHECK(done == 26);
    CHECK(f.out.congested_count() == 0);
    CHECK(f.out.take_relief());
    CHECK_FALSE(f.out.deadline());
}

TEST_CASE("a transport that completes nothing for the stall time is congested no more") {
    fixture f(with_room_for(100));
    const auto a = f.connect("a");
    f.push_some(a, 60);
    CHECK(f.out.deadline() == f.during.now.steady + 1s);
    REQUIRE(f.out.poll_transmit(f.transport(a)));
    f.pass(900ms);
    REQUIRE(f.out.written(f.transport(a), 1));
    f.pass(100ms);
    f.timers_due();
    CHECK(f.is_congested(a));
    CHECK(f.out.deadline() == f.during.now.steady + 900ms);
    f.pass(900ms);
    f.timers_due();
    CHECK_FALSE(f.is_congested(a));
    CHECK(f.out[a].slow);
    CHECK(f.out.slow_readers() == 1);
    CHECK(f.out.take_relief());
    // It has its queue still, and is closed when that is full.
    f.push_some(a, 41);
    CHECK_FALSE(f.is_congested(a));
    CHECK_FALSE(f.push(a));
    CHECK(f.out.take_scheduled_close()->at_once);
}

TEST_CASE("a transport that is too slow for too long is congested no more, until it has caught up") {
    fixture f(with_room_for(100));
    const auto a = f.connect("a");
    f.push_some(a, 60);
    for (int i = 0; i < 20; ++i) {
        CHECK(f.is_congested(a) == (i < 20));
        REQUIRE(f.out.poll_transmit(f.transport(a)));
        f.pass(500ms);
        REQUIRE(f.out.written(f.transport(a), 1));
        f.timers_due();
    }
    CHECK_FALSE(f.is_congested(a));
    f.push_some(a, 20);
    CHECK_FALSE(f.is_congested(a));
    while (f.out.poll_transmit(f.transport(a))) f.out.written(f.transport(a), 1);
    f.push_some(a, 51);
    CHECK(f.is_congested(a));
}

TEST_CASE("an acknowledgement is progress, and data that is not acknowledged congests only with a transport") {
    fixture f(with_room_for(100));
    const auto a = f.connect("a", {}, reliable);
    f.push_some(a, 60);
    for (int i = 0; i < 60; ++i) {
        REQUIRE(f.out.poll_transmit(f.transport(a)));
        f.out.written(f.transport(a), 1);
    }
    f.pass(900ms);
    f.out.acknowledge(a, 1);
    f.pass(900ms);
    f.timers_due();
    CHECK(f.is_congested(a));
    const auto id = f.transport(a);
    f.out.detach(a);
    f.out.remove(id);
    CHECK(f.out.congested_count() == 0);
    CHECK(f.out.take_relief());
    CHECK_FALSE(f.out.deadline());
    f.push_some(a, 10);
    CHECK_FALSE(f.is_congested(a));
    f.out.attach(a, *f.out.find(f.out.add_transport()));
    CHECK(f.is_congested(a));
}

TEST_CASE("without patience nobody is congested, and without an end of it one is for ever") {
    hub_options options = with_room_for(10);
    SECTION("none") {
        options.queues.stall_time = 0s;
        fixture f(options);
        const auto a = f.connect("a");
        f.push_some(a, 10);
        CHECK(f.out.congested_count() == 0);
        CHECK_FALSE(f.out.deadline());
    }
    SECTION("no end") {
        options.queues.stall_time.reset();
        options.queues.slow_after.reset();
        fixture f(options);
        const auto a = f.connect("a");
        f.push_some(a, 10);
        CHECK(f.out.congested_count() == 1);
        CHECK_FALSE(f.out.deadline());
    }
}

TEST_CASE("a client that does not read its own acks is not read, until it does or its time is over") {
    fixture f(with_room_for(10));
    const auto a = f.connect("a", {}, GENERATE(std::string_view("json.webpubsub.azure.v1"), reliable));
    for (int i = 0; i < 6; ++i) f.control(a);
    CHECK(get<pause_reading>(*f.out.poll_order()).transport == f.transport(a));
    CHECK_FALSE(f.out.poll_order());
    SECTION("it reads") {
        while (f.out.poll_transmit(f.transport(a))) f.out.written(f.transport(a), 1);
    }
    SECTION("it stalls") {
        f.pass(1s);
        f.timers_due();
    }
    CHECK(get<resume_reading>(*f.out.poll_order()).transport == f.transport(a));
    CHECK_FALSE(f.out.poll_order());
}

TEST_CASE("reasons not to read add up, and the host is told of the first and the last") {
    fixture f;
    const auto a = f.connect("a");
    f.out.set_paused(a, pause_reason::requests, true);
    CHECK(holds_alternative<pause_reading>(*f.out.poll_order()));
    f.out.set_paused(a, pause_reason::receivers, true);
    f.out.set_paused(a, pause_reason::receivers, true);
    f.out.set_paused(a, pause_reason::requests, false);
    CHECK_FALSE(f.out.poll_order());
    f.out.set_paused(a, pause_reason::receivers, false);
    CHECK(holds_alternative<resume_reading>(*f.out.poll_order()));
    f.out.set_paused(a, pause_reason::receivers, false);
    CHECK_FALSE(f.out.poll_order());
}

TEST_CASE("requests that wait do not stop the acknowledgements that a full queue needs") {
    hub_options options = with_room_for(100);
    fixture f(options);
    const bool is_reliable = GENERATE(true, false);
    const auto a = f.connect("a", {}, is_reliable ? reliable : "json.webpubsub.azure.v1");
    f.out.set_paused(a, pause_reason::requests, true);
    CHECK_FALSE(f.out.wants_input(f.transport(a)));
    f.push_some(a, 51);
    CHECK(f.is_congested(a));
    CHECK(f.out.wants_input(f.transport(a)) == is_reliable);
    f.pass(1s);
    f.timers_due();
    // Also when nobody waits for it any more.
    CHECK(f.out[a].slow);
    CHECK(f.out.wants_input(f.transport(a)) == is_reliable);
    while (f.out.poll_transmit(f.transport(a))) f.out.written(f.transport(a), 1);
    f.out.acknowledge(a, 20);
    CHECK(f.out.wants_input(f.transport(a)) == is_reliable);
    f.out.acknowledge(a, 51);
    CHECK_FALSE(f.out[a].slow);
    CHECK_FALSE(f.out.wants_input(f.transport(a)));
    std::size_t orders = 0;
    while (f.out.poll_order()) ++orders;
    CHECK(orders == (is_reliable ? 3 : 1));
}

TEST_CASE("a reliable client that has read its own acks is read, whatever it has not acknowledged") {
    fixture f(with_room_for(100));
    const auto a = f.connect("a", {}, reliable);
    f.push_some(a, 40);
    for (int i = 0; i < 51; ++i) f.control(a);
    CHECK_FALSE(f.out.wants_input(f.transport(a)));
    while (f.out.poll_transmit(f.transport(a))) f.out.written(f.transport(a), 1);
    CHECK(f.out.wants_input(f.transport(a)));
    CHECK(f.is_congested(a));
    f.out.acknowledge(a, 40);
    CHECK_FALSE(f.is_congested(a));
}

TEST_CASE("a transport is closed when all is written, which the order says, or after the time for it") {
    fixture f;
    const auto a = f.connect("a");
    f.push_some(a, 2);
    const auto id = f.transport(a);
    const auto first = f.out.poll_transmit(id);
    f.connections.end(a, "over", f.events);
    f.out.close_when_drained(a, 1000, "bye");
    CHECK_FALSE(f.out.poll_order());
    SECTION("written") {
        f.out.written(id, 1);
        CHECK(f.out.poll_transmit(id));
        CHECK_FALSE(f.out.poll_order());
        f.out.written(id, 1);
        const auto order = get<close_transport>(*f.out.poll_order());
        CHECK(order.code == 1000);
        CHECK(order.reason == "bye");
        CHECK_FALSE(order.abort);
    }
    SECTION("not in time") {
        CHECK(f.out.deadline() == f.during.now.steady + 5s);
        f.pass(5s);
        f.timers_due();
        CHECK(get<close_transport>(*f.out.poll_order()).abort);
    }
    CHECK(f.out.take_drained() == a);
    CHECK_FALSE(f.out.take_drained());
    CHECK_FALSE(f.out.deadline());
}

TEST_CASE("a copy shares no frame, but has one for each that several queues share") {
    fixture f;
    const auto a = f.connect("a");
    const auto b = f.connect("b", {}, reliable);
    shared_frame* const frame = make_frame("shared", frame_kind::text);
    frame->references = 2;
    REQUIRE(f.out.push_data(a, frame, 6));
    REQUIRE(f.out.push_data(b, frame, 6));
    outputs copy = f.out;
    CHECK(frame->references == 2);
    CHECK(frame->copy == nullptr);
    const auto to_a = copy.poll_transmit(f.transport(a));
    const auto to_b = copy.poll_transmit(f.transport(b));
    CHECK(to_a->body() == "shared");
    CHECK(to_a->body().data() == to_b->body().data());
    CHECK(to_a->body().data() != frame->bytes().data());
    CHECK(f.out.poll_transmit(f.transport(a))->body().data() == frame->bytes().data());
    CHECK(copy.written(f.transport(a), 1));
}
