// SPDX-License-Identifier: MIT

// Back-pressure between nodes, with readers that stop and go on at any time.

#include "cluster/cluster_fixture.hpp"
#include "simulation/seeds.hpp"
#include "support/chance.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace cluster_tests;

namespace {

/// Nodes with short queues, and clients that send and read when they like, over a bus that takes its time.
class readers_world {
public:
    readers_world(std::uint64_t seed, bool has_faults)
        : chance_(seed), has_faults_(has_faults), f_(3, of_cluster(), of_hub()) {
        f_.is_immediate = false;
        for (std::size_t i = 0; i < 9; ++i) clients_.push_back({connect(i % 3), groups_[i % groups_.size()]});
        for (int step = 0; step < 600; ++step) take_step();
        finish();
    }

    std::size_t held = 0;
    std::size_t closed = 0;
    std::size_t received = 0;

private:
    struct reader {
        client who;
        std::string group;
        bool is_stalled = false;
        std::set<std::uint64_t> open_requests{};
    };
    struct message {
        std::size_t from = 0;
        std::string group;
    };

    cluster_options of_cluster() {
        return {.order = chance_.below(2) == 0 ? bus_order_rule::by_sender : bus_order_rule::by_bus};
    }
    hub_options of_hub() {
        hub_options made;
        made.queues.outbound.frames = 48;
        made.queues.window.messages = static_cast<std::uint32_t>(1 + chance_.below(4));
        made.queues.stall_time = std::nullopt;
        made.queues.slow_after = std::nullopt;
        return made;
    }
    client connect(std::size_t node) {
        f_.is_immediate = true;
        const auto made = f_.connect(node, {}, {groups_[clients_.size() % groups_.size()]});
        f_.is_immediate = false;
        return made;
    }
    hub_fixture& host_of(const reader& it) { return f_.host(it.who.node); }
    bool is_over(const reader& it) { return host_of(it).closes.contains(it.who.transport); }
    bool is_held(const reader& it) { return host_of(it).paused.contains(it.who.transport); }

    void take_step() {
        auto& it = clients_[chance_.below(clients_.size())];
        const auto node = chance_.below(f_.size());
        switch (chance_.below(has_faults_ ? 32 : 30)) {
        case 0: stall(it); break;
        case 1: resume(it); break;
        case 2: f_.settle(); break;
        case 3: f_.pass(std::chrono::milliseconds(chance_.below(300))); break;
        case 4:
        case 5:
        case 6: f_.bus.move_up(node); break;
        case 7:
        case 8:
        case 9:
            if (const auto input = f_.bus.move_down(node)) f_.hear(node, *input);
            break;
        case 30: f_.bus.lose_next(node); break;
        case 31:
            if (chance_.below(8) != 0) break;
            f_.lose_bus(node);
            f_.connect_bus(node);
            break;
        default: send(it); break;
        }
        for (auto& each : clients_) read(each);
    }

    void stall(reader& it) {
        if (is_over(it)) return;
        it.is_stalled = true;
        host_of(it).stalled.insert(it.who.transport);
    }
    void resume(reader& it) {
        if (is_over(it) || !std::exchange(it.is_stalled, false)) return;
        host_of(it).resume(it.who.transport);
        f_.pump(it.who.node);
    }

    /// A host does not read from a client that is held. No more is on its way than the queues have room for.
    void send(reader& it) {
        if (is_over(it)) return;
        if (is_held(it)) {
            ++held;
            return;
        }
        for (std::size_t i = 0; i < f_.size(); ++i) {
            if (f_.bus.up(i) + f_.bus.down(i) > 6) f_.settle();
        }
        const auto number = ++last_;
        sent_[number] = {static_cast<std::size_t>(&it - clients_.data()), groups_[chance_.below(groups_.size())]};
        it.open_requests.insert(number);
        const auto text = std::to_string(number);
        f_.text(it.who, R"({"type":"sendToGroup","group":")" + sent_[number].group + R"(","dataType":"text","data":")" +
                            text + R"(","ackId":)" + text + "}");
    }

    void read(reader& it) {
        for (const auto& each : host_of(it).messages(it.who.transport)) {
            if (const auto* const ack = get_if<ack_message>(&each)) {
                REQUIRE(it.open_requests.erase(ack->ack_id) == 1);
            } else if (const auto* const got = get_if<group_data_message>(&each)) {
                const auto number = std::stoull(got->data.bytes);
                const auto& what = sent_.at(number);
                REQUIRE(what.group == it.group);
                // In the order of each sender, and nothing twice.
                auto& last = last_of_[{&it - clients_.data(), what.from}];
                REQUIRE(number > last);
                last = number;
                got_[number].insert(static_cast<std::size_t>(&it - clients_.data()));
                ++received;
            }
        }
    }

    /// Everybody reads, and the bus works again.
    void finish() {
        for (auto& it : clients_) resume(it);
        for (int i = 0; i < 30; ++i) {
            f_.settle();
            f_.pass(1s);
        }
        for (auto& it : clients_) read(it);
        for (auto& it : clients_) {
            closed += is_over(it) ? 1 : 0;
            if (is_over(it)) continue;
            INFO("client " << &it - clients_.data());
            CHECK_FALSE(is_held(it));
            CHECK(it.open_requests.empty());
        }
        if (has_faults_) return;
        CHECK(closed == 0);
        for (const auto& [number, what] : sent_) {
            for (std::size_t i = 0; i < clients_.size(); ++i) {
                INFO("message " << number << " to client " << i);
                CHECK(got_[number].contains(i) == (clients_[i].group == what.group));
            }
        }
    }

    test::seeded_chance chance_;
    bool has_faults_;
    const strings groups_{"g", "h", "i"};
    cluster_fixture f_;
    std::vector<reader> clients_;
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, message> sent_;
    std::map<std::uint64_t, std::set<std::size_t>> got_;
    std::map<std::pair<std::ptrdiff_t, std::size_t>, std::uint64_t> last_of_;
};

void run(bool has_faults) {
    std::size_t held = 0;
    std::size_t closed = 0;
    std::size_t received = 0;
    const auto seeds = tests::chosen_seeds(100);
    for (auto seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
        INFO("seed " << seed);
        const readers_world world(seed, has_faults);
        held += world.held;
        closed += world.closed;
        received += world.received;
    }
    WARN(received << " messages, " << held << " times a client was held, " << closed << " slow readers closed");
    CHECK(held > seeds.count);
}

} // namespace

TEST_CASE("with readers that stop at any time nothing is lost between nodes, and nobody waits for ever") { run(false); }

TEST_CASE("nobody waits for ever for readers of other nodes, whatever the bus loses") { run(true); }
