// SPDX-License-Identifier: MIT

// Every option of a hub at its extremes (none, zero, one and the maximum), in a story in which all features meet: the
// hub neither throws nor asks for a time that has passed, and in the end nothing is left.

#include <webpubsub/codec/all_service_codecs.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace std::chrono_literals;
using strings = hub_fixture::strings;

namespace {

using named_options = std::vector<std::pair<std::string, hub_options>>;

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

/// Adds the defaults with one option changed, for each extreme of its type.
template <class Option>
void add(named_options& all, const std::string& name, Option option) {
    using type = std::remove_reference_t<std::invoke_result_t<Option, hub_options&>>;
    const auto with = [&](const std::string& what, const type& value) {
        hub_options changed;
        option(changed) = value;
        all.emplace_back(name + " = " + what, changed);
    };
    if constexpr (std::is_same_v<type, std::optional<duration>>) {
        with("none", std::nullopt);
        with("zero", 0s);
        with("one", duration(1));
        with("maximum", duration::max());
    } else if constexpr (std::is_same_v<type, bool>) {
        with("false", false);
        with("true", true);
    } else {
        if constexpr (is_optional<type>::value) with("none", type());
        with("zero", type(0));
        with("one", type(1));
        if constexpr (is_optional<type>::value) {
            with("maximum", std::numeric_limits<typename type::value_type>::max());
        } else {
            with("maximum", std::numeric_limits<type>::max());
        }
    }
}

#define WEBPUBSUB_OPTION(place)                                                                                        \
#place, [](hub_options & of) -> auto& { return of.place; }

named_options all_extremes() {
    named_options all;
    add(all, WEBPUBSUB_OPTION(application.ask_on_connect));
    add(all, WEBPUBSUB_OPTION(application.drop_on_failed_event));
    add(all, WEBPUBSUB_OPTION(application.report_memberships));
    add(all, WEBPUBSUB_OPTION(application.hold_joins));
    add(all, WEBPUBSUB_OPTION(application.max_pending_events));
    add(all, WEBPUBSUB_OPTION(application.max_pending_event_bytes));
    add(all, WEBPUBSUB_OPTION(frames.max_received_size));
    add(all, WEBPUBSUB_OPTION(frames.max_payload_size));
    add(all, WEBPUBSUB_OPTION(queues.replay.frames));
    add(all, WEBPUBSUB_OPTION(queues.replay.bytes));
    add(all, WEBPUBSUB_OPTION(queues.outbound.frames));
    add(all, WEBPUBSUB_OPTION(queues.outbound.bytes));
    add(all, WEBPUBSUB_OPTION(queues.window.bytes));
    add(all, WEBPUBSUB_OPTION(queues.stall_time));
    add(all, WEBPUBSUB_OPTION(queues.slow_after));
    add(all, WEBPUBSUB_OPTION(requests.waiting.frames));
    add(all, WEBPUBSUB_OPTION(requests.waiting.bytes));
    add(all, WEBPUBSUB_OPTION(requests.ack_history));
    add(all, WEBPUBSUB_OPTION(groups.max_groups));
    add(all, WEBPUBSUB_OPTION(groups.max_per_connection));
    add(all, WEBPUBSUB_OPTION(groups.max_bytes_per_connection));
    add(all, WEBPUBSUB_OPTION(groups.permissions.patterns));
    add(all, WEBPUBSUB_OPTION(groups.permissions.literals));
    add(all, WEBPUBSUB_OPTION(groups.max_state_size));
    add(all, WEBPUBSUB_OPTION(groups.max_states_per_connection));
    add(all, WEBPUBSUB_OPTION(groups.max_snapshot_items));
    add(all, WEBPUBSUB_OPTION(streams.max_open));
    add(all, WEBPUBSUB_OPTION(streams.max_id_size));
    add(all, WEBPUBSUB_OPTION(streams.idle_timeout));
    add(all, WEBPUBSUB_OPTION(invocations.max_pending));
    add(all, WEBPUBSUB_OPTION(invocations.max_id_size));
    add(all, WEBPUBSUB_OPTION(connections.max_connections));
    add(all, WEBPUBSUB_OPTION(connections.max_pending_admissions));
    add(all, WEBPUBSUB_OPTION(connections.max_user_id_size));
    add(all, WEBPUBSUB_OPTION(recovery.enabled));
    add(all, WEBPUBSUB_OPTION(recovery.window));
    add(all, WEBPUBSUB_OPTION(recovery.token_lifetime));
    add(all, WEBPUBSUB_OPTION(timeouts.open));
    add(all, WEBPUBSUB_OPTION(timeouts.answer));
    add(all, WEBPUBSUB_OPTION(timeouts.held_request));
    add(all, WEBPUBSUB_OPTION(timeouts.close));
    return all;
}

/// What came of the story, for the table of outcomes.
struct tale {
    std::size_t refusals = 0;
    std::map<std::uint16_t, std::size_t> closes{};
    std::map<std::string, std::size_t> failed_acks{};
    std::size_t acks = 0;
    std::size_t pongs = 0;
    std::size_t messages = 0;
    std::size_t stream_errors = 0;
    std::size_t invocation_errors = 0;
    std::size_t recoveries = 0;
    std::size_t snapshot_items = 0;
};

class story {
public:
    explicit story(const hub_options& options) : f_(options, all_service_codecs()) {}

