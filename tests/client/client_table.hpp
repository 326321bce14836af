// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

// What a client does in every state with every input, written from sessions.md sections 4, 7 and 10, from
// subprotocols.md sections 2 to 5, and from what the headers of the client promise.
//
// The states are those of `client_state`, and within two of them where the client is:
//
//   idle        not started
//   asking      connecting: a URL was asked for
//   pausing     connecting: until the next attempt
//   opening     connecting: a transport was asked for
//   greeting    connecting: it is open, but the service has not said `connected`
//   young       connected, but not for long enough for the next attempt to follow at once
//   connected   connected
//   closing     connected, and the service has said that it will close, with the words "bye"
//   r asking, r pausing, r opening
//               recovering: the same as above
//   r open      recovering: the transport is open, and nothing was received that shows that the service agrees
//   stopped     ended
//
// A cell is the next state, or `stays`, then the orders in their order, then the events in theirs, then the messages
// that are written (`> type`, pings first), then how a command was refused (`no`), or that the input named no present
// transport and was only counted (`late`).
// In every state but idle the client has one request, an event: not written before the first connection, written and
// not acknowledged afterwards. `ask` is the order `need_url`, `open` and `close` are those for the transport. A
// `connect_failed` with `20s` tells that the next attempt waits for at least so long.
namespace webpubsub::tests::client_table {

using cells = std::vector<std::pair<std::string, std::string>>;

inline const std::set<std::string> states{"idle",      "asking",    "pausing", "opening",  "greeting",
                                          "young",     "connected", "closing", "r asking", "r pausing",
                                          "r opening", "r open",    "stopped"};

inline std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 2) {
        end = list.find(", ", begin);
        parts.push_back(list.substr(begin, end == std::string::npos ? end : end - begin));
    }
    return parts;
}

// clang-format off

inline const std::string without_transport = "idle, asking, pausing, r asking, r pausing, stopped";

// Commands that wait while there is no connection.
inline cells request(const std::string& frame) {
    return {{"idle", "stays: no not_started"},
            // In r open too: until the service has shown that the connection goes on, nothing new is written.
            {"asking, pausing, opening, greeting, r asking, r pausing, r opening, r open", "stays"},
            {"young, connected, closing", "stays: > " + frame},
            {"stopped", "stays: no stopped"}};
}

inline const cells stopped_at_once{
    {"idle", "stopped: stopped"},
    {"asking, pausing", "stopped: request not_sent, stopped"},
    {"opening, greeting", "stopped: close 1000, request not_sent, stopped"},
    {"young, connected, r opening, r open",
        "stopped: close 1000, disconnected 1000, request outcome_unknown, stopped"},
    {"closing", "stopped: close 1000, disconnected 1000 (bye), request outcome_unknown, stopped"},
    {"r asking, r pausing", "stopped: disconnected 1000, request outcome_unknown, stopped"},
    {"stopped", "stays"}};

inline const std::vector<std::pair<std::string, cells>> rows{

// --- the transport ---------------------------------------------------------------------------------------------------

{"opened", {
    {without_transport, "stays: late"},
    {"opening", "greeting"},
    {"r opening", "r open: > ping, > event"},
    {"greeting, young, connected, closing, r open", "stays"}}},

{"wrong subprotocol", {
    {without_transport, "stays: late"},
    {"opening", "pausing: close 1002, protocol_error, connect_failed"},
    // The client's own close code is no verdict of the service.
    {"r opening", "r pausing: close 1002, protocol_error, connect_failed"},
    {"greeting, young, connected, closing, r open", "stays"}}},

{"open_failed 0", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed"},
    {"r opening, r open", "r pausing: connect_failed"},
    // No program should say so of a transport that was open. Then it is lost.
    {"young, connected", "r opening: open to recover, recovering 1006"},
    {"closing", "asking: ask, disconnected 1006 (bye), request outcome_unknown"}}},

// The URL is no longer good, for a recovery neither.
{"open_failed 401", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed 401"},
    {"r opening, r open", "r pausing: connect_failed 401"},
    {"young, connected", "r asking: ask to recover, recovering 1006"},
    {"closing", "asking: ask, disconnected 1006 (bye), request outcome_unknown"}}},

