// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>

#include "exploration/client_observations.hpp"
#include "exploration/fingerprint.hpp"
#include "exploration/scenario.hpp"
#include "simulation/membership_log.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::tests {

/// "Random" bytes that follow from how many were drawn before. Each state has a count of its own and hands it in.
struct counted_bytes {
    std::uint64_t drawn = 0;

    static void fill(void* context, unsigned char* bytes, std::size_t size) {
        auto& drawn = static_cast<counted_bytes*>(context)->drawn;
        for (std::size_t i = 0; i < size; ++i) {
            bytes[i] = static_cast<unsigned char>(fingerprint().add(drawn++).value());
        }
    }
};

inline instant instant_at(steady_time now) {
    return {now, wall_time(std::chrono::seconds(1'700'000'000)) +
                     std::chrono::duration_cast<wall_time::duration>(now.time_since_epoch())};
}

/// What a witness in the groups and the hub's application saw. Follows from what the hub was given.
struct hub_observations {
    struct message {
        std::string text;
        std::string group;
        /// Of a fragment; empty for another message and for an end.
        std::string fragment;
        /// The stream that this is about, and how it ended.
        std::string stream;
        bool ended_well = false;
    };

    std::vector<message> witnessed;
    /// States by group and connection.
    std::map<std::string, std::map<std::string, std::string>> states;
    /// Events and invocations that the application has answered well.
    std::vector<std::string> executed;
    /// What was witnessed and executed, in that order.
    std::vector<std::string> effects;
    membership_log memberships;
    /// Connections and groups, also for a moment.
    std::set<std::pair<std::string, std::string>> ever_joined;
    std::vector<std::string> connections;
    /// When somebody last looked at the memberships.
    std::size_t looked = 0;
    /// Recoveries before the hub knew that the old transport was gone.
    std::uint64_t fenced = 0;

    std::size_t count(std::string_view payload) const {
        return static_cast<std::size_t>(std::count(effects.begin(), effects.end(), payload));
    }
};

/// The codec of the witness and those of the clients.
inline std::vector<service_codec> codecs_for(const scenario& plan) {
    std::vector<service_codec> codecs{json_service_codec()};
    for (const auto& m : plan.members) codecs.push_back(*find_service_codec(m.form.protocol().name));
    return codecs;
}

/// A hub with its application and its witness, and what it was given.
struct hub_node {
    struct question {
        event_id id{};
        bool is_invocation = false;
        std::string connection;
        std::string payload;
    };

    hub machine;
    hub_observations seen{};
    fingerprint history{};
    std::uint64_t drawn = 0;
    transport_id witness_transport{};
    bool answers_at_once = true;
    std::vector<question> questions{};

    hub_node(const scenario& plan, counted_bytes& bytes)
        : machine(codecs_for(plan), plan.hub, {&bytes, &counted_bytes::fill}),
          drawn(bytes.drawn),
          answers_at_once(plan.answers_at_once) {}

    /// A plain JSON client in the groups and subscribed to their states, which reads at once.
    void admit_witness(instant now) {
        connect_request asked;
        asked.groups = {std::string(the_group), std::string(other_group)};
        asked.roles = {"webpubsub.getGroupState"};
        asked.subprotocols = {std::string(subprotocols::json_v1.name)};
        const auto outcome = machine.admit(now, std::move(asked));
        witness_transport = std::get<accepted>(outcome).transport;
        machine.handle_opened(now, witness_transport);
        for (const auto group : {the_group, other_group}) {
            std::string frame;
            json_codec().encode(subscribe_group_state_message{std::string(group), {}}, frame);
            machine.handle_frame(now, witness_transport, frame_kind::text, frame);
        }
        while (machine.poll_order()) continue;
        while (machine.poll_event()) continue;
        while (machine.poll_ready()) continue;
        while (machine.poll_transmit(witness_transport)) machine.handle_written(now, witness_transport);
    }

    void witness(const std::string& frame) {
        service_message read;
        require(json_codec().decode(frame, read).has_value(), "the witness understands");
        if (auto* data = std::get_if<group_data_message>(&read)) {
            witness(std::move(*data));
        } else if (const auto* all = std::get_if<group_state_snapshot_message>(&read)) {
            note_states(all->group, all->items);
        } else if (const auto* some = std::get_if<group_state_update_message>(&read)) {
            note_states(some->group, some->items);
        }
    }

    void ask(question q, instant now) {
        if (answers_at_once) return answer(q, now);
        questions.push_back(std::move(q));
    }

    void answer(std::size_t which, bool well, instant now) {
        const auto q = std::move(questions[which]);
        questions.erase(questions.begin() + static_cast<std::ptrdiff_t>(which));
        if (well) return answer(q, now);
        static_cast<void>(q.is_invocation ? machine.fail_invocation(now, q.id, {"Refused", "no"})
                                          : machine.fail_event(now, q.id));
    }

    /// To be called after each input to the hub. An input is one request, but for what lets others go on: of those
    /// connections several may have been executed.
    void look(const std::vector<std::string>& busy) {
        const auto now = seen.witnessed.size();
        for (const auto& id : busy) seen.memberships.blur(id, seen.looked, now);
        for (const auto& id : seen.connections) {
            for (const auto group : {the_group, other_group}) {
                seen.memberships.note(id, std::string(group), machine.is_in_group(id, group), seen.looked, now);
            }
        }
        seen.looked = now;
    }

private:
    void answer(const question& q, instant now) {
        const bool done = q.is_invocation ? machine.answer_invocation(now, q.id, payload_view::text(q.payload)).has_value()
                                          : machine.answer_event(now, q.id).has_value();
        if (!done) return;
        seen.executed.push_back(q.payload);
        seen.effects.push_back(q.payload);
    }

    void witness(group_data_message&& data) {
        hub_observations::message m;
        m.group = std::move(data.group);
        if (!data.stream) {
            seen.effects.push_back(data.data.bytes);
            m.text = std::move(data.data.bytes);
        } else {
            m.stream = data.stream->stream_id;
            if (data.stream->end) {
                m.ended_well = !data.stream->end->error;
                m.text = end_text(m.stream, m.ended_well);
                require(data.data.bytes.empty(), "the end of a stream brings nothing");
            } else {
                m.text = fragment_text(m.stream, data.stream->stream_sequence_id, data.data.bytes);
                m.fragment = std::move(data.data.bytes);
            }
        }
        seen.witnessed.push_back(std::move(m));
    }

    void note_states(const std::string& group, const std::vector<group_state_item>& items) {
        for (const auto& item : items) {
            auto& of_group = seen.states[group];
            if (item.state) {
                of_group[item.connection_id] = item.state->front().value;
            } else {
                of_group.erase(item.connection_id);
            }
        }
    }
};

inline connect_request request_of(const scenario::member& m, std::size_t i) {
    connect_request asked;
    asked.user_id = std::string(1, static_cast<char>('A' + i));
    asked.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup." + std::string(the_group),
                   "webpubsub.sendToGroup." + std::string(other_group), "webpubsub.getGroupState",
                   "webpubsub.setGroupState"};
    if (m.is_in_group) asked.groups = {std::string(the_group)};
    asked.subprotocols = {std::string(m.form.protocol().name)};
    return asked;
}

} // namespace webpubsub::tests
