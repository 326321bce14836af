// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What `pump` needs of a WebSocket stack. Each call starts something and returns. It may tell the client at once what
/// came of it (`handle_open_failed`, `handle_written`, ...), but must not call `pump`.
template <class Transport>
concept client_transport = requires(Transport& transport, const client_events::open_transport& open,
                                    const client_events::close_transport& close, const transmit& message,
                                    std::optional<steady_time> when) {
    transport.open(open);
    transport.close(close);
    /// Writes one WebSocket message; `handle_written` reports its end.
    transport.write(message);
    /// Arms the one timer, or disarms it.
    transport.arm(when);
};

/// The loop that a client wants: call it after every `handle_...` and every command. It hands events for the
/// transport to `transport` and the others to `application`, which may issue further commands, `stop` included. When it
/// returns, the client wants nothing until something happens.
template <client_transport Transport, class Application>
void pump(client& c, Transport& transport, Application&& application) {
    const auto dispatch = [&](auto& event) {
        using type = std::decay_t<decltype(event)>;
        if constexpr (std::is_same_v<type, client_events::open_transport>) {
            transport.open(event);
        } else if constexpr (std::is_same_v<type, client_events::close_transport>) {
            transport.close(event);
        } else {
            application(std::move(event));
        }
    };
    std::optional<transmit> message;
    do {
        while (auto event = c.poll_event()) std::visit(dispatch, *event);
        message = c.poll_transmit();
        if (message) transport.write(*message);
    } while (message);
    transport.arm(c.poll_timeout());
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
