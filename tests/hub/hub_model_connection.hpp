// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/hub.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What belongs to one connection of the model (hub_model.hpp): what it may do, and what it is to be sent.

namespace hub_models {

using namespace webpubsub;

/// How often each interesting thing happened.
using counts = std::map<std::string, std::uint64_t>;

inline const std::vector<std::string> all_groups{"a", "b", "a.x", "a.y", "b.x.y", "*"};
inline const std::vector<permission> all_permissions{permission::join_leave_group, permission::send_to_group,
                                                     permission::get_group_state, permission::set_group_state};

/// permissions.md section 3.
inline bool matches(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return name.empty();
    const auto rest = pattern.substr(1);
    const bool any = pattern.starts_with("**");
    const bool takes = !name.empty() && (any || name[0] != '.');
    if (any) return matches(pattern.substr(2), name) || (takes && matches(pattern, name.substr(1)));
    if (pattern[0] == '*') return matches(rest, name) || (takes && matches(pattern, name.substr(1)));
    return !name.empty() && (pattern[0] == '?' ? takes : pattern[0] == name[0]) && matches(rest, name.substr(1));
}

/// Whether a group is allowed, and whether it is without rules for this very group (permissions.md section 4.1).
struct rule {
    bool allowed = false;
    bool by_default = false;
};

using rules = std::map<std::string, rule>;

inline rules rules_of(permission what, const std::vector<std::string>& roles) {
    const auto generic = "webpubsub." + std::string(name_of(what));
    const auto plural = generic + "s.";
    rules all;
    for (const auto& group : all_groups) {
        auto& it = all[group];
        for (const auto& role : roles) {
            if (role == generic) it.by_default = true;
            if (role == generic + "." + group) it.allowed = true;
            if (role.starts_with(plural) && matches(role.substr(plural.size()), group)) it.by_default = true;
        }
        it.allowed = it.allowed || it.by_default;
    }
    return all;
}

/// False, and nothing changed, for one rule more than the limit.
inline bool set_rule(rules& all, const std::string& group, bool allowed, std::size_t limit) {
    const auto differing = std::count_if(
        all.begin(), all.end(), [](const auto& entry) { return entry.second.allowed != entry.second.by_default; });
    auto& it = all.at(group);
    const bool takes_one_more = it.allowed != allowed && allowed != it.by_default;
    if (takes_one_more && static_cast<std::size_t>(differing) >= limit) return false;
    it.allowed = allowed;
    return true;
}

/// A message that waits to be sent, or on a reliable connection to be confirmed.
struct item {
    service_message message;
    bool is_data = false;
    steady_time expires = steady_time::max();
    /// Its sequence id, from the first time it is sent.
    std::uint64_t number = 0;
    /// On the present transport.
    bool sent = false;
};

struct output {
    bool reliable = false;
    std::deque<item> items;
    std::uint64_t last_number = 0;

    /// What was sent once does not expire.
    void drop_expired(steady_time now, counts& happened) {
        const auto dropped = std::erase_if(
            items, [&](const item& each) { return !each.sent && each.number == 0 && each.expires <= now; });
        if (dropped != 0) happened["messages that expired"] += dropped;
    }

    /// False beyond the limit. On a reliable connection data has one of its own.
    bool push(item added, std::size_t limit) {
        const auto count = std::count_if(items.begin(), items.end(),
                                         [&](const item& each) { return !reliable || each.is_data == added.is_data; });
        if (static_cast<std::size_t>(count) >= limit) return false;
        items.push_back(std::move(added));
        return true;
    }

    bool is_written() const {
        return std::all_of(items.begin(), items.end(), [](const item& each) { return each.sent; });
    }

