// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/action.hpp"
#include "exploration/fingerprint.hpp"
#include "exploration/scenario.hpp"
#include "exploration/small_network.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace webpubsub::tests {

/// A state of a scenario: `actions` are all that can happen next.
class small_world : public small_network {
public:
    /// The clients have been connected for a while and nothing has happened yet. `bytes` must outlive all copies.
    small_world(const scenario& plan, counted_bytes& bytes)
        : small_network(plan, bytes),
          cuts_left_(plan.cuts),
          early_left_(plan.early_timeouts),
          failures_left_(plan.failures),
          refusals_left_(plan.refusals) {
        for (std::size_t i = 0; i < client_count(); ++i) deliver_all(i);
        // The connections count as good, if that does not take for ever.
        for (std::size_t i = 0; i < client_count(); ++i) {
            if (const auto good = client_at(i).poll_timeout(); good && is_near(*good)) client_timeout(i);
        }
    }

    const operation& next_operation(std::size_t i) const {
        return plan().members[i].script[seen_by_client(i).operations];
    }

    std::uint64_t print() const {
        return fingerprint()
            .add(small_network::print())
            .add(std::uint64_t{cuts_left_} << 24 | std::uint64_t{early_left_} << 16 |
                 std::uint64_t{failures_left_} << 8 | refusals_left_)
            .value();
    }

    /// All that can happen next; empty at the end of a run. `calm` tells whether nothing can but faults, answers of the
    /// application and timers.
    std::vector<action> actions(bool& calm) const {
        using what = action::what;
        std::vector<action> found;
        for (std::uint8_t i = 0; i < client_count(); ++i) {
            if (may_operate(i)) found.push_back({what::operate, i});
        }
        for (std::uint8_t i = 0; i < links().size(); ++i) {
            const auto& l = links()[i];
            if (!l.up.empty() && l.hub_reads) found.push_back({what::deliver_up, i});
            if (!l.down.empty()) found.push_back({what::deliver_down, i});
            if (l.client_can_learn()) found.push_back({what::client_learns, i});
            if (l.hub_can_learn()) found.push_back({what::hub_learns, i});
        }
        calm = found.empty();
        add_timeouts(found, calm);
        add_answers(found);
        add_faults(found);
        return found;
    }

    /// There is nothing left to do but to keep the connections alive.
    bool is_settled() const {
        for (std::size_t i = 0; i < client_count(); ++i) {
            if (has_operations(i) || !is_settled(i)) return false;
        }
        return std::all_of(links().begin(), links().end(),
                           [](const link& l) { return !l.cut && l.up.empty() && l.down.empty(); });
    }

    void take(const action& a) {
        using what = action::what;
        switch (a.kind) {
        case what::operate:
            do operate(a.at, next_operation(a.at));
            while (may_operate(a.at) && next_operation(a.at).at_once);
            break;
        case what::deliver_up: deliver_up(link_at(a)); break;
        case what::deliver_down: deliver_down(link_at(a)); break;
        case what::fail_up:
            --failures_left_;
            fail_up(link_at(a));
            break;
        case what::answer: answer(a.at, true); break;
        case what::refuse:
            --refusals_left_;
            answer(a.at, false);
            break;
        case what::cut:
        case what::cut_half_open:
            --cuts_left_;
            cut(link_at(a), a.kind == what::cut_half_open);
            break;
        case what::client_learns: client_learns(link_at(a)); break;
        case what::hub_learns: hub_learns(link_at(a)); break;
        case what::client_timeout: client_timeout(a.at); break;
        case what::hub_timeout: hub_timeout(); break;
        }
        if (a.early) --early_left_;
        for (std::size_t i = 0; i < client_count(); ++i) {
            if (plan().members[i].prompt) deliver_all(i);
        }
        forget_links();
    }

    /// No more faults, and time may pass once before something else.
    void calm_down() {
        may_cut_ = false;
        failures_left_ = refusals_left_ = 0;
        early_left_ = 1;
    }

    /// From now on every cut is noticed.
    void reveal_cuts() {
        for (auto& l : change_links()) l.half_open = false;
    }

    std::size_t cuts_made() const noexcept { return std::size_t{plan().cuts} - cuts_left_; }

