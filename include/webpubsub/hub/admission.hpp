// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/ids.hpp>
#include <webpubsub/rules/send_to_group_mode.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

// The step before a WebSocket connection is open: sessions.md sections 3 and 4, upstream.md section 5.

/// The two parameters of a recovery URL (sessions.md section 7.1). The token is a secret.
struct recovery_request {
    std::string connection_id;
    std::string reconnection_token;

    friend bool operator==(const recovery_request&, const recovery_request&) = default;
};

/// A client that asks to be let in, after its access token was verified.
struct connect_request {
    /// The user's id in UTF-8. Without a value, or with an empty one, the client is anonymous.
    std::optional<std::string> user_id{};
    std::vector<std::string> roles{};
    /// The groups that the connection is in before its first frame, for which it needs no role.
    std::vector<std::string> groups{};
    /// The subprotocols that the client offers, in its order and spelling.
    std::vector<std::string> subprotocols{};
    /// The group to which a simple client's frames go; without a value they are events. It means nothing for a PubSub
    /// client.
    std::optional<send_to_group_mode> publishes_to{};
    /// When set, everything above but `subprotocols` is ignored: the reconnection token alone decides.
    std::optional<recovery_request> recovery{};
};

/// What the application may change about a `connect_request`.
struct connect_overrides {
    /// The user id that replaces the one of the request; without a value that one stays.
    std::optional<std::string> user_id{};
    /// The roles that replace those of the request, also by none; without a value those stay.
    std::optional<std::vector<std::string>> roles{};
    /// The groups that replace those of the request; with none those stay.
    std::vector<std::string> groups{};
    /// One of the offered subprotocols; when it is empty the hub chooses as it does without an application. A name that
    /// is no PubSub subprotocol makes the client a simple one whose handshake confirms that name.
    std::string subprotocol{};
};

/// Answer the upgrade with 101 and then call `handle_opened`, or `handle_closed` if it came to nothing.
struct accepted {
    transport_id transport{};
    /// The subprotocol for the answer, in the client's spelling; when it is empty the answer names none.
    std::string subprotocol;

    friend bool operator==(const accepted&, const accepted&) = default;
};

/// Answer the upgrade with this status.
struct refused {
    unsigned http_status = 500;
    std::string message;

    friend bool operator==(const refused&, const refused&) = default;
};

/// The application is asked; an order `hub_orders::admission_decided` tells the outcome.
struct waiting {
    admission_id id{};

    friend bool operator==(const waiting&, const waiting&) = default;
};

using admission = variant<accepted, refused, waiting>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
