// SPDX-License-Identifier: MIT

// Every order in which one join and a few publications on another node can meet, with a message lost or the bus cut
// off at any point.

#include "cluster/cluster_fixture.hpp"

#include <algorithm>

using namespace cluster_tests;

namespace {

struct race {
    bus_order_rule order = bus_order_rule::by_sender;
    std::size_t sends = 2;
    /// Whether the one who sends is a member of the group.
    bool sender_is_member = false;
    bool loses = false;
    bool cuts = false;
    /// Whether the joining node takes a subscription for made as soon as it is ordered.
    bool is_hasty = false;
};

/// One run of a race, step by step.
class race_run {
public:
    enum class move { join, send, up_0, up_1, down_0, down_1, lose, cut, restore };

    explicit race_run(const race& how) : how_(how), f_(2, {.order = how.order}) {
        sender_ = f_.connect(0, "alice", how.sender_is_member ? strings{"g"} : strings{});
        joiner_ = f_.connect(1);
        f_.take(sender_);
        f_.is_immediate = false;
        if (!how.is_hasty) return;
        f_.bus.watch = [this](std::size_t node, const bus_order& order) {
            const auto* const subscribe = get_if<bus_orders::subscribe>(&order);
            if (node == 1 && subscribe != nullptr) f_.member(1).handle_bus_subscribed(f_.now, subscribe->channel);
        };
    }
    race_run(const race_run&) = delete;
    race_run& operator=(const race_run&) = delete;

    std::vector<move> possible() const {
        std::vector<move> found;
        const auto add = [&](bool is_possible, move what) {
            if (is_possible) found.push_back(what);
        };
        add(!has_joined_, move::join);
        add(sent_ < how_.sends, move::send);
        add(f_.bus.up(0) != 0, move::up_0);
        add(f_.bus.up(1) != 0, move::up_1);
        add(f_.bus.down(0) != 0, move::down_0);
        add(f_.bus.down(1) != 0, move::down_1);
        // That of a confirmation is a cut.
        add(how_.loses && !is_spoilt_ && f_.bus.next_is_message(1), move::lose);
        add(how_.cuts && !is_spoilt_, move::cut);
        add(!f_.bus.is_connected(1), move::restore);
        return found;
    }

    void make(move what) {
        switch (what) {
        case move::join:
            has_joined_ = true;
            f_.text(joiner_, R"({"type":"joinGroup","group":"g","ackId":1})");
            break;
        case move::send:
            if (is_acknowledged_) due_.push_back(std::to_string(sent_));
            f_.text(sender_, R"({"type":"sendToGroup","group":"g","dataType":"text","data":")" +
                                 std::to_string(sent_++) + "\"}");
            break;
        case move::up_0: f_.bus.move_up(0); break;
        case move::up_1:
            // What a new connection begins with comes in one piece, or there would be too many runs.
            do f_.bus.move_up(1);
            while (how_.cuts && f_.bus.up(1) != 0);
            break;
        case move::down_0: f_.hear(0, *f_.bus.move_down(0)); break;
        case move::down_1: {
            const auto input = *f_.bus.move_down(1);
            if (input.bytes || !how_.is_hasty) f_.hear(1, input);
            break;
        }
        case move::lose:
            is_spoilt_ = true;
            f_.bus.lose_next(1);
            break;
        case move::cut:
            is_spoilt_ = true;
            f_.lose_bus(1);
            break;
        case move::restore: f_.connect_bus(1); break;
        }
        note();
    }

    /// What does not hold at the end of the run; empty if everything does.
    std::string objection() {
        if (acks_ != 1) return "a join is acknowledged once";
        if (!std::is_sorted(got_.begin(), got_.end())) return "the messages of one sender come in its order";
        if (std::adjacent_find(got_.begin(), got_.end()) != got_.end()) return "a message comes once";
        const bool has_all = std::includes(got_.begin(), got_.end(), due_.begin(), due_.end());
        if (!is_spoilt_ && !has_all) return "what is sent after an acknowledged join arrives";
        if (how_.loses && hole() != gaps_) return "what is lost between two messages is told";
        f_.settle();
        f_.text(sender_, R"({"type":"sendToGroup","group":"g","dataType":"text","data":"last"})");
        f_.settle();
        note();
        if (std::count(got_.begin(), got_.end(), "last") != 1) return "whatever has happened, the next one arrives";
        return {};
    }

private:
    void note() {
        for (const auto& message : f_.host(1).messages(joiner_.transport)) {
            if (const auto* const ack = get_if<ack_message>(&message)) {
                ++acks_;
                is_acknowledged_ = !ack->error;
            } else if (const auto* const data = get_if<group_data_message>(&message)) {
                got_.push_back(data->data.bytes);
            }
        }
        for (const auto& event : f_.events_of(1)) {
            if (const auto* const gap = get_if<cluster_events::gap>(&event)) gaps_ += gap->count;
        }
    }
    /// How many are missing between those that have come.
    std::uint64_t hole() const {
        if (got_.empty()) return 0;
        return std::stoull(got_.back()) - std::stoull(got_.front()) + 1 - got_.size();
    }

    race how_;
    cluster_fixture f_;
    client sender_;
    client joiner_;
    bool has_joined_ = false;
    bool is_acknowledged_ = false;
    /// Whether something was lost.
    bool is_spoilt_ = false;
    std::size_t sent_ = 0;
    std::size_t acks_ = 0;
    std::uint64_t gaps_ = 0;
    strings due_;
    strings got_;
};

struct race_result {
    std::size_t runs = 0;
    /// The first that did not hold.
    std::string objection{};
};

/// Makes every run there is: each time the last choice that has another one left is another one.
race_result run_every(const race& how) {
    race_result result;
    std::vector<std::pair<std::size_t, std::size_t>> choices;
    do {
        race_run run(how);
        std::string made;
        for (std::size_t depth = 0;; ++depth) {
            const auto possible = run.possible();
            if (possible.empty()) break;
            if (depth == choices.size()) choices.emplace_back(0, possible.size());
            const auto what = possible[choices[depth].first];
            made += static_cast<char>('a' + static_cast<int>(what));
            run.make(what);
        }
        ++result.runs;
        if (auto objection = run.objection(); !objection.empty()) {
            result.objection = objection + " (" + made + ')';
            return result;
        }
        while (!choices.empty() && choices.back().first + 1 == choices.back().second) choices.pop_back();
        if (!choices.empty()) ++choices.back().first;
    } while (!choices.empty());
    return result;
}

} // namespace

TEST_CASE("whatever the order of a join and publications, nothing is missed after the join's ack") {
    for (const auto order : {bus_order_rule::by_sender, bus_order_rule::by_bus}) {
        for (const bool is_member : {false, true}) {
            const auto all = run_every({order, 2, is_member});
            CHECK(all.objection == "");
            CHECK(all.runs >= 100);
        }
    }
}

TEST_CASE("what is lost beside a join is told, and nothing comes twice") {
    const auto all = run_every({.sends = 3, .loses = true});
    CHECK(all.objection == "");
    CHECK(all.runs > 4000);
}

TEST_CASE("wherever the bus is cut off beside a join, everything is as it should be when it is back") {
    const auto all = run_every({.sends = 1, .cuts = true});
    CHECK(all.objection == "");
    CHECK(all.runs > 5'000);
}

TEST_CASE("a join that did not wait for the broker would miss what is sent after its ack") {
    const auto all = run_every({.is_hasty = true});
    CHECK(all.objection.starts_with("what is sent after an acknowledged join arrives"));
}
