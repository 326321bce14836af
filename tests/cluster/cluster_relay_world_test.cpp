// SPDX-License-Identifier: MIT

// A reliable client that recovers its connection by any node, whatever happens to the bus and to the other nodes:
// while its own node lives, it misses nothing and gets nothing twice, and so do those to whom it sends.

#include "cluster/cluster_fixture.hpp"
#include "simulation/seeds.hpp"
#include "support/chance.hpp"

#include <stdexcept>

using namespace cluster_tests;

namespace {

struct relay_totals {
    std::size_t received = 0;
    std::size_t repeated = 0;
    std::size_t sent = 0;
    std::size_t sent_again = 0;
    std::size_t recoveries = 0;
    std::size_t by_others = 0;
    std::size_t cut_by_nodes = 0;

    void operator+=(const relay_totals& other) {
        received += other.received;
        repeated += other.repeated;
        sent += other.sent;
        sent_again += other.sent_again;
        recoveries += other.recoveries;
        by_others += other.by_others;
        cut_by_nodes += other.cut_by_nodes;
    }
};

/// Node 0 has the connection of the client and of those with whom it exchanges numbers, which so don't depend on the
/// bus. Nobody is found dead, for then node 0 could be.
class relay_world {
public:
    explicit relay_world(std::uint64_t seed)
        : chance_(seed),
          f_(2 + chance_.below(2), {.silence = 1h}),
          sender_(f_.connect(0)),
          receiver_(f_.connect(0, {}, {"back"})),
          at_(connect_reliable()),
          id_(f_.id_of(at_)),
          token_(f_.host(0).token_of(at_.transport)) {
        f_.is_immediate = false;
    }

    void step() {
        const auto node = chance_.below(f_.size());
        const auto other = 1 + chance_.below(f_.size() - 1);
        switch (chance_.below(24)) {
        case 0:
        case 1:
        case 2: return send_to_client();
        case 3:
        case 4: return send_as_client();
        case 5:
        case 6: return take();
        case 7: return chance_.below(2) == 0 ? drop() : take();
        case 8: return static_cast<void>(f_.bus.lose_next(node));
        case 9: return static_cast<void>(chance_.below(4) == 0 && f_.bus.repeat_next(node));
        case 10: return chance_.below(4) == 0 ? toggle_bus(node) : f_.pump(node);
        case 11: return chance_.below(8) == 0 ? crash(other) : f_.pump(node);
        case 12: return chance_.below(4) == 0 ? toggle_standstill(other) : f_.pump(node);
        case 13:
        case 14: return pass(std::chrono::milliseconds(chance_.below(1500)));
        case 15:
        case 16: return recover_if_away(chance_.below(f_.size()));
        default: return move();
        }
    }

    void finish() {
        for (std::size_t i = 0; i < f_.size(); ++i) {
            f_.standing_still.erase(i);
            if (!f_.bus.is_connected(i)) f_.connect_bus(i);
        }
        f_.is_immediate = true;
        f_.settle();
        f_.pass(5s);
        check_relays();
        for (int tries = 0; tries < 20 && (last_received_ != last_sent_ || !unanswered_.empty()); ++tries) {
            take();
            recover_if_away(chance_.below(f_.size()));
            f_.pass(1s);
            take();
        }
        check(last_received_ == last_sent_, "the client has got everything");
        check(unanswered_.empty(), "the client's requests are answered");
        check(last_back_ == last_number_, "what the client has sent has come");
    }

    const relay_totals& totals() const { return totals_; }

private:
    static void check(bool holds, const char* promise) {
        if (!holds) throw std::runtime_error(promise);
    }

    client connect_reliable() {
        auto asked = f_.request({}, {"g"});
        asked.subprotocols = {std::string(hub_fixture::reliable)};
        return f_.connect(0, asked);
    }

