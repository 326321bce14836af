// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/stream.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What nodes of a cluster tell each other. On which channel a message comes says whom it concerns.
namespace bus_messages {

/// Which of a channel's connections get a message, or are meant by a command. What is empty leaves nobody out.
struct audience {
    /// The one connection, on the channel of its node; empty on all others.
    std::string connection_id{};
    /// The ids of connections that don't get it.
    std::vector<std::string> except{};
    /// The text of a filter; empty for everybody.
    std::string filter{};
    /// How long receivers may still be given it, in milliseconds; without a value it is for ever.
    std::optional<std::uint64_t> time_to_live_ms{};
    /// Of a command on the channel of all: only connections of this user.
    std::string user_id{};
    /// Of a command on the channel of all: only members of this group.
    std::string group{};

    friend bool operator==(const audience&, const audience&) = default;
};

/// A message for clients: of a group on the channel of the group, of the application on any other. The end of a stream
/// is one too.
struct publication {
    /// The group; empty on any other channel.
    std::string group{};
    /// The user of the client that has sent it; empty for an anonymous one, and for the application.
    std::string from_user_id{};
    payload data{};
    string_map metadata{};
    std::optional<stream_position> stream{};
    audience to{};
    /// Whether the sender's node has given it to its own connections already. When it comes back to that node, it is
    /// given to them then if it was not.
    bool is_delivered = false;

    friend bool operator==(const publication&, const publication&) = default;
};

/// Whether a member of the group that is the sender's does not read fast enough, so that clients of the other node wait
/// before they send to it. On the channel of the other node.
struct congestion {
    std::string group{};
    bool is_congested = false;
    /// How many more messages may be sent nevertheless; with zero none, also of those that were allowed before.
    std::uint64_t room = 0;

    friend bool operator==(const congestion&, const congestion&) = default;
};

/// A connection has changed its state in a group. On the channel of the group.
struct state_change {
    std::string group{};
    group_state_item change{};

    friend bool operator==(const state_change&, const state_change&) = default;
};

/// A node wants the states that another's connections have in a group, since somebody watches them. On the channel of
/// the other node; the answers are `states`, on the channel of who has asked.
struct state_request {
    std::uint64_t request = 0;
    std::string group{};

    friend bool operator==(const state_request&, const state_request&) = default;
};

struct states {
    std::uint64_t request = 0;
    std::string group{};
    std::vector<group_state_item> items{};
    /// More come for the same request.
    bool goes_on = false;
    /// How many came before these for it, so that a message that is lost in between shows.
    std::uint64_t before = 0;

    friend bool operator==(const states&, const states&) = default;
};

/// What a command does. The numbers are those on the wire.
enum class command_kind : std::uint32_t {
    add_to_group = 1,
    remove_from_group = 2,
    remove_from_all_groups = 3,
    grant = 4,
    revoke = 5,
    close = 6,
};

/// Something is to be done to connections: to one on the channel of its node, to several on the channel of all, so that
/// every node answers and it is known when all have. The answers are replies on the channel of who has asked.
struct command {
    std::uint64_t request = 0;
    /// The number of a `command_kind`. What a node does not know it answers with `unknown_kind`.
    std::uint32_t kind = 0;
    audience to{};
    /// Of groups and permissions.
    std::string group{};
    /// The permission's place in `webpubsub::permission`.
    std::uint32_t permission = 0;
    /// Why connections are closed.
    std::string reason{};

    friend bool operator==(const command&, const command&) = default;
};

/// What a question is about. The numbers are those on the wire.
enum class question_kind : std::uint32_t {
    /// Whether the connection exists.
    connection = 1,
    /// Whether the user has a connection.
    user = 2,
    /// Whether the group has a member.
    group = 3,
    /// Whether the connection has the permission in the group.
    permission = 4,
    /// The members of the group.
    members = 5,
};

/// About a connection on the channel of its node, otherwise on the channel of all. The answers are replies on the
/// channel of who has asked.
struct question {
    std::uint64_t request = 0;
    /// The number of a `question_kind`.
    std::uint32_t kind = 0;
    std::string connection_id{};
    std::string user_id{};
    std::string group{};
    /// The permission's place in `webpubsub::permission`.
    std::uint32_t permission = 0;
    /// Of a list: the first id that is wanted, and how many.
    std::string from{};
    std::uint32_t limit = 0;

