// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/testing/world.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::tests {

/// What happened to clients of one subprotocol, so that a test can know that its faults really occurred.
struct exchange_totals {
    std::uint64_t streams = 0;
    std::uint64_t ended = 0;
    std::uint64_t lost = 0;
    std::uint64_t fragments = 0;
    std::uint64_t invocations = 0;
    std::uint64_t answered = 0;
    std::uint64_t unknown = 0;
    std::uint64_t state_changes = 0;
    std::uint64_t recoveries = 0;

    exchange_totals& operator+=(const exchange_totals& other) {
        streams += other.streams;
        ended += other.ended;
        lost += other.lost;
        fragments += other.fragments;
        invocations += other.invocations;
        answered += other.answered;
        unknown += other.unknown;
        state_changes += other.state_changes;
        recoveries += other.recoveries;
        return *this;
    }
};

/// One random run of clients on all four subprotocols that publish streams, invoke events and keep states in a group,
/// over links that are cut again and again. The promises:
///   - a stream that ended as asked was seen whole and in order, any other a part from its beginning, nothing twice;
///   - on a connection the fragments of a stream come without a gap;
///   - every stream and every invocation ends once, and what succeeded was executed once;
///   - in the end everybody knows the same states, which are those that were set last.
/// A broken promise throws with its description.
class exchange_simulation final : webpubsub::testing::world::observer {
public:
    explicit exchange_simulation(std::uint64_t seed) : w_(seed, all_service_codecs(), options()) {
        w_.answer_events = false;
        w_.watched_by = this;
        connect_request watcher;
        watcher.groups = {"g"};
        watcher.subprotocols = {std::string(subprotocols::json_v1.name)};
        const auto outcome = w_.hub().admit(w_.now(), std::move(watcher));
        w_.hub().handle_opened(w_.now(), std::get<accepted>(outcome).transport);
        w_.settle();
        for (const auto& form : all_codecs()) add_client(seed, form);
    }

    void run() {
        for (int i = 0; i < operations; ++i) {
            operate();
            if (i % (operations / cuts) == cuts) w_.cut(w_.random().below(members_.size()));
            w_.run_for(w_.random().between(duration::zero(), std::chrono::milliseconds(80)));
        }
        settle();
        for (std::size_t i = 0; i < members_.size(); ++i) {
            w_.client(i).stop(w_.now().steady);
            w_.settle();
        }
        check();
    }

    /// By subprotocol, in the order of `all_codecs`.
    std::array<exchange_totals, 4> totals;

private:
    static constexpr int operations = 200;
    static constexpr int cuts = 8;

    struct stream {
        std::size_t publisher = 0;
        std::vector<std::string> written;
        bool ending = false;
        std::optional<client_events::stream_closed> closed;
        /// What the watcher saw.
        std::vector<std::string> seen;
        int ends = 0;
    };
    struct invocation_record {
        std::size_t client = 0;
        std::size_t executed = 0;
        std::optional<client_events::invocation_completed> outcome;
    };
    struct member {
        unsigned connection = 0;
        /// The number that is to come next on the present connection.
        std::map<std::string, std::pair<unsigned, std::uint64_t>> expected;
        std::set<std::string> open;
    };

    static hub_options options() {
        hub_options o;
        o.recovery.window = std::chrono::seconds(5);
        return o;
    }

    void require(bool holds, const std::string& promise) const {
        if (!holds) throw std::runtime_error(promise);
    }

