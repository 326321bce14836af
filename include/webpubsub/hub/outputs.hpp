// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/delivery.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/frame_pool.hpp>
#include <webpubsub/track/outbound_queue.hpp>
#include <webpubsub/track/ring.hpp>
#include <webpubsub/track/slot_table.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

enum class transport_state : std::uint8_t {
    /// Let in, the upgrade is not finished.
    admitted,
    open,
    /// Its last frames are written before it is closed.
    draining,
    /// The host was told to close it.
    closing,
};

/// One WebSocket connection. What is being written belongs to it, so that it outlives whatever happens to the logical
/// connection.
struct transport_record {
    /// 0 while the slot is free.
    transport_id id = 0;
    /// Whose frames it carries; none before a recovery and after its end.
    std::uint32_t connection = no_slot;
    frame_ref in_flight = frame_ref::none;
    transport_state state = transport_state::admitted;
    bool writing = false;
};

/// What one logical connection is to be sent and where to. Laid out so that a delivery touches one cache line of it.
struct alignas(64) outlet {
    /// 0 for none.
    transport_id transport = 0;
    /// It has a transport that is not writing.
    bool idle = false;
    /// It is in the list of `poll_ready`.
    bool listed = false;
    /// Which bodies it gets: 0 for bare payloads, otherwise one more than the index of the encoding.
    std::uint8_t form = 0;
    /// A broadcast passes it by.
    bool excluded = false;
    outbound_queue queue;
};

/// The outward half of a hub: transports, the queues of logical connections, and the frames in them. A logical
/// connection is a slot number here; when it gets and loses a transport is for the caller to say.
class outputs {
public:
    /// Slots of transports fit into the lower bits of their ids; the rest is a serial number, so that no id comes
    /// twice.
    static constexpr unsigned slot_bits = 24;
    static constexpr std::size_t max_transports = std::size_t{1} << slot_bits;

    /// `forms` holds one codec for each encoding.
    outputs(std::vector<service_codec> forms, const queue_limits& replay, const queue_limits& outbound)
        : forms_(std::move(forms)), replay_(replay), outbound_(outbound) {}

    frame_pool& pool() noexcept { return pool_; }
    const std::vector<service_codec>& forms() const noexcept { return forms_; }
    std::size_t transports() const noexcept { return transports_.used(); }

    /// What has expired by then is not sent any more.
    void set_time(steady_time now) noexcept { now_ = now; }

    transport_record& add_transport() {
        const auto slot = transports_.take();
        if (slot == prefixes_.end()) prefixes_.take();
        auto& added = transports_[slot];
        added = {};
        added.id = ++serial_ << slot_bits | slot;
        return added;
    }

    transport_record* find(transport_id id) noexcept {
        const auto slot = slot_of(id);
        if (id == 0 || slot >= transports_.end() || transports_[slot].id != id) return nullptr;
        return &transports_[slot];
    }
    const transport_record* find(transport_id id) const noexcept { return const_cast<outputs*>(this)->find(id); }

    template <class Visit>
    void for_each_transport(Visit&& visit) {
        for (std::uint32_t slot = 0; slot < transports_.end(); ++slot) {
            if (transports_[slot].id != 0) visit(transports_[slot]);
        }
    }

    /// The transport is gone. It carries no connection any more.
    void remove(transport_record& transport) noexcept {
        if (transport.writing) pool_.release(transport.in_flight);
        transports_.give_back(slot_of(transport.id));
        transport = {};
    }

    std::uint32_t add_outlet(bool reliable, std::uint8_t form) {
        const auto slot = outlets_.take();
        outlets_[slot].queue.start(reliable);
        outlets_[slot].form = form;
        return slot;
    }

    /// Of two connections that will get data soon, the first sooner.
    void prefetch(std::uint32_t soon, std::uint32_t later) const noexcept {
        outlets_[soon].queue.prefetch();
        detail::prefetch(&outlets_[later]);
    }

    outlet& operator[](std::uint32_t connection) noexcept { return outlets_[connection]; }

    /// The connection has no transport.
    void remove_outlet(std::uint32_t connection) noexcept {
        auto& gone = outlets_[connection];
        gone.queue.reset(pool_);
        const bool listed = gone.listed;
        gone = {};
        gone.listed = listed;
        outlets_.give_back(connection);
    }

    transport_record& transport_of(std::uint32_t connection) noexcept {
        return transports_[slot_of(outlets_[connection].transport)];
    }

    bool has_transport(std::uint32_t connection) const noexcept { return outlets_[connection].transport != 0; }

    void attach(std::uint32_t connection, transport_record& transport) {
        transport.connection = connection;
        outlets_[connection].transport = transport.id;
        outlets_[connection].idle = true;
        list_if_ready(connection);
    }