{"open_failed 503", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed 503"},
    {"r opening, r open", "r pausing: connect_failed 503"},
    {"young, connected", "r opening: open to recover, recovering 1006"},
    {"closing", "asking: ask, disconnected 1006 (bye), request outcome_unknown"}}},

{"open_failed 503 later", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed 503 20s"},
    {"r opening, r open", "r pausing: connect_failed 503 20s"},
    {"young, connected", "r pausing: recovering 1006"},
    {"closing", "pausing: disconnected 1006 (bye), request outcome_unknown"}}},

// All writes have been reported already.
{"written", {
    {without_transport, "stays: late"},
    {"opening, greeting, young, connected, closing, r opening, r open", "stays: host_error"}}},

// The service has ended the connection, or the client's own transport closed in order.
{"closed 1000", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed"},
    {"young", "pausing: disconnected 1000, request outcome_unknown"},
    {"connected", "asking: ask, disconnected 1000, request outcome_unknown"},
    {"closing", "asking: ask, disconnected 1000 (bye), request outcome_unknown"},
    {"r opening, r open", "asking: ask, disconnected 1000, request outcome_unknown"}}},

// The connection may be recovered, unless the service has said that it ends.
{"closed 1006", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed"},
    {"young, connected", "r opening: open to recover, recovering 1006"},
    {"closing", "asking: ask, disconnected 1006 (bye), request outcome_unknown"},
    {"r opening, r open", "r pausing: connect_failed"}}},

// A recovery is refused so; a connection that is up is ended for good.
{"closed 1008", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed"},
    {"young", "pausing: disconnected 1008, request outcome_unknown"},
    {"connected", "asking: ask, disconnected 1008, request outcome_unknown"},
    {"closing", "asking: ask, disconnected 1008 (bye), request outcome_unknown"},
    {"r opening, r open", "asking: ask, disconnected 1008, request outcome_unknown"}}},

{"closed 1007", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed"},
    {"young", "pausing: disconnected 1007, request outcome_unknown"},
    {"connected", "asking: ask, disconnected 1007, request outcome_unknown"},
    {"closing", "asking: ask, disconnected 1007 (bye), request outcome_unknown"},
    {"r opening, r open", "asking: ask, disconnected 1007, request outcome_unknown"}}},

// --- frames ----------------------------------------------------------------------------------------------------------

// The connection's own id, after `opened`. In r open it is the answer to a recovery.
{"connected c1", {
    {without_transport, "stays: late"},
    {"opening, r opening", "stays"},
    {"greeting", "young: connected c1, > event"},
    {"young, connected, closing", "stays"},
    {"r open", "young: recovered"}}},

// Another one: the old connection is gone.
{"connected c2", {
    {without_transport, "stays: late"},
    {"opening, r opening", "stays"},
    {"greeting", "young: connected c2, > event"},
    {"young, connected", "stays: disconnected 1005, request outcome_unknown, connected c2"},
    {"closing", "connected: disconnected 1005 (bye), request outcome_unknown, connected c2"},
    {"r open", "young: disconnected 1005, request outcome_unknown, connected c2"}}},

{"ack", {
    {without_transport, "stays: late"},
    {"opening, r opening", "stays"},
    // Nothing was written that it could acknowledge.
    {"greeting", "stays"},
    {"young, connected, closing", "stays: request succeeded"},
    {"r open", "young: recovered, request succeeded"}}},

{"group message", {
    {without_transport, "stays: late"},
    {"opening, r opening", "stays"},
    // `connected` comes before any data.
    {"greeting", "stays: protocol_error"},
    {"young, connected, closing", "stays: group_message"},
    {"r open", "young: recovered, group_message"}}},

{"disconnected", {
    {without_transport, "stays: late"},
    {"opening, r opening", "stays"},
    {"greeting, closing", "stays"},
    {"young, connected", "closing"},
    {"r open", "closing: recovered"}}},

