// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/json.hpp>
#include <webpubsub/hub/hub.hpp>

#include "exploration/client_observations.hpp"
#include "exploration/scenario.hpp"
#include "simulation/membership_log.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::tests {

/// What a witness in the groups and the hub's application saw. Follows from what the hub was given.
struct hub_observations {
    struct message {
        std::string text;
        std::string group;
        /// The connection that does not get it, as it has asked for.
        std::string not_for;
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

/// The application of a hub, which answers events and invocations, and its witness.
struct hub_log {
    struct question {
        event_id id{};
        bool is_invocation = false;
        std::string connection;
        std::string payload;
    };

    hub_observations seen{};
    bool answers_at_once = true;
    /// How many of the next questions are not answered at once, if not all.
    std::optional<std::size_t> late_answers{};
    std::vector<question> questions{};
    /// Payloads that their senders do not want back, and whose request is being executed.
    std::set<std::string> without_echo{};
    std::string executor{};

    /// A plain JSON client in the groups and subscribed to their states, which reads at once.
    transport_id admit_witness(auto& machine, instant now) {
        connect_request asked;
        asked.groups = {std::string(the_group), std::string(other_group)};
        asked.roles = {"webpubsub.getGroupState"};
        asked.subprotocols = {std::string(subprotocols::json_v1.name)};
        const auto outcome = machine.admit(now, std::move(asked));
        const auto transport = get<accepted>(outcome).transport;
        machine.handle_opened(now, transport);
        for (const auto group : {the_group, other_group}) {
            std::string frame;
            json_codec().encode(subscribe_group_state_message{std::string(group), {}}, frame);
            machine.handle_frame(now, transport, frame_kind::text, frame);
        }
        while (machine.poll_order()) continue;
        while (machine.poll_event()) continue;
        while (machine.poll_ready()) continue;
        while (machine.poll_transmit(transport)) machine.handle_written(now, transport);
        return transport;
    }

    void witness(std::string_view frame) {
        service_message read;
        require(json_codec().decode(frame, read).has_value(), "the witness understands");
        if (auto* data = get_if<group_data_message>(&read)) {
            witness(std::move(*data));
        } else if (const auto* all = get_if<group_state_snapshot_message>(&read)) {
            note_states(all->group, all->items);
        } else if (const auto* some = get_if<group_state_update_message>(&read)) {
            note_states(some->group, some->items);
        }
    }

    void ask(auto& machine, question q, instant now) {
        if (answers_at_once || late_answers == 0U) return answer(machine, q, now);
        if (late_answers) --*late_answers;
        questions.push_back(std::move(q));
    }

    void answer(auto& machine, std::size_t which, bool well, instant now) {
        const auto q = std::move(questions[which]);
        questions.erase(questions.begin() + static_cast<std::ptrdiff_t>(which));
        if (well) return answer(machine, q, now);
        static_cast<void>(q.is_invocation ? machine.fail_invocation(now, q.id, {"Refused", "no"})
                                          : machine.fail_event(now, q.id));
    }

    /// To be called after each input to the hub. An input is one request, but for what lets others go on: of those
    /// connections several may have been executed.
    void look(const auto& machine, const std::vector<std::string>& busy) {
        const auto now = seen.witnessed.size();
        for (const auto& id : busy) seen.memberships.blur(id, seen.looked, now);
        for (const auto& id : seen.connections) {
            for (const auto group : {the_group, other_group}) {
                seen.memberships.note(id, std::string(group), machine.is_in_group(id, group), seen.looked, now);
            }
        }
        seen.looked = now;
    }

    /// What the hub tells its application.
    void take(auto& machine, hub_event& event, instant now) {
        if (const auto* begun = get_if<hub_events::client_connected>(&event)) {
            seen.connections.push_back(begun->connection_id);
        } else if (const auto* gone = get_if<hub_events::client_disconnected>(&event)) {
            require(std::erase(seen.connections, gone->connection_id) == 1, "a connection ends once");
            seen.memberships.end(gone->connection_id, seen.looked, seen.witnessed.size());
        } else if (const auto* joined = get_if<hub_events::group_joined>(&event)) {
            seen.ever_joined.emplace(joined->connection_id, joined->group);
        } else if (auto* asked = get_if<hub_events::user_event>(&event)) {
            ask(machine, {asked->id, false, asked->connection_id, std::move(asked->data.bytes)}, now);
        } else if (auto* invoked = get_if<hub_events::invocation>(&event)) {
            ask(machine, {invoked->id, true, invoked->connection_id, std::move(invoked->data->bytes)}, now);
        } else if (const auto* cancelled = get_if<hub_events::invocation_cancelled>(&event)) {
            std::erase_if(questions, [&](const auto& q) { return q.id == cancelled->id; });
        }
    }

private:
    void answer(auto& machine, const question& q, instant now) {
        const bool done = q.is_invocation
                              ? machine.answer_invocation(now, q.id, payload_view::text(q.payload)).has_value()
                              : machine.answer_event(now, q.id).has_value();
        if (!done) return;
        seen.executed.push_back(q.payload);
        seen.effects.push_back(q.payload);
    }

    void witness(group_data_message&& data) {
        hub_observations::message m;
        m.group = std::move(data.group);
        if (!data.stream) {
            const auto quiet = without_echo.find(data.data.bytes);
            if (quiet != without_echo.end()) m.not_for = executor;
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

} // namespace webpubsub::tests
