// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/requests.hpp>

#include "hub/parts/lower_floor.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <optional>
#include <string>

using namespace hub_parts_tests;
using hub_events::user_event;
using kind = outcome::kind;
using verdict = arrival::verdict;

namespace {

struct fixture : lower_floor {
    using lower_floor::lower_floor;

    requests all{hash_seed{1, 2}};
    std::uint32_t client = connect("c");

    outcome run(client_message message, holder released_by = holder::none) {
        const auto ack = ack_id_of(message);
        auto it = all.execute(during, client, message, released_by);
        if (it.what == kind::held_by_host) all.hold(during, client, {std::move(message), 0, 0, ack}, holder::host);
        return it;
    }
    /// Executes the request whose turn it is, as a hub does.
    outcome run_next() {
        REQUIRE(all.next(client) != nullptr);
        const auto next = all.take_next(during, client);
        auto it = run(std::move(next->message), next->released_by);
        if (it.what == kind::acknowledge) all.acknowledge(during, client, next->ack, it.error);
        return it;
    }
    static std::optional<std::uint64_t> ack_id_of(const client_message& message) {
        const auto* const join = get_if<join_group_message>(&message);
        return join == nullptr ? std::nullopt : join->ack_id;
    }
    void wait(client_message message, std::size_t kept = 0) {
        all.enqueue(during, client, {std::move(message), 0, kept, {}});
    }
    std::optional<std::string> error_of_last() {
        const auto got = sent(client);
        const auto* ack = got.empty() ? nullptr : get_if<ack_message>(&got.back());
        if (ack == nullptr) return "no ack";
        return ack->error ? std::optional(ack->error->name) : std::nullopt;
    }
};

} // namespace

TEST_CASE("while an event waits for its answer the gate is closed") {
    fixture f;
    CHECK_FALSE(f.all.must_wait(f.client));
    CHECK(f.run(event_message{"e", 7, text_payload("x"), {}}).what == kind::done);
    CHECK(f.all.must_wait(f.client));
    f.wait(ping_message{});
    CHECK(f.all.next(f.client) == nullptr);
    const auto id = f.event<user_event>()->id;
    CHECK(f.all.answer_event(f.during, id, payload_view::text("y"), {}) == f.client);
    CHECK(f.all.answer_event(f.during, id, std::nullopt, {}).error() == errc::unknown_target);
    CHECK(f.sent(f.client) == messages{server_data_message{{}, text_payload("y"), {}}, ack_message{7, {}}});
    REQUIRE(f.all.next(f.client) != nullptr);
    CHECK(f.all.must_wait(f.client));
    f.all.take_next(f.during, f.client);
    CHECK_FALSE(f.all.must_wait(f.client));
}

TEST_CASE("an id that was used with success is a repetition, after a failure it is free") {
    fixture f;
    f.all.acknowledge(f.during, f.client, 1, bad_request("no"));
    CHECK(f.error_of_last() == "BadRequest");
    CHECK_FALSE(f.all.answer_repetition(f.during, f.client, 1));
    f.all.acknowledge(f.during, f.client, 1, std::nullopt);
    CHECK_FALSE(f.error_of_last());
    CHECK(f.all.answer_repetition(f.during, f.client, 1));
    CHECK(f.error_of_last() == "Duplicate");
    CHECK_FALSE(f.all.answer_repetition(f.during, f.client, std::nullopt));
    f.all.handle_change(f.during, f.client, connection_change::ended);
    CHECK_FALSE(f.all.answer_repetition(f.during, f.client, 1));
}

TEST_CASE("what waits is limited by what is kept of it, and half of that stops the reading") {
    hub_options options;
    options.requests.waiting = {100, static_cast<std::uint32_t>(4 * (sizeof(waiting_request) + 1000))};
    fixture f(options);
    f.run(event_message{"e", {}, {}, {}});
    for (int i = 0; i < 2; ++i) f.wait(ping_message{}, 1000);
    CHECK_FALSE(f.out.poll_order());
    f.wait(ping_message{}, 1000);
    CHECK(holds_alternative<hub_orders::pause_reading>(*f.out.poll_order()));
    f.wait(ping_message{}, 1000);
    CHECK_FALSE(f.out[f.client].close_scheduled);
    REQUIRE(f.all.fail_event(f.during, f.event<user_event>()->id));
    for (int i = 0; i < 3; ++i) f.all.take_next(f.during, f.client);
    CHECK(holds_alternative<hub_orders::resume_reading>(*f.out.poll_order()));
    for (int i = 0; i < 3; ++i) f.wait(ping_message{}, 1000);
    CHECK_FALSE(f.out[f.client].close_scheduled);
    f.wait(ping_message{}, 1000);
    CHECK(f.out[f.client].close_scheduled);
}

