// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/options.hpp>
#include <webpubsub/text/ascii.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_DECL result<void> check_options(const hub_options& options) {
    const struct {
        const char* name;
        const std::optional<duration>& value;
    } durations[] = {
        {"queues.stall_time", options.queues.stall_time},
        {"queues.slow_after", options.queues.slow_after},
        {"streams.idle_timeout", options.streams.idle_timeout},
        {"recovery.window", options.recovery.window},
        {"recovery.token_lifetime", options.recovery.token_lifetime},
        {"timeouts.open", options.timeouts.open},
        {"timeouts.answer", options.timeouts.answer},
        {"timeouts.held_request", options.timeouts.held_request},
        {"timeouts.close", options.timeouts.close},
    };
    for (const auto& each : durations) {
        if (each.value && *each.value < duration::zero()) return error::about(errc::invalid_field, each.name);
    }
    const auto& prefix = options.connections.id_prefix;
    bool valid = prefix.size() <= 64;
    for (const char c : prefix) valid = valid && (is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.');
    if (!valid) return error::about(errc::invalid_field, "connections.id_prefix");
    return {};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