    tale run() {
        for (const auto& [subprotocol, groups] : {std::pair{"json.webpubsub.azure.v1", strings{"g"}},
                                                  {"json.reliable.webpubsub.azure.v1", strings{"g"}},
                                                  {"", strings{"g"}}}) {
            connect(subprotocol, groups);
        }
        for (int twice = 0; twice < 2; ++twice) {
            for (const auto id : std::vector(open_)) play(id);
            advance(300ms);
        }
        static_cast<void>(f_.hub.send_to_all(f_.now, text_payload("hello"), {{}, {}, {}, false, 1s, {{"k", "v"}}}));
        f_.drain();
        lose_and_recover();
        // Some time, and then all that may still come.
        for (int i = 0; i < 20; ++i) advance(7s);
        let_all_pass();
        end();
        return told_;
    }

private:
    void connect(std::string_view subprotocol, const strings& groups) {
        auto asked = f_.request(subprotocol, "u", groups);
        for (const auto* role : {"webpubsub.getGroupState", "webpubsub.setGroupState"}) asked.roles.emplace_back(role);
        auto outcome = f_.hub.admit(f_.now, asked);
        if (const auto* const asks = get_if<waiting>(&outcome)) {
            const auto id = asks->id;
            static_cast<void>(f_.hub.accept_connect(f_.now, id));
            f_.drain();
            outcome = f_.outcomes.at(id);
        }
        open(outcome);
    }
    std::optional<transport_id> open(const admission& outcome) {
        const auto* const in = get_if<accepted>(&outcome);
        if (in == nullptr) {
            ++told_.refusals;
            return std::nullopt;
        }
        f_.hub.handle_opened(f_.now, in->transport);
        f_.drain();
        open_.push_back(in->transport);
        if (!f_.received[in->transport].empty()) f_.first_frame[in->transport] = f_.received[in->transport].front();
        f_.take(in->transport);
        settle();
        return in->transport;
    }

    /// The transports that the hub has closed are gone, and what came is counted.
    void settle() {
        for (std::size_t i = 0; i < open_.size();) {
            const auto id = open_[i];
            for (const auto& frame : f_.take(id)) count(frame);
            if (const auto closed = f_.close_of(id)) {
                ++told_.closes[closed->code];
                f_.gone(id);
                open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
            } else {
                ++i;
            }
        }
    }
    void count(const std::string& frame) {
        service_message message;
        if (frame.empty() || frame[0] != '{' || !json_codec().decode(frame, message)) return;
        if (const auto* const ack = get_if<ack_message>(&message)) {
            ++(ack->error ? told_.failed_acks[ack->error->name] : told_.acks);
        }
        told_.pongs += holds_alternative<pong_message>(message);
        told_.messages += holds_alternative<group_data_message>(message);
        if (const auto* const end = get_if<stream_closed_message>(&message)) {
            told_.stream_errors += end->error.has_value();
        }
        if (const auto* const answer = get_if<invoke_response_message>(&message)) {
            told_.invocation_errors += holds_alternative<service_error>(answer->outcome);
        }
        if (const auto* const all = get_if<group_state_snapshot_message>(&message)) {
            told_.snapshot_items += all->items.size();
        }
    }

