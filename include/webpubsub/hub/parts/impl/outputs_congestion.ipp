// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/outputs.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

// Back-pressure: which connections are congested, and from which clients the host should read.

WEBPUBSUB_DECL void outputs::note_congestion(std::uint32_t connection) {
    auto& it = outlets_[connection];
    if (it.transport == no_slot || it.close_scheduled) return;
    auto& transport = transports_[it.transport];
    if (transport.state != transport_state::open) return;
    transport.congested_since = transport.progress = now_;
    if (options_.stall_time == duration::zero() || options_.slow_after == duration::zero()) {
        it.slow = true;
        ++slow_readers_;
    } else {
        congestion_.set(number_of(transport.id), patience_until(transport));
        it.congested = true;
        ++congested_count_;
    }
    tell_whether_to_read(transport);
}

WEBPUBSUB_DECL void outputs::end_congestion(std::uint32_t connection) noexcept {
    auto& it = outlets_[connection];
    if (!it.congested) return;
    it.congested = false;
    --congested_count_;
    relieved_ = true;
    congestion_.cancel(number_of(transports_[it.transport].id));
}

WEBPUBSUB_DECL void outputs::note_progress(std::uint32_t connection) {
    auto& it = outlets_[connection];
    if (it.transport == no_slot) return;
    transports_[it.transport].progress = now_;
    // Nobody waits because of what has expired.
    it.queue.drop_expired(now_);
    // Room for control frames comes with writes alone, and what would make room for data may be what is not read.
    if (it.queue.is_nearly_empty_of_control(options_.outbound)) set_paused(connection, pause_reason::own_queue, false);
    if (!it.queue.is_nearly_empty(limits_of(it), options_.outbound)) return;
    end_congestion(connection);
    it.slow = false;
    tell_whether_to_read(transports_[it.transport]);
}

/// When a connection that goes on as it does will have been congested for too long.
WEBPUBSUB_DECL std::optional<steady_time> outputs::patience_until(const transport_record& transport) const noexcept {
    const auto stalled = add_saturating(transport.progress, options_.stall_time);
    const auto slow = add_saturating(transport.congested_since, options_.slow_after);
    return !stalled || (slow && *slow < *stalled) ? slow : stalled;
}

WEBPUBSUB_DECL void outputs::set_paused(std::uint32_t connection, pause_reason why, bool paused) {
    if (!has_transport(connection)) return;
    auto& transport = transport_of(connection);
    const auto bit = static_cast<std::uint8_t>(why);
    const auto before = transport.pause_reasons;
    transport.pause_reasons = static_cast<std::uint8_t>(paused ? before | bit : before & ~bit);
    tell_whether_to_read(transport);
}

/// A pause never holds back what would end it. The acknowledgements of a reliable client come behind its requests, so
/// it is read on while its queue is too full, up to the limit of the requests that wait.
WEBPUBSUB_DECL bool outputs::is_paused(const transport_record& transport) const noexcept {
    constexpr auto requests = static_cast<std::uint8_t>(pause_reason::requests);
    const auto& to = outlets_[transport.connection];
    const bool needs_acknowledgements = to.queue.keeps_data() && (to.congested || to.slow);
    return (transport.pause_reasons & (needs_acknowledgements ? ~requests : ~0)) != 0;
}

WEBPUBSUB_DECL void outputs::tell_whether_to_read(transport_record& transport) {
    if (transport.state != transport_state::open) return;
    const bool paused = is_paused(transport);
    if (paused == transport.paused) return;
    if (paused) {
        tell_host(transport, hub_orders::pause_reading{transport.id});
    } else {
        tell_host(transport, hub_orders::resume_reading{transport.id});
    }
    transport.paused = paused;
}

WEBPUBSUB_DECL bool outputs::wants_input(transport_id id) const noexcept {
    const auto* const transport = find(id);
    return transport != nullptr && transport->state == transport_state::open && !is_paused(*transport);
}

WEBPUBSUB_DECL std::optional<steady_time> outputs::deadline() const {
    const auto closing = closing_.next();
    const auto congestion = congestion_.next();
    return !closing || (congestion && *congestion < *closing) ? congestion : closing;
}

WEBPUBSUB_DECL void outputs::handle_due(steady_time now) {
    const auto closing = closing_.next();
    const auto congestion = congestion_.next();
    if (closing && *closing <= now && !(congestion && *congestion < *closing)) {
        return finish_close(*find(transport_id{*closing_.pop_due(now)}));
    }
    const auto due = congestion_.pop_due(now);
    if (!due) return;
    const auto& transport = *find(transport_id{*due});
    // Progress since the timer was set moves it only now.
    if (const auto until = patience_until(transport); !until || *until > now) return congestion_.set(*due, until);
    const auto connection = transport.connection;
    end_congestion(connection);
    outlets_[connection].slow = true;
    ++slow_readers_;
    set_paused(connection, pause_reason::own_queue, false);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
