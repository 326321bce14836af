// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/ids.hpp>
#include <webpubsub/rules/send_to_group_mode.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
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
    /// UTF-8. Nothing for an anonymous client; an empty id is taken as one.
    std::optional<std::string> user_id{};
    std::vector<std::string> roles{};
    /// Joined before the first frame; needs no role.
    std::vector<std::string> groups{};
    /// As offered, in the client's order and spelling.
    std::vector<std::string> subprotocols{};
    /// What a simple client's frames are; nothing for events. Without meaning for a PubSub client.
    std::optional<send_to_group_mode> publishes_to{};
    /// When set, everything above but `subprotocols` is ignored: the reconnection token alone decides.
    std::optional<recovery_request> recovery{};
};

/// What the application may change about a `connect_request`.
struct connect_overrides {
    std::optional<std::string> user_id{};
    /// Replaces the roles when set, also by none.
    std::optional<std::vector<std::string>> roles{};
    /// Replaces the groups unless empty.
    std::vector<std::string> groups{};
    /// One of the offered names; empty for the choice that is made without an application. A name of its own makes the
    /// client a simple one whose handshake confirms that name.
    std::string subprotocol{};
};

/// Answer the upgrade with 101 and then call `handle_opened`, or `handle_closed` if it came to nothing.
struct accepted {
    transport_id transport{};
    /// For the answer, in the client's spelling; empty for none.
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

using admission = std::variant<accepted, refused, waiting>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
