// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/upstream/cookie_jar.hpp>
#include <webpubsub/upstream/handler.hpp>
#include <webpubsub/upstream/read_answer.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How long a sender waits for event handlers (upstream.md section 8). Of these `std::nullopt` is "never over".
struct event_sender_times {
    /// The time for one event, from `event_sender::handle_event` until a response begins: it holds the validation of
    /// the handler, all attempts and the delays between them. The hub's own limit, `hub_timeout_options::answer`, is to
    /// be longer than this and the next one together.
    std::optional<duration> event = std::chrono::seconds(100);
    /// The time from the beginning of a response to its end.
    std::optional<duration> body = std::chrono::seconds(10);
    /// The time for each request of a validation, with its response.
    std::optional<duration> validation = std::chrono::seconds(10);
    /// How long after a failure that may pass the next attempt is made; there is one attempt more than there are
    /// delays.
    std::vector<duration> retry_delays{std::chrono::seconds(1), std::chrono::seconds(3), std::chrono::seconds(5)};
    /// The time after a failed validation in which the handler counts as invalid and is not asked again. It doubles
    /// with each further failure, up to the second one.
    duration validation_pause = std::chrono::seconds(1);
    duration max_validation_pause = std::chrono::minutes(1);
    /// How long what a handler said about a client that it let in is kept until the hub reports that it has connected:
    /// longer than `hub_timeout_options::open`.
    std::optional<duration> opening = std::chrono::seconds(60);
};

/// How much a sender keeps. The service publishes none of these numbers but the size of a response.
struct event_sender_limits {
    /// The number of requests under way to one handler, without those of its validation.
    std::size_t max_calls = 1000;
    /// The number of events that wait or are under way; then `event_sender::wants_event` is false.
    std::size_t max_events = 10'000;
    /// The bytes of these events.
    std::size_t max_event_bytes = std::size_t{64} << 20;
    std::size_t max_response_bytes = std::size_t{16} << 20;
    upstream_answer_limits answers{};
    /// Of each connection.
    cookie_limits cookies{};
};

/// What an `event_sender` is made with.
struct event_sender_options {
    /// The hub's name, which is sent in lower case.
    std::string hub{};
    /// For each event the first that takes it gets it.
    std::vector<upstream_handler> handlers{};
    /// The host name of the service, without scheme and port, or a list of them: `WebHook-Request-Origin`.
    std::string origin{};
    event_sender_times times{};
    event_sender_limits limits{};
};

/// Whether a sender can be made with these options. invalid_hub_name; invalid_field with the name of a duration that is
/// negative, of a pause that is none, of an origin that no header can hold, or of a limit that lets nothing through.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<void> check_options(const event_sender_options& options) {
    const auto& times = options.times;
    const auto& limits = options.limits;
    const auto is_negative = [](const std::optional<duration>& time) { return time && *time < duration::zero(); };
    const auto wrong = [](const char* name) { return error::about(errc::invalid_field, name); };
    if (!is_valid_hub_name(options.hub)) return error(errc::invalid_hub_name);
    if (options.origin.empty() || !is_whole_header_value(options.origin)) return wrong("origin");
    if (is_negative(times.event)) return wrong("times.event");
    if (is_negative(times.body)) return wrong("times.body");
    if (is_negative(times.validation)) return wrong("times.validation");
    if (is_negative(times.opening)) return wrong("times.opening");
    if (times.validation_pause <= duration::zero()) return wrong("times.validation_pause");
    if (times.max_validation_pause < times.validation_pause) return wrong("times.max_validation_pause");
    for (const auto delay : times.retry_delays) {
        if (delay < duration::zero()) return wrong("times.retry_delays");
    }
    if (limits.max_calls == 0) return wrong("limits.max_calls");
    if (limits.max_events == 0) return wrong("limits.max_events");
    if (limits.max_event_bytes == 0) return wrong("limits.max_event_bytes");
    return {};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
