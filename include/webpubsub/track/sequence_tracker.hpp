// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The receiver's side of sequence ids on a reliable connection (sessions.md section 6): finds duplicates and gaps,
/// and decides when the largest id has to be acknowledged.
class sequence_tracker {
public:
    struct limits {
        /// Acknowledge at once when so many messages are unacknowledged, however young they are.
        std::uint64_t messages = 128;
        /// The same for their bytes.
        std::size_t bytes = 1 << 20;
    };

    enum class verdict {
        next,
        /// Received before; after a recovery the service repeats what was not acknowledged.
        duplicate,
        /// Ids between the last one and this one never came.
        gap,
    };

    explicit sequence_tracker(const limits& the_limits) noexcept : limits_(the_limits) {}

    /// Takes note of a data message of `size` bytes. A duplicate needs an acknowledgement too: its repetition shows that
    /// the service did not see one.
    verdict receive(std::uint64_t id, std::size_t size) noexcept {
        unacknowledged_ = true;
        bytes_ += size;
        if (id <= last_) return verdict::duplicate;
        const bool gap = id != last_ + 1;
        last_ = id;
        if (last_ - acknowledged_ >= limits_.messages || bytes_ >= limits_.bytes) urgent_ = true;
        return gap ? verdict::gap : verdict::next;
    }

    std::uint64_t last() const noexcept { return last_; }

    /// Something was received that is not acknowledged yet.
    bool unacknowledged() const noexcept { return unacknowledged_; }

    /// An acknowledgement must go out with the next write.
    bool due() const noexcept { return urgent_; }

    /// The time since the oldest unacknowledged message is up, or the connection was just recovered.
    void request() noexcept { urgent_ = last_ != 0; }

    /// An acknowledgement of `last()` was handed to the transport.
    void acknowledged() noexcept {
        acknowledged_ = last_;
        bytes_ = 0;
        unacknowledged_ = false;
        urgent_ = false;
    }

    /// A new connection counts from the start.
    void reset() noexcept { *this = sequence_tracker(limits_); }

private:
    limits limits_;
    std::uint64_t last_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::size_t bytes_ = 0;
    bool unacknowledged_ = false;
    bool urgent_ = false;
};

} // namespace webpubsub