    steady_time next_timeout(const action& a) const {
        return a.kind == action::what::hub_timeout ? *the_hub().poll_timeout() : *client_at(a.at).poll_timeout();
    }

    /// Ends the clients; their observations tell.
    void stop() {
        for (std::size_t i = 0; i < client_count(); ++i) small_network::stop(i);
    }

    bool has_operations(std::size_t i) const { return seen_by_client(i).operations < plan().members[i].script.size(); }

private:
    link& link_at(const action& a) { return change_links()[a.at]; }

    bool may_operate(std::size_t i) const { return has_operations(i) && client_side(i).may_ask(next_operation(i)); }

    void deliver_all(std::size_t of) {
        for (bool more = true; more;) {
            more = false;
            for (std::size_t i = 0; i < links().size(); ++i) {
                const auto& l = links()[i];
                if (l.client != of) continue;
                if (!l.up.empty() && l.hub_reads) {
                    deliver_up(change_links()[i]);
                    more = true;
                } else if (!l.down.empty()) {
                    deliver_down(change_links()[i]);
                    more = true;
                }
            }
        }
    }

    bool is_settled(std::size_t i) const {
        const auto& node = client_side(i);
        const auto& machine = node.machine;
        if (machine.pending_requests() != 0 || machine.pending_invocations() != 0) return false;
        if (machine.state() != client_state::connected) return false;
        for (const auto& [id, what] : node.wire.unanswered()) {
            if (machine.is_in_group(what.group) &&
                (!what.subscription || machine.group_states(what.group) != nullptr)) {
                return false;
            }
        }
        const auto& witnessed = seen_by_hub().witnessed;
        return std::all_of(node.seen.calls.begin(), node.seen.calls.end(), [&](const auto& c) {
            if (!c.is_calm()) return false;
            return c.is_over() || std::all_of(c.written.begin(), c.written.end(), [&](const auto& fragment) {
                       return std::any_of(witnessed.begin(), witnessed.end(),
                                          [&](const auto& m) { return m.fragment == fragment; });
                   });
        });
    }

    bool is_near(steady_time when) const { return when - now() < std::chrono::hours(1000); }

    // The choices.

    void add_timeouts(std::vector<action>& found, bool calm) const {
        std::vector<std::optional<steady_time>> deadlines;
        for (std::size_t i = 0; i < client_count(); ++i) deadlines.push_back(client_at(i).poll_timeout());
        deadlines.push_back(the_hub().poll_timeout());
        std::optional<steady_time> next;
        for (const auto& d : deadlines) {
            if (d && (!next || *d < *next)) next = d;
        }
        // A limit of `duration::max()` is never reached.
        if (!next || !is_near(*next)) return;
        // At the same moment is not early.
        const bool early = *next > now() && (!calm || is_settled());
        if (early && early_left_ == 0) return;
        for (std::uint8_t i = 0; i <= client_count(); ++i) {
            if (deadlines[i] != next) continue;
            found.push_back({i == client_count() ? action::what::hub_timeout : action::what::client_timeout, i, early});
        }
    }

    void add_answers(std::vector<action>& found) const {
        for (std::uint8_t i = 0; i < hub_side().questions.size(); ++i) {
            found.push_back({action::what::answer, i});
            if (refusals_left_ > 0) found.push_back({action::what::refuse, i});
        }
    }

    void add_faults(std::vector<action>& found) const {
        for (std::uint8_t i = 0; i < links().size(); ++i) {
            const auto& l = links()[i];
            if (failures_left_ > 0 && l.hub_has_it() && failure_of_first(l))
                found.push_back({action::what::fail_up, i});
            if (cuts_left_ == 0 || !may_cut_ || l.cut || !l.client_has_it() || plan().members[l.client].prompt)
                continue;
            found.push_back({action::what::cut, i});
            if (plan().half_open) found.push_back({action::what::cut_half_open, i});
        }
    }

    bool may_cut_ = true;
    std::uint8_t cuts_left_;
    std::uint8_t early_left_;
    std::uint8_t failures_left_;
    std::uint8_t refusals_left_;
};

} // namespace webpubsub::tests