    std::optional<service_message> take(counts& happened) {
        const auto next = std::find_if(items.begin(), items.end(), [](const item& each) { return !each.sent; });
        if (next == items.end()) return std::nullopt;
        auto message = next->message;
        if (!reliable || !next->is_data) {
            items.erase(next);
            return message;
        }
        next->sent = true;
        if (next->number != 0) ++happened["messages that were sent again"];
        if (next->number == 0) next->number = ++last_number;
        visit(
            [&](auto& it) {
                if constexpr (requires { it.sequence_id; }) it.sequence_id = next->number;
            },
            message);
        return message;
    }

    void confirm(std::uint64_t number) {
        std::erase_if(items, [&](const item& each) { return each.number != 0 && each.number <= number; });
    }

    /// The transport is lost.
    void rewind() {
        std::erase_if(items, [](const item& each) { return !each.is_data; });
        for (auto& each : items) each.sent = false;
    }
};

struct waiting_event {
    std::size_t number = 0;
    std::optional<std::uint64_t> ack;
    steady_time until;
};

struct connection {
    std::string user;
    /// None: a simple client.
    std::optional<codec> protocol;
    std::optional<send_to_group_mode> publishes_to;
    std::string token;
    wall_time token_expires{};
    std::map<permission, rules> permissions;

    /// 0 while it is away.
    transport_id transport{};
    steady_time away_until = steady_time::max();
    std::set<std::string> groups;
    output out;
    std::deque<std::uint64_t> acks;
    std::optional<waiting_event> event;
    std::deque<client_message> waiting;

    /// Its one group state.
    std::string state_group;
    string_map state;
    update_time changed{};
    std::set<std::string> watched;

    bool allows(permission what, const std::string& group) const { return permissions.at(what).at(group).allowed; }
    bool has_used(const std::optional<std::uint64_t>& ack) const {
        return ack && std::count(acks.begin(), acks.end(), *ack) != 0;
    }
    bool may_publish() const { return !publishes_to || allows(permission::send_to_group, publishes_to->group); }

    /// subprotocols.md section 6; nothing where a simple client does not get it.
    std::optional<service_message> as_received(service_message message) const {
        auto* const sent = get_if<group_data_message>(&message);
        if (protocol) {
            if (sent != nullptr && protocol->protocol().encoding == encoding::protobuf) sent->from_user_id.clear();
            return message;
        }
        const auto* const answer = get_if<server_data_message>(&message);
        if (sent == nullptr && answer == nullptr) return std::nullopt;
        auto bare = sent != nullptr ? sent->data : answer->data;
        bare.type = bare.type == data_type::json || bare.type == data_type::text ? data_type::text : data_type::binary;
        return server_data_message{{}, bare};
    }
};

struct transport {
    /// Empty when it carries none any more.
    std::string connection;
    bool writing = false;
    /// It is closed with this code when the rest is written, or at its deadline.
    std::uint16_t draining = 0;
    steady_time deadline = steady_time::max();
    output rest;
};

/// What clients publish, each with its effect on those who get it.
struct publications {
    /// Whether it takes a way first: acks overtake them, and the sender's requests of other kinds wait.
    bool are_late = false;
    std::deque<std::function<void()>> waiting;

    void add(std::function<void()> effect) {
        waiting.push_back(std::move(effect));
        if (!are_late) settle();
    }
    void settle() {
        while (!waiting.empty()) {
            const auto next = std::move(waiting.front());
            waiting.pop_front();
            next();
        }
    }
};

inline std::optional<std::uint64_t> ack_of(const client_message& request) {
    return visit(
        [](const auto& it) -> std::optional<std::uint64_t> {
            if constexpr (requires { it.ack_id; }) return it.ack_id;
            return std::nullopt;
        },
        request);
}

inline std::size_t size_of(const string_map& state) {
    std::size_t size = 0;
    for (const auto& entry : state) size += entry.key.size() + entry.value.size();
    return size;
}

inline bool is_publication(const client_message& request) {
    return holds_alternative<send_to_group_message>(request) || holds_alternative<set_group_state_message>(request);
}

} // namespace hub_models
