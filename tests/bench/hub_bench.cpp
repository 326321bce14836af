// SPDX-License-Identifier: MIT

// What a hub does for its connections: fan-out to members of each kind until a reader has polled it, joining and
// leaving, replay after a recovery, and the memory that 100 000 idle connections take. The others are the obvious ways
// to do it with the standard library: queues of shared_ptr, and sets of members by name.

#include "compare.hpp"

#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>

#include <malloc.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace {

using namespace webpubsub;
using bench::comparison;

constexpr std::size_t acknowledged_at_a_time = 64;

/// Of a hub's members; the last kind is all others in equal parts.
struct variant {
    const char* name;
    std::vector<std::string_view> subprotocols;
};

const std::vector<variant>& variants() {
    static const std::vector<variant> all{
        {"simple", {""}},
        {"JSON", {subprotocols::json_v1.name}},
        {"reliable JSON", {subprotocols::json_reliable_v1.name}},
        {"protobuf", {subprotocols::protobuf_v1.name}},
        {"reliable protobuf", {subprotocols::protobuf_reliable_v1.name}},
        {"mixed",
         {"", subprotocols::json_v1.name, subprotocols::json_reliable_v1.name, subprotocols::protobuf_v1.name,
          subprotocols::protobuf_reliable_v1.name}},
    };
    return all;
}

group_data_message message() {
    // 308 bytes in JSON, as in the other benchmarks.
    return {std::nullopt, "bench", text_payload(std::string(231, 'x')), {}};
}

/// Members of a group are scattered over the memory.
std::vector<std::size_t> shuffled(std::size_t size) {
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
    return order;
}

struct member {
    transport_id transport;
    std::string connection_id;
    std::string token;
    std::optional<codec> form;
};

/// A hub with open connections that have read their first frame.
class populated_hub {
public:
    populated_hub(const variant& kinds, std::size_t size) : hub(all_service_codecs(), {}, random()) {
        members.reserve(size);
        for (std::size_t i = 0; i < size; ++i) connect(kinds.subprotocols[i % kinds.subprotocols.size()]);
    }

    void connect(std::string_view subprotocol, std::optional<recovery_request> recovery = {}) {
        connect_request request;
        request.roles = {"webpubsub.sendToGroup", "webpubsub.joinLeaveGroup"};
        if (!subprotocol.empty()) request.subprotocols = {std::string(subprotocol)};
        request.recovery = std::move(recovery);
        const auto transport = get<accepted>(hub.admit(now, std::move(request))).transport;
        hub.handle_opened(now, transport);
        while (hub.poll_event()) {}
        member added{transport, std::string(hub.connection_of(transport)), {}, find_codec(subprotocol)};
        if (added.form) {
            const auto hello = hub.poll_transmit(transport);
            service_message decoded;
            bench::require(added.form->decode(std::string(hello->prefix()).append(hello->body()), decoded).has_value(),
                           "connected");
            added.token = get<connected_message>(decoded).reconnection_token;
            hub.handle_written(now, transport);
        }
        members.push_back(std::move(added));
    }

    void join_all() {
        for (const auto at : shuffled(members.size())) join(members[at]);
    }
    void join(const member& who) { static_cast<void>(hub.add_to_group(now, who.connection_id, "bench").value()); }

    std::size_t write_all() {
        std::size_t bytes = 0;
        while (const auto transport = hub.poll_ready()) {
            const auto frame = hub.poll_transmit(*transport);
            bytes += frame->size();
            hub.handle_written(now, *transport);
        }
        return bytes;
    }

    void acknowledge_all(std::uint64_t last) {
        for (const auto& each : members) {
            if (!each.form || !each.form->protocol().reliable) continue;
            std::string frame;
            each.form->encode(client_message{sequence_ack_message{last}}, frame);
            hub.handle_frame(now, each.transport, each.form->protocol().frames(), frame);
        }
    }

    std::mt19937_64 generator;
    instant now{};
    webpubsub::hub hub;
    std::vector<member> members;

private:
    secure_random random() {
        return {&generator, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& source = *static_cast<std::mt19937_64*>(context);
                    std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(source()); });
                }};
    }
};

struct hub_fan_out {
    hub_fan_out(const variant& kinds, std::size_t size) : world(std::make_unique<populated_hub>(kinds, size)) {
        world->join_all();
    }

    void operator()() {
        auto sent = message();
        bench::require(world->hub.send_to_group(world->now, "bench", std::move(sent.data)) == world->members.size(),
                       "fan-out");
        bytes += world->write_all();
        if (++count % acknowledged_at_a_time == 0) world->acknowledge_all(count);
    }

    std::unique_ptr<populated_hub> world;
    std::uint64_t count = 0;
    std::size_t bytes = 0;
};

/// Each member has a queue of its own; each form is encoded once.
struct shared_pointer_fan_out {
    struct queue {
        std::optional<service_codec> form;
        std::size_t body = 0;
        std::deque<std::shared_ptr<const std::string>> frames{};
        std::size_t written = 0;
        std::uint64_t number = 0;
        std::array<char, 40> prefix{};
    };

    shared_pointer_fan_out(const variant& kinds, std::size_t size) : order(shuffled(size)) {
        for (std::size_t i = 0; i < size; ++i) {
            const auto form = find_service_codec(kinds.subprotocols[i % kinds.subprotocols.size()]);
            members.push_back({form, !form ? 0u : form->protocol().encoding == encoding::json ? 1u : 2u});
        }
    }

