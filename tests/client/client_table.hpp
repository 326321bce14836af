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
// A cell is the next state, or `stays`, then the events in their order, then the messages that are written (`> type`),
// then how a command was refused (`no`), or that the input named no present transport and was only counted (`late`).
// In every state but idle the client has one request, an event: not written before the first connection, written and
// not acknowledged afterwards. `ask` is the event `need_url`, `open` and `close` are those for the transport.
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
            {"asking, pausing, opening, greeting, r asking, r pausing, r opening", "stays"},
            {"young, connected, closing, r open", "stays: > " + frame},
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
    {"r opening", "r open: > event"},
    {"greeting, young, connected, closing, r open", "stays"}}},

{"wrong subprotocol", {
    {without_transport, "stays: late"},
    {"opening", "pausing: protocol_error, close 1002, connect_failed"},
    {"r opening", "asking: protocol_error, close 1002, disconnected 1002, request outcome_unknown, ask"},
    {"greeting, young, connected, closing, r open", "stays"}}},

{"open_failed 0", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed"},
    {"r opening, r open", "r pausing: connect_failed"},
    // No program should say so of a transport that was open. Then it is lost.
    {"young, connected", "r opening: recovering 1006, open to recover"},
    {"closing", "asking: disconnected 1006 (bye), request outcome_unknown, ask"}}},

// The URL is no longer good, for a recovery neither.
{"open_failed 401", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed 401"},
    {"r opening, r open", "r pausing: connect_failed 401"},
    {"young, connected", "r asking: recovering 1006, ask to recover"},
    {"closing", "asking: disconnected 1006 (bye), request outcome_unknown, ask"}}},

{"open_failed 503", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed 503"},
    {"r opening, r open", "r pausing: connect_failed 503"},
    {"young, connected", "r opening: recovering 1006, open to recover"},
    {"closing", "asking: disconnected 1006 (bye), request outcome_unknown, ask"}}},

{"written", {
    {without_transport, "stays: late"},
    {"opening, greeting, young, connected, closing, r opening, r open", "stays"}}},

// The service has ended the connection, or the client's own transport closed in order.
{"closed 1000", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed"},
    {"young", "pausing: disconnected 1000, request outcome_unknown"},
    {"connected", "asking: disconnected 1000, request outcome_unknown, ask"},
    {"closing", "asking: disconnected 1000 (bye), request outcome_unknown, ask"},
    {"r opening, r open", "asking: disconnected 1000, request outcome_unknown, ask"}}},

// The connection may be recovered, unless the service has said that it ends.
{"closed 1006", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed"},
    {"young, connected", "r opening: recovering 1006, open to recover"},
    {"closing", "asking: disconnected 1006 (bye), request outcome_unknown, ask"},
    {"r opening, r open", "r pausing: connect_failed"}}},

// A recovery is refused so; a connection that is up is ended for good.
{"closed 1008", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed"},
    {"young", "pausing: disconnected 1008, request outcome_unknown"},
    {"connected", "asking: disconnected 1008, request outcome_unknown, ask"},
    {"closing", "asking: disconnected 1008 (bye), request outcome_unknown, ask"},
    {"r opening, r open", "asking: disconnected 1008, request outcome_unknown, ask"}}},

{"closed 1007", {
    {without_transport, "stays: late"},
    {"opening, greeting", "pausing: connect_failed"},
    {"young", "pausing: disconnected 1007, request outcome_unknown"},
    {"connected", "asking: disconnected 1007, request outcome_unknown, ask"},
    {"closing", "asking: disconnected 1007 (bye), request outcome_unknown, ask"},
    {"r opening, r open", "asking: disconnected 1007, request outcome_unknown, ask"}}},

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
    {"idle, asking, stopped", "stays"},
    {"pausing", "asking: ask"},
    // The time for the handshake, with the `connected` message.
    {"opening, greeting", "pausing: close without a frame, connect_failed"},
    {"young", "connected"},
    {"connected, closing", "stays: > ping"},
    // The recovery window.
    {"r asking", "asking: disconnected 1006, request outcome_unknown, ask"},
    {"r pausing", "r opening: open to recover"},
    {"r opening", "r pausing: close without a frame, connect_failed"},
    // A refusal would have come by now.
    {"r open", "young: recovered"}}},

// --- commands --------------------------------------------------------------------------------------------------------

{"start", {
    {"idle", "asking: ask"},
    {"asking, pausing, opening, greeting, young, connected, closing, r asking, r pausing, r opening, r open",
        "stays: no already_started"},
    {"stopped", "stays: no stopped"}}},

{"stop", stopped_at_once},

// There is a request that has not ended.
{"finish", {
    {"idle", "stopped: stopped"},
    {"asking, pausing, opening, greeting, young, connected, closing, r asking, r pausing, r opening, r open, stopped",
        "stays"}}},

{"finish without delay", stopped_at_once},

{"provide_url", {
    {"asking", "opening: open"},
    {"r asking", "r opening: open to recover"},
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
