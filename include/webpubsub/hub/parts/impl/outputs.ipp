// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/outputs.hpp>
#include <webpubsub/variant.hpp>

#include <cassert>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL outputs::outputs(const std::vector<service_codec>& codecs, const hub_queue_options& options,
                                const std::optional<duration>& close_timeout)
    : options_(options), close_timeout_(close_timeout) {
    for (const auto& codec : codecs) {
        if (encoding_of(&codec) == 0) encodings_.push_back(codec);
    }
}

/// The queues of the copy share no frame with the original.
WEBPUBSUB_DECL outputs::outputs(const outputs& other)
    : options_(other.options_),
      close_timeout_(other.close_timeout_),
      encodings_(other.encodings_),
      transports_(other.transports_),
      outlets_(other.outlets_),
      host_(other.host_),
      relay_(other.relay_),
      scheduled_closes_(other.scheduled_closes_),
      drained_(other.drained_),
      closing_(other.closing_),
      congestion_(other.congestion_),
      serial_(other.serial_),
      slow_readers_(other.slow_readers_),
      congested_count_(other.congested_count_),
      relieved_(other.relieved_),
      now_(other.now_) {
    struct forget {
        const outputs& from;
        ~forget() {
            for (std::uint32_t i = 0; i < from.outlets_.end(); ++i) from.outlets_[i].queue.forget_copies();
        }
    } at_the_end{other};
    for (std::uint32_t i = 0; i < outlets_.end(); ++i) outlets_[i].queue.unshare();
}

WEBPUBSUB_DECL outputs& outputs::operator=(outputs other) noexcept {
    std::swap(options_, other.options_);
    std::swap(close_timeout_, other.close_timeout_);
    std::swap(encodings_, other.encodings_);
    std::swap(transports_, other.transports_);
    std::swap(outlets_, other.outlets_);
    std::swap(host_, other.host_);
    std::swap(relay_, other.relay_);
    std::swap(scheduled_closes_, other.scheduled_closes_);
    std::swap(drained_, other.drained_);
    std::swap(closing_, other.closing_);
    std::swap(congestion_, other.congestion_);
    serial_ = other.serial_;
    slow_readers_ = other.slow_readers_;
    congested_count_ = other.congested_count_;
    relieved_ = other.relieved_;
    now_ = other.now_;
    return *this;
}

WEBPUBSUB_DECL std::uint8_t outputs::encoding_of(const service_codec* codec) const noexcept {
    if (codec == nullptr) return 0;
    for (std::size_t i = 0; i < encodings_.size(); ++i) {
        if (encodings_[i].shares_bodies_with(*codec)) return static_cast<std::uint8_t>(i + 1);
    }
    return 0;
}

WEBPUBSUB_DECL transport_id outputs::add_transport() {
    const auto slot = transports_.take();
    auto& added = transports_[slot];
    added = {};
    added.id = transport_id{++serial_ << slot_bits | slot};
    return added.id;
}

/// The transport that is to do something; without a value the order is about something else.
WEBPUBSUB_DECL std::optional<transport_id> told_transport(const hub_order& order) noexcept {
    if (const auto* const close = get_if<hub_orders::close_transport>(&order)) return close->transport;
    if (const auto* const pause = get_if<hub_orders::pause_reading>(&order)) return pause->transport;
    if (const auto* const resume = get_if<hub_orders::resume_reading>(&order)) return resume->transport;
    return std::nullopt;
}

WEBPUBSUB_DECL polled<hub_order> outputs::poll_order(host_work& from) {
    while (auto next = from.orders.poll()) {
        const auto told = told_transport(*next);
        if (!told || find(*told) != nullptr) return next;
    }
    return {};
}

WEBPUBSUB_DECL std::vector<transport_id> outputs::transports_in(transport_state state) const {
    std::vector<transport_id> found;
    for (std::uint32_t slot = 0; slot < transports_.end(); ++slot) {
        const auto& it = transports_[slot];
        if (it.id != transport_id{} && it.state == state) found.push_back(it.id);
    }
    return found;
}

WEBPUBSUB_DECL void outputs::remove(transport_id id) {
    auto& gone = *find(id);
    closing_.cancel(number_of(id));
    congestion_.cancel(number_of(id));
    gone = {};
    transports_.give_back(slot_of(id));
}

WEBPUBSUB_DECL void outputs::close(transport_record& transport, std::uint16_t code, std::string_view reason) {
    assert(transport.connection == no_slot);
    tell_host(transport, hub_orders::close_transport{transport.id, code, std::string(reason), transport.writes != 0});
    transport.state = transport_state::closing;
}

