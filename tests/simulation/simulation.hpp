// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/testing/world.hpp>

#include "simulation/membership_log.hpp"
#include "simulation/totals.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace webpubsub::tests {

/// One random run of a few clients and a hub over links that are cut again and again, and the promises of the library
/// held against what a witness inside the hub saw:
///   - to a member every message arrives exactly once and in order, or its connection is reported as lost;
///   - every request has exactly one outcome, and the outcome is true;
///   - a client is in its groups, whatever became of its connections.
/// A broken promise throws with its description.
class simulation final : webpubsub::testing::world::observer {
public:
    explicit simulation(std::uint64_t seed) : w_(seed, all_service_codecs(), options()) {
        w_.refusal_rate = 0.1;
        w_.answer_events = false;
        w_.watched_by = this;
        admit_witness();
        add_client(seed, true);
        add_client(seed + 1, true);
        add_client(seed + 2, w_.random().chance(0.5));
        add_client(seed + 3, false);
    }

    void run() {
        for (int i = 0; i < operations; ++i) {
            operate();
            if (i % (operations / cuts) == cuts) {
                w_.cut(w_.random().below(members_.size()));
                ++totals.cuts;
            }
            w_.run_for(w_.random().between(duration::zero(), std::chrono::milliseconds(80)));
        }
        settle();
        check_messages();
        for (std::size_t i = 0; i < members_.size(); ++i) stop(i);
        check_requests();
        add_totals();
    }

    simulation_totals totals;

private:
    static constexpr int operations = 200;
    static constexpr int cuts = 8;
    static constexpr std::size_t group_count = 3;

    struct witnessed {
        std::string payload;
        std::string group;
        std::string sender;
        bool no_echo = false;
    };
    struct epoch {
        std::string connection;
        std::vector<std::string> received;
        bool lost = false;
    };
    struct request {
        std::string payload;
        bool to_group = true;
        bool forbidden = false;
        bool join_or_leave = false;
        std::optional<client_events::request_completed> outcome;
    };
    struct member {
        std::vector<epoch> epochs;
        std::map<ack_id, request> requests;
        bool up = false;
        bool stopped = false;
    };
    struct pending_event {
        event_id id;
        std::string connection;
        payload data;
    };

    static hub_options options() {
        hub_options o;
        o.recovery.window = std::chrono::seconds(5);
        o.timeouts.answer = std::chrono::seconds(7);
        return o;
    }

    void require(bool holds, const std::string& promise) const {
        if (!holds) throw std::runtime_error(promise);
    }

    static std::string group_name(std::size_t i) { return "g" + std::to_string(i); }

    void admit_witness() {
        connect_request asked;
        for (std::size_t i = 0; i < group_count; ++i) asked.groups.push_back(group_name(i));
        asked.subprotocols = {std::string(subprotocols::json_v1.name)};
        const auto outcome = w_.hub().admit(w_.now(), std::move(asked));
        w_.hub().handle_opened(w_.now(), std::get<accepted>(outcome).transport);
        w_.settle();
        connections_.clear();
    }

    void add_client(std::uint64_t seed, bool reliable) {
        client_options o;
        o.url = "ws://sim/client/hubs/chat?access_token=x";
        o.keep_alive.interval = std::chrono::seconds(2);
        o.keep_alive.timeout = std::chrono::seconds(9);
        o.recovery.window = std::chrono::seconds(12);
        o.connect.stable_time = std::chrono::seconds(1);
        o.requests.resend_on_new_connection = w_.random().chance(0.4);
        connect_request asked;
        asked.user_id = "u" + std::to_string(members_.size());
        asked.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroups.g?"};
        const auto form = w_.random().chance(0.5) ? (reliable ? reliable_json_codec() : json_codec())
                                                  : (reliable ? reliable_protobuf_codec() : protobuf_codec());
        asked.subprotocols = {std::string(form.protocol().name)};
        members_.emplace_back();
        const auto i = w_.add_client(client(form, seed, o), std::move(asked));
        w_.start(i);
    }

    // What goes in.

    void operate() {
        const auto i = w_.random().below(members_.size());
        auto& c = w_.client(i);
        const auto group = group_name(w_.random().below(group_count));
        const auto payload_id = std::to_string(i) + ":" + std::to_string(++last_payload_);
        const auto dice = w_.random().below(100);
        if (dice < 12) {
            track(i, c.join_group(w_.now().steady, group), {{}, false, false, true, {}});
        } else if (dice < 16) {
            track(i, c.leave_group(w_.now().steady, group), {{}, false, false, true, {}});
        } else if (dice < 20) {
            track(i, c.send_to_group(w_.now().steady, "forbidden", payload_view::text(payload_id)),
                  {payload_id, true, true, false, {}});
        } else if (dice < 34) {
            track(i, c.send_event(w_.now().steady, "e", payload_view::text(payload_id)),
                  {payload_id, false, false, false, {}});
        } else if (dice < 38) {
            // No outcome and no promise but that it is not doubled.
            static_cast<void>(
                c.send_to_group(w_.now().steady, group, payload_view::text(payload_id), fire_and_forget()));
        } else if (dice < 46) {
            executor_.clear();
            static_cast<void>(w_.hub().send_to_group(w_.now(), group, payload_view::text(payload_id)));
            w_.settle();
        } else if (dice < 52) {
            answer_later_events();
        } else {
            const bool no_echo = w_.random().chance(0.3);
            if (no_echo) without_echo_.insert(payload_id);
            track(i, c.send_to_group(w_.now().steady, group, payload_view::text(payload_id), echo(no_echo)),
                  {payload_id, true, false, false, {}});
        }
        w_.settle();
    }

