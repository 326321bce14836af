// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "client/client_promises.hpp"
#include "support/client_driver.hpp"

#include <boost/json.hpp>

#include <functional>
#include <limits>
#include <string>
#include <vector>

// Every option of a client at its extremes (none, zero, one and the maximum), in a story in which all features meet:
// whatever the option is, the client neither hangs nor spins, each request has one outcome, and `stopped` is the last.

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

struct row {
    std::string name;
    std::function<void(client_options&)> set;
    /// The option that `start` refuses; empty if the client starts.
    std::string refused{};
};

/// A client and a service that answers at once, later, or never.
struct story : client_driver {
    enum class service : std::uint8_t { answers, is_silent };

    story(client_options options, service the_service)
        : client_driver(client(reliable_json_codec(), 1, std::move(options))), kind(the_service) {}

    service kind;
    client_promises promises;
    std::string connection = "c1";
    std::uint64_t sequence_id = 0;
    std::size_t seen_events = 0;
    std::size_t seen_orders = 0;
    std::size_t wakes = 0;
    std::size_t writings = 0;
    bool asked = false;

    void note() {
        for (; seen_orders < orders.size(); ++seen_orders) {
            promises.take(orders[seen_orders]);
            if (holds_alternative<client_orders::open_transport>(orders[seen_orders])) asked = true;
            if (holds_alternative<client_orders::close_transport>(orders[seen_orders])) asked = false;
        }
        for (; seen_events < events.size(); ++seen_events) promises.take(events[seen_events]);
        writings += sent.size() + pings;
    }

    /// Plays the network and the service until nothing is left to do at this time.
    void play() {
        for (int turns = 0;; ++turns) {
            REQUIRE(turns < 1000);
            drain();
            note();
            if (std::exchange(asked, false)) {
                opened();
                give(connected_frame(connection, "t"));
                continue;
            }
            const auto frames = take_sent();
            const auto pongs = std::exchange(pings, 0);
            if (frames.empty() && pongs == 0) return;
            if (kind == service::is_silent) continue;
            for (std::size_t i = 0; i < pongs; ++i) give(R"({"type":"pong"})");
            for (const auto& frame : frames) answer(boost::json::parse(frame).as_object());
        }
    }

    void give(const std::string& frame) {
        // The application takes all events, so that there is room.
        if (promises.transport() != transport_id{}) {
            REQUIRE(c.handle_frame(now, transport.transport, frame_kind::text, frame));
        }
        drain();
        note();
    }

