// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/json_service.hpp>
#include <webpubsub/hub/hub.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A host that is as plain as can be, and clients that are as eager as can be.
namespace plain_hosts {

using namespace webpubsub;
using namespace std::chrono_literals;

constexpr std::string_view plain = "json.webpubsub.azure.v1";
constexpr std::string_view reliable = "json.reliable.webpubsub.azure.v1";

/// Reads frames from its sockets in turn, and does after each what the hub's loop asks for. A write that was begun is
/// completed in the next round.
class plain_host {
public:
    struct client {
        transport_id transport{};
        std::string id;
        bool is_reliable = false;
        /// Its transport takes nothing.
        bool is_stuck = false;
        /// On the way to the hub, and on the way from it.
        std::deque<std::string> up{};
        std::deque<delivery> down{};
        std::vector<group_data_message> received{};
        std::size_t pongs = 0;
        std::uint64_t acknowledged = 0;
        std::optional<std::uint16_t> closed{};
    };

    explicit plain_host(const hub_options& options)
        : hub_({json_service_codec(), reliable_json_service_codec()}, options, random()) {}
    plain_host(const plain_host&) = delete;
    plain_host& operator=(const plain_host&) = delete;

    std::size_t connect(std::string_view subprotocol, std::vector<std::string> groups = {"g"}) {
        connect_request asked;
        asked.subprotocols = {std::string(subprotocol)};
        asked.roles = {"webpubsub.sendToGroup"};
        asked.groups = std::move(groups);
        client added;
        added.transport = get<accepted>(hub_.admit(now, asked)).transport;
        added.is_reliable = subprotocol == reliable;
        clients.push_back(std::move(added));
        by_transport_[clients.back().transport] = clients.size() - 1;
        hub_.handle_opened(now, clients.back().transport);
        clients.back().id = std::string(hub_.connection_of(clients.back().transport));
        drain();
        return clients.size() - 1;
    }

    void pipeline(std::size_t from, std::size_t count) {
        std::string frame;
        json_codec().encode(send_to_group_message{"g", {}, false, text_payload(std::to_string(from)), {}, 0}, frame);
        for (std::size_t i = 0; i < count; ++i) clients[from].up.push_back(frame);
    }

    void say(std::size_t from, std::string frame) { clients[from].up.push_back(std::move(frame)); }

    /// False if there is nothing to do but wait.
    bool round(std::size_t frames_a_read) {
        bool any = false;
        for (auto& it : clients) {
            const bool may_read = hub_.wants_input(it.transport);
            for (std::size_t n = 0; n < frames_a_read && !it.up.empty() && !it.closed && may_read; ++n) {
                if (!asks_once_a_read && !hub_.wants_input(it.transport)) break;
                const auto frame = std::move(it.up.front());
                it.up.pop_front();
                hub_.handle_frame(now, it.transport, frame_kind::text, frame);
                drain();
                any = true;
            }
        }
        for (auto& it : clients) {
            if (it.is_stuck || it.down.empty()) continue;
            const auto n = static_cast<std::uint32_t>(it.down.size());
            for (const auto& each : it.down) receive(it, each);
            it.down.clear();
            hub_.handle_written(now, it.transport, n);
            drain();
            any = true;
        }
        return any;
    }

    void answer_events() {
        for (const auto id : std::exchange(events, {})) static_cast<void>(hub_.answer_event(now, id));
        drain();
    }

    /// Until nothing happens any more, or that time has passed.
    void run(std::size_t frames_a_read, duration at_most = 1min) {
        const auto end = now.steady + at_most;
        for (;;) {
            while (round(frames_a_read)) {}
            const auto next = hub_.poll_timeout();
            if (!next || *next > end) return;
            now.steady = std::max(now.steady, *next);
            hub_.handle_timeout(now);
            drain();
        }
    }

    instant now{};
    std::deque<client> clients;
    std::size_t pauses = 0;
    /// Whether the host asks `wants_input` before each read only, and hands all of it in, and not before each frame.
    bool asks_once_a_read = false;
    /// Events of clients that the application has not answered.
    std::vector<event_id> events;

    hub& the_hub() { return hub_; }

    void drain() {
        while (auto order = hub_.poll_order()) {
            if (const auto* close = get_if<hub_orders::close_transport>(&*order)) {
                clients[by_transport_.at(close->transport)].closed = close->code;
            }
            pauses += holds_alternative<hub_orders::pause_reading>(*order);
        }
        while (const auto event = hub_.poll_event()) {
            if (const auto* asked = get_if<hub_events::user_event>(&*event)) events.push_back(asked->id);
        }
        while (const auto ready = hub_.poll_ready()) {
            auto& it = clients[by_transport_.at(*ready)];
            while (auto next = hub_.poll_transmit(*ready)) it.down.push_back(std::move(*next));
        }
    }

private:
    secure_random random() {
        return {&generator_, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& source = *static_cast<std::mt19937_64*>(context);
                    std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(source()); });
                }};
    }

    /// A reliable client acknowledges each 100 messages, behind whatever it has sent before.
    static void receive(client& by, const delivery& frame) {
        service_message message;
        REQUIRE(json_codec().decode(std::string(frame.prefix()).append(frame.body()), message));
        by.pongs += holds_alternative<pong_message>(message);
        auto* const data = get_if<group_data_message>(&message);
        if (data == nullptr) return;
        const auto number = data->sequence_id.value_or(0);
        by.received.push_back(std::move(*data));
        if (!by.is_reliable || number < by.acknowledged + 100) return;
        by.acknowledged = number;
        by.up.push_back(R"({"type":"sequenceAck","sequenceId":)" + std::to_string(number) + "}");
    }

    std::mt19937_64 generator_{1};
    webpubsub::hub hub_;
    std::map<transport_id, std::size_t> by_transport_;
};

} // namespace plain_hosts
