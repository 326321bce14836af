// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>
#include <webpubsub/variant.hpp>

#include <cassert>
#include <optional>
#include <type_traits>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What `pump` needs of a WebSocket stack. Each call starts something and returns. It may tell the client at once what
/// came of it (`handle_open_failed`, `handle_written`, ...), and may run the pump.
///
/// Three more are called if they are there: `need_url(const client_orders::need_url&)`, which every client without a
/// fixed URL needs, and `pause_reading(transport_id)` and `resume_reading(transport_id)`, which are of use only where
/// events are not taken at once.
template <class Transport>
concept client_transport = requires(Transport& transport, const client_orders::open_transport& open,
                                    const client_orders::close_transport& close, const transmit& message,
                                    std::optional<steady_time> when) {
    transport.open(open);
    transport.close(close);
    /// Writes one WebSocket message; messages are written in the order of these calls.
    transport.write(message);
    /// Arms the one timer, or disarms it.
    transport.arm(when);
};

namespace detail {

template <class Application, class Event>
struct handler_of {
    static constexpr bool exists = std::is_invocable_v<Application&, Event&>;
    static_assert(exists,
                  "The application that was given to webpubsub::pump has no handler for this event; add one, or "
                  "[](auto&) {} for all that it does not care about.");
};

template <class Application, class Variant>
struct handlers_of;
template <class Application, class... Events>
struct handlers_of<Application, variant<Events...>> {
    static constexpr bool exist = (handler_of<Application, Events>::exists && ...);
};

} // namespace detail

/// The loop of a client: run it after every `handle_...` and every command. It hands orders and messages to the
/// transport, events to the application, and keeps the timer armed. When it returns, the client wants nothing until
/// something happens.
///
/// The application is called with each event, and may issue further commands, `stop` included. It and the transport may
/// run the pump from within: then what is new is done before the outer run returns. The three objects live longer than
/// the pump, and stay where they are.
template <client_transport Transport, class Application>
class pump {
public:
    pump(client& c, Transport& transport, Application& application) noexcept
        : client_(c), transport_(transport), application_(application) {}

    void run() {
        if (running_) {
            again_ = true;
            return;
        }
        const running_mark mark(running_);
        do {
            again_ = false;
            obey();
            while (auto event = client_.poll_event()) {
                deliver(*event);
                obey();
            }
        } while (again_);
        arm();
    }

    /// To be called when the timer fires.
    void handle_timeout(steady_time now) {
        armed_ = std::nullopt;
        client_.handle_timeout(now);
        run();
    }

private:
    struct running_mark {
        explicit running_mark(bool& mark) noexcept : running(mark) { running = true; }
        running_mark(const running_mark&) = delete;
        running_mark& operator=(const running_mark&) = delete;
        ~running_mark() { running = false; }
        bool& running;
    };

    void obey() {
        for (;;) {
            if (const auto order = client_.poll_order()) {
                obey(*order);
            } else if (const auto message = client_.poll_transmit()) {
                transport_.write(*message);
            } else {
                return;
            }
        }
    }

    void obey(const client_order& order) {
        if (const auto* open = get_if<client_orders::open_transport>(&order)) {
            transport_.open(*open);
        } else if (const auto* close = get_if<client_orders::close_transport>(&order)) {
            transport_.close(*close);
        } else if (const auto* url = get_if<client_orders::need_url>(&order)) {
            constexpr bool has_urls = requires { transport_.need_url(*url); };
            assert(has_urls && "a client without client_options::url needs a transport with need_url");
            if constexpr (has_urls) transport_.need_url(*url);
        } else if (const auto* pause = get_if<client_orders::pause_reading>(&order)) {
            if constexpr (requires { transport_.pause_reading(pause->transport); }) {
                transport_.pause_reading(pause->transport);
            }
        } else if (const auto* resume = get_if<client_orders::resume_reading>(&order)) {
            if constexpr (requires { transport_.resume_reading(resume->transport); }) {
                transport_.resume_reading(resume->transport);
            }
        }
    }

    void deliver(client_event& event) {
        if constexpr (detail::handlers_of<Application, client_event::variant>::exist) {
            visit([this](auto& alternative) { application_(alternative); }, event);
        }
    }

    void arm() {
        const auto when = client_.poll_timeout();
        if (when == armed_) return;
        armed_ = when;
        transport_.arm(when);
    }

    client& client_;
    Transport& transport_;
    Application& application_;
    std::optional<steady_time> armed_;
    bool running_ = false;
    bool again_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