    void play(transport_id from) {
        const bool is_simple = f_.first_frame[from].empty();
        const strings frames{
            R"({"type":"ping"})",
            R"({"type":"joinGroup","group":"h","ackId":1})",
            R"({"type":"joinGroup","group":"h","ackId":1})",
            R"({"type":"sendToGroup","group":"g","dataType":"text","data":"hello","ackId":2})",
            R"({"type":"setGroupState","group":"g","state":{"k":"v"},"ackId":3})",
            R"({"type":"subscribeGroupState","group":"g","ackId":4})",
            R"({"type":"sendToGroup","group":"g","stream":{"streamId":"s1"}})",
            R"({"type":"streamData","streamId":"s1","streamSequenceId":1,"dataType":"text","data":"hello"})",
            R"({"type":"invoke","invocationId":"i1","target":"event","event":"e","data":1})",
            R"({"type":"event","event":"e","dataType":"text","data":"hello","ackId":5})",
            R"({"type":"sendToGroup","group":"g","dataType":"text","data":"waits","ackId":6})",
            R"({"type":"sequenceAck","sequenceId":3})",
        };
        for (const auto& frame : frames) {
            if (!f_.close_of(from)) f_.text(from, is_simple ? "hello" : frame);
            settle();
        }
        for (const auto& held : std::exchange(f_.held_requests, {})) {
            static_cast<void>(f_.hub.release_request(f_.now, held.id));
        }
        f_.drain();
        for (const auto& event : std::exchange(f_.events, {})) {
            static_cast<void>(f_.hub.answer_event(f_.now, event.id, payload_view::text("a")));
        }
        for (const auto& asked : std::exchange(f_.invocations, {})) {
            static_cast<void>(f_.hub.answer_invocation(f_.now, asked.id, payload_view::text("a")));
        }
        f_.drain();
        settle();
    }

    void lose_and_recover() {
        for (const auto id : std::vector(open_)) {
            const auto token = f_.member(f_.first_frame[id], "reconnectionToken");
            if (token.empty()) continue;
            const auto name = f_.id_of(id);
            f_.gone(id);
            std::erase(open_, id);
            advance(1ms);
            auto asked = f_.request(f_.reliable);
            asked.recovery = recovery_request{name, token};
            open(f_.hub.admit(f_.now, asked));
        }
        told_.recoveries = f_.hub.counters().recoveries;
    }

    void advance(duration by) {
        f_.advance(by);
        settle();
        // A hub whose deadlines have passed asks for no time that has passed.
        const auto next = f_.hub.poll_timeout();
        CHECK((!next || *next > f_.now.steady));
    }
    /// Goes from deadline to deadline.
    void let_all_pass() {
        for (int steps = 0; steps < 1000; ++steps) {
            const auto next = f_.hub.poll_timeout();
            if (!next || *next - f_.now.steady > 24h * 365) return;
            advance(*next - f_.now.steady);
        }
        FAIL("the deadlines have no end");
    }

    void end() {
        REQUIRE(f_.hub.close_all(f_.now));
        f_.drain();
        settle();
        let_all_pass();
        CHECK(open_.empty());
        CHECK(f_.hub.connection_count() == 0);
        CHECK(f_.hub.group_count() == 0);
        CHECK(f_.hub.user_count() == 0);
        CHECK_FALSE(f_.hub.poll_timeout());
        CHECK(f_.ends.size() == f_.ids.size());
    }

    hub_fixture f_;
    std::vector<transport_id> open_;
    tale told_;
};

tale with(const std::function<void(hub_options&)>& change) {
    hub_options options;
    change(options);
    return story(options).run();
}

} // namespace

TEST_CASE("a hub lives with each option at each of its extremes") {
    for (const auto& [name, options] : all_extremes()) {
        INFO(name);
        REQUIRE(check_options(options));
        CHECK_NOTHROW(story(options).run());
    }
}

TEST_CASE("a negative duration is refused, and its hub lets nobody in") {
    for (int place = 0; place < 9; ++place) {
        hub_options options;
        std::optional<duration>* const all[] = {
            &options.queues.stall_time, &options.queues.slow_after,       &options.streams.idle_timeout,
            &options.recovery.window,   &options.recovery.token_lifetime, &options.timeouts.open,
            &options.timeouts.answer,   &options.timeouts.held_request,   &options.timeouts.close};
        *all[place] = duration(-1);
        CAPTURE(place);
        CHECK_FALSE(check_options(options));
        CHECK(story(options).run().refusals == 3);
    }
}