WEBPUBSUB_DECL void outputs::close_when_drained(std::uint32_t connection, std::uint16_t code, std::string_view reason) {
    auto& transport = transport_of(connection);
    end_congestion(connection);
    transport.state = transport_state::draining;
    transport.close_code = code;
    transport.close_reason = reason;
    closing_.set(number_of(transport.id), add_saturating(now_, close_timeout_));
    if (is_drained(connection)) finish_close(transport);
}

WEBPUBSUB_DECL bool outputs::is_drained(std::uint32_t connection) noexcept {
    auto& queue = outlets_[connection].queue;
    queue.drop_expired_next(now_);
    return !queue.has_output() && transport_of(connection).writes == 0;
}

WEBPUBSUB_DECL void outputs::finish_close(transport_record& transport) {
    closing_.cancel(number_of(transport.id));
    const auto connection = transport.connection;
    drained_.push_back(connection);
    detach(connection);
    const auto reason = std::move(transport.close_reason);
    close(transport, transport.close_code, reason);
}

WEBPUBSUB_DECL void outputs::add_outlet(std::uint32_t connection, bool reliable, const service_codec* codec) {
    outlets_.include(connection);
    auto& added = outlets_[connection];
    added.queue.start(reliable);
    added.encoding = encoding_of(codec);
}

WEBPUBSUB_DECL void outputs::remove_outlet(std::uint32_t connection) noexcept {
    auto& gone = outlets_[connection];
    assert(gone.transport == no_slot && !gone.congested);
    gone.queue.reset();
    gone.encoding = 0;
    gone.excluded = gone.close_scheduled = gone.slow = false;
}

WEBPUBSUB_DECL void outputs::attach(std::uint32_t connection, transport_record& transport) {
    auto& it = outlets_[connection];
    transport.connection = connection;
    transport.state = transport_state::open;
    it.transport = slot_of(transport.id);
    it.can_write = true;
    if (it.relayed != transport.is_relayed) it.listed = false;
    it.relayed = transport.is_relayed;
    list_if_ready(connection);
    if (it.queue.is_half_full(limits_of(it))) note_congestion(connection);
}

WEBPUBSUB_DECL void outputs::detach(std::uint32_t connection) {
    end_congestion(connection);
    auto& it = outlets_[connection];
    auto& transport = transports_[it.transport];
    transport.connection = no_slot;
    transport.pause_reasons = 0;
    transport.paused = false;
    it.transport = no_slot;
    it.can_write = false;
    it.slow = false;
    it.queue.rewind();
}

WEBPUBSUB_DECL void outputs::schedule_close(std::uint32_t connection, std::uint16_t code, std::string_view reason,
                                            bool at_once) {
    auto& it = outlets_[connection];
    if (it.close_scheduled) return;
    scheduled_closes_.push_back({connection, code, reason, at_once});
    it.close_scheduled = true;
}

WEBPUBSUB_DECL std::optional<outputs::scheduled_close> outputs::take_scheduled_close() noexcept {
    if (scheduled_closes_.empty()) return std::nullopt;
    const auto next = scheduled_closes_.take_front();
    outlets_[next.connection].close_scheduled = false;
    return next;
}

WEBPUBSUB_DECL std::optional<std::uint32_t> outputs::take_drained() noexcept {
    if (drained_.empty()) return std::nullopt;
    return drained_.take_front();
}

/// Tries again when whatever is too old has made room.
WEBPUBSUB_DECL bool outputs::push_if_possible(std::uint32_t connection, shared_frame* frame, std::uint32_t size) {
    auto& to = outlets_[connection];
    if (to.close_scheduled) return false;
    const bool reliable = to.queue.keeps_data();
    to.queue.drop_expired(now_);
    if (!to.queue.push_data(frame, size, limits_of(to))) {
        schedule_close(connection, close_code::policy_violation,
                       reliable ? "The reliable message buffer is full." : "The outbound message queue is full.", true);
        return false;
    }
    return true;
}

WEBPUBSUB_DECL void outputs::push_control(std::uint32_t connection, frame_owner frame) {
    auto& to = outlets_[connection];
    if (to.close_scheduled || to.transport == no_slot) return;
    if (!to.queue.push_control(frame, options_.outbound)) {
        to.queue.drop_expired(now_);
        if (!to.queue.push_control(frame, options_.outbound)) {
            constexpr std::string_view reason = "The outbound message queue is full.";
            return schedule_close(connection, close_code::policy_violation, reason, true);
        }
    }
    list_if_ready(connection);
    const bool too_much = to.queue.keeps_data() ? to.queue.is_half_full_of_control(options_.outbound)
                                                : to.queue.is_half_full(options_.outbound);
    if (!too_much) return;
    if (!to.congested && !to.slow) note_congestion(connection);
    if (to.congested) set_paused(connection, pause_reason::own_queue, true);
}

