// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/options.hpp>
#include <webpubsub/service/event_sender_options.hpp>
#include <webpubsub/upstream/handler.hpp>
#include <webpubsub/upstream/user_event_pattern.hpp>
#include <webpubsub/variant.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What becomes of a user event or an invocation that no event handler is asked about.
enum class canned_answer : std::uint8_t {
    /// It succeeds, and the client gets what it has sent.
    echo,
    /// It succeeds.
    success,
    failure,
    /// It fails when its time is over (`hub_timeout_options::answer`).
    none,
};

/// A place holder for an event handler, for tests and development: it answers user events and invocations by itself.
struct canned_handler {
    user_event_pattern events;
    canned_answer answer = canned_answer::success;
};

/// How a service serves one hub.
struct hub_settings {
    /// Whether a client may connect without a token (`anonymousConnectPolicy`), then without any role.
    bool allow_anonymous = false;
    /// Of those that take an event, the first gets it (upstream.md section 1). Without one an event fails.
    std::vector<variant<upstream_handler, canned_handler>> handlers{};
    /// Of these the service itself sets what the event handlers decide: whether clients wait for an answer before they
    /// are connected, whether memberships are reported, and with an event handler the time for an answer, which then
    /// follows from `handler_times`.
    hub_options options{};
    event_sender_times handler_times{};
    event_sender_limits handler_limits{};
};

/// The canned answer to an event, if one comes before every event handler that takes it.
WEBPUBSUB_COLD_INLINE const canned_handler* find_canned_handler(const hub_settings& settings,
                                                                std::string_view event) noexcept {
    for (const auto& each : settings.handlers) {
        if (const auto* const canned = get_if<canned_handler>(&each)) {
            if (canned->events.matches(event)) return canned;
        } else if (get_if<upstream_handler>(&each)->takes(upstream_kind::user_event, event)) {
            return nullptr;
        }
    }
    return nullptr;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
