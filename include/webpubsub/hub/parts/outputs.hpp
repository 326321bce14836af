// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/delivery.hpp>
#include <webpubsub/hub/options.hpp>
#include <webpubsub/hub/orders.hpp>
#include <webpubsub/hub/parts/outbound_queue.hpp>
#include <webpubsub/hub/parts/support.hpp>
#include <webpubsub/hub/parts/transport_record.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// What one logical connection is to be sent and where to. Laid out so that a delivery touches one cache line of it.
struct alignas(64) outlet {
    /// The slot of the transport; `no_slot` when it has none.
    std::uint32_t transport = no_slot;
    /// Whether it has a transport whose write window has room.
    bool can_write = false;
    /// Whether it is in the list of `poll_ready`.
    bool listed = false;
    /// Which bodies it gets: 0 stands for bare payloads, any other number is one more than the place of the encoding.
    std::uint8_t encoding = 0;
    /// Whether the present broadcast passes it by.
    bool excluded = false;
    /// Whether it will be closed when the call settles; until then nothing is pushed any more.
    bool close_scheduled = false;
    /// Whether its queue was more than half full and has not become nearly empty since, so that those who send to it
    /// wait.
    bool congested = false;
    /// Whether its transport is relayed.
    bool relayed = false;
    /// Whether it was congested for too long and its queue is not nearly empty yet; nobody waits for it.
    bool slow = false;
    outbound_queue queue;
};

/// The outward half of a hub: transports, the queues of logical connections, and the orders that concern transports. A
/// logical connection is a slot number here; when it gets and loses a transport is for the caller to say.
class outputs {
public:
    /// Slots of transports fit into the lower bits of their ids; the rest is a serial number, so that no id comes
    /// twice.
    static constexpr unsigned slot_bits = 24;
    /// How many connections before its turn one is fetched into the processor's cache: where it is, and what it has.
    static constexpr std::uint32_t prefetch_later = 24;
    static constexpr std::uint32_t prefetch_soon = 12;

    static constexpr std::size_t max_transports = std::size_t{1} << slot_bits;

    /// One of the codecs with the same bodies is kept for each encoding.
    outputs(const std::vector<service_codec>& codecs, const hub_queue_options& options,
            const std::optional<duration>& close_timeout);
    outputs(const outputs& other);
    outputs(outputs&&) noexcept = default;
    outputs& operator=(outputs other) noexcept;
    ~outputs() = default;

    /// The caller sets the time before anything else at the beginning of a call: what has expired by then is not sent
    /// any more.
    void set_time(steady_time now) noexcept { now_ = now; }

    /// One codec for each encoding.
    const std::vector<service_codec>& encodings() const noexcept { return encodings_; }
    /// The number of `outlet::encoding` for a codec, which is null for a simple client.
    std::uint8_t encoding_of(const service_codec* codec) const noexcept;

    // Transports.

    /// The new transport is `admitted` and carries nothing yet.
    transport_id add_transport();
    std::size_t transports() const noexcept { return transports_.used(); }
    /// The result is null for a transport that is gone.
    transport_record* find(transport_id id) noexcept {
        const auto slot = slot_of(id);
        if (slot >= transports_.end() || transports_[slot].id != id || id == transport_id{}) return nullptr;
        return &transports_[slot];
    }
    const transport_record* find(transport_id id) const noexcept { return const_cast<outputs*>(this)->find(id); }
    /// The ids of the transports in this state, in no particular order.
    std::vector<transport_id> transports_in(transport_state state) const;
    /// The transport is gone, and carries no connection any more.
    void remove(transport_id id);

    /// The host is told to close a transport that carries no connection any more.
    void close(transport_record& transport, std::uint16_t code, std::string_view reason);
    /// The host is told to close the connection's transport when everything is written that the ended connection was to
    /// be sent, or when the time for that is over.
    void close_when_drained(std::uint32_t connection, std::uint16_t code, std::string_view reason);

    template <class Order>
    void push_order(Order&& order) {
        host_.orders.push(new hub_order(std::forward<Order>(order)));
    }
    polled<hub_order> poll_order() { return poll_order(host_); }

    /// A transport whose client another hub has: what is for its host is told by the functions of this name. To be
    /// called before it carries a connection.
    void set_relayed(transport_id id) { find(id)->is_relayed = true; }
    polled<hub_order> poll_relayed_order() { return poll_order(relay_); }
    std::optional<transport_id> poll_relayed_ready();

    // Connections.

    void add_outlet(std::uint32_t connection, bool reliable, const service_codec* codec);
    /// The connection has no transport any more, and its queue is dropped.
    void remove_outlet(std::uint32_t connection) noexcept;

    outlet& operator[](std::uint32_t connection) noexcept { return outlets_[connection]; }
    const outlet& operator[](std::uint32_t connection) const noexcept { return outlets_[connection]; }
    bool has_transport(std::uint32_t connection) const noexcept { return outlets_[connection].transport != no_slot; }
    transport_record& transport_of(std::uint32_t connection) noexcept {
        return transports_[outlets_[connection].transport];
    }

    void attach(std::uint32_t connection, transport_record& transport);
    /// The connection loses its transport. What it was sent and has not acknowledged will be sent again.
    void detach(std::uint32_t connection);

