// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>
#include <webpubsub/track/frame_pool.hpp>
#include <webpubsub/track/prefetch.hpp>
#include <webpubsub/track/ring.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How much a queue may hold.
struct queue_limits {
    std::uint32_t frames = 1000;
    std::uint32_t bytes = std::uint32_t{16} << 20;
};

/// What one logical connection is still to be sent, and on a reliable one also what it was sent and has not
/// acknowledged (sessions.md section 6).
///
/// There are two kinds of frames. Data frames are numbered from 1 in the order of pushing: on a reliable connection
/// that number is the sequence id, which so follows from the place in the queue. Control frames (acks, pong, system
/// messages) have no number and are never replayed; each goes out after the data that was pushed before it and before
/// the data that was pushed after it. Data that has expired before it was ever sent is left out, and has no number.
///
/// The queue holds one reference to each of its frames. The order of the members puts all that a delivery touches into
/// one cache line.
class outbound_queue {
public:
    /// A queue that keeps data until `acknowledge` says otherwise is one of a reliable connection.
    void start(bool keeps_data) noexcept { keeps_data_ = keeps_data; }

    bool keeps_data() const noexcept { return keeps_data_; }

    bool has_output() const noexcept { return sent_ < data_.size() || has_control_; }

    /// Data frames that wait, or wait to be acknowledged.
    std::size_t data_frames() const noexcept { return data_.size(); }
    std::size_t data_bytes() const noexcept { return data_bytes_; }
    std::size_t control_frames() const noexcept { return control_.size(); }

    /// The number of the next data frame.
    std::uint64_t next_number() const noexcept { return first_ + data_.size(); }

    /// Moves the caller's reference in, unless that would exceed the limits: then nothing changes and it returns false.
    /// The two kinds share the limits on a plain connection; on a reliable one each kind has them for itself. `size` is
    /// the frame's.
    [[nodiscard]] bool push_data(frame_ref frame, std::uint32_t size, const queue_limits& limits) {
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

    [[nodiscard]] bool push_control(frame_ref frame, std::uint32_t size, const queue_limits& limits) {
        const std::uint64_t frames = std::uint64_t{control_.size()} + (keeps_data_ ? 0 : data_.size());
        const std::uint64_t bytes = control_bytes_ + size + (keeps_data_ ? 0 : data_bytes_);
        if (frames >= limits.frames || bytes > limits.bytes) return false;
        push(next_number(), frame, size);
        return true;
    }

    /// A control frame that goes before all data, without regard to the limits: a transport's first.
    void push_first(frame_ref frame, std::uint32_t size) {
        assert(!has_control_ && sent_ == 0);
        push(first_, frame, size);
    }

    /// A control frame without regard to the limits: a transport's last.
    void push_last(frame_ref frame, std::uint32_t size) { push(next_number(), frame, size); }

    /// To be called some time before a push or a take.
    void prefetch() const noexcept {
        if (!data_.empty()) detail::prefetch(&data_[data_.size() - 1]);
    }

    struct taken {
        /// The reference is the caller's.
        frame_ref frame;
        /// Of a data frame on a reliable connection; 0 otherwise.
        std::uint64_t sequence_id;
    };

    std::optional<taken> take(frame_pool& pool, steady_time now) {
        drop_expired_next(pool, now);
        if (has_control_ && control_.front().before <= first_ + sent_) {
            const auto frame = control_.front().frame;
            control_.pop_front();
            control_bytes_ -= pool.size_of(frame);
            has_control_ = !control_.empty();
            return taken{frame, 0};
        }
        if (sent_ == data_.size()) return std::nullopt;
        const auto frame = data_[sent_];
        if (!keeps_data_) {
            data_.pop_front();
            data_bytes_ -= pool.size_of(frame);
            ++first_;
            return taken{frame, 0};
        }
        pool.add_references(frame, 1);
        ++sent_;
        ever_sent_ = std::max(ever_sent_, sent_);
        return taken{frame, first_ + sent_ - 1};
    }

    /// Makes sure that what is next has not expired.
    void drop_expired_next(frame_pool& pool, steady_time now) noexcept {
        if (sent_ < data_.size() && sent_ >= ever_sent_ && pool.has_expired(data_[sent_], now)) drop_expired(pool, now);
    }

    /// Drops what was never sent and has expired; linear in what was never sent.
    void drop_expired(frame_pool& pool, steady_time now) noexcept {
        std::uint32_t kept = std::max(sent_, ever_sent_);
        std::uint32_t control = 0;
        for (auto i = kept; i < data_.size(); ++i) {
            control = renumber(control, first_ + i, i - kept);
            if (!pool.has_expired(data_[i], now)) {
                data_[kept++] = data_[i];
                continue;
            }
            data_bytes_ -= pool.size_of(data_[i]);
            pool.release(data_[i]);
        }
        const auto dropped = data_.size() - kept;
        renumber(control, next_number(), dropped);
        data_.drop_back(dropped);
    }

    /// Forgets the data up to and including `sequence_id`. An id below what is kept changes nothing; one above all that
    /// was ever sent releases just what was sent (sessions.md section 6), so that no message is skipped. Nothing on a
    /// plain connection.
    void acknowledge(frame_pool& pool, std::uint64_t sequence_id) noexcept {
        if (sequence_id < first_ || ever_sent_ == 0) return;
        const auto n = static_cast<std::uint32_t>(std::min<std::uint64_t>(sequence_id - first_, ever_sent_ - 1) + 1);
        for (std::uint32_t i = 0; i < n; ++i) {
            data_bytes_ -= pool.size_of(data_[i]);
            pool.release(data_[i]);
        }
        data_.drop_front(n);
        first_ += n;
        ever_sent_ -= n;
        sent_ -= std::min(sent_, n);
    }

    /// The transport is gone: control frames are dropped, unacknowledged data will be sent again.
    void rewind(frame_pool& pool) noexcept {
        drop_control(pool);
        sent_ = 0;
    }

    /// Gives every reference back and the memory as well; the queue is as new.
    void reset(frame_pool& pool) noexcept {
        drop_control(pool);
        for (std::uint32_t i = 0; i < data_.size(); ++i) pool.release(data_[i]);
        *this = outbound_queue();
    }

private:
    struct control_frame {
        /// The number of the data frame that it goes in front of.
        std::uint64_t before = 0;
        frame_ref frame = frame_ref::none;
    };

    /// Control frames from that index on, as far as they go before the data of number `last` or earlier data, go before
    /// data whose number is less by `dropped`. Returns the index of the first that does not.
    std::uint32_t renumber(std::uint32_t control, std::uint64_t last, std::uint32_t dropped) noexcept {
        for (; control < control_.size() && control_[control].before <= last; ++control) {
            control_[control].before -= dropped;
        }
        return control;
    }

    void push(std::uint64_t before, frame_ref frame, std::uint32_t size) {
        control_.push_back({before, frame});
        control_bytes_ += size;
        has_control_ = true;
    }

    void drop_control(frame_pool& pool) noexcept {
        for (std::uint32_t i = 0; i < control_.size(); ++i) pool.release(control_[i].frame);
        control_.reset();
        control_bytes_ = 0;
        has_control_ = false;
    }

    ring<frame_ref> data_;
    /// The number of the first of `data_`.
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

} // namespace webpubsub
