// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/group_state_view.hpp>
#include <webpubsub/client/parts/link_change.hpp>
#include <webpubsub/client/parts/pending_events.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/name_index.hpp>
#include <webpubsub/support/record_table.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The states of others in groups, as far as the client has subscribed to them (preview; subprotocols.md section 11).
/// Subscriptions themselves are requests, and not known here.
///
/// A view outlives its connection: it is empty then, until the snapshot of the next one.
class group_states {
public:
    explicit group_states(const client_group_state_options& options);

    static result<void> check(const client_group_state_options& options);

    /// What would be sent of a state: of entries with the same key the last. `errc::invalid_utf8`,
    /// `errc::state_too_large`.
    result<string_map> check_state(const string_map& state) const;

    /// Groups with a view.
    std::size_t size() const noexcept { return views_.size(); }
    /// Null without a view. Valid until the group is forgotten.
    const group_state_table* states_of(std::string_view group) const;

    /// Begins a view, unless there is one: when a subscription is asked for, since the snapshot may come before the
    /// ack. `follows_another`: the end of an earlier subscription is not answered yet.
    void expect(std::string_view group, bool follows_another);
    /// Ends the view: the subscription has failed or is no longer wanted.
    void forget(std::string_view group);

    // From the service. Of a group without a view they are left out.

    void receive(group_state_snapshot_message& message);
    void receive(group_state_update_message& message);

    void handle_link(steady_time now, link_change change);

    polled<client_event> poll_event() noexcept { return events_.poll(); }

private:
    group_state_view* find(std::string_view group) const;
    void tell(std::string& group, std::vector<group_state_item> items, bool snapshot);

    client_group_state_options options_;
    detail::record_table<group_state_view> views_;
    /// The views by the names of their groups.
    detail::name_index numbers_;
    std::uint64_t last_number_ = 0;
    pending_events events_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/group_states.ipp>
#endif
