// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/testing/passing_failure.hpp>
#include <webpubsub/testing/world.hpp>

#include "exploration/client_log.hpp"
#include "exploration/describe_seen.hpp"
#include "exploration/failed_fragments.hpp"
#include "exploration/hub_log.hpp"
#include "exploration/promises.hpp"
#include "exploration/scenario.hpp"
#include "simulation/random_operations.hpp"
#include "simulation/seeds.hpp"
#include "simulation/totals.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::tests {

/// One random run of four clients and a hub over links that are cut and hang again and again, with all features at
/// once, and the promises of the exploration held against what a witness inside the hub saw. A broken promise throws
/// with its description. A `Hub` is made as a hub is, and of its shape if it has one.
template <class Hub>
class simulation final : webpubsub::testing::basic_world<Hub>::observer {
public:
    template <class... Shape>
    simulation(std::uint64_t seed, mix what, const Shape&... shape)
        : plan_(new_plan(what, seed)), what_(what), w_(seed, all_service_codecs(), plan_.hub, shape...) {
        w_.refusal_rate = 0.1;
        w_.answer_events = false;
        w_.watched_by = this;
        hub_log_.answers_at_once = false;
        hub_log_.admit_witness(w_.hub(), w_.now());
        for (std::size_t i = 0; i < plan_.members.size(); ++i) add_client(i, seed);
    }

    void run() {
        try {
            run_through();
        } catch (const std::exception& broken) {
            throw std::runtime_error(std::string(broken.what()) + "\n" + describe_seen(*this));
        }
    }

    /// By client.
    std::array<simulation_totals, 4> totals;

    // The world, as the promises see it.
    static constexpr steady_time beginning{std::chrono::hours(1)};
    const scenario& plan() const noexcept { return plan_; }
    steady_time now() const noexcept { return w_.now().steady; }
    std::size_t client_count() const noexcept { return logs_.size(); }
    const client& client_at(std::size_t i) const noexcept { return w_.client(i); }
    const client_observations& seen_by_client(std::size_t i) const noexcept { return logs_[i].seen; }
    const Hub& the_hub() const noexcept { return w_.hub(); }
    const hub_observations& seen_by_hub() const noexcept { return hub_log_.seen; }
    std::size_t cuts_made() const noexcept { return cuts_made_; }

private:
    void run_through() {
        for (int i = 0; i < operations; ++i) {
            operate();
            if (i % (operations / cuts) == cuts) cut(w_.random().below(logs_.size()));
            w_.run_until(
                [this] {
                    silence();
                    return false;
                },
                w_.random().between(duration::zero(), std::chrono::milliseconds(80)));
            if (i % 40 == 0) check_always(*this);
        }
        settle();
        check_always(*this);
        check_settled(*this);
        check_quiet();
        for (std::size_t i = 0; i < logs_.size(); ++i) stop(i);
        add_totals();
    }

    static constexpr int operations = 200;
    static constexpr int cuts = 8;

    static scenario new_plan(mix what, std::uint64_t seed) {
        scenario plan;
        auto& o = plan.client;
        o.keep_alive.interval = std::chrono::seconds(2);
        o.keep_alive.timeout = std::chrono::seconds(9);
        o.connect.handshake_timeout = std::chrono::seconds(30);
        o.connect.first_delay = std::chrono::seconds(1);
        o.connect.delays.jitter = o.requests.retry_delays.jitter = o.publisher.rewind_delays.jitter = 0.5;
        o.recovery.first_delay = std::chrono::milliseconds(100);
        o.recovery.delays.jitter = 0.2;
        o.publisher.max_fragments = 8;
        // Some requests fail, and some events are answered late.
        plan.failures = plan.refusals = 1;
        plan.answers_at_once = false;
        webpubsub::testing::random chance(~seed);
        const auto all = all_codecs();
        for (std::size_t i = 0; i < all.size(); ++i) {
            // Two at least are reliable, and one is not.
            const bool reliable = i < 2 || (i == 2 && chance.chance(0.5));
            const auto& form = what == mix::streams ? all[i] : all[(reliable ? 0 : 2) + chance.below(2)];
            scenario::member added(form);
            added.resends = what == mix::messages && chance.chance(0.4);
            plan.members.push_back(std::move(added));
        }
        return plan;
    }