    /// What the connection was sent and has not acknowledged is to be sent again. The transport keeps what is in
    /// flight.
    void detach(std::uint32_t connection) noexcept {
        auto& it = outlets_[connection];
        transports_[slot_of(it.transport)].connection = no_slot;
        it.transport = 0;
        it.idle = false;
        it.queue.rewind(pool_);
    }

    /// Moves the caller's reference in; false, and nothing done, if the queue is full. `size` is the frame's.
    [[nodiscard]] bool push_data(std::uint32_t connection, frame_ref frame, std::uint32_t size) {
        auto& to = outlets_[connection];
        const auto& limits = to.queue.keeps_data() ? replay_ : outbound_;
        if (!to.queue.push_data(frame, size, limits)) {
            to.queue.drop_expired(pool_, now_);
            if (!to.queue.push_data(frame, size, limits)) return false;
        }
        if (to.idle && !to.listed) list(to, connection);
        return true;
    }

    [[nodiscard]] bool push_control(std::uint32_t connection, frame_ref frame) {
        auto& queue = outlets_[connection].queue;
        const auto size = pool_.size_of(frame);
        if (!queue.push_control(frame, size, outbound_)) {
            queue.drop_expired(pool_, now_);
            if (!queue.push_control(frame, size, outbound_)) return false;
        }
        list_if_ready(connection);
        return true;
    }

    void push_first(std::uint32_t connection, frame_ref frame) {
        outlets_[connection].queue.push_first(frame, pool_.size_of(frame));
        list_if_ready(connection);
    }

    void push_last(std::uint32_t connection, frame_ref frame) {
        outlets_[connection].queue.push_last(frame, pool_.size_of(frame));
        list_if_ready(connection);
    }

    /// Whether everything that is to be written is written.
    bool is_drained(std::uint32_t connection) noexcept {
        outlets_[connection].queue.drop_expired(pool_, now_);
        return !outlets_[connection].queue.has_output() && !transport_of(connection).writing;
    }

    std::optional<transport_id> poll_ready() {
        while (!ready_.empty()) {
            prefetch_ready();
            auto& next = outlets_[ready_.front()];
            ready_.pop_front();
            next.listed = false;
            next.queue.drop_expired_next(pool_, now_);
            if (next.idle && next.queue.has_output()) return next.transport;
        }
        return std::nullopt;
    }

    std::optional<delivery> poll_transmit(transport_id id) {
        auto* const transport = find(id);
        if (transport == nullptr || transport->connection == no_slot) return std::nullopt;
        auto& from = outlets_[transport->connection];
        if (!from.idle) return std::nullopt;
        const auto taken = from.queue.take(pool_, now_);
        if (!taken) return std::nullopt;
        from.idle = false;
        transport->writing = true;
        transport->in_flight = taken->frame;
        delivery next{pool_.kind_of(taken->frame), {}, pool_.bytes(taken->frame)};
        if (from.form != 0) {
            auto& prefix = prefixes_[slot_of(id)];
            const auto sequence_id = taken->sequence_id != 0 ? std::optional(taken->sequence_id) : std::nullopt;
            const auto parts = forms_[from.form - 1u].frame_with_sequence_id(sequence_id, next.body, prefix);
            next.prefix = parts.prefix;
            next.body = parts.body;
        }
        return next;
    }

    /// The transport was writing.
    void written(transport_record& transport) {
        pool_.release(transport.in_flight);
        transport.writing = false;
        if (transport.connection == no_slot) return;
        auto& it = outlets_[transport.connection];
        it.idle = true;
        if (it.queue.has_output() && !it.listed) list(it, transport.connection);
    }

private:
    void list_if_ready(std::uint32_t connection) {
        auto& it = outlets_[connection];
        if (it.idle && !it.listed && it.queue.has_output()) list(it, connection);
    }

    void list(outlet& which, std::uint32_t connection) {
        ready_.push_back(connection);
        which.listed = true;
    }

    /// The connections of a broadcast are scattered over the memory, and what comes next is known.
    void prefetch_ready() const noexcept {
        if (ready_.size() < 13) return;
        detail::prefetch(&outlets_[ready_[12]]);
        const auto& soon = outlets_[ready_[6]];
        soon.queue.prefetch();
        detail::prefetch(&transports_[slot_of(soon.transport)]);
    }

    static constexpr std::uint32_t slot_of(transport_id id) noexcept {
        return static_cast<std::uint32_t>(id & (max_transports - 1));
    }

    std::vector<service_codec> forms_;
    queue_limits replay_;
    queue_limits outbound_;
    frame_pool pool_;
    slot_table<transport_record> transports_;
    /// By the slots of transports: what goes before the frame that is being written.
    slot_table<frame_prefix> prefixes_;
    slot_table<outlet> outlets_;
    /// Connections that may have output and an idle transport, each at most once.
    ring<std::uint32_t> ready_;
    std::uint64_t serial_ = 0;
    steady_time now_ = steady_time::min();
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
