// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/overloaded.hpp>

#include "exploration/client_observations.hpp"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::tests {

/// Holds the order of what a client writes against the order of its calls: first writings leave in that order, and on a
/// new connection the groups are joined again before anything else.
class wire_log {
public:
    struct restoration {
        std::string group;
        bool subscription = false;

        friend auto operator<=>(const restoration&, const restoration&) = default;
    };

    /// The application no longer wants to be in the group.
    void leave(std::string_view group) {
        to_join_.erase(std::string(group));
        give_up({std::string(group), false});
        give_up({std::string(group), true});
    }

    /// The application has its own wish for the subscription.
    void subscribe(std::string_view group) { give_up({std::string(group), true}); }

    void note(const client_message& written, client_observations& seen) {
        visit(overloaded{
                  [&](const join_group_message& m) {
                      to_join_.erase(m.group);
                      request(m.ack_id, {m.group, false}, seen);
                  },
                  [&](const leave_group_message& m) { request(m.ack_id, {}, seen); },
                  [&](const subscribe_group_state_message& m) {
                      after_groups();
                      request(m.ack_id, {m.group, true}, seen);
                  },
                  [&](const invoke_message& m) {
                      after_groups();
                      write(find(seen, [&](const auto& c) {
                          return c.what.what == operation::verb::invoke && c.name == m.invocation_id;
                      }));
                  },
                  [&](const cancel_invocation_message& m) {
                      const auto* const made = find(seen, [&](const auto& c) {
                          return c.what.what == operation::verb::invoke && c.name == m.invocation_id;
                      });
                      require(made != nullptr && made->writings == 1, "a cancellation follows its invocation");
                  },
                  [&](const start_stream_message& m) {
                      after_groups();
                      write(find(seen, [&](const auto& c) {
                          return c.is_stream() && c.name == m.stream.stream_id && !c.closed;
                      }));
                  },
                  [](const sequence_ack_message&) {},
                  [](const ping_message&) {},
                  [&](const auto& m) {
                      after_groups();
                      if constexpr (requires { m.ack_id; }) request(m.ack_id, {}, seen);
                  },
              },
              written);
    }

    /// The client has told something.
    void note(const client_event& told, const client& machine) {
        if (holds_alternative<client_events::connected>(told)) {
            // A new connection begins with joining the groups.
            const auto groups = machine.groups();
            to_join_.clear();
            to_join_.insert(groups.begin(), groups.end());
            unanswered_.clear();
            given_up_.clear();
        } else if (const auto* rejoin = get_if<client_events::rejoin_failed>(&told)) {
            end_restoration({rejoin->group, false});
        } else if (const auto* subscription = get_if<client_events::resubscribe_failed>(&told)) {
            end_restoration({subscription->group, true});
        }
    }

    /// The service has answered.
    void note(const service_message& read) {
        const auto* ack = get_if<ack_message>(&read);
        if (ack != nullptr && (!ack->error || ack->error->name != error_names::internal_server_error)) {
            unanswered_.erase(ack->ack_id);
        }
    }

    /// What restores the connection and has not succeeded.
    const std::map<std::uint64_t, restoration>& unanswered() const noexcept { return unanswered_; }

private:
    using call = client_observations::call;

    void end_restoration(const restoration& what) {
        std::erase_if(unanswered_, [&](const auto& each) { return each.second == what; });
    }

    /// It need not succeed any more, even if it is still to be written.
    void give_up(restoration what) {
        end_restoration(what);
        given_up_.insert(std::move(what));
    }

    template <class Match>
    static call* find(client_observations& seen, Match&& match) {
        const auto found = std::find_if(seen.calls.begin(), seen.calls.end(), [&](const call& c) { return match(c); });
        return found == seen.calls.end() ? nullptr : &*found;
    }

    void after_groups() const { require(to_join_.empty(), "groups are joined again before anything else"); }

    void request(const std::optional<std::uint64_t>& id, restoration what, client_observations& seen) {
        if (!id) return;
        auto* const made = find(seen, [&](const auto& c) { return number_of(c.id) == *id; });
        // One that the client makes by itself.
        if (made == nullptr && !what.group.empty()) {
            if (!given_up_.contains(what)) unanswered_.emplace(*id, std::move(what));
        } else {
            // After a first connection it may wait for a rejoin.
            write(made, made != nullptr && made->what.needs_membership() && seen.epochs.size() > 1);
        }
    }

    void write(call* made, bool may_wait = false) {
        require(made != nullptr, "what is written was asked for");
        require(!made->is_over(), "what is over is not written again");
        if (++made->writings != 1 || may_wait) return;
        require(made->payload.size() > last_first_.size() ||
                    (made->payload.size() == last_first_.size() && made->payload > last_first_),
                "first writings leave in the order of the calls");
        last_first_ = made->payload;
    }

    /// Payloads are numbered.
    std::string last_first_;
    std::set<std::string> to_join_;
    std::map<std::uint64_t, restoration> unanswered_;
    /// What the application has taken into its own hands on this connection.
    std::set<restoration> given_up_;
};

} // namespace webpubsub::tests