    void add_client(std::size_t i, std::uint64_t seed) {
        const auto& m = plan_.members[i];
        auto options = plan_.client;
        options.requests.resend_on_new_connection = m.resends;
        connect_request asked;
        asked.user_id = "u" + std::to_string(i);
        asked.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroups.?", "webpubsub.getGroupState",
                       "webpubsub.setGroupState"};
        w_.add_client(client(m.form, seed + i, options), std::move(asked));
        logs_.emplace_back(i, false);
        services_.push_back(*find_service_codec(m.form.protocol().name));
        w_.start(i);
        if (what_ == mix::messages) return;
        ask(i, ask::join());
        ask(i, ask::subscribe());
    }

    // What goes in.

    void ask(std::size_t i, const operation& what) {
        if (!logs_[i].may_ask(w_.client(i), what)) return;
        if (what.what == operation::verb::open && !note_opening(i, std::string(what.where))) return;
        if (what.no_echo) hub_log_.without_echo.insert(logs_[i].next_payload());
        logs_[i].ask(w_.client(i), now(), what);
        w_.settle();
    }

    /// Whether the client may open a stream of that id. Ids are unique among the streams of one connection: as long as
    /// an earlier connection of the client lives on at the hub, subscribers could not tell its stream from this one.
    bool note_opening(std::size_t i, const std::string& id) {
        const auto& connection = w_.client(i).connection_id();
        auto& before = opened_on_[std::pair(i, id)];
        if (before != connection && w_.hub().connection_exists(before)) return false;
        before = connection;
        return true;
    }

    void operate() {
        const auto i = w_.random().below(logs_.size());
        const auto chosen = random_step(w_.random(), what_, i);
        switch (chosen.what) {
        case step::kind::ask: return ask(i, chosen.asked);
        case step::kind::send_quietly: return send_quietly(i);
        case step::kind::application_sends:
            hub_log_.executor.clear();
            static_cast<void>(w_.hub().send_to_group(w_.now(), the_group, payload_view::text(application_payload())));
            w_.settle();
            hub_log_.look(w_.hub(), {});
            break;
        case step::kind::answer: return answer_all();
        case step::kind::hang: w_.hang(i); break;
        case step::kind::unreachable: w_.unreachable = !w_.unreachable; break;
        }
    }

    /// Fire and forget: without an outcome, and without a promise but that it is not doubled.
    void send_quietly(std::size_t i) {
        message_options how;
        how.fire_and_forget = true;
        static_cast<void>(w_.client(i).send_to_group(now(), the_group, payload_view::text(application_payload()), how));
        w_.settle();
    }

    std::string application_payload() {
        quiet_.push_back("x" + std::to_string(quiet_.size()));
        return quiet_.back();
    }

    void cut(std::size_t i) {
        w_.cut(i);
        ++cuts_made_;
        if (w_.random().chance(0.3)) to_silence_.insert(i);
    }

    /// Recoveries that open, and over which nothing comes.
    void silence() {
        for (const auto& each : w_.links()) {
            const bool recovers = w_.client(each.client).state() == client_state::recovering;
            if (!recovers || !each.opened_at_client || !each.client_has_it || !to_silence_.erase(each.client)) continue;
            w_.hang(each.client);
        }
    }

    /// An answer may let several requests go on that had waited for it.
    void answer(std::size_t which, bool well) {
        const auto busy = hub_log_.questions[which].connection;
        hub_log_.executor = busy;
        hub_log_.answer(w_.hub(), which, well, w_.now());
        w_.settle();
        hub_log_.look(w_.hub(), {busy});
    }
    void answer_all() {
        while (!hub_log_.questions.empty()) answer(0, true);
        known_questions_.clear();
    }

    /// Most questions are answered at once, some of them with a failure, and some late or never.
    void answer_new() {
        for (std::size_t k = 0; k < hub_log_.questions.size();) {
            const auto dice = w_.random().below(10);
            if (!known_questions_.insert(hub_log_.questions[k].id).second || dice < 3) {
                ++k;
            } else {
                answer(k, dice < 9);
                k = 0;
            }
        }
    }

    // What comes out.

    bool handle_client_event(std::size_t i, client_event& event) override {
        auto& log = logs_[i];
        if (const auto* failed = get_if<client_events::connect_failed>(&event)) {
            totals[i].silent += failed->reason.find("not confirmed") != std::string::npos;
            totals[i].hung += failed->reason.find("took too long") != std::string::npos;
        }
        log.seen.take(event);
        log.wire.note(event, w_.client(i));
        return true;
    }
    void handle_sent(std::size_t i, std::string_view frame) override {
        client_message message;
        require(services_[i].decode(frame, message).has_value(), "a service understands");
        logs_[i].wire.note(message, logs_[i].seen);
    }
    bool handle_hub_event(hub_event& event) override { return hub_log_.take(w_.hub(), event, w_.now()), true; }
    void handle_other_delivery(transport_id, std::string_view frame) override { hub_log_.witness(frame); }
    void before_frame(std::string_view id) override { hub_log_.executor = id; }
    void after_frame() override {
        hub_log_.look(w_.hub(), {});
        answer_new();
    }
    void before_timeout() override { hub_log_.executor.clear(); }
    void after_timeout() override { hub_log_.look(w_.hub(), std::vector<std::string>(hub_log_.seen.connections)); }

    /// Less often than a request is tried again, so that it succeeds in the end.
    bool fails(std::size_t i, const client_message& message) override {
        const bool event = holds_alternative<event_message>(message);
        const bool late = has_answers_waiting(w_.hub(), w_.client(i).connection_id());
        if (!failing_ || event || late || !w_.random().chance(0.04) || !failed_[i].may_fail(message)) {
            failed_[i].pass(message);
            return false;
        }
        const auto failure = webpubsub::testing::passing_failure(message);
        const auto* ack = get_if<ack_message>(&*failure);
        if (ack != nullptr && ++failures_[std::pair(i, ack->ack_id)] > 2) return false;
        failed_[i].fail(message);
        ++totals[i].failures;
        return true;
    }

    // The end.

    void settle() {
        w_.refusal_rate = 0;
        w_.unreachable = false;
        failing_ = false;
        to_silence_.clear();
        pass(45);
        for (std::size_t i = 0; i < logs_.size(); ++i) {
            for (const auto id : stream_ids[i]) {
                if (logs_[i].seen.open_stream(id) != nullptr) ask(i, ask::end(id));
            }
            if (w_.client(i).is_in_group(the_group)) ask(i, ask::set_state());
        }
        pass(6);
    }
    void pass(int rounds) {
        for (int i = 0; i < rounds; ++i) {
            answer_all();
            w_.run_for(std::chrono::seconds(3));
        }
    }

    void check_quiet() const {
        for (const auto& payload : quiet_) require(hub_log_.seen.count(payload) <= 1, "nothing is doubled");
    }

    void stop(std::size_t i) {
        w_.client(i).stop(now());
        w_.settle();
        require(logs_[i].seen.stopped && !logs_[i].seen.up, "a stopped client says so");
        require(!w_.client(i).poll_timeout(), "a stopped client has no timer");
        for (const auto& c : logs_[i].seen.calls) require(c.is_over(), "every call has an outcome");
    }

    void add_totals() {
        totals[0].cuts = cuts_made_;
        totals[0].half_open = w_.half_open_cuts();
        totals[0].refused_recoveries = w_.hub().counters().refused_recoveries;
        for (std::size_t i = 0; i < logs_.size(); ++i) totals[i].count(w_.client(i).counters(), logs_[i].seen);
    }

    scenario plan_;
    mix what_;
    mutable webpubsub::testing::basic_world<Hub> w_;
    std::vector<client_log> logs_;
    std::vector<service_codec> services_;
    hub_log hub_log_;
    std::set<event_id> known_questions_;
    std::map<std::pair<std::size_t, std::uint64_t>, int> failures_;
    /// The connection on which a client has opened a stream of that id last.
    std::map<std::pair<std::size_t, std::string>, std::string> opened_on_;
    std::array<failed_fragments, 4> failed_;
    /// Clients whose next recovery is to be silent.
    std::set<std::size_t> to_silence_;
    std::vector<std::string> quiet_;
    std::size_t cuts_made_ = 0;
    bool failing_ = true;
};

/// Runs of all seeds, by client.
template <class Hub, class... Shape>
std::array<simulation_totals, 4> simulate(mix what, const seed_range& seeds, const Shape&... shape) {
    std::array<simulation_totals, 4> all;
    run_seeds(seeds, [&](std::uint64_t seed) {
        simulation<Hub> s(seed, what, shape...);
        s.run();
        for (std::size_t i = 0; i < all.size(); ++i) all[i] += s.totals[i];
    });
    return all;
}

} // namespace webpubsub::tests
