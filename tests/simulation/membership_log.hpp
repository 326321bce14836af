// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace webpubsub::tests {

/// Which connection was in which group when, as seen from outside a hub: between two looks. Time is counted in messages
/// that a witness in every group has seen.
class membership_log {
public:
    /// Whether a message at some time was for a connection: perhaps, and without doubt.
    struct verdict {
        bool possible = false;
        bool certain = false;
    };

    /// What a look at `now` found. The one before was at `last_look`.
    void note(const std::string& connection, const std::string& group, bool is_member, std::size_t last_look,
              std::size_t now) {
        membership* current = nullptr;
        for (auto& each : memberships_) {
            if (each.is_open() && each.connection == connection && each.group == group) current = &each;
        }
        if (is_member && current == nullptr) memberships_.push_back({connection, group, {last_look, now}});
        if (!is_member && current != nullptr) current->end = {last_look, now};
    }

    /// The connection has ended between the two looks.
    void end(const std::string& connection, std::size_t last_look, std::size_t now) {
        for (auto& each : memberships_) {
            if (each.is_open() && each.connection == connection) each.end = {last_look, now};
        }
    }

    /// So much happened between the two looks that the connection's groups meanwhile can't be told.
    void blur(const std::string& connection, std::size_t last_look, std::size_t now) {
        if (last_look != now) blurred_.push_back({connection, last_look, now});
    }

    verdict about(const std::string& connection, const std::string& group, std::size_t time) const {
        verdict found;
        for (const auto& each : memberships_) {
            if (each.connection != connection || each.group != group) continue;
            found.possible = found.possible || (time >= each.begin.earliest && time < each.end.latest);
            found.certain = found.certain || (time >= each.begin.latest && time < each.end.earliest);
        }
        for (const auto& each : blurred_) {
            if (each.connection == connection && time >= each.from && time < each.to) found = {true, false};
        }
        return found;
    }

private:
    static constexpr auto never = std::numeric_limits<std::size_t>::max();

    struct moment {
        std::size_t earliest = never;
        std::size_t latest = never;
    };
    struct membership {
        std::string connection;
        std::string group;
        moment begin;
        moment end{};

        bool is_open() const { return end.latest == never; }
    };
    struct blurred {
        std::string connection;
        std::size_t from;
        std::size_t to;
    };

    std::vector<membership> memberships_;
    std::vector<blurred> blurred_;
};

} // namespace webpubsub::tests
