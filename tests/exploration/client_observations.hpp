// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>

#include "exploration/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::tests {

inline void require(bool holds, const char* promise) {
    if (!holds) throw std::runtime_error(promise);
}

/// What is seen of a fragment of a stream and of its end, by everybody in the same words.
inline std::string fragment_text(std::string_view stream, std::uint64_t number, std::string_view data) {
    return std::string(stream).append("/").append(std::to_string(number)).append("=").append(data);
}
inline std::string end_text(std::string_view stream, bool well) {
    return std::string(stream).append(well ? "/end" : "/broken");
}

/// What a client was asked for and what it told its application. Follows from what the client was given, as its state
/// does.
struct client_observations {
    struct epoch {
        std::string connection;
        std::vector<std::string> received;
        bool lost = false;
    };

    /// A request, an invocation or a stream.
    struct call {
        operation what;
        /// Unique among those of all clients.
        std::string payload;
        ack_id id{};
        /// Of the invocation or the stream.
        std::string name{};
        steady_time asked{};
        /// How often it was written.
        unsigned writings = 0;
        std::optional<client_events::request_completed> outcome{};
        std::optional<client_events::invocation_completed> answer{};
        /// The application has cancelled the invocation.
        bool cancelled = false;
        std::optional<client_events::stream_closed> closed{};
        /// The connection on which the outcome came.
        std::string connection{};
        /// The outcome's number among all of this client; 0 for none yet.
        std::size_t answered = 0;
        /// Of a stream: what was written to it, and whether it is to end.
        std::vector<std::string> written{};
        bool ending = false;

        bool is_stream() const noexcept { return what.what == operation::verb::open; }
        bool is_over() const noexcept { return outcome || answer || closed; }
        /// Nothing is left to do for it.
        bool is_calm() const noexcept { return is_over() || (is_stream() && !ending); }
        bool is(request_status status) const noexcept { return outcome && outcome->status == status; }
    };

    /// One for each connection.
    std::vector<epoch> epochs;
    /// Outcomes so far.
    std::size_t answers = 0;
    std::vector<call> calls;
    /// Groups of which the client has told that it could not restore them.
    std::set<std::string> not_restored;
    /// Operations that were asked for.
    std::size_t operations = 0;
    std::uint64_t events = 0;
    /// Whether the options leave time for every answer.
    bool strict = true;
    bool up = false;
    bool recovering = false;
    bool stopped = false;

    /// The oldest invocation that has no answer.
    call* waiting_invocation() {
        const auto found = std::find_if(calls.begin(), calls.end(), [&](const call& c) {
            return c.what.what == operation::verb::invoke && !c.answer && !c.cancelled;
        });
        return found == calls.end() ? nullptr : &*found;
    }

    /// The stream of that name that is open.
    call* open_stream(std::string_view name) {
        const auto found = std::find_if(calls.begin(), calls.end(),
                                        [&](const call& c) { return c.is_stream() && !c.closed && c.name == name; });
        return found == calls.end() ? nullptr : &*found;
    }
    const call* open_stream(std::string_view name) const {
        return const_cast<client_observations*>(this)->open_stream(name);
    }

    void take(client_event& event) {
        require(!stopped, "stopped is the last event");
        ++events;
        visit([this](auto& e) { note(e); }, event);
    }

private:
    template <class Event>
    void note(const Event&) {}

    void note(const client_events::connected& e) {
        require(!up, "connected comes once for each disconnected");
        up = true;
        epochs.push_back({e.connection_id, {}, false});
    }

    void note(const client_events::recovering& e) {
        require(up && !recovering && epochs.back().connection == e.connection_id, "a connection is recovered");
        recovering = true;
    }

    void note(const client_events::recovered& e) {
        require(recovering && epochs.back().connection == e.connection_id, "recovered follows recovering");
        recovering = false;
    }

    void note(const client_events::disconnected& e) {
        require(up && epochs.back().connection == e.connection_id, "disconnected ends the connected");
        up = false;
        recovering = false;
        epochs.back().lost = true;
    }

    void note(client_events::group_message& e) { receive(std::move(e.data.bytes)); }
    void note(const client_events::stream_fragment& e) {
        receive(fragment_text(e.stream_id, e.stream_sequence_id, e.data.bytes));
    }
    void note(const client_events::stream_finished& e) { receive(end_text(e.stream_id, !e.error)); }
    void receive(std::string text) {
        require(up && !recovering, "messages come while connected");
        epochs.back().received.push_back(std::move(text));
    }

    template <class Match>
    call& unfinished(Match&& match) {
        const auto found = std::find_if(calls.begin(), calls.end(), [&](const call& c) { return match(c); });
        require(found != calls.end(), "an outcome belongs to a call");
        require(!found->is_over(), "a call has one outcome");
        if (!epochs.empty()) found->connection = epochs.back().connection;
        found->answered = ++answers;
        return *found;
    }

    void note(client_events::request_completed& e) {
        unfinished([&](const call& c) { return c.id == e.ack_id; }).outcome = std::move(e);
    }
    void note(client_events::invocation_completed& e) {
        unfinished([&](const call& c) {
            return c.what.what == operation::verb::invoke && c.name == e.invocation_id;
        }).answer = std::move(e);
    }
    void note(client_events::stream_closed& e) {
        // An id may be used again.
        unfinished([&](const call& c) { return c.is_stream() && c.name == e.stream_id && !c.closed; }).closed =
            std::move(e);
    }

    void note(const client_events::rejoin_failed& e) {
        require(!strict, "a group can be joined again");
        not_restored.insert(e.group);
    }
    void note(const client_events::resubscribe_failed& e) {
        require(!strict, "a subscription can be renewed");
        not_restored.insert(e.group);
    }
    void note(const client_events::sequence_gap&) { require(false, "there are no gaps"); }
    void note(const client_events::protocol_error& e) {
        throw std::runtime_error("the hub speaks the protocol: " + e.error.message());
    }
    void note(const client_events::host_error&) { require(false, "the host does its duties"); }
    void note(const client_events::stopped&) { stopped = true; }
};

} // namespace webpubsub::tests
