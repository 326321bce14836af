// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/event.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The invocations of all connections that are not answered yet (subprotocols.md section 10), by the hub's number and
/// by the id that the client gave. Owners are small numbers (slots of connections). Each operation is logarithmic.
class pending_invocations {
public:
    struct entry {
        std::uint32_t owner = 0;
        std::string invocation_id;
        /// The application was told; until then the invocation waits its turn.
        bool raised = false;
    };

    /// The number is new, and the owner has no other invocation with this id.
    void add(event_id number, std::uint32_t owner, std::string_view invocation_id) {
        [[maybe_unused]] const auto added = by_owner_[owner].emplace(invocation_id, number);
        assert(added.second);
        by_number_.emplace(number, entry{owner, std::string(invocation_id), false});
    }

    /// Null for one that is not there.
    entry* find(event_id number) {
        const auto found = by_number_.find(number);
        return found == by_number_.end() ? nullptr : &found->second;
    }

    std::optional<event_id> number_of(std::uint32_t owner, std::string_view invocation_id) const {
        const auto owned = by_owner_.find(owner);
        if (owned == by_owner_.end()) return std::nullopt;
        const auto found = owned->second.find(invocation_id);
        if (found == owned->second.end()) return std::nullopt;
        return found->second;
    }

    std::size_t count_of(std::uint32_t owner) const {
        const auto owned = by_owner_.find(owner);
        return owned == by_owner_.end() ? 0 : owned->second.size();
    }

    /// Takes out an invocation that is there.
    entry take(event_id number) {
        auto taken = std::move(by_number_.extract(number).mapped());
        const auto owned = by_owner_.find(taken.owner);
        owned->second.erase(taken.invocation_id);
        if (owned->second.empty()) by_owner_.erase(owned);
        return taken;
    }

    /// One of the owner's; nothing when it has none.
    std::optional<event_id> any_of(std::uint32_t owner) const {
        const auto owned = by_owner_.find(owner);
        if (owned == by_owner_.end()) return std::nullopt;
        return owned->second.begin()->second;
    }

private:
    std::map<event_id, entry> by_number_;
    std::map<std::uint32_t, std::map<std::string, event_id, std::less<>>> by_owner_;
};

} // namespace webpubsub