    void send_to_client() {
        f_.text(sender_, R"({"type":"sendToGroup","group":"g","dataType":"text","data":")" +
                             std::to_string(++last_sent_) + R"("})");
    }
    void send_as_client() {
        if (is_away_) return;
        ++last_number_;
        ++totals_.sent;
        unanswered_.push_back(last_number_);
        say(last_number_);
    }
    void say(std::uint64_t number) {
        const auto text = std::to_string(number);
        f_.text(at_, R"({"type":"sendToGroup","group":"back","dataType":"text","data":")" + text + R"(","ackId":)" +
                         text + '}');
    }

    /// What the client and the receiver have got.
    void take() {
        for (const auto& frame : f_.take(receiver_)) {
            check(hub_fixture::member(frame, "data") == std::to_string(++last_back_),
                  "each number comes once, in order");
        }
        if (is_away_) return;
        for (const auto& message : f_.host(at_.node).messages(at_.transport)) note(message);
        if (f_.host(at_.node).close_of(at_.transport)) {
            ++totals_.cut_by_nodes;
            is_away_ = true;
            is_in_ = false;
            f_.gone(at_, close_code::going_away);
        }
    }
    void note(const service_message& message) {
        if (holds_alternative<connected_message>(message)) is_in_ = true;
        if (const auto* const ack = get_if<ack_message>(&message)) {
            check(!ack->error || ack->error->name == error_names::duplicate, "a request succeeds");
            std::erase(unanswered_, ack->ack_id);
        } else if (const auto* const data = get_if<group_data_message>(&message)) {
            ++totals_.received;
            check(data->data.bytes == std::to_string(data->sequence_id.value_or(0)), "a number is at its place");
            if (*data->sequence_id <= last_received_) {
                ++totals_.repeated;
            } else {
                check(*data->sequence_id == ++last_received_, "nothing is missed");
            }
            if (chance_.below(3) != 0) {
                f_.text(at_, R"({"type":"sequenceAck","sequenceId":)" + std::to_string(last_received_) + '}');
            }
        }
    }

    void drop() {
        if (std::exchange(is_away_, true)) return;
        is_in_ = false;
        f_.gone(at_, close_code::abnormal);
    }
    void recover_if_away(std::size_t node) {
        if (!is_away_ || f_.standing_still.contains(node)) return;
        auto asked = hub_fixture::request(hub_fixture::reliable);
        asked.recovery = recovery_request{id_, token_};
        at_ = {node, get<accepted>(f_.hub_of(node).admit(f_.now, asked)).transport};
        f_.hub_of(node).handle_opened(f_.now, at_.transport);
        f_.pump(node);
        is_away_ = false;
        ++totals_.recoveries;
        if (node != 0) ++totals_.by_others;
        // As clients do, behind the recovery.
        for (const auto number : unanswered_) {
            ++totals_.sent_again;
            say(number);
        }
    }

    void move() {
        const auto node = chance_.below(f_.size());
        if (f_.standing_still.contains(node)) return;
        if (chance_.below(2) == 0) return static_cast<void>(f_.bus.move_up(node));
        if (const auto input = f_.bus.move_down(node)) f_.hear(node, *input);
    }
    void toggle_bus(std::size_t node) {
        if (f_.standing_still.contains(node)) return;
        f_.bus.is_connected(node) ? f_.lose_bus(node) : f_.connect_bus(node);
    }
    void crash(std::size_t node) {
        if (at_.node == node) {
            is_away_ = true;
            is_in_ = false;
        }
        has_crashed_ = true;
        f_.crash(node);
        f_.connect_bus(node);
    }
    /// Relays with a node that has crashed stay, for nobody is found dead.
    void check_relays() {
        std::size_t guests = 0;
        for (std::size_t i = 1; i < f_.size(); ++i) guests += f_.member(i).relay_count();
        check(has_crashed_ || f_.member(0).relay_count() == guests, "both nodes of a relay know of it, or none");
    }
    void toggle_standstill(std::size_t node) {
        if (f_.standing_still.erase(node) == 0 && at_.node != node) f_.standing_still.insert(node);
    }
    void pass(duration time) {
        f_.pass(time);
        since_recovery_ = is_in_ ? duration::zero() : since_recovery_ + time;
        // Before the recovery window is over, by the node that surely has it.
        if (since_recovery_ < 20s) return;
        drop();
        recover_if_away(0);
    }

    test::seeded_chance chance_;
    cluster_fixture f_;
    client sender_;
    client receiver_;
    client at_;
    std::string id_;
    std::string token_;
    bool is_away_ = false;
    /// Whether the connection is known to be had again.
    bool is_in_ = true;
    bool has_crashed_ = false;
    duration since_recovery_{};
    std::uint64_t last_sent_ = 0;
    std::uint64_t last_received_ = 0;
    std::uint64_t last_number_ = 0;
    std::uint64_t last_back_ = 0;
    std::vector<std::uint64_t> unanswered_;
    relay_totals totals_;
};

} // namespace

TEST_CASE("a client that recovers by any node misses nothing in random runs in which the bus and other nodes fail") {
    const auto seeds = webpubsub::tests::chosen_seeds(200);
    relay_totals all;
    webpubsub::tests::run_seeds(seeds, [&](std::uint64_t seed) {
        relay_world world(seed);
        for (int i = 0; i < 300; ++i) world.step();
        world.finish();
        all += world.totals();
    });
    WARN(all.received << " received, " << all.repeated << " again, " << all.sent << " sent, " << all.sent_again
                      << " again, " << all.recoveries << " recoveries, " << all.by_others << " by other nodes, "
                      << all.cut_by_nodes << " cut by nodes");
    if (seeds.count < 50) return;
    CHECK(all.received > 20 * seeds.count);
    CHECK(all.repeated > seeds.count / 10);
    CHECK(all.sent_again > seeds.count / 10);
    CHECK(all.by_others > seeds.count / 2);
    CHECK(all.cut_by_nodes > seeds.count / 10);
}