TEST_CASE("nothing is refused or closed unless an option says so") {
    const auto usual = with([](hub_options&) {});
    CHECK(usual.refusals == 0);
    // The application does not answer the last event of the simple client (sessions.md section 5).
    CHECK(usual.closes == std::map<std::uint16_t, std::size_t>{{1001, 2}, {1011, 1}});
    CHECK(usual.pongs == 4);
    CHECK(usual.recoveries == 1);
    CHECK(usual.snapshot_items > 0);
    // Ids that come again, in each round and from each client.
    CHECK(usual.failed_acks.size() == 1);
    CHECK(usual.failed_acks.at("Duplicate") > 0);
}

TEST_CASE("what the least of each option does") {
    SECTION("nobody is let in") {
        CHECK(with([](hub_options& o) { o.connections.max_connections = 0; }).refusals == 3);
        CHECK(with([](hub_options& o) { o.connections.max_pending_admissions = 0; }).refusals >= 3);
        CHECK(with([](hub_options& o) { o.application.max_pending_events = 0; }).refusals == 3);
        CHECK(with([](hub_options& o) { o.connections.max_user_id_size = 0; }).refusals == 3);
        // Each of them has a group.
        CHECK(with([](hub_options& o) { o.groups.max_groups = 0; }).refusals == 3);
        CHECK(with([](hub_options& o) { o.groups.max_per_connection = 0; }).refusals == 3);
        CHECK(with([](hub_options& o) { o.groups.max_bytes_per_connection = 0; }).refusals == 3);
    }
    SECTION("everybody is closed") {
        CHECK(with([](hub_options& o) { o.frames.max_received_size = 0; }).closes.at(1009) == 3);
        CHECK(with([](hub_options& o) { o.requests.waiting.frames = 0; }).closes.at(1008) == 3);
        CHECK(with([](hub_options& o) { o.requests.waiting.bytes = 0; }).closes.at(1008) == 3);
        CHECK(with([](hub_options& o) { o.queues.outbound.frames = 0; }).closes.at(1008) == 3);
        CHECK(with([](hub_options& o) { o.queues.outbound.bytes = 0; }).closes.at(1008) == 3);
        CHECK(with([](hub_options& o) { o.queues.replay.frames = 0; }).closes.at(1008) == 1);
        CHECK(with([](hub_options& o) { o.queues.replay.bytes = 0; }).closes.at(1008) == 1);
    }
    SECTION("a request fails") {
        CHECK(with([](hub_options& o) { o.groups.max_per_connection = 1; }).failed_acks.at("BadRequest") > 0);
        CHECK(with([](hub_options& o) { o.groups.max_groups = 1; }).failed_acks.at("BadRequest") > 0);
        CHECK(with([](hub_options& o) { o.groups.max_state_size = 0; }).failed_acks.at("BadRequest") > 0);
        CHECK(with([](hub_options& o) { o.groups.max_states_per_connection = 0; }).failed_acks.at("BadRequest") > 0);
        CHECK(with([](hub_options& o) { o.streams.max_open = 0; }).stream_errors > 0);
        CHECK(with([](hub_options& o) { o.streams.max_id_size = 0; }).stream_errors > 0);
        CHECK(with([](hub_options& o) { o.invocations.max_pending = 0; }).invocation_errors > 0);
        CHECK(with([](hub_options& o) { o.invocations.max_id_size = 0; }).invocation_errors > 0);
        CHECK(with([](hub_options& o) { o.groups.max_snapshot_items = 0; }).snapshot_items == 0);
        CHECK(with([](hub_options& o) { o.requests.ack_history = 0; }).failed_acks.empty());
    }
    SECTION("a recovery fails") {
        CHECK(with([](hub_options& o) { o.recovery.enabled = false; }).recoveries == 0);
        CHECK(with([](hub_options& o) { o.recovery.window = 0s; }).recoveries == 0);
        CHECK(with([](hub_options& o) { o.recovery.token_lifetime = 0s; }).recoveries == 0);
    }
}
