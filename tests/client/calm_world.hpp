// SPDX-License-Identifier: MIT
#pragma once

#include "client/client_promises.hpp"

#include <webpubsub/access/client_url.hpp>
#include <webpubsub/client/client.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace webpubsub::tests {

/// What a service answers when a connection is to be recovered.
enum class recovery_answer : std::uint8_t { yes, silence, no, another_connection };

/// What a service remembers of a connection.
struct connection_memory {
    /// What it sent with sequence ids. Whether that arrived it does not know.
    std::vector<std::string> sent;
    std::uint64_t last_sequence_id = 0;
};

/// The rest of a client's life with a service that does as it should, in virtual time and without delay.
class calm_world {
public:
    calm_world(client c, client_promises so_far, connection_memory memory, steady_time now, recovery_answer answer)
        : c_(std::move(c)),
          promises_(std::move(so_far)),
          memory_(std::move(memory)),
          streams_(promises_.accepted_streams()),
          now_(now),
          answer_(answer) {}

    /// Breaks the transport, lets everything come to rest, and checks what the client has promised.
    void run(transport_id transport) {
        const bool is_on = c_.state() != client_state::idle && c_.state() != client_state::stopped;
        c_.handle_closed(now_, transport, close_code::abnormal, {});
        promises_.transport_lost();
        CHECK(c_.provide_url(now_, promises_.url_request(), url));
        pump();
        rest(std::chrono::minutes(2));
        promises_.check_settled(c_);
        CHECK(attempts_ <= 2);
        if (is_on) use();
        c_.stop(now_);
        pump();
        promises_.check_stopped(c_);
        // Nothing stirs it any more.
        c_.handle_timeout(now_ + std::chrono::hours(1));
        pump();
        CHECK_FALSE(c_.poll_transmit());
    }

    const client_promises& promises() const { return promises_; }

private:
    static constexpr auto url = "wss://example.test/client/hubs/chat?access_token=calm";

    void rest(duration time) {
        const auto end = now_ + time;
        for (auto next = c_.poll_timeout(); next && *next <= end; next = c_.poll_timeout()) {
            now_ = std::max(now_, *next);
            promises_.wake(now_);
            c_.handle_timeout(now_);
            pump();
        }
        now_ = end;
    }

    /// A message each way, and an end for each stream.
    void use() {
        REQUIRE(c_.state() == client_state::connected);
        const auto messages = promises_.messages();
        const auto sent = c_.send_event(now_, "e", text_payload("x"));
        REQUIRE(sent);
        promises_.begin_request(sent);
        say(group_data_message{++memory_.last_sequence_id, "g", text_payload("x"), {}});
        for (const auto& id : promises_.open_streams()) static_cast<void>(c_.end_stream(now_, id));
        pump();
        CHECK(promises_.messages() == messages + 1);
        CHECK(promises_.open_streams().empty());
        promises_.check_settled(c_);
    }

    void pump() {
        for (int turns = 0;; ++turns) {
            REQUIRE(turns < 10'000);
            while (const auto order = c_.poll_order()) {
                promises_.take(*order);
                visit([this](const auto& o) { obey(o); }, *order);
            }
            while (const auto event = c_.poll_event()) promises_.take(*event);
            if (const auto open = std::exchange(asked_, std::nullopt)) {
                answer(*open);
                continue;
            }
            const auto message = c_.poll_transmit();
            if (!message) return;
            c_.handle_written(now_, message->transport);
            client_message decoded;
            REQUIRE(codec_->decode(message->bytes(), decoded));
            visit([this](const auto& m) { receive(m); }, decoded);
        }
    }

    // The transport.

    template <class Order>
    void obey(const Order&) {}
    void obey(const client_orders::need_url& o) { CHECK(c_.provide_url(now_, o.request, url)); }
    void obey(const client_orders::open_transport& o) { asked_ = o; }
    void obey(const client_orders::close_transport&) { asked_.reset(); }
    void answer(const client_orders::open_transport& e) {
        ++attempts_;
        codec_ = find_service_codec(e.subprotocol);
        const auto connection = parse_client_url(e.url).value().target.connection_id;
        c_.handle_opened(now_, e.transport, e.subprotocol);
        if (connection.empty() || answer_ == recovery_answer::another_connection) {
            memory_ = {};
            streams_.clear();
            say(connected_message{"u", "calm", codec_->protocol().reliable ? "token" : ""});
        } else if (answer_ != recovery_answer::no) {
            if (answer_ == recovery_answer::yes) say(connected_message{"u", connection, "token"});
            for (const auto& frame : memory_.sent) {
                CHECK(c_.handle_frame(now_, e.transport, codec_->protocol().frames(), frame));
            }
        } else {
            promises_.transport_lost();
            c_.handle_closed(now_, e.transport, close_code::policy_violation, {});
        }
    }

    void say(const service_message& message) {
        std::string frame;
        REQUIRE(codec_->encode(message, frame));
        CHECK(c_.handle_frame(now_, promises_.transport(), codec_->protocol().frames(), frame));
    }

    // What the client sends.

    template <class Message>
    void receive(const Message& m) {
        if constexpr (requires { m.ack_id; }) {
            if (m.ack_id) say(ack_message{*m.ack_id});
        }
        if constexpr (std::is_same_v<Message, subscribe_group_state_message>) {
            say(group_state_snapshot_message{++memory_.last_sequence_id, m.group});
        }
    }
    void receive(const ping_message&) { say(pong_message{}); }
    void receive(const invoke_message& m) { say(invoke_response_message{m.invocation_id}); }
    void receive(const start_stream_message& m) {
        CHECK(streams_.insert(m.stream.stream_id).second);
        say(stream_ack_message{m.stream.stream_id, 1});
    }
    void receive(const stream_data_message& m) {
        if (is_there(m.stream_id)) say(stream_ack_message{m.stream_id, m.stream_sequence_id + 1});
    }
    void receive(const stream_keep_alive_message& m) { is_there(m.stream_id); }
    void receive(const end_stream_message& m) {
        if (is_there(m.stream_id)) say(stream_closed_message{m.stream_id});
        streams_.erase(m.stream_id);
    }
    bool is_there(const std::string& stream) {
        if (streams_.contains(stream)) return true;
        say(stream_closed_message{stream, service_error{std::string(error_names::stream_not_found), {}}});
        return false;
    }

    client c_;
    client_promises promises_;
    connection_memory memory_;
    /// Those that are open.
    std::set<std::string> streams_;
    steady_time now_;
    recovery_answer answer_;
    std::optional<client_orders::open_transport> asked_;
    std::optional<service_codec> codec_;
    int attempts_ = 0;
};

} // namespace webpubsub::tests
