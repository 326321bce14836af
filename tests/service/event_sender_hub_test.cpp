// SPDX-License-Identifier: MIT

// A hub, its sender, and an application with this library's own half of event handlers behind it.

#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/upstream/answer.hpp>
#include <webpubsub/upstream/receive.hpp>

#include "service/sender_bench.hpp"

#include <functional>
#include <map>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

using texts = std::vector<std::string>;
using application = std::function<http_response(const upstream_delivery&)>;

class hub_with_handlers {
public:
    explicit hub_with_handlers(application app)
        : app_(std::move(app)), hub_(all_service_codecs(), options(), bytes()) {}

    /// The transport of a client that is let in, or the status that it is refused with.
    variant<transport_id, unsigned> connect(std::string subprotocol = "json.webpubsub.azure.v1") {
        connect_request request;
        request.user_id = "of the token";
        if (!subprotocol.empty()) request.subprotocols = {std::move(subprotocol)};
        auto outcome = hub_.admit(bench_.now, std::move(request));
        run();
        const auto* const asked = get_if<waiting>(&outcome);
        if (asked != nullptr) outcome = decided_.at(asked->id);
        if (const auto* const no = get_if<refused>(&outcome)) return no->http_status;
        const auto transport = get<accepted>(outcome).transport;
        hub_.handle_opened(bench_.now, transport);
        run();
        return transport;
    }
    void receive(transport_id from, std::string_view frame) {
        hub_.handle_frame(bench_.now, from, frame_kind::text, frame);
        run();
    }
    void pass(int count) {
        for (; count > 0; --count) {
            bench_.pass(seconds(1));
            hub_.handle_timeout(bench_.now);
            run();
        }
    }
    void disconnect(transport_id transport) {
        hub_.handle_closed(bench_.now, transport, close_code::normal, "bye");
        run();
    }
    texts take(transport_id of) { return std::exchange(frames_[of], {}); }
    std::optional<std::uint16_t> close_of(transport_id of) const {
        const auto found = closes_.find(of);
        return found == closes_.end() ? std::nullopt : std::optional(found->second);
    }
    texts take_log() { return std::exchange(log_, {}); }
    void check_idle() { bench_.check_idle(); }

private:
    static hub_options options() {
        hub_options made;
        made.application.ask_on_connect = true;
        made.application.report_memberships = true;
        made.timeouts.answer = seconds(120);
        return made;
    }
    secure_random bytes() { return seeded_bytes(engine_); }

    void run() {
        for (bool busy = true; busy;) {
            busy = false;
            while (const auto order = hub_.poll_order()) {
                busy = true;
                if (const auto* const it = get_if<hub_orders::admission_decided>(&*order))
                    decided_[it->id] = it->outcome;
                if (const auto* const it = get_if<hub_orders::close_transport>(&*order))
                    closes_[it->transport] = it->code;
            }
            while (bench_.sender.wants_event()) {
                const auto event = hub_.poll_event();
                if (!event) break;
                busy = true;
                bench_.take(std::move(*event));
            }
            while (const auto call = bench_.sender.poll_call()) {
                busy = true;
                bench_.respond(*call, handle(call->request));
            }
            while (const auto answer = bench_.sender.poll_answer()) {
                busy = true;
                visit([this](const auto& each) { apply(each); }, *answer);
            }
            while (const auto ready = hub_.poll_ready()) {
                while (const auto message = hub_.poll_transmit(*ready)) {
                    busy = true;
                    frames_[*ready].push_back(std::string(message->prefix()).append(message->body()));
                    hub_.handle_written(bench_.now, *ready);
                }
            }
        }
    }

    http_response handle(const http_request& request) {
        upstream_rules rules;
        rules.hub = "chat";
        rules.keys = {the_sender_key()};
        rules.allowed_origins = {"service.net"};
        const auto received = receive_upstream(request, rules, openssl_hmac{});
        if (!received) return received.error();
        log_.push_back(received->context.event_id + " " + received->context.event_name + " " +
                       received->context.user_id.value_or("-") + " " + received->context.state.value_or("-"));
        return app_(*received);
    }

    void apply(const sender_answers::admission_accepted& answer) {
        CHECK(hub_.accept_connect(bench_.now, answer.id, answer.overrides));
    }
    void apply(const sender_answers::admission_refused& answer) {
        CHECK(hub_.refuse_connect(bench_.now, answer.id, answer.http_status));
    }
    void apply(const sender_answers::event_answered& answer) {
        const auto data = answer.data ? std::optional<payload_view>(*answer.data) : std::nullopt;
        if (!hub_.answer_event(bench_.now, answer.id, data)) CHECK(hub_.fail_event(bench_.now, answer.id));
    }
    void apply(const sender_answers::event_failed& answer) { CHECK(hub_.fail_event(bench_.now, answer.id)); }
    void apply(const sender_answers::invocation_answered& answer) {
        const auto data = answer.data ? std::optional<payload_view>(*answer.data) : std::nullopt;
        CHECK(hub_.answer_invocation(bench_.now, answer.id, data, answer.metadata));
    }
    void apply(const sender_answers::invocation_failed& answer) {
        CHECK(hub_.fail_invocation(bench_.now, answer.id, answer.error));
    }

