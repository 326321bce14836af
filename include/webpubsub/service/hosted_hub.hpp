// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/service_codec.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/service/connect_details.hpp>
#include <webpubsub/service/event_sender.hpp>
#include <webpubsub/service/event_signer.hpp>
#include <webpubsub/service/hub_settings.hpp>
#include <webpubsub/support/random.hpp>
#include <webpubsub/time.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What all hubs of a service have in common.
struct hosting {
    std::vector<service_codec> codecs;
    /// The host names of the service, as events name them (`WebHook-Request-Origin`).
    std::string origin;
    event_signer signer;
    secure_random random{};
};

/// A hub with its event handlers: what happens in the hub goes out as calls, and what handlers say comes back into it.
///
/// The loop of a hub, with three things besides: **after every handle or command of `machine()`, call `settle`; then
/// drain, besides the hub's orders and messages, `poll_cancel` and `poll_call`, and say what becomes of each call; and
/// keep the timer armed for this `poll_timeout`.** The events of the hub are not for the program.
///
/// It is a value, as the hub is.
class hosted_hub {
public:
    /// The errors are those of `check_options` for a hub and for an event sender.
    [[nodiscard]] static result<hosted_hub> make(const std::string& name, hub_settings settings, const hosting& all);

    /// To be called for everything but events, admissions of clients and time.
    hub& machine() noexcept { return hub_; }
    const hub& machine() const noexcept { return hub_; }
    const hub_settings& settings() const noexcept { return settings_; }
    event_sender_counters handler_counters() const noexcept { return sender_.counters(); }

    /// A client wants to connect; `hub::admit`. The details are for an event handler that is asked about it.
    [[nodiscard]] admission admit(instant now, connect_request request, connect_details details);
    /// `hub::handle_abandoned`.
    void handle_abandoned(instant now, admission_id id);
    /// Tells event handlers what has happened in the hub, and the hub what they have answered.
    void settle(instant now);
    /// A deadline of `poll_timeout` has passed. The call does no harm at any other time.
    void handle_timeout(instant now);
    /// When to call `handle_timeout`; changes with every call of anything.
    std::optional<steady_time> poll_timeout() const;

    // Calls of event handlers: see `event_sender`.

    std::optional<upstream_call> poll_call() { return sender_.poll_call(); }
    std::optional<call_id> poll_cancel() { return sender_.poll_cancel(); }
    void handle_response_head(instant now, call_id id);
    void handle_response(instant now, call_id id, http_response response);
    void handle_failure(instant now, call_id id, call_failure why);

private:
    hosted_hub(hub_settings&& settings, hub&& machine, event_sender&& sender)
        : settings_(std::move(settings)), hub_(std::move(machine)), sender_(std::move(sender)) {}

    bool forward_event(instant now);
    bool answer_by_itself(instant now, const hub_event& event);
    bool apply_answer(instant now);
    void apply(instant now, sender_answers::admission_accepted& answer);
    void apply(instant now, sender_answers::admission_refused& answer);
    void apply(instant now, sender_answers::event_answered& answer);
    void apply(instant now, sender_answers::event_failed& answer);
    void apply(instant now, sender_answers::invocation_answered& answer);
    void apply(instant now, sender_answers::invocation_failed& answer);

    hub_settings settings_;
    hub hub_;
    event_sender sender_;
    /// Of admissions whose event is still in the hub.
    std::map<admission_id, connect_details> details_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#include <webpubsub/service/detail/hosted_hub.hpp>