    void track(std::size_t i, result<ack_id> id, request r) {
        require(id.has_value(), "a request within the limits is taken");
        members_[i].requests.emplace(*id, std::move(r));
        ++totals.requests;
    }

    void answer_later_events() {
        while (!later_.empty()) {
            const auto event = later_.front();
            later_.erase(later_.begin());
            answer(event, true);
        }
    }

    void answer(const pending_event& event, bool success) {
        executor_ = event.connection;
        if (!success) {
            static_cast<void>(w_.hub().fail_event(w_.now(), event.id));
        } else if (w_.hub().answer_event(w_.now(), event.id,
                                         w_.random().chance(0.5) ? std::optional(payload_view(event.data))
                                                                 : std::nullopt)) {
            ++executed_events_[event.data.bytes];
        }
        w_.settle();
        // Several requests that had waited for the answer may have been executed at once.
        log_.blur(event.connection, seen_, witnessed_.size());
        note_memberships();
    }

    static message_options fire_and_forget() {
        message_options options;
        options.fire_and_forget = true;
        return options;
    }
    static message_options echo(bool no_echo) {
        message_options options;
        options.no_echo = no_echo;
        return options;
    }

    // What comes out.

    bool handle_client_event(std::size_t i, client_event& event) override { return take(i, event), true; }
    bool handle_hub_event(hub_event& event) override { return take(event), true; }
    void handle_other_delivery(transport_id, std::string_view frame) override { witness(frame); }
    void before_frame(std::string_view id) override { executor_ = id; }
    void after_frame() override { note_memberships(); }
    void before_timeout() override { executor_.clear(); }
    void after_timeout() override {
        for (const auto& connection : connections_) log_.blur(connection, seen_, witnessed_.size());
        note_memberships();
    }

    void take(std::size_t i, client_event& event) {
        auto& m = members_[i];
        require(!m.stopped, "stopped is the last event");
        std::visit(overloaded{
                       [&](client_events::connected& e) {
                           require(!m.up, "connected comes once for each disconnected");
                           m.up = true;
                           m.epochs.push_back({e.connection_id, {}, false});
                       },
                       [&](client_events::disconnected& e) {
                           require(m.up && m.epochs.back().connection == e.connection_id,
                                   "disconnected ends the connected");
                           m.up = false;
                           m.epochs.back().lost = true;
                       },
                       [&](client_events::group_message& e) {
                           require(m.up, "messages come between connected and disconnected");
                           m.epochs.back().received.push_back(e.data.bytes);
                       },
                       [&](client_events::request_completed& e) {
                           auto& r = m.requests.at(e.ack_id);
                           require(!r.outcome, "a request has one outcome");
                           if (e.duplicate) ++totals.duplicate_acks;
                           if (e.may_be_duplicate) ++totals.resent;
                           if (e.status == request_status::outcome_unknown) ++totals.unknown_outcomes;
                           r.outcome = e;
                       },
                       [&](client_events::sequence_gap&) { require(false, "there are no gaps"); },
                       [&](client_events::protocol_error&) { require(false, "the hub speaks the protocol"); },
                       [&](client_events::stopped&) { m.stopped = true; },
                       [](auto&) {},
                   },
                   event);
    }

    void take(hub_event& event) {
        if (auto* e = std::get_if<hub_events::client_connected>(&event)) {
            connections_.insert(e->connection_id);
        } else if (auto* gone = std::get_if<hub_events::client_disconnected>(&event)) {
            connections_.erase(gone->connection_id);
            log_.end(gone->connection_id, seen_, witnessed_.size());
        } else if (auto* user = std::get_if<hub_events::user_event>(&event)) {
            pending_event pending{user->id, user->connection_id, user->data};
            const auto dice = w_.random().below(10);
            if (dice < 3) {
                later_.push_back(std::move(pending));
            } else {
                at_once_.push_back({std::move(pending), dice < 9});
            }
        }
    }

    void witness(std::string_view frame) {
        service_message message;
        require(json_codec().decode(frame, message).has_value(), "the witness understands");
        const auto* data = std::get_if<group_data_message>(&message);
        if (data == nullptr) return;
        witnessed_.push_back({data->data.bytes, data->group, executor_, without_echo_.contains(data->data.bytes)});
    }

