// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/cluster_member.hpp>

#include "cluster/simulated_bus.hpp"
#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cluster_tests {

using namespace webpubsub;
using namespace std::chrono_literals;
using strings = std::vector<std::string>;

/// A client of one of the nodes.
struct client {
    std::size_t node = 0;
    transport_id transport{};

    friend auto operator<=>(const client&, const client&) = default;
};

/// Some nodes of one hub and a bus, which carries everything at once unless told otherwise.
class cluster_fixture {
public:
    struct node {
        hub_fixture host;
        cluster_member member;

        node(const hub_options& of_hub, const cluster_options& options, std::size_t number, std::uint64_t seed)
            : host(node_options(of_hub, options)), member(make(host, options, number, seed)) {}
        node(const node&) = delete;
        node& operator=(const node&) = delete;

    private:
        static cluster_member make(hub_fixture& host, const cluster_options& options, std::size_t number,
                                   std::uint64_t seed) {
            host.generator.seed(seed);
            const auto place = "000" + std::to_string(number);
            return std::move(*cluster_member::make(host.hub, place, options, random_of(host)));
        }
        static secure_random random_of(hub_fixture& host) {
            return {&host.generator, [](void* context, unsigned char* bytes, std::size_t size) {
                        auto& source = *static_cast<std::mt19937_64*>(context);
                        std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(source()); });
                    }};
        }
    };

    explicit cluster_fixture(std::size_t count, const cluster_options& options = {}, hub_options of_hub = {},
                             bool connects = true)
        : bus(count), options_(options), of_hub_(std::move(of_hub)) {
        for (std::size_t i = 0; i < count; ++i) nodes_.push_back(make_node(i));
        if (!connects) return;
        for (std::size_t i = 0; i < count; ++i) connect_bus(i);
        settle();
        for (std::size_t i = 0; i < count; ++i) events_of(i);
    }

    std::size_t size() const { return nodes_.size(); }
    cluster_member& member(std::size_t i) { return nodes_[i]->member; }
    hub& hub_of(std::size_t i) { return nodes_[i]->host.hub; }
    hub_fixture& host(std::size_t i) { return nodes_[i]->host; }

    void connect_bus(std::size_t i) {
        bus.connect(i);
        member(i).handle_bus_connected(now);
        pump(i);
    }
    void lose_bus(std::size_t i) {
        bus.cut(i);
        member(i).handle_bus_lost(now);
        pump(i);
    }
    /// The node is gone without a word, and another process has its place.
    void crash(std::size_t i) {
        bus.cut(i);
        nodes_[i] = make_node(i);
        nodes_[i]->host.now = now;
    }

    /// Does what a node's hub and member want.
    void pump(std::size_t i) {
        auto& it = *nodes_[i];
        it.host.now = now;
        while (const auto order = it.member.poll_bus(now)) bus.obey(i, *order);
        it.host.drain();
        while (const auto order = it.member.poll_bus(now)) bus.obey(i, *order);
        while (const auto event = it.member.poll_event()) events[i].push_back(*event);
    }

    void hear(std::size_t i, const simulated::bus_input& input) {
        if (input.bytes) {
            member(i).handle_bus_message(now, input.channel, *input.bytes);
        } else {
            member(i).handle_bus_subscribed(now, input.channel);
        }
        pump(i);
    }

    /// Everything arrives.
    void settle() {
        for (bool moved = true; moved;) {
            moved = false;
            for (std::size_t i = 0; i < size(); ++i) {
                pump(i);
                while (bus.move_up(i)) moved = true;
            }
            for (std::size_t i = 0; i < size(); ++i) {
                while (const auto input = bus.move_down(i)) {
                    hear(i, *input);
                    moved = true;
                }
            }
        }
    }

    void pass(duration time, duration step = 500ms) {
        for (auto left = time; left > duration::zero(); left -= step) {
            now.steady += std::min(step, left);
            now.wall += std::chrono::duration_cast<wall_time::duration>(std::min(step, left));
            for (std::size_t i = 0; i < size(); ++i) {
                if (standing_still.contains(i)) continue;
                member(i).handle_timeout(now);
                host(i).hub.handle_timeout(now);
                pump(i);
            }
            if (is_immediate) settle();
        }
    }

    connect_request request(std::string user = {}, strings groups = {}) const {
        auto asked = hub_fixture::request(hub_fixture::plain, std::move(user), std::move(groups));
        asked.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup", "webpubsub.getGroupState",
                       "webpubsub.setGroupState"};
        return asked;
    }

    /// An open connection whose first frame is taken already.
    client connect(std::size_t i, std::string user = {}, strings groups = {}) {
        return connect(i, request(std::move(user), std::move(groups)));
    }
    client connect(std::size_t i, const connect_request& asked) {
        auto outcome = hub_of(i).admit(now, asked);
        pump(i);
        if (is_immediate) settle();
        if (const auto* const waits = get_if<waiting>(&outcome)) {
            const auto decided = host(i).outcomes.find(waits->id);
            if (decided == host(i).outcomes.end()) throw std::logic_error("the admission is not decided");
            outcome = decided->second;
        }
        const client made{i, get<accepted>(outcome).transport};
        hub_of(i).handle_opened(now, made.transport);
        pump(i);
        if (is_immediate) settle();
        host(i).first_frame[made.transport] = take(made).at(0);
        return made;
    }

    void text(const client& from, std::string_view frame) {
        host(from.node).now = now;
        hub_of(from.node).handle_frame(now, from.transport, frame_kind::text, frame);
        pump(from.node);
        if (is_immediate) settle();
    }
    strings take(const client& of) { return host(of.node).take(of.transport); }
    std::string id_of(const client& of) { return host(of.node).id_of(of.transport); }
    void gone(const client& who, std::uint16_t code = close_code::normal) {
        hub_of(who.node).handle_closed(now, who.transport, code);
        pump(who.node);
        if (is_immediate) settle();
    }

    /// The events of a node since they were asked for last.
    std::vector<cluster_event> events_of(std::size_t i) { return std::exchange(events[i], {}); }
    template <class Event>
    std::optional<Event> event_of(std::size_t i) {
        std::optional<Event> found;
        for (const auto& each : events_of(i)) {
            if (const auto* const it = get_if<Event>(&each)) found = *it;
        }
        return found;
    }
    /// The outcome of the last command or question.
    cluster_events::answered answer_of(std::size_t i, const result<cluster_request_id>& asked) {
        REQUIRE(asked);
        pump(i);
        if (is_immediate) settle();
        const auto told = event_of<cluster_events::answered>(i);
        REQUIRE(told);
        REQUIRE(told->id == *asked);
        return *told;
    }

    simulated::bus bus;
    instant now{steady_time{} + 1h, wall_time{} + std::chrono::hours{24 * 365 * 50}};
    bool is_immediate = true;
    /// Nodes whose processes are stopped.
    std::set<std::size_t> standing_still;
    std::map<std::size_t, std::vector<cluster_event>> events;

private:
    std::unique_ptr<node> make_node(std::size_t i) {
        return std::make_unique<node>(of_hub_, options_, i, ++seed_);
    }

    std::uint64_t seed_ = 0;
    cluster_options options_;
    hub_options of_hub_;
    std::vector<std::unique_ptr<node>> nodes_;
};

} // namespace cluster_tests
