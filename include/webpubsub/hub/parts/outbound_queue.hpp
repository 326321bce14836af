// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/options.hpp>
#include <webpubsub/hub/parts/shared_frame.hpp>
#include <webpubsub/hub/parts/support.hpp>
#include <webpubsub/time.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// What one logical connection is still to be sent, and on a reliable one also what it was sent and has not
/// acknowledged (sessions.md section 6).
///
/// There are two kinds of frames. Data frames are numbered from 1 in the order of pushing: on a reliable connection
/// that number is the sequence id, which so follows from the place in the queue. Control frames (acks, pong, system
/// messages) have no number and are never replayed; each goes out after the data that was pushed before it and before
/// the data that was pushed after it. Data that has expired before it was ever sent is left out, and has no number.
///
/// The queue owns one reference to each of its frames. A copy shares them; see `unshare`. The order of the members puts
/// all that a delivery touches into one cache line.
class outbound_queue {
public:
    outbound_queue() noexcept = default;
    outbound_queue(const outbound_queue& other);
    outbound_queue& operator=(const outbound_queue& other);
    ~outbound_queue() { release_all(); }

    /// A queue that keeps data until `acknowledge` says otherwise is one of a reliable connection.
    void start(bool keeps_data) noexcept { keeps_data_ = keeps_data; }

    bool keeps_data() const noexcept { return keeps_data_; }

    bool has_output() const noexcept { return sent_ < data_.size() || has_control_; }

    /// The number of data frames that wait to be sent, or to be acknowledged.
    std::size_t data_frames() const noexcept { return data_.size(); }
    std::size_t data_bytes() const noexcept { return data_bytes_; }
    /// The number of data frames that were given to the present transport and are not acknowledged; 0 on a plain
    /// connection.
    std::size_t sent_frames() const noexcept { return sent_; }
    std::size_t control_frames() const noexcept { return control_.size(); }
    std::size_t control_bytes() const noexcept { return control_bytes_; }

    /// The number of the next data frame.
    std::uint64_t next_number() const noexcept { return first_ + data_.size(); }

    /// Whether the data of a reliable connection, or all that a plain one has, is more than half of the limits. Data
    /// that waits for its acknowledgement counts.
    bool is_half_full(const queue_limits& data) const noexcept {
        std::size_t frames = data_.size();
        std::size_t bytes = data_bytes_;
        if (has_control_ && !keeps_data_) {
            frames += control_.size();
            bytes += control_bytes_;
        }
        return frames > data.frames / 2 || bytes > data.bytes / 2;
    }
    /// Whether the control frames of a reliable connection are more than half of the limits.
    bool is_half_full_of_control(const queue_limits& control) const noexcept {
        return has_control_ && (control_.size() > control.frames / 2 || control_bytes_ > control.bytes / 2);
    }
    /// Whether all of it is at most a quarter of the limits.
    bool is_nearly_empty(const queue_limits& data, const queue_limits& control) const noexcept;
    /// Whether the control frames of a reliable connection, or all that a plain one has, are at most a quarter of the
    /// limits.
    bool is_nearly_empty_of_control(const queue_limits& control) const noexcept;

    /// Moves the caller's reference in, unless that would exceed the limits: then nothing changes and it returns false.
    /// The two kinds share the limits on a plain connection; on a reliable one each kind has them for itself. `size` is
    /// the frame's.
    [[nodiscard]] bool push_data(shared_frame* frame, std::uint32_t size, const queue_limits& limits) {
        std::uint64_t frames = data_.size();
        std::uint64_t bytes = std::uint64_t{data_bytes_} + size;
        if (has_control_ && !keeps_data_) {
            frames += control_.size();
            bytes += control_bytes_;
        }
        if (frames >= limits.frames || bytes > limits.bytes) return false;
        data_.push_back(frame);
        data_bytes_ += size;
        return true;
    }

    [[nodiscard]] bool push_control(frame_owner& frame, const queue_limits& limits);

    /// Adds a control frame that goes before all data, without regard to the limits: a transport's first.
    void push_first(frame_owner frame);

    /// Adds a control frame without regard to the limits: a transport's last.
    void push_last(frame_owner frame) { push(next_number(), frame); }

    /// Fetches what a push or a take some time later will need into the processor's cache.
    void prefetch() const noexcept {
        if (!data_.empty()) hub_parts::prefetch(&data_[data_.size() - 1]);
    }

    struct taken {
        /// The frame, whose reference is the caller's; null where there is nothing to be sent.
        shared_frame* frame = nullptr;
        /// The sequence id of a data frame on a reliable connection; 0 otherwise.
        std::uint64_t sequence_id = 0;
    };

    taken take(steady_time now) {
        drop_expired_next(now);
        if (has_control_ && control_.front().before <= first_ + sent_) return take_control();
        if (sent_ == data_.size()) return {};
        shared_frame* const frame = data_[sent_];
        if (!keeps_data_) {
            data_.pop_front();
            data_bytes_ -= frame->size();
            ++first_;
            return {frame, 0};
        }
        ++frame->references;
        ++sent_;
        if (ever_sent_ < sent_) ever_sent_ = sent_;
        return {frame, first_ + sent_ - 1};
    }

    /// Makes sure that what is next has not expired.
    void drop_expired_next(steady_time now) noexcept {
        if (sent_ < data_.size() && sent_ >= ever_sent_ && data_[sent_]->expires <= now) drop_expired(now);
    }

    /// Drops what was never sent and has expired; linear in what was never sent.
    void drop_expired(steady_time now) noexcept;

    /// Forgets the data up to and including `sequence_id`, and tells whether there was any. An id below what is kept
    /// changes nothing; one above all that was ever sent releases just what was sent (sessions.md section 6), so that
    /// no message is skipped. On a plain connection nothing changes.
    bool acknowledge(std::uint64_t sequence_id) noexcept;

    /// The transport is gone: control frames are dropped, unacknowledged data will be sent again.
    void rewind() noexcept {
        drop_control();
        sent_ = 0;
    }

    /// Gives every reference back and the memory as well; the queue is as new.
    void reset() noexcept;

    /// Gives the queue a frame of its own for each that it shares with the queue that it was copied from; frames that
    /// were shared by several queues still are. The new frame is noted in `shared_frame::copy` of the old one, from
    /// where `forget_copies` of the old queue takes it away.
    void unshare();
    void forget_copies() const noexcept;

private:
    struct control_frame {
        /// The number of the data frame that it goes in front of.
        std::uint64_t before = 0;
        shared_frame* frame = nullptr;
    };

    taken take_control() noexcept;
    std::uint32_t renumber(std::uint32_t control, std::uint64_t last, std::uint32_t dropped) noexcept;
    void push(std::uint64_t before, frame_owner& frame);
    void drop_control() noexcept;
    void release_all() noexcept;

    ring<shared_frame*> data_;
    /// The number of the first frame in `data_`.
    std::uint64_t first_ = 1;
    /// How many of `data_` were given to the present transport, and how many to any.
    std::uint32_t sent_ = 0;
    std::uint32_t ever_sent_ = 0;
    std::uint32_t data_bytes_ = 0;
    bool keeps_data_ = false;
    bool has_control_ = false;
    ring<control_frame> control_;
    std::uint64_t control_bytes_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/outbound_queue.ipp>
#endif