    friend bool operator==(const question&, const question&) = default;
};

/// How a node has done a command, or answered a question. The numbers are those on the wire.
enum class reply_code : std::uint32_t {
    done = 1,
    /// The answer to a question is no, or the target of a command is not there.
    absent = 2,
    /// A limit of the hub is reached.
    limit_reached = 3,
    unknown_kind = 4,
};

/// The answer to a command or a question, on the channel of who has asked.
struct reply {
    std::uint64_t request = 0;
    /// The number of a `reply_code`.
    std::uint32_t code = 0;
    /// How many connections a command has reached.
    std::uint64_t count = 0;
    /// A list: connection ids in their order, each with its user id behind it.
    std::vector<std::string> values{};

    friend bool operator==(const reply&, const reply&) = default;
};

/// The node lives. On the channel of all.
struct heartbeat {
    std::uint64_t connections = 0;
    /// Of the options that all nodes of a hub should have alike.
    std::uint64_t options_hash = 0;
    /// The digits of the nodes that the sender holds for dead.
    std::vector<std::string> dead{};
    /// How many other nodes live, as far as the sender knows.
    std::uint64_t living = 0;
    /// How many connections to the broker the sender has had: what it has published by an earlier one, or between two,
    /// may be missing.
    std::uint64_t line = 0;

    friend bool operator==(const heartbeat&, const heartbeat&) = default;
};

/// The node ends in good order, and with it its connections. On the channel of all.
struct bye {
    friend bool operator==(const bye&, const bye&) = default;
};

/// Comes back to the node that has published it, on the node's own channel, behind everything that the node has
/// published before.
struct echo {
    std::uint64_t number = 0;

    friend bool operator==(const echo&, const echo&) = default;
};

/// A client has come to the node that asks, and wants the recovery of a connection of the node that is asked. Both give
/// the relay this number from now on. On the channel of the one that is asked, as all of a relay are on the channel of
/// the other node.
struct relay_open {
    std::uint64_t relay = 0;
    std::string connection_id{};
    std::string reconnection_token{};
    std::string subprotocol{};

    friend bool operator==(const relay_open&, const relay_open&) = default;
};

/// A frame of a relay.
struct relay_frame {
    std::uint64_t relay = 0;
    /// Whether it is for the client; otherwise it is from it.
    bool is_for_client = false;
    bool is_text = false;
    /// The bytes of the frame, whose type means nothing.
    payload data{};

    friend bool operator==(const relay_frame&, const relay_frame&) = default;
};

/// What else happens to the transport of a relay. The numbers are those on the wire.
enum class relay_signal_kind : std::uint32_t {
    // For the node that has the connection.

    /// So many frames are written.
    written = 1,
    /// The client has sent what can't be read, with this close code.
    bad_frame = 2,
    /// The transport is gone, with this close code.
    closed = 3,

    // For the node that has the transport.

    close = 4,
    pause = 5,
    resume = 6,
    /// Nobody may recover such a connection.
    refuse = 7,

    // For both.

    /// There are relays between the two nodes: so that what is lost shows. Who has none answers that they are cut.
    alive = 8,
    /// All relays between the two nodes are cut.
    cut = 9,
};

struct relay_signal {
    std::uint64_t relay = 0;
    /// The number of a `relay_signal_kind`.
    std::uint32_t kind = 0;
    /// The close code, or the count.
    std::uint32_t number = 0;
    std::string reason{};

    friend bool operator==(const relay_signal&, const relay_signal&) = default;
};

} // namespace bus_messages

using bus_message = variant<bus_messages::publication, bus_messages::state_change, bus_messages::state_request,
                            bus_messages::states, bus_messages::command, bus_messages::question, bus_messages::reply,
                            bus_messages::heartbeat, bus_messages::bye, bus_messages::echo, bus_messages::relay_open,
                            bus_messages::relay_frame, bus_messages::relay_signal, bus_messages::congestion>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
