// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/admission.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a hub reports that is one node of several (`hub_cluster_options::reports`). Reports come from
/// `hub_node::poll_report` and are for a `cluster_member`, which passes them on to the other nodes.
namespace hub_reports {

/// What connections of a hub have in common that others may send to.
enum class interest_kind : std::uint8_t {
    /// The members of a group.
    group,
    /// The connections of a user.
    user,
    /// The members of a group that watch its states.
    watchers,
};

/// The first of those connections has come, or the last has gone.
struct interest_changed {
    interest_kind kind = interest_kind::group;
    /// The group, or the user id.
    std::string name;
    /// Whether there are any now.
    bool is_wanted = false;
};

/// A client has sent a message or a part of a stream to a group.
struct published {
    group_data_message message;
    /// The sender's connection if it does not get the message itself, otherwise empty.
    std::string without{};
    /// The seconds that receivers may still be given it; 0 is for ever.
    std::uint32_t ttl_seconds = 0;
};

/// A connection has changed its state in a group.
struct state_changed {
    std::string group;
    group_state_item change;
};

/// What a client's request waits for.
enum class wait_reason : std::uint8_t {
    /// The client is to be a member of the group, and misses nothing of what other nodes send to it from then on.
    membership,
    /// The client is to be a watcher of the group's states, which are wanted of the other nodes first.
    states,
    /// What the client has published before, and the hub has deferred, is delivered.
    own_messages,
};

/// A client's request waits for the other nodes: `hub_node::release_request` or `hub::refuse_request`.
struct request_waits {
    held_request_id id{};
    wait_reason why = wait_reason::membership;
    /// The group is empty for own messages.
    std::string group{};
};

/// A client that is to be let in waits until nothing is missed of what other nodes send to its user and its groups:
/// `hub_node::release_admission` or `refuse_admission`.
struct admission_waits {
    admission_id id{};
    /// The user id is empty for an anonymous user.
    std::string user_id;
    std::vector<std::string> groups;
};

/// No member of the group is congested any more, for whom clients of other nodes wait: `hub_node::wait_for_members`.
struct group_relieved {
    std::string group;
};

// Guests: transports of this hub whose connections another one may have. Each begins with `guest_arrived` and ends with
// `guest_left`, or with `hub_node::close_guest` or `refuse_guest`. What a guest does is to be done to the connection in
// the same order.

/// A transport is open whose client asks for the recovery of a connection that this hub does not have.
struct guest_arrived {
    transport_id transport{};
    recovery_request wanted;
    std::string subprotocol;
};

/// `hub::handle_frame` for a guest.
struct guest_frame {
    transport_id transport{};
    frame_kind kind = frame_kind::text;
    std::string bytes;
};

/// `hub::handle_written` for a guest.
struct guest_written {
    transport_id transport{};
    std::uint32_t count = 0;
};

/// `hub::handle_bad_frame` for a guest.
struct guest_bad_frame {
    transport_id transport{};
    std::uint16_t code = 0;
};

/// `hub::handle_closed` for a guest.
struct guest_left {
    transport_id transport{};
    std::uint16_t code = 0;
    std::string reason;
};

} // namespace hub_reports

using hub_report = variant<hub_reports::interest_changed, hub_reports::published, hub_reports::state_changed,
                           hub_reports::request_waits, hub_reports::admission_waits, hub_reports::group_relieved,
                           hub_reports::guest_arrived, hub_reports::guest_frame, hub_reports::guest_written,
                           hub_reports::guest_bad_frame, hub_reports::guest_left>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