    application app_;
    std::mt19937 engine_{2};
    sender_bench bench_;
    hub hub_;
    std::map<admission_id, admission> decided_;
    std::map<transport_id, texts> frames_;
    std::map<transport_id, std::uint16_t> closes_;
    texts log_;
};

/// Lets everyone in as `ann`, with a state that counts, and repeats what is said.
http_response friendly(const upstream_delivery& delivered) {
    if (holds_alternative<upstream_events::connect_event>(delivered.event)) {
        connect_answer answer;
        answer.user_id = "ann";
        answer.groups = {"room"};
        answer.state = "0";
        return accept_connect(answer).value();
    }
    const auto* const sent = get_if<upstream_events::custom_event>(&delivered.event);
    if (sent == nullptr) return acknowledge_event();
    if (delivered.context.event_name == "bad") return fail_event();
    if (delivered.context.event_name == "busy") return fail_event("busy", 503);
    event_answer answer;
    answer.data = sent->data;
    answer.state = std::to_string(std::stoi(delivered.context.state.value_or("0")) + 1);
    return answer_event(answer).value();
}

http_response strict(const upstream_delivery&) { return refuse_connect(403); }

} // namespace

TEST_CASE("what a handler decides about a client and answers to its events reaches the client through the hub") {
    hub_with_handlers all(friendly);
    const auto client = get<transport_id>(all.connect());
    const auto connected = all.take(client);
    REQUIRE(connected.size() == 1);
    CHECK(connected[0].find(R"("userId":"ann")") != std::string::npos);
    CHECK(all.take_log() == texts{"0 connect of the token -", "1 connected ann 0", "2 joined ann 0"});

    all.receive(client, R"({"type":"event","event":"hello","ackId":1,"dataType":"text","data":"hi"})");
    // The message comes before the acknowledgement.
    CHECK(all.take(client) == texts{R"({"type":"message","from":"server","dataType":"text","data":"hi"})",
                                    R"({"type":"ack","ackId":1,"success":true})"});
    CHECK(all.take_log() == texts{"3 hello ann 0"});
    const auto fails = [&] {
        const auto failed = all.take(client);
        return failed.size() == 1 && failed[0].find("InternalServerError") != std::string::npos;
    };
    all.receive(client, R"({"type":"event","event":"bad","ackId":2,"dataType":"text","data":"hi"})");
    CHECK(fails());
    CHECK(all.take_log() == texts{"4 bad ann 1"});
    // A failure of 503 may pass.
    all.receive(client, R"({"type":"event","event":"busy","ackId":3,"dataType":"text","data":"hi"})");
    CHECK(all.take(client).empty());
    all.pass(9);
    CHECK(fails());
    CHECK(all.take_log() == texts{"5 busy ann 1", "5 busy ann 1", "5 busy ann 1", "5 busy ann 1"});

    all.disconnect(client);
    CHECK(all.take_log() == texts{"6 left ann 1", "7 disconnected ann 1"});
    all.check_idle();
}

TEST_CASE("a client that a handler refuses gets its status, and nothing more is told of it") {
    hub_with_handlers all(strict);
    CHECK(get<unsigned>(all.connect()) == 403);
    CHECK(all.take_log() == texts{"0 connect of the token -"});
    all.check_idle();
}

TEST_CASE("an answer that the hub can't take is a failure of the event") {
    hub_with_handlers all([](const upstream_delivery& delivered) {
        const bool asks = holds_alternative<upstream_events::custom_event>(delivered.event);
        return asks ? http_response{200, {{"Content-Type", "application/x-protobuf"}}, "no Any"} : acknowledge_event();
    });
    const auto client = get<transport_id>(all.connect());
    all.take(client);
    all.receive(client, R"({"type":"event","event":"hello","ackId":1,"dataType":"text","data":"hi"})");
    const auto failed = all.take(client);
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].find("InternalServerError") != std::string::npos);
}

TEST_CASE("a simple client gets answers as they are, and is closed when its event fails") {
    bool fails = false;
    hub_with_handlers all([&fails](const upstream_delivery& delivered) {
        if (holds_alternative<upstream_events::custom_event>(delivered.event)) {
            CHECK(delivered.context.event_name == "message");
            CHECK(delivered.context.subprotocol.empty());
            return fails ? text_response(422, "no") : answer_event({json_payload("[1]"), {}, {}}).value();
        }
        return acknowledge_event();
    });
    const auto client = get<transport_id>(all.connect(""));
    all.receive(client, "hi");
    CHECK(all.take(client) == texts{"[1]"});
    fails = true;
    all.receive(client, "hi");
    CHECK(all.close_of(client) == close_code::internal_error);
}