    void add_client(std::uint64_t seed, const codec& form) {
        client_options o;
        o.url = "ws://sim/client/hubs/chat?access_token=x";
        o.keep_alive.interval = std::chrono::seconds(2);
        o.keep_alive.timeout = std::chrono::seconds(9);
        o.recovery.window = std::chrono::seconds(12);
        o.connect.stable_time = std::chrono::seconds(1);
        o.publisher.max_fragments = 8;
        connect_request asked;
        asked.user_id = "u" + std::to_string(members_.size());
        asked.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup", "webpubsub.getGroupState",
                       "webpubsub.setGroupState"};
        asked.subprotocols = {std::string(form.protocol().name)};
        members_.emplace_back();
        const auto i = w_.add_client(client(form, seed + members_.size(), o), std::move(asked));
        auto& c = w_.client(i);
        require(c.start(w_.now().steady).has_value() && c.join_group(w_.now().steady, "g").has_value() &&
                    c.subscribe_group_state(w_.now().steady, "g").has_value(),
                "a client starts");
        w_.settle();
    }

    // What goes in.

    void operate() {
        const auto i = w_.random().below(members_.size());
        auto& c = w_.client(i);
        auto& open = members_[i].open;
        const auto dice = w_.random().below(100);
        if (dice < 12) {
            if (const auto id = c.open_stream(w_.now().steady, "g")) {
                open.insert(*id);
                streams_[*id].publisher = i;
                ++totals[i].streams;
            }
        } else if (dice < 62 && !open.empty()) {
            const auto id = *std::next(open.begin(), static_cast<std::ptrdiff_t>(w_.random().below(open.size())));
            const auto text = id + "/" + std::to_string(streams_[id].written.size() + 1);
            // It may be full, or ending.
            if (c.write_stream(w_.now().steady, id, payload_view::text(text))) streams_[id].written.push_back(text);
        } else if (dice < 70 && !open.empty()) {
            if (c.end_stream(w_.now().steady, *open.begin())) streams_[*open.begin()].ending = true;
        } else if (dice < 72 && !open.empty()) {
            static_cast<void>(c.abort_stream(w_.now().steady, *open.begin()));
        } else if (dice < 86) {
            const auto text = std::to_string(i) + ":" + std::to_string(++last_invocation_);
            invoke_options options;
            options.invocation_id = text;
            if (c.invoke(w_.now().steady, "e", payload_view::text(text), options)) {
                invocations_[text].client = i;
                ++totals[i].invocations;
            }
        } else {
            static_cast<void>(c.set_group_state(w_.now().steady, "g", {{"k", std::to_string(++last_state_)}}));
        }
        w_.settle();
    }

    static std::optional<payload_view> view_of(const std::optional<payload>& data) {
        return data ? std::optional(payload_view(*data)) : std::nullopt;
    }

    void answer() {
        while (!waiting_.empty()) {
            const auto [id, data] = waiting_.back();
            waiting_.pop_back();
            const auto text = data.value_or(payload{}).bytes;
            ++invocations_.at(text).executed;
            static_cast<void>(w_.hub().answer_invocation(w_.now(), id, view_of(data)));
            w_.settle();
        }
    }

    // What comes out.

    bool handle_client_event(std::size_t i, client_event& event) override { return take(i, event), true; }
    bool handle_hub_event(hub_event& event) override { return take(event), true; }
    void handle_other_delivery(transport_id, std::string_view frame) override { witness(frame); }
    void after_frame() override { answer(); }

    void take(hub_event& event) {
        if (auto* asked = std::get_if<hub_events::invocation>(&event))
            waiting_.push_back({asked->id, std::move(asked->data)});
    }

    void take(std::size_t i, client_event& event) {
        auto& m = members_[i];
        std::visit(overloaded{
                       [&](client_events::connected&) { ++m.connection; },
                       [&](client_events::stream_closed& e) {
                           auto& s = streams_.at(e.stream_id);
                           require(!s.closed, "a stream ends once");
                           s.closed = e;
                           m.open.erase(e.stream_id);
                       },
                       [&](client_events::stream_fragment& e) {
                           ++totals[i].fragments;
                           auto& [connection, expected] = m.expected[e.stream_id];
                           require(connection != m.connection || expected == e.stream_sequence_id,
                                   "fragments follow each other on a connection");
                           require(e.data.bytes == e.stream_id + "/" + std::to_string(e.stream_sequence_id),
                                   "a fragment has its place");
                           connection = m.connection;
                           expected = e.stream_sequence_id + 1;
                       },
                       [&](client_events::stream_gap& e) {
                           require(m.expected[e.stream_id].first != m.connection, "no gaps on one connection");
                       },
                       [&](client_events::invocation_completed& e) {
                           auto& r = invocations_.at(e.invocation_id);
                           require(!r.outcome, "an invocation has one outcome");
                           r.outcome = e;
                       },
                       [&](client_events::group_states_changed&) { ++totals[i].state_changes; },
                       [&](client_events::sequence_gap&) { require(false, "there are no gaps"); },
                       [&](client_events::protocol_error&) { require(false, "the hub speaks the protocol"); },
                       [&](client_events::resubscribe_failed&) { require(false, "a subscription is renewed"); },
                       [](auto&) {},
                   },
                   event);
    }

    void witness(std::string_view frame) {
        service_message message;
        require(json_codec().decode(frame, message).has_value(), "the watcher understands");
        const auto* const data = std::get_if<group_data_message>(&message);
        if (data == nullptr || !data->stream) return;
        auto& s = streams_.at(data->stream->stream_id);
        require(s.ends == 0, "nothing comes after the end of a stream");
        require(data->stream->stream_sequence_id == s.seen.size() + 1, "the watcher misses nothing");
        if (data->stream->end) {
            ++s.ends;
        } else {
            s.seen.push_back(data->data.bytes);
        }
    }

    // The end, and the promises.

    void settle() {
        for (int round = 0; round < 30; ++round) w_.run_for(std::chrono::seconds(3));
        std::map<std::string, std::string> truth;
        for (std::size_t i = 0; i < members_.size(); ++i) {
            auto& c = w_.client(i);
            require(c.state() == client_state::connected, "every client is connected in the end");
            const auto value = "final " + std::to_string(i);
            require(c.set_group_state(w_.now().steady, "g", {{"k", value}}).has_value(), "a state is taken");
            truth[c.connection_id()] = value;
            for (const auto& id : std::set<std::string>(members_[i].open)) {
                if (c.end_stream(w_.now().steady, id)) streams_[id].ending = true;
            }
            w_.settle();
        }
        for (int round = 0; round < 5; ++round) w_.run_for(std::chrono::seconds(3));
        for (std::size_t i = 0; i < members_.size(); ++i) {
            auto& c = w_.client(i);
            require(c.pending_requests() == 0 && c.pending_invocations() == 0 && c.open_streams() == 0,
                    "everything has ended");
            std::map<std::string, std::string> known;
            for (const auto& item : *c.group_states("g")) known[item.connection_id] = item.state->front().value;
            require(known == truth, "everybody knows the states that were set last");
        }
    }

    void check() {
        for (const auto& [id, s] : streams_) {
            require(s.closed.has_value(), "every stream ends");
            const std::vector<std::string> begun(
                s.written.begin(),
                s.written.begin() + static_cast<std::ptrdiff_t>(std::min(s.seen.size(), s.written.size())));
            require(s.seen == begun, "what was seen of a stream is its beginning");
            if (s.closed->status == client_events::stream_status::ended) {
                ++totals[s.publisher].ended;
                require(s.ending && s.seen == s.written && s.ends == 1, "a stream that ended was seen whole: " + id);
            }
            if (s.closed->status == client_events::stream_status::lost) ++totals[s.publisher].lost;
        }
        for (const auto& [id, r] : invocations_) {
            require(r.outcome.has_value(), "every invocation has an outcome");
            require(r.executed <= 1, "an invocation is executed once at most");
            switch (r.outcome->status) {
            case client_events::invocation_status::succeeded:
                ++totals[r.client].answered;
                require(r.executed == 1 && r.outcome->data == text_payload(id), "an answer is that of its invocation");
                break;
            case client_events::invocation_status::not_sent:
                require(r.executed == 0, "what was not sent is not executed");
                break;
            case client_events::invocation_status::outcome_unknown: ++totals[r.client].unknown; break;
            default: require(false, "the application answers");
            }
        }
        for (std::size_t i = 0; i < totals.size(); ++i) totals[i].recoveries = w_.client(i).counters().recoveries;
    }

    webpubsub::testing::world w_;
    std::vector<member> members_;
    std::map<std::string, stream> streams_;
    std::map<std::string, invocation_record> invocations_;
    std::vector<std::pair<event_id, std::optional<payload>>> waiting_;
    std::uint64_t last_invocation_ = 0;
    std::uint64_t last_state_ = 0;
};

} // namespace webpubsub::tests
