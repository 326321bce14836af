// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/ids.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a transport or a URL is wanted for: a new connection, or the recovery of one.
enum class connect_purpose : std::uint8_t { fresh, recovery };

constexpr std::string_view name_of(connect_purpose purpose) noexcept {
    return purpose == connect_purpose::fresh ? "fresh" : "recovery";
}

/// What a client wants of the program that runs it. Orders come from `client::poll_order` and never wait behind events.
namespace client_orders {

/// Open a WebSocket connection to `url`, offering exactly `subprotocol`, or none if it is empty. Answer with
/// `handle_opened` or `handle_open_failed`.
struct open_transport {
    transport_id transport{};
    /// The whole URL, with secrets in its query. On a recovery it has the two parameters that name the connection:
    /// a test double that ignores the URL can't recover.
    std::string url;
    std::string subprotocol;
};

/// Close the transport, or give up opening it: with a close frame of that code and reason, or none at all if the code
/// is `close_code::none`. The client has already let go of this transport and ignores what still comes of it. A write
/// may be under way; its bytes stay valid for as long as the host keeps them.
struct close_transport {
    transport_id transport{};
    std::uint16_t code = close_code::normal;
    /// The reason has at most 123 bytes, which is what a close frame can carry.
    std::string reason;
};

/// A client access URL is needed. Answer with `provide_url` or `fail_url`; without an answer in
/// `client_connect_options::url_timeout` the attempt has failed.
struct need_url {
    url_request_id request{};
    connect_purpose purpose = connect_purpose::fresh;
    /// The HTTP status is the one by which the last URL was refused, 401 or 403; 0 means that none was.
    unsigned refused_status = 0;
};

/// Stop reading from the transport: too many events wait to be taken. What was read already may still be given once.
struct pause_reading {
    transport_id transport{};
};

/// Go on reading from the transport.
struct resume_reading {
    transport_id transport{};
};

} // namespace client_orders

/// Why a transport could not be opened, as far as the host knows.
struct open_failure {
    /// The HTTP status is that of the handshake's answer; 0 means that there was none.
    unsigned http_status = 0;
    /// The answer's `Retry-After`: the next attempt waits for at least this long, within a limit.
    std::optional<duration> retry_after{};
    /// The reason goes into the event. The view is valid for the call.
    std::string_view reason{};
};

/// One of the orders: a `variant`, for `visit`, `get_if` and `holds_alternative`.
struct client_order : variant<client_orders::open_transport, client_orders::close_transport, client_orders::need_url,
                              client_orders::pause_reading, client_orders::resume_reading> {
    using variant::variant;
};

/// Deletes an order, as what `client::poll_order` gave does by itself.
WEBPUBSUB_DECL void destroy(client_order* order) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/orders.ipp>
#endif