WEBPUBSUB_DECL void outputs::push_first(std::uint32_t connection, frame_owner frame) {
    outlets_[connection].queue.push_first(std::move(frame));
    list_if_ready(connection);
}

WEBPUBSUB_DECL void outputs::push_last(std::uint32_t connection, frame_owner frame) {
    outlets_[connection].queue.push_last(std::move(frame));
    list_if_ready(connection);
}

WEBPUBSUB_DECL void outputs::acknowledge(std::uint32_t connection, std::uint64_t sequence_id) {
    auto& it = outlets_[connection];
    if (it.queue.acknowledge(sequence_id) && (it.congested || it.slow)) note_progress(connection);
}

WEBPUBSUB_DECL void outputs::list_if_ready(std::uint32_t connection) {
    auto& it = outlets_[connection];
    if (it.can_write && !it.listed && it.queue.has_output()) list(it, connection);
}

WEBPUBSUB_DECL std::optional<transport_id> outputs::poll_ready() {
    while (!host_.ready.empty()) {
        // The connections of a broadcast are scattered over the memory, and what comes next is known. This is no
        // function of its own: g++ would find that it has no effect, and leave it out.
        if (host_.ready.size() > prefetch_later) {
            hub_parts::prefetch(&outlets_[host_.ready[prefetch_later]]);
            const auto& soon = outlets_[host_.ready[prefetch_soon]];
            soon.queue.prefetch();
            if (soon.transport != no_slot) hub_parts::prefetch(&transports_[soon.transport]);
        }
        auto& next = outlets_[host_.ready.front()];
        host_.ready.pop_front();
        if (next.relayed) continue;
        next.listed = false;
        next.queue.drop_expired_next(now_);
        if (next.can_write && next.queue.has_output()) return transports_[next.transport].id;
    }
    return std::nullopt;
}

WEBPUBSUB_COLD_DECL std::optional<transport_id> outputs::poll_relayed_ready() {
    while (!relay_.ready.empty()) {
        auto& next = outlets_[relay_.ready.take_front()];
        if (!next.relayed) continue;
        next.listed = false;
        next.queue.drop_expired_next(now_);
        if (next.can_write && next.queue.has_output()) return transports_[next.transport].id;
    }
    return std::nullopt;
}

WEBPUBSUB_DECL std::optional<delivery> outputs::poll_transmit(transport_id id) {
    std::optional<delivery> next;
    auto* const transport = find(id);
    if (transport == nullptr || transport->connection == no_slot) return next;
    auto& from = outlets_[transport->connection];
    if (!from.can_write || !from.queue.has_output()) return next;
    auto& sizes = transport->sizes;
    const bool is_first = transport->writes == 0;
    if (!is_first) {
        // Nothing is allocated after a frame was taken.
        if (sizes.empty()) sizes.push_back(transport->bytes);
        sizes.push_back(0);
    }
    const auto taken = from.queue.take(now_);
    if (taken.frame == nullptr) {
        if (!is_first) sizes.drop_back(1);
        return next;
    }
    next.emplace(taken.frame, from.encoding == 0 ? nullptr : &encodings_[from.encoding - 1u], taken.sequence_id);
    const auto size = static_cast<std::uint32_t>(next->size());
    if (!is_first) sizes[sizes.size() - 1] = size;
    ++transport->writes;
    transport->bytes += size;
    from.can_write = has_window(*transport);
    return next;
}

WEBPUBSUB_DECL bool outputs::written(transport_id id, std::uint32_t n) {
    auto* const transport = find(id);
    if (transport == nullptr || n == 0 || n > transport->writes) return false;
    transport->writes -= n;
    if (transport->writes == 0) {
        transport->bytes = 0;
        transport->sizes.drop_front(transport->sizes.size());
    } else {
        for (; n != 0; --n) transport->bytes -= transport->sizes.take_front();
    }
    const auto connection = transport->connection;
    if (connection == no_slot) return true;
    auto& it = outlets_[connection];
    it.can_write = has_window(*transport);
    if (it.can_write && !it.listed && it.queue.has_output()) list(it, connection);
    if (it.congested || it.slow) note_progress(connection);
    if (transport->state == transport_state::draining && is_drained(connection)) finish_close(*transport);
    return true;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