{"pong", {
    {without_transport, "stays: late"},
    {"opening, r opening", "stays"},
    {"greeting, young, connected, closing", "stays"},
    {"r open", "young: recovered"}}},

// What can't be read shows nothing.
{"malformed", {
    {without_transport, "stays: late"},
    {"opening, r opening", "stays"},
    {"greeting, young, connected, closing, r open", "stays: protocol_error"}}},

{"unknown", {
    {without_transport, "stays: late"},
    {"opening, r opening", "stays"},
    {"greeting, young, connected, closing", "stays: unknown_message_received"},
    {"r open", "young: recovered, unknown_message_received"}}},

// --- time ------------------------------------------------------------------------------------------------------------

// The next deadline that there is.
{"timeout", {
    {"idle, stopped", "stays"},
    // The time for the answer.
    {"asking", "pausing: connect_failed"},
    {"pausing", "asking: ask"},
    // The time for the handshake, with the `connected` message.
    {"opening, greeting", "pausing: close without a frame, connect_failed"},
    {"young", "connected"},
    {"connected, closing", "stays: > ping"},
    // The recovery window.
    {"r asking", "asking: ask, disconnected 1006, request outcome_unknown"},
    {"r pausing", "r opening: open to recover"},
    {"r opening", "r pausing: close without a frame, connect_failed"},
    // The confirmation may take as long as the recovery window, since an event is unanswered.
    {"r open", "stays: > ping"}}},

// --- commands --------------------------------------------------------------------------------------------------------

{"start", {
    {"idle", "asking: ask"},
    {"asking, pausing, opening, greeting, young, connected, closing, r asking, r pausing, r opening, r open",
        "stays: no already_started"},
    {"stopped", "stays: no stopped"}}},

{"stop", stopped_at_once},

// There is a request that has not ended, and a join, which would outlive the connection.
{"finish", {
    {"idle", "stopped: stopped"},
    {"asking, pausing, opening, greeting, r asking, r pausing, r opening, r open, stopped", "stays"},
    {"young, connected, closing", "stays: > joinGroup"}}},

{"finish without delay", stopped_at_once},

{"provide_url", {
    {"asking", "opening: open"},
    {"r asking", "r opening: open to recover"},
    {"idle, pausing, opening, greeting, young, connected, closing, r pausing, r opening, r open, stopped", "stays"}}},

{"provide_url without sense", {
    {"asking, r asking", "stays: no invalid_url"},
    {"idle, pausing, opening, greeting, young, connected, closing, r pausing, r opening, r open, stopped", "stays"}}},

{"fail_url", {
    {"asking", "pausing: connect_failed"},
    {"r asking", "r pausing: connect_failed"},
    {"idle, pausing, opening, greeting, young, connected, closing, r pausing, r opening, r open, stopped", "stays"}}},

{"join", request("joinGroup")},
{"leave", request("leaveGroup")},
{"send", request("sendToGroup")},
{"event", request("event")},
{"set state", request("setGroupState")},
{"subscribe", request("subscribeGroupState")},

{"fire and forget", {
    {"idle", "stays: no not_started"},
    {"asking, pausing, opening, greeting, r asking, r pausing, r opening, r open", "stays: no not_connected"},
    {"young, connected, closing", "stays: > sendToGroup"},
    {"stopped", "stays: no stopped"}}},

{"invoke", {
    {"idle", "stays: no not_started"},
    {"asking, pausing, opening, greeting, r asking, r pausing, r opening, r open", "stays: no not_connected"},
    {"young, connected, closing", "stays: > invoke"},
    {"stopped", "stays: no stopped"}}},

// A stream belongs to its connection, also while that is recovered.
{"open stream", {
    {"idle", "stays: no not_started"},
    {"asking, pausing, opening, greeting", "stays: no not_connected"},
    {"young, connected, closing", "stays: > sendToGroup"},
    {"r asking, r pausing, r opening, r open", "stays"},
    {"stopped", "stays: no stopped"}}},

};

// clang-format on

} // namespace webpubsub::tests::client_table
