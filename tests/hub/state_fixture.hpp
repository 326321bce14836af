// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Members of the group `g` that keep states and watch.
namespace states {

using namespace webpubsub;
using strings = hub_fixture::strings;

struct state_fixture : hub_fixture {
    using hub_fixture::hub_fixture;

    /// A member of the groups that may watch and set states anywhere.
    transport_id member(std::string_view subprotocol = plain, std::string user = {}, strings groups = {"g"}) {
        auto asked = request(subprotocol, std::move(user), std::move(groups));
        asked.roles.insert(asked.roles.end(), {"webpubsub.getGroupState", "webpubsub.setGroupState"});
        return connect(asked);
    }

    void set(transport_id from, std::optional<string_map> state, const std::string& group = "g",
             std::optional<std::uint64_t> ack = {}) {
        send_json(from, set_group_state_message{group, ack, std::move(state)});
    }

    transport_id watcher(std::string_view subprotocol = plain, const std::string& group = "g") {
        const auto added = member(subprotocol, {}, {group});
        send_json(added, subscribe_group_state_message{group});
        take(added);
        return added;
    }

    update_time time() const { return std::chrono::floor<update_time::duration>(now.wall); }

    group_state_item item(transport_id of, std::optional<string_map> state, std::int64_t later = 0,
                          std::string user = {}) const {
        return {id_of(of), std::move(user), std::move(state), time() + std::chrono::milliseconds(later)};
    }

    static service_messages update(group_state_item one, std::optional<std::uint64_t> sequence_id = {}) {
        return {group_state_update_message{sequence_id, "g", {std::move(one)}}};
    }
};

inline const string_map some{{"a", "b"}};

} // namespace states