    /// The connection will be closed with this code when the call settles: after what waits for it has been sent, or at
    /// once because it does not read. The reason lives as long as the program. Only the first call counts.
    void schedule_close(std::uint32_t connection, std::uint16_t code, std::string_view reason, bool at_once = false);
    struct scheduled_close {
        std::uint32_t connection = no_slot;
        std::uint16_t code = 0;
        std::string_view reason;
        bool at_once = false;
    };
    std::optional<scheduled_close> take_scheduled_close() noexcept;
    /// The slot of an ended connection whose transport was told to close.
    std::optional<std::uint32_t> take_drained() noexcept;
    /// Whether a call has anything to settle here.
    bool is_settled() const noexcept { return scheduled_closes_.empty() && drained_.empty() && !relieved_; }

    // Frames.

    /// Fetches two connections into the processor's cache that will get data soon, the first of them sooner.
    void prefetch(std::uint32_t soon, std::uint32_t later) const noexcept {
        outlets_[soon].queue.prefetch();
        hub_parts::prefetch(&outlets_[later]);
    }

    /// Moves the caller's reference in. If the queue is full the connection is scheduled to be closed; then, or if it
    /// was before, the result is false and the reference is still the caller's, as after an exception. `size` is the
    /// frame's. The caller calls `note_load` once the reference is counted.
    bool push_data(std::uint32_t connection, shared_frame* frame, std::uint32_t size) {
        auto& to = outlets_[connection];
        if (to.can_write && !to.listed) list(to, connection);
        return (!to.close_scheduled && to.queue.push_data(frame, size, limits_of(to))) ||
               push_if_possible(connection, frame, size);
    }
    /// Finds out whether the connection is congested from now on.
    void note_load(std::uint32_t connection) {
        auto& to = outlets_[connection];
        if (to.queue.is_half_full(limits_of(to)) && !to.congested && !to.slow) note_congestion(connection);
    }
    /// Adds a control frame, which is not kept for a connection without a transport. If the queue is full the
    /// connection is scheduled to be closed.
    void push_control(std::uint32_t connection, frame_owner frame);
    void push_first(std::uint32_t connection, frame_owner frame);
    void push_last(std::uint32_t connection, frame_owner frame);
    void acknowledge(std::uint32_t connection, std::uint64_t sequence_id);

    std::optional<transport_id> poll_ready();
    std::optional<delivery> poll_transmit(transport_id id);
    /// The result is false, and nothing changes, if the transport is not writing so many messages.
    bool written(transport_id id, std::uint32_t n);

    // Back-pressure: see `hub_queue_options`.

    /// The number of congested connections.
    std::size_t congested_count() const noexcept { return congested_count_; }
    /// Whether one of them has stopped being congested since this was asked last.
    bool take_relief() noexcept { return std::exchange(relieved_, false); }
    /// Adds or takes away a reason why the host should not read from the connection's client.
    void set_paused(std::uint32_t connection, pause_reason why, bool paused);
    /// Whether the transport is open and nothing speaks against reading from it.
    bool wants_input(transport_id id) const noexcept;
    /// How often a connection was congested for too long.
    std::uint64_t slow_readers() const noexcept { return slow_readers_; }

    std::optional<steady_time> deadline() const;
    /// Handles the first deadline that has passed by that time.
    void handle_due(steady_time now);

private:
    struct host_work {
        /// Connections that may have output and a transport that takes it, each at most once.
        ring<std::uint32_t> ready;
        queue<hub_order> orders;
    };

    static constexpr std::uint32_t slot_of(transport_id id) noexcept {
        return static_cast<std::uint32_t>(number_of(id) & (max_transports - 1));
    }

    /// The limits of the data messages that wait for a connection.
    const queue_limits& limits_of(const outlet& of) const noexcept {
        return of.queue.keeps_data() ? options_.replay : options_.outbound;
    }
    bool push_if_possible(std::uint32_t connection, shared_frame* frame, std::uint32_t size);
    void list_if_ready(std::uint32_t connection);
    void list(outlet& which, std::uint32_t connection) {
        (which.relayed ? relay_ : host_).ready.push_back(connection);
        which.listed = true;
    }
    bool is_drained(std::uint32_t connection) noexcept;
    /// Tells whoever hosts the transport.
    template <class Order>
    void tell_host(const transport_record& of, Order&& order) {
        (of.is_relayed ? relay_ : host_).orders.push(new hub_order(std::forward<Order>(order)));
    }
    /// Drops orders for transports that are gone, of which the host may never have heard.
    polled<hub_order> poll_order(host_work& from);
    void finish_close(transport_record& transport);
    bool has_window(const transport_record& transport) const noexcept {
        return transport.writes == 0 ||
               (transport.writes < options_.window.messages && transport.bytes < options_.window.bytes);
    }
    void note_congestion(std::uint32_t connection);
    void end_congestion(std::uint32_t connection) noexcept;
    void note_progress(std::uint32_t connection);
    bool is_paused(const transport_record& transport) const noexcept;
    void tell_whether_to_read(transport_record& transport);
    std::optional<steady_time> patience_until(const transport_record& transport) const noexcept;

    hub_queue_options options_;
    std::optional<duration> close_timeout_;
    std::vector<service_codec> encodings_;
    slot_table<transport_record> transports_;
    slot_table<outlet> outlets_;
    host_work host_;
    /// The same for relayed transports.
    host_work relay_;
    ring<scheduled_close> scheduled_closes_;
    ring<std::uint32_t> drained_;
    /// The ends of the patience with draining transports, by their ids.
    timer_table closing_;
    /// The ends of the patience with the transports of congested connections, by their ids.
    timer_table congestion_;
    std::uint64_t serial_ = 0;
    std::uint64_t slow_readers_ = 0;
    moving_count congested_count_;
    bool relieved_ = false;
    steady_time now_ = steady_time::min();
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/outputs.ipp>
#include <webpubsub/hub/parts/impl/outputs_congestion.ipp>
#endif