    void answer(const boost::json::object& message) {
        const auto text = [&](std::string_view name) { return std::string(message.at(name).as_string()); };
        if (const auto* const id = message.if_contains("ackId")) give(ack(id->to_number<std::uint64_t>()));
        const auto type = text("type");
        if (type == "sendToGroup" && message.contains("stream")) {
            give(stream_ack(std::string(message.at("stream").at("streamId").as_string()), 1));
        } else if (type == "streamData" && message.contains("streamSequenceId")) {
            give(stream_ack(text("streamId"), message.at("streamSequenceId").to_number<std::uint64_t>() + 1));
        } else if (type == "streamEnd") {
            give(R"({"type":"streamClosed","streamId":")" + text("streamId") + "\"}");
        } else if (type == "invoke") {
            give(R"({"type":"invokeResponse","invocationId":")" + text("invocationId") + R"(","success":true})");
        }
    }
    static std::string stream_ack(const std::string& id, std::uint64_t expected) {
        return R"({"type":"streamAck","streamId":")" + id + R"(","expectedSequenceId":)" + std::to_string(expected) +
               "}";
    }

    void pass(duration time) {
        const auto end = now + time;
        play();
        for (auto next = c.poll_timeout(); next && *next <= end; next = c.poll_timeout()) {
            REQUIRE(++wakes < 50'000);
            now = std::max(now, *next);
            c.handle_timeout(now);
            play();
        }
        now = end;
    }

    /// Everything that a client can do.
    void ask_for_everything() {
        promises.begin_request(c.join_group(now, "g"));
        promises.begin_request(c.send_event(now, "e", text_payload("x")));
        promises.begin_request(c.send_to_group(now, "g", text_payload("x")));
        message_options forget;
        forget.fire_and_forget = true;
        static_cast<void>(c.send_event(now, "e", text_payload("x"), forget));
        promises.begin_request(c.subscribe_group_state(now, "g"));
        promises.begin_request(c.set_group_state(now, "g", {{"k", "v"}}));
        promises.begin_invocation(c.invoke(now, "e", text_payload("x")));
        const auto stream = c.open_stream(now, "g");
        promises.begin_stream(stream);
        if (stream) {
            static_cast<void>(c.write_stream(now, *stream, text_payload("x")));
            static_cast<void>(c.write_stream(now, *stream, text_payload("y")));
            static_cast<void>(c.end_stream(now, *stream));
        }
        play();
        if (c.state() != client_state::connected) return;
        give(group_text(++sequence_id, "hello"));
        give(R"({"sequenceId":)" + std::to_string(++sequence_id) +
             R"(,"type":"message","from":"group","group":"g","dataType":"text","data":"x",)"
             R"("stream":{"streamId":"theirs","streamSequenceId":1}})");
        give(
            R"({"sequenceId":)" + std::to_string(++sequence_id) +
            R"(,"type":"groupStateUpdate","group":"g","items":[{"connectionId":"c","state":{"k":"v"},"updatedAt":1}]})");
        play();
    }

    void lose(std::uint16_t code) {
        promises.transport_lost();
        closed(code);
        note();
        if (code != close_code::abnormal) {
            connection += "1";
            sequence_id = 0;
        }
        play();
    }

    void run() {
        pass(1min);
        ask_for_everything();
        pass(5min);
        ask_for_everything();
        lose(close_code::abnormal);
        ask_for_everything();
        pass(5min);
        ask_for_everything();
        lose(close_code::policy_violation);
        ask_for_everything();
        pass(10min);
        ask_for_everything();
        client_driver::stop();
        note();
        promises.check_stopped(c);
        CHECK_FALSE(c.poll_transmit());
        CHECK(writings < 20'000);
    }
};

const auto never = std::optional<duration>();
const auto longest = duration::max();

void durations(std::vector<row>& rows, const std::string& name, const std::function<duration&(client_options&)>& member,
               bool zero_is_refused = false) {
    rows.push_back({name + " zero", [member](auto& o) { member(o) = duration::zero(); }, zero_is_refused ? name : ""});
    rows.push_back({name + " one second", [member](auto& o) { member(o) = 1s; }});
    rows.push_back({name + " maximum", [member](auto& o) { member(o) = longest; }});
    rows.push_back({name + " negative", [member](auto& o) { member(o) = -1ns; }, name});
}

void limits(std::vector<row>& rows, const std::string& name,
            const std::function<std::optional<duration>&(client_options&)>& member, bool zero_is_refused = false) {
    rows.push_back({name + " none", [member](auto& o) { member(o) = never; }});
    rows.push_back({name + " zero", [member](auto& o) { member(o) = duration::zero(); }, zero_is_refused ? name : ""});
    rows.push_back({name + " one second", [member](auto& o) { member(o) = 1s; }});
    rows.push_back({name + " maximum", [member](auto& o) { member(o) = longest; }});
    rows.push_back({name + " negative", [member](auto& o) { member(o) = -1ns; }, name});
}

template <class Number>
void numbers(std::vector<row>& rows, const std::string& name, const std::function<Number&(client_options&)>& member,
             bool zero_is_refused = false) {
    rows.push_back({name + " zero", [member](auto& o) { member(o) = Number{}; }, zero_is_refused ? name : ""});
    rows.push_back({name + " one", [member](auto& o) { member(o) = Number{1}; }});
    if constexpr (std::is_integral_v<Number>) {
        rows.push_back({name + " maximum", [member](auto& o) { member(o) = std::numeric_limits<Number>::max(); }});
    } else {
        using value = typename Number::value_type;
        rows.push_back({name + " zero of them", [member](auto& o) { member(o) = value{}; }});
        rows.push_back({name + " maximum", [member](auto& o) { member(o) = std::numeric_limits<value>::max(); }});
    }
}

void delays(std::vector<row>& rows, const std::string& name,
            const std::function<backoff_options&(client_options&)>& member, bool zero_is_refused) {
    const auto refused = zero_is_refused ? name : std::string();
    rows.push_back({name + " zero", [member](auto& o) { member(o) = {0s, 0s, 0.0}; }, refused});
    rows.push_back({name + " maximum", [member](auto& o) { member(o) = {longest, longest, 1.0}; }});
    rows.push_back({name + " up to the maximum", [member](auto& o) { member(o) = {1s, longest, 0.0}; }});
    rows.push_back({name + " all jitter", [member](auto& o) { member(o) = {1s, 30s, 1.0}; }});
    rows.push_back({name + " negative", [member](auto& o) { member(o).base = -1s; }, name});
    rows.push_back({name + " too much jitter", [member](auto& o) { member(o).jitter = 1.5; }, name});
}

void flag(std::vector<row>& rows, const std::string& name, const std::function<bool&(client_options&)>& member) {
    rows.push_back({name + " off", [member](auto& o) { member(o) = false; }});
    rows.push_back({name + " on", [member](auto& o) { member(o) = true; }});
}

// NOLINTBEGIN
#define WEBPUBSUB_OPTION(member) #member, [](client_options & o) -> decltype(auto) { return (o.member); }
// NOLINTEND

std::vector<row> all_rows() {
    using size = std::size_t;
    std::vector<row> r;
    flag(r, WEBPUBSUB_OPTION(connect.auto_reconnect));
    flag(r, WEBPUBSUB_OPTION(connect.retry_first));
    flag(r, WEBPUBSUB_OPTION(connect.stop_when_url_is_refused));
    numbers<std::optional<unsigned>>(r, WEBPUBSUB_OPTION(connect.max_attempts));
    delays(r, WEBPUBSUB_OPTION(connect.delays), true);
    durations(r, WEBPUBSUB_OPTION(connect.first_delay));
    durations(r, WEBPUBSUB_OPTION(connect.stable_time));
    limits(r, WEBPUBSUB_OPTION(connect.handshake_timeout));
    limits(r, WEBPUBSUB_OPTION(connect.url_timeout));
    durations(r, WEBPUBSUB_OPTION(connect.url_renewal_margin));
    durations(r, WEBPUBSUB_OPTION(connect.max_retry_after));
    flag(r, WEBPUBSUB_OPTION(recovery.enabled));
    durations(r, WEBPUBSUB_OPTION(recovery.window));
    durations(r, WEBPUBSUB_OPTION(recovery.attempt_timeout));
    durations(r, WEBPUBSUB_OPTION(recovery.confirmation));
    delays(r, WEBPUBSUB_OPTION(recovery.delays), true);
    durations(r, WEBPUBSUB_OPTION(recovery.first_delay));
    limits(r, WEBPUBSUB_OPTION(keep_alive.interval), true);
    limits(r, WEBPUBSUB_OPTION(keep_alive.timeout), true);
    limits(r, WEBPUBSUB_OPTION(keep_alive.suspension), true);
    numbers<size>(r, WEBPUBSUB_OPTION(requests.max_pending));
    numbers<size>(r, WEBPUBSUB_OPTION(requests.max_bytes));
    numbers<size>(r, WEBPUBSUB_OPTION(requests.max_in_flight), true);
    numbers<unsigned>(r, WEBPUBSUB_OPTION(requests.max_retries));
    delays(r, WEBPUBSUB_OPTION(requests.retry_delays), false);
    limits(r, WEBPUBSUB_OPTION(requests.timeout), true);
    numbers<unsigned>(r, WEBPUBSUB_OPTION(requests.max_writes), true);
    flag(r, WEBPUBSUB_OPTION(requests.resend_on_new_connection));
    durations(r, WEBPUBSUB_OPTION(sequence_ack.interval));
    numbers<std::uint64_t>(r, WEBPUBSUB_OPTION(sequence_ack.messages));
    numbers<size>(r, WEBPUBSUB_OPTION(sequence_ack.bytes));
    flag(r, WEBPUBSUB_OPTION(groups.rejoin));
    numbers<size>(r, WEBPUBSUB_OPTION(groups.max_groups));
    numbers<size>(r, WEBPUBSUB_OPTION(groups.max_rejoins_in_flight), true);
    numbers<size>(r, WEBPUBSUB_OPTION(publisher.max_streams));
    numbers<size>(r, WEBPUBSUB_OPTION(publisher.max_fragments), true);
    numbers<size>(r, WEBPUBSUB_OPTION(publisher.max_bytes), true);
    delays(r, WEBPUBSUB_OPTION(publisher.rewind_delays), true);
    numbers<size>(r, WEBPUBSUB_OPTION(subscriber.max_streams), true);
    numbers<size>(r, WEBPUBSUB_OPTION(subscriber.max_key_size), true);
    limits(r, WEBPUBSUB_OPTION(subscriber.idle_timeout));
    flag(r, WEBPUBSUB_OPTION(subscriber.only_from_start));
    numbers<size>(r, WEBPUBSUB_OPTION(invocations.max_pending));
    numbers<size>(r, WEBPUBSUB_OPTION(invocations.max_bytes));
    limits(r, WEBPUBSUB_OPTION(invocations.timeout));
    numbers<size>(r, WEBPUBSUB_OPTION(group_states.max_size));
    numbers<size>(r, WEBPUBSUB_OPTION(group_states.max_states));
    numbers<size>(r, WEBPUBSUB_OPTION(group_states.max_bytes));
    numbers<size>(r, WEBPUBSUB_OPTION(group_states.max_cleared));
    numbers<size>(r, WEBPUBSUB_OPTION(group_states.full_snapshot));
    numbers<std::optional<size>>(r, WEBPUBSUB_OPTION(window.messages));
    numbers<std::optional<size>>(r, WEBPUBSUB_OPTION(window.bytes));
    limits(r, WEBPUBSUB_OPTION(window.report_after));
    numbers<size>(r, WEBPUBSUB_OPTION(frames.max_sent_size));
    numbers<size>(r, WEBPUBSUB_OPTION(frames.max_received_size));
    flag(r, WEBPUBSUB_OPTION(frames.close_on_malformed));
    numbers<size>(r, WEBPUBSUB_OPTION(events.max_count));
    numbers<size>(r, WEBPUBSUB_OPTION(events.max_bytes));
    flag(r, WEBPUBSUB_OPTION(events.report_states));
    return r;
}

#undef WEBPUBSUB_OPTION

client_options with_fixed_url() {
    client_options options;
    options.url = with_url().url;
    return options;
}

} // namespace

TEST_CASE("each option at each of its extremes, with a service that answers and with one that is silent") {
    std::size_t played = 0;
    for (const auto& [name, set, refused] : all_rows()) {
        for (const auto service : {story::service::answers, story::service::is_silent}) {
            CAPTURE(name, static_cast<int>(service));
            auto options = with_fixed_url();
            set(options);
            story s(options, service);
            const auto started = s.c.start(s.now);
            REQUIRE(started.has_value() == refused.empty());
            if (!started) {
                CHECK(started.error().code == errc::invalid_option);
                CHECK(s.c.state() == client_state::idle);
                // The name without that of the topic will do.
                CHECK(refused == started.error().subject);
                continue;
            }
            s.run();
            ++played;
        }
    }
    CHECK(played > 300);
}

TEST_CASE("a connection may not count as good at once where the next attempt is made at once") {
    auto options = with_fixed_url();
    options.connect.stable_time = duration::zero();
    SECTION("to connect") { options.connect.first_delay = duration::zero(); }
    SECTION("to recover") { options.recovery.first_delay = duration::zero(); }
    auto d = reliable_client(options);
    const auto started = d.c.start(d.now);
    REQUIRE_FALSE(started);
    CHECK(started.error().subject == std::string("connect.stable_time"));
}
