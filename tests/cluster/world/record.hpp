// SPDX-License-Identifier: MIT
#pragma once

#include "cluster/cluster_fixture.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cluster_tests::world {

/// Steps of a run are numbered.
using step = std::uint64_t;
inline constexpr step never = std::numeric_limits<step>::max();

inline constexpr std::array all_groups{"g", "h", "i"};
inline constexpr std::array all_users{"u", "v"};

inline void require(bool holds, const std::string& promise) {
    if (!holds) throw std::logic_error(promise);
}

/// A client, from the time when it asks to be let in.
struct person {
    enum class phase { waiting, let_in, open, over };

    phase is = phase::waiting;
    client at{};
    admission_id admission{};
    std::string user;
    std::string id;
    step asked = 0;
    step opened = never;

    /// Requests that are not answered, by ack id.
    struct request {
        enum class kind { join, leave, send, watch, other };
        kind what = kind::other;
        /// The place of what it is about: a change of memberships, or a message. Of who wants to watch, the step.
        std::size_t which = 0;
        std::string group{};
    };
    std::map<std::uint64_t, request> open_requests;

    /// What it has received: messages by number, and the last one of each sender on each channel.
    std::vector<std::size_t> got;
    std::set<std::size_t> has;
    std::map<std::string, std::size_t> last;

    /// The states that it was told, by group and connection, and since when it watches for sure.
    std::map<std::string, std::map<std::string, std::string>> told;
    std::map<std::string, step> watches;
    std::map<std::string, step> stopped_watching;
    bool has_watched = false;

    /// The streams of which it has received something: since when, and whether it knows the end.
    struct seen_stream {
        step since = 0;
        std::uint64_t position = 0;
        bool has_ended = false;
    };
    std::map<std::string, seen_stream> seen;
};

/// Somebody joins or leaves: from when on, and when it is known to be done. Of the application it may be about a user.
struct change {
    bool is_join = true;
    std::optional<std::size_t> who{};
    std::string user{};
    /// Empty for all groups.
    std::string group{};
    step from = 0;
    step done = never;
    /// It was refused, and has changed nothing.
    bool is_void = false;
};

/// A message with a number of its own as its text.
struct message {
    enum class audience { all, user, group, connection };

    step at = 0;
    audience to = audience::all;
    std::string name;
    /// The client that sends it; without a value the application does.
    std::optional<std::size_t> sender{};
    /// Says who has sent it, and to which channel.
    std::string origin;
    std::string from_user{};
    bool no_echo = false;
    std::set<std::string> except{};
    /// Only connections of this user, or all others.
    std::string filter_user{};
    bool is_filter_negative = false;
    std::string stream{};
    std::uint64_t stream_position = 0;
    bool is_acknowledged = false;
    bool is_refused = false;
    std::size_t receivers = 0;
};

/// What is known of a run without looking into the library: who is where, and who was sent what.
class record {
public:
    std::vector<person> people;
    std::vector<change> changes;
    std::vector<message> messages;
    step now = 0;

    /// Whether the one can have been a member in the last step.
    bool may_be_in(std::size_t who, std::string_view group) const {
        for (const auto& join : changes) {
            if (!join.is_join || !may_concern(join, who, group)) continue;
            bool has_left = false;
            for (const auto& leave : changes) {
                if (leave.is_join || !concerns(leave, who, group)) continue;
                has_left = has_left || (join.done < leave.from && leave.done < now);
            }
            if (!has_left) return true;
        }
        return false;
    }

    /// Since when the one is a member for sure; nothing if it may be none.
    std::optional<step> is_in_since(std::size_t who, std::string_view group) const {
        if (people[who].is != person::phase::open) return std::nullopt;
        std::optional<step> since;
        for (const auto& join : changes) {
            if (!join.is_join || join.done == never || !concerns(join, who, group)) continue;
            bool may_have_left = false;
            for (const auto& leave : changes) {
                if (leave.is_join || !may_concern(leave, who, group)) continue;
                may_have_left = may_have_left || leave.done == never || leave.done >= join.from;
            }
            if (!may_have_left && (!since || join.done < *since)) since = join.done;
        }
        return since;
    }
    bool is_in(std::size_t who, std::string_view group) const { return is_in_since(who, group).has_value(); }

    /// Whether the one is left out whoever is in the group.
    bool is_left_out(const message& what, std::size_t who) const {
        const auto& it = people[who];
        if (what.no_echo && what.sender == who) return true;
        if (what.except.contains(it.id)) return true;
        return !what.filter_user.empty() && (it.user == what.filter_user) == what.is_filter_negative;
    }
    bool may_get(const message& what, std::size_t who) const {
        if (what.is_refused || is_left_out(what, who)) return false;
        switch (what.to) {
        case message::audience::all: return true;
        case message::audience::user: return people[who].user == what.name;
        case message::audience::connection: return people[who].id == what.name;
        case message::audience::group: return may_be_in(who, what.name);
        }
        return false;
    }
    bool must_get(const message& what, std::size_t who) const {
        const auto& it = people[who];
        if (it.is != person::phase::open || it.opened > what.at || is_left_out(what, who)) return false;
        if (what.to != message::audience::group) return may_get(what, who);
        const auto since = is_in_since(who, what.name);
        return since && *since <= what.at;
    }

    /// The one may not watch the group's states any more, or an empty one for all groups, from this step on.
    void stop_watching(person& who, const std::string& group) const {
        if (!group.empty()) {
            who.watches.erase(group);
            who.stopped_watching[group] = now;
            return;
        }
        who.watches.clear();
        for (const auto* const each : all_groups) who.stopped_watching[each] = now;
    }

    /// A message has come to somebody.
    void note_received(std::size_t who, std::size_t number) {
        require(number < messages.size(), "nobody has sent message " + std::to_string(number));
        auto& what = messages[number];
        auto& it = people[who];
        const auto text = "message " + std::to_string(number) + " of " + what.origin + " to " + it.id;
        require(it.has.insert(number).second, text + " came twice");
        require(may_get(what, who), text + " is not for it");
        auto& last = it.last.try_emplace(what.origin, 0).first->second;
        require(number >= last, text + " came after number " + std::to_string(last));
        last = number;
        it.got.push_back(number);
        ++what.receivers;
    }

private:
    static bool is_about(const change& what, std::string_view group) {
        return !what.is_void && (what.group.empty() || what.group == group);
    }
    bool may_concern(const change& what, std::size_t who, std::string_view group) const {
        if (!is_about(what, group)) return false;
        if (what.who) return *what.who == who;
        return what.user == people[who].user && people[who].asked <= what.done;
    }
    bool concerns(const change& what, std::size_t who, std::string_view group) const {
        if (!is_about(what, group)) return false;
        if (what.who) return *what.who == who;
        return what.user == people[who].user && people[who].opened < what.from;
    }
};

} // namespace cluster_tests::world
