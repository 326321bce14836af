// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace webpubsub {

/// What a `client_pump` needs of a WebSocket stack. Each call starts something and returns; none calls back into the
/// client before it has returned.
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
/// transport to `transport` and the others to `application`, which may issue further commands, `stop` included.
template <client_transport Transport, class Application>
void pump(client& c, Transport& transport, Application&& application) {
    while (auto event = c.poll_event()) {
        std::visit(
            [&](auto& alternative) {
                using type = std::decay_t<decltype(alternative)>;
                if constexpr (std::is_same_v<type, client_events::open_transport>) {
                    transport.open(alternative);
                } else if constexpr (std::is_same_v<type, client_events::close_transport>) {
                    transport.close(alternative);
                } else {
                    application(std::move(alternative));
                }
            },
            *event);
    }
    if (const auto message = c.poll_transmit()) transport.write(*message);
    transport.arm(c.poll_timeout());
}

} // namespace webpubsub