    void note_memberships() {
        for (const auto& connection : connections_) {
            for (std::size_t i = 0; i < group_count; ++i) {
                const auto group = group_name(i);
                log_.note(connection, group, w_.hub().is_in_group(connection, group), seen_, witnessed_.size());
            }
        }
        seen_ = witnessed_.size();
        // Answered outside the hub's own calls.
        while (!at_once_.empty()) {
            const auto [event, success] = at_once_.front();
            at_once_.erase(at_once_.begin());
            answer(event, success);
        }
    }

    // The end, and the promises.

    void settle() {
        w_.refusal_rate = 0;
        for (int i = 0; i < 30; ++i) {
            answer_later_events();
            w_.run_for(std::chrono::seconds(3));
        }
        for (std::size_t i = 0; i < members_.size(); ++i) {
            require(w_.client(i).state() == client_state::connected, "every client is connected in the end");
            require(w_.client(i).pending_requests() == 0, "no request waits for ever");
            for (const auto& group : w_.client(i).groups()) {
                require(w_.hub().is_in_group(w_.client(i).connection_id(), group),
                        "a client is a member of the groups that it counts, also on a new connection");
            }
        }
    }

    void stop(std::size_t i) {
        w_.client(i).stop(w_.now().steady);
        w_.settle();
        require(members_[i].stopped, "a stopped client says so");
        require(!w_.client(i).poll_timeout(), "a stopped client has no timer");
    }

    /// `received` is what the witness saw during the connection's memberships, cut short if the connection was lost. A
    /// message that was resent is there twice, and which of them was received may be open: so this follows every
    /// possible number of messages received so far.
    void check_messages() {
        for (const auto& m : members_) {
            for (const auto& e : m.epochs) {
                std::set<std::size_t> counts{0};
                for (std::size_t k = 0; k < witnessed_.size(); ++k) {
                    const auto& seen = witnessed_[k];
                    if (seen.no_echo && seen.sender == e.connection) continue;
                    const auto wanted = log_.about(e.connection, seen.group, k);
                    if (!wanted.possible) continue;
                    counts = receive(e, seen, wanted.certain, counts);
                    require(!counts.empty(), "a member misses " + seen.payload + " on " + e.connection);
                }
                require(counts.contains(e.received.size()),
                        "a member gets nothing twice, early or out of order, on " + e.connection);
                totals.messages += e.received.size();
            }
        }
    }

    static std::set<std::size_t> receive(const epoch& e, const witnessed& seen, bool certain,
                                         const std::set<std::size_t>& counts) {
        std::set<std::size_t> after;
        for (const auto count : counts) {
            const bool all = count == e.received.size();
            if (!all && e.received[count] == seen.payload) after.insert(count + 1);
            if (!certain || (all && e.lost)) after.insert(count);
        }
        return after;
    }

    void check_requests() {
        std::map<std::string, std::size_t> effects(executed_events_.begin(), executed_events_.end());
        for (const auto& seen : witnessed_) ++effects[seen.payload];
        for (const auto& m : members_) {
            for (const auto& [id, r] : m.requests) {
                require(r.outcome.has_value(), "every request has an outcome: " + r.payload);
                if (r.join_or_leave) continue;
                const auto count = effects[r.payload];
                const auto& o = *r.outcome;
                const auto is = [&](request_status status) { return o.status == status; };
                if (r.forbidden) {
                    require(count == 0, "what is forbidden has no effect");
                    if (is(request_status::failed)) ++totals.forbidden;
                    require(!is(request_status::succeeded), "what is forbidden does not succeed");
                }
                if (o.may_be_duplicate) {
                    require(!is(request_status::succeeded) || count >= 1, "a success took effect: " + r.payload);
                    require(count <= 8, "resending is bounded");
                } else {
                    require(!is(request_status::succeeded) || count == 1, "a success took effect once: " + r.payload);
                    require(!is(request_status::failed) || count == 0, "a failure took no effect: " + r.payload);
                    require(count <= 1, "nothing takes effect twice: " + r.payload);
                }
                require(!is(request_status::not_sent) || count == 0, "what was not sent has no effect");
            }
        }
    }

    void add_totals() {
        totals.half_open = w_.half_open_cuts();
        totals.recoveries = w_.hub().counters().recoveries;
        totals.refused_recoveries = w_.hub().counters().refused_recoveries;
        for (std::size_t i = 0; i < members_.size(); ++i) {
            totals.connections += w_.client(i).counters().connections;
            totals.duplicates_dropped += w_.client(i).counters().duplicates_dropped;
        }
    }

    webpubsub::testing::world w_;
    std::vector<member> members_;
    std::vector<witnessed> witnessed_;
    membership_log log_;
    std::set<std::string> connections_;
    std::set<std::string> without_echo_;
    std::map<std::string, std::size_t> executed_events_;
    std::vector<pending_event> later_;
    std::vector<std::pair<pending_event, bool>> at_once_;
    std::string executor_;
    std::size_t seen_ = 0;
    std::uint64_t last_payload_ = 0;
};

} // namespace webpubsub::tests