TEST_CASE("who has ended waits for no receivers") {
    fixture f;
    f.run(event_message{"e", {}, {}, {}});
    f.wait(ping_message{}, 1);
    f.senders.wait(f.connections.handle_of(f.client), "g");
    f.senders.wait(connection_handle{7}, "g");
    f.senders.wait(f.connections.handle_of(f.client), {});
    f.all.handle_change(f.during, f.client, connection_change::detached);
    CHECK(f.senders.group_count() == 2);
    f.all.handle_change(f.during, f.client, connection_change::ended);
    REQUIRE(f.senders.group_count() == 1);
    CHECK(f.senders.take(0) == std::vector{connection_handle{7}});
}

TEST_CASE("what is kept of a message counts its map entries") {
    fixture f;
    const auto bare = f.all.arrive(f.during, f.client, event_message{"e", {}, text_payload("12345"), {}}, false);
    CHECK(bare.kept == 6);
    const auto with =
        f.all.arrive(f.during, f.client, event_message{"e", {}, text_payload("12345"), {{"k", "v"}}}, false);
    CHECK(with.kept == 6 + sizeof(string_map_entry) + 2);
}

TEST_CASE("a message arrives where it is known, and names and altered strings are seen there") {
    fixture f;
    const auto verdict_of = [&](client_message message, bool altered = false) {
        return f.all.arrive(f.during, f.client, message, altered).what;
    };
    CHECK(verdict_of(join_group_message{"g", {}}) == verdict::in_turn);
    CHECK(verdict_of(join_group_message{" ", {}}) == verdict::malformed);
    CHECK(verdict_of(join_group_message{"g", {}}, true) == verdict::refused);
    CHECK(verdict_of(leave_group_message{"", {}}) == verdict::malformed);
    CHECK(verdict_of(event_message{"1", {}, {}, {}}) == verdict::malformed);
    CHECK(verdict_of(event_message{"1", {}, {}, {}}, true) == verdict::refused);
    CHECK(verdict_of(sequence_ack_message{1}) == verdict::done);
    CHECK(verdict_of(invoke_message{"i", "e", {}, {}}) == verdict::not_mine);
    CHECK(verdict_of(ping_message{}) == verdict::done);
    CHECK(f.sent(f.client) == messages{pong_message{}});
}

TEST_CASE("a join that is held waits for the host, and ends with its time") {
    hub_options options;
    options.application.hold_joins = true;
    fixture f(options);
    const auto held = [&] {
        const auto order = f.out.poll_order();
        return get<hub_orders::request_held>(*order);
    };
    CHECK(f.run(join_group_message{"g", 1}).what == kind::acknowledge);
    CHECK(f.run(join_group_message{"h", 2}).what == kind::held_by_host);
    CHECK(f.all.must_wait(f.client));
    CHECK(f.all.next(f.client) == nullptr);
    CHECK(f.all.waiting(f.client) == 0);
    CHECK_FALSE(f.connections.groups().contains("h", f.client));
    auto order = held();
    CHECK(order.group == "h");
    CHECK(order.connection_id == "c");
    CHECK(f.all.answer_event(f.during, event_id{number_of(order.id)}, std::nullopt, {}).error() ==
          errc::unknown_target);
    CHECK(f.all.release_by_nodes(f.during, order.id).error() == errc::unknown_target);
    CHECK(f.all.release_by_host(f.during, order.id) == f.client);
    CHECK(f.run_next().what == kind::acknowledge);
    CHECK(f.connections.groups().contains("h", f.client));
    CHECK_FALSE(f.error_of_last());
    CHECK(f.all.release_by_host(f.during, order.id).error() == errc::unknown_target);
    CHECK_FALSE(f.all.must_wait(f.client));

    f.run(join_group_message{"i", 3});
    CHECK(f.all.refuse(f.during, held().id, bad_request("no")) == f.client);
    CHECK(f.error_of_last() == "BadRequest");
    CHECK_FALSE(f.connections.groups().contains("i", f.client));

    f.run(join_group_message{"i", 4});
    held();
    CHECK(f.all.deadline() == f.during.now.steady + 10s);
    f.pass(10s);
    CHECK(f.all.handle_due(f.during) == f.client);
    CHECK(f.error_of_last() == "InternalServerError");
    CHECK_FALSE(f.connections.groups().contains("i", f.client));
    CHECK_FALSE(f.all.must_wait(f.client));
}

TEST_CASE("an ended connection leaves neither an event nor a deadline") {
    fixture f;
    f.run(event_message{"e", {}, {}, {}});
    f.all.handle_change(f.during, f.client, connection_change::detached);
    CHECK(f.all.deadline().has_value());
    f.all.handle_change(f.during, f.client, connection_change::ended);
    CHECK_FALSE(f.all.deadline());
    CHECK_FALSE(f.all.must_wait(f.client));
    CHECK(f.all.answer_event(f.during, f.event<user_event>()->id, std::nullopt, {}).error() == errc::unknown_target);
}