    void operator()() {
        std::array<std::shared_ptr<const std::string>, 3> bodies;
        const service_message sent = message();
        for (const auto at : order) {
            auto& each = members[at];
            auto& body = bodies[each.body];
            if (!body) body = encode(each, sent);
            each.frames.push_back(body);
        }
        for (const auto at : order) write(members[at]);
        if (++count % acknowledged_at_a_time != 0) return;
        for (auto& each : members) {
            each.frames.clear();
            each.written = 0;
        }
    }

    static std::shared_ptr<const std::string> encode(const queue& first, const service_message& sent) {
        std::string frame;
        if (first.form) {
            bench::require(first.form->encode(sent, frame).has_value(), "encode");
        } else {
            frame = get<group_data_message>(sent).data.bytes;
        }
        return std::make_shared<const std::string>(std::move(frame));
    }

    void write(queue& to) {
        if (!to.form || !to.form->protocol().reliable) {
            bytes += to.frames.front()->size();
            to.frames.pop_front();
            return;
        }
        const auto end = std::to_chars(to.prefix.data(), to.prefix.data() + to.prefix.size(), ++to.number).ptr;
        bytes += to.frames[to.written++]->size() + static_cast<std::size_t>(end - to.prefix.data());
    }

    std::vector<queue> members;
    std::vector<std::size_t> order;
    std::uint64_t count = 0;
    std::size_t bytes = 0;
};

void fan_out() {
    for (const auto& kinds : variants()) {
        for (const std::size_t size : {1u, 100u, 10'000u}) {
            comparison each("fan-out to " + std::to_string(size) + " members, " + kinds.name, hub_fan_out(kinds, size));
            each.against("a queue of shared_ptr for each", shared_pointer_fan_out(kinds, size));
            each.run();
        }
    }
}

constexpr std::size_t many = 100'000;

void joining() {
    const auto world = std::make_shared<populated_hub>(variants()[1], many);
    world->join_all();
    comparison each("join and leave a group of 100 000 members", [world, at = std::size_t{0}]() mutable {
        at = (at + 7919) % many;
        const auto& id = world->members[at].connection_id;
        static_cast<void>(world->hub.remove_from_group(world->now, id, "bench").value());
        static_cast<void>(world->hub.add_to_group(world->now, id, "bench").value());
    });
    // By name and by member, so that a leaving connection finds its groups.
    struct index {
        std::unordered_map<std::string, std::uint32_t> ids;
        std::unordered_map<std::string, std::unordered_set<std::uint32_t>> members;
        std::unordered_map<std::uint32_t, std::unordered_set<std::string>> groups;
        std::vector<std::string> names;
    };
    const auto other = std::make_shared<index>();
    for (std::uint32_t i = 0; i < many; ++i) {
        other->names.push_back(world->members[i].connection_id);
        other->ids.emplace(other->names.back(), i);
        other->members["bench"].insert(i);
        other->groups[i].insert("bench");
    }
    each.against("unordered sets by name and by member", [other, at = std::size_t{0}]() mutable {
        at = (at + 7919) % many;
        const auto member = other->ids.find(other->names[at])->second;
        other->members["bench"].erase(member);
        other->groups[member].erase("bench");
        other->members["bench"].insert(member);
        other->groups[member].insert("bench");
    });
    each.run();
}

void replay() {
    constexpr std::size_t kept = 1000;
    const auto world = std::make_shared<populated_hub>(variants()[2], 1);
    world->join_all();
    for (std::size_t i = 0; i < kept; ++i) {
        static_cast<void>(world->hub.send_to_group(world->now, "bench", message().data).value());
    }
    world->write_all();
    comparison each("recovery with a replay of 1000 messages", [world] {
        const auto old = std::move(world->members.back());
        world->members.clear();
        world->hub.handle_closed(world->now, old.transport);
        world->connect(subprotocols::json_reliable_v1.name, recovery_request{old.connection_id, old.token});
        bench::require(world->write_all() > kept * 308, "replay");
    });
    const auto queue = std::make_shared<shared_pointer_fan_out>(variants()[2], 1);
    queue->members[0].frames.assign(kept, queue->encode(queue->members[0], message()));
    each.against("writing a queue of shared_ptr again", [queue] {
        auto& only = queue->members[0];
        only.written = 0;
        only.number = 0;
        for (std::size_t i = 0; i < kept; ++i) queue->write(only);
    });
    each.run();
}

/// Of the heap, in use.
std::size_t memory() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void idle() {
    std::printf("\n100 000 idle connections in one hub\n  bytes each   each of them in a group of 100\n");
    for (const auto& kinds : variants()) {
        const auto before = memory();
        populated_hub world(kinds, 0);
        for (std::size_t i = 0; i < many; ++i) {
            world.connect(kinds.subprotocols[i % kinds.subprotocols.size()]);
            world.members.clear();
        }
        world.members.shrink_to_fit();
        const auto connected = memory();
        const auto each = (connected - before) / many;
        std::printf("%12zu   ", each);
        std::fflush(stdout);
        populated_hub grouped(kinds, 0);
        for (std::size_t i = 0; i < many; ++i) {
            grouped.connect(kinds.subprotocols[i % kinds.subprotocols.size()]);
            const auto group = "group " + std::to_string(i / 100);
            static_cast<void>(
                grouped.hub.add_to_group(grouped.now, grouped.members.back().connection_id, group).value());
            grouped.members.clear();
        }
        grouped.members.shrink_to_fit();
        std::printf("%12zu   %s\n", (memory() - connected) / many, kinds.name);
    }
}

} // namespace

int main() {
    // libstdc++ counts references without atomics until a program has made its first thread, as every server does.
    std::thread([] {}).join();
    fan_out();
    joining();
    replay();
    idle();
}
