// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/json_service.hpp>
#include <webpubsub/hub/parts/turn.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the upper parts of a hub stand on, without a hub: each test makes its one part beside it.
namespace hub_parts_tests {

using namespace webpubsub;
using namespace webpubsub::hub_parts;
using namespace std::chrono_literals;
using messages = std::vector<service_message>;

struct lower_floor {
    explicit lower_floor(hub_options chosen = {})
        : options(std::move(chosen)),
          connections({json_service_codec(), reliable_json_service_codec()}, options),
          out(connections.codecs(), options.queues, options.timeouts.close) {
        out.set_time(during.now.steady);
    }
    lower_floor(const lower_floor&) = delete;
    lower_floor& operator=(const lower_floor&) = delete;

    secure_random random() {
        return {&generator, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& source = *static_cast<std::mt19937_64*>(context);
                    std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(source()); });
                }};
    }

    /// An open connection with this id that may do everything, a member of `g` unless told otherwise.
    std::uint32_t connect(std::string id, std::vector<std::string> groups = {"g"},
                          std::string_view subprotocol = "json.webpubsub.azure.v1") {
        connect_request asked;
        asked.user_id = "u-" + id;
        asked.groups = std::move(groups);
        asked.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup", "webpubsub.getGroupState",
                       "webpubsub.setGroupState"};
        const auto at = connections.admit(during.now, std::move(id), std::move(asked), subprotocol, random());
        out.add_outlet(at, connections[at].reliable, connections.codec_of(at));
        const auto transport = out.add_transport();
        connections.open(at, transport, events);
        out.attach(at, *out.find(transport));
        return at;
    }

    void pass(duration time) {
        during.now.steady += time;
        during.now.wall += std::chrono::duration_cast<wall_time::duration>(time);
        out.set_time(during.now.steady);
    }

    /// What the connection is sent, written at once.
    messages sent(std::uint32_t at) {
        messages all;
        const auto transport = out.transport_of(at).id;
        while (const auto next = out.poll_transmit(transport)) {
            const auto frame = std::string(next->prefix()).append(next->body());
            if (!json_codec().decode(frame, all.emplace_back())) throw std::logic_error("no message of the service");
            out.written(transport, 1);
        }
        return all;
    }

    /// The next event, which is of this kind.
    template <class Event>
    std::optional<Event> event() {
        while (auto next = events.take()) {
            if (auto* found = get_if<Event>(&*next)) return std::move(*found);
        }
        return std::nullopt;
    }

    std::mt19937_64 generator{1};
    hub_options options;
    roster connections;
    outputs out;
    fan_out fan;
    waiting_senders senders;
    pending_events events;
    node_reports reports{options.cluster};
    turn during{
        {steady_time{} + 1h, wall_time{} + 24h * 365 * 50}, options, connections, out, fan, senders, events, reports};
};

} // namespace hub_parts_tests
