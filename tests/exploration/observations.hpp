// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>

#include "exploration/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::tests {

inline void require(bool holds, const char* promise) {
    if (!holds) throw std::runtime_error(promise);
}

/// What a client told its application. Follows from what the client was given, as its state does.
struct client_observations {
    struct epoch {
        std::string connection;
        std::vector<std::string> received;
        bool lost = false;
    };
    struct request {
        webpubsub::ack_id id{};
        operation what{};
        /// Unique among the messages.
        std::string payload;
        std::optional<client_events::request_completed> outcome;
    };

    /// One for each connection.
    std::vector<epoch> epochs;
    std::vector<request> requests;
    bool up = false;
    bool recovering = false;
    bool stopped = false;

    void take(client_event& event) {
        require(!stopped, "stopped is the last event");
        std::visit([this](auto& e) { note(e); }, event);
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

    void note(client_events::group_message& e) {
        require(up && !recovering, "messages come while connected");
        epochs.back().received.push_back(std::move(e.data.bytes));
    }

    void note(client_events::request_completed& e) {
        const auto found =
            std::find_if(requests.begin(), requests.end(), [&](const request& r) { return r.id == e.ack_id; });
        require(found != requests.end(), "an outcome belongs to a request");
        require(!found->outcome, "a request has one outcome");
        found->outcome = std::move(e);
    }

    void note(const client_events::rejoin_failed&) { require(false, "a group can be joined again"); }
    void note(const client_events::sequence_gap&) { require(false, "there are no gaps"); }
    void note(const client_events::protocol_error&) { require(false, "the hub speaks the protocol"); }
    void note(const client_events::stopped&) { stopped = true; }
};

/// What a witness in the group and the hub's application saw. Follows from what the hub was given.
struct hub_observations {
    static constexpr auto never = std::numeric_limits<std::size_t>::max();

    struct membership {
        std::string connection;
        /// The messages `begin` to `end` of the witnessed ones are for it.
        std::size_t begin = 0;
        std::size_t end = never;
    };

    std::vector<std::string> witnessed;
    std::vector<membership> memberships;
    std::vector<std::string> connections;
    /// Recoveries before the hub knew that the old transport was gone.
    std::uint64_t fenced = 0;

    std::size_t effects(std::string_view payload) const {
        return static_cast<std::size_t>(std::count(witnessed.begin(), witnessed.end(), payload));
    }

    bool was_member(std::string_view connection) const {
        return std::any_of(memberships.begin(), memberships.end(),
                           [&](const membership& m) { return m.connection == connection; });
    }

    /// To be called after each input to the hub. One input is one request at most: either a message or a membership.
    void note(std::string_view connection, bool is_member) {
        const auto current = std::find_if(memberships.begin(), memberships.end(), [&](const membership& m) {
            return m.connection == connection && m.end == never;
        });
        if (current == memberships.end()) {
            if (is_member) memberships.push_back({std::string(connection), witnessed.size(), never});
        } else if (!is_member) {
            current->end = witnessed.size();
        }
    }
};

} // namespace webpubsub::tests
