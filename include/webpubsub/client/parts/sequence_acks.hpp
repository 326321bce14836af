// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/link_change.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The receiver's side of sequence ids on a reliable connection (sessions.md section 6): finds repetitions and gaps,
/// and decides when the largest id has to be acknowledged.
class sequence_acks {
public:
    enum class verdict : std::uint8_t {
        next,
        /// Received before: after a recovery the service repeats what was not acknowledged.
        repetition,
        /// Ids between the last one and this one never came.
        gap,
    };

    explicit sequence_acks(const client_sequence_ack_options& options) noexcept : options_(options) {}

    static result<void> check(const client_sequence_ack_options& options) {
        if (options.interval < duration::zero()) return error::about(errc::invalid_option, "sequence_ack.interval");
        return {};
    }

    /// Takes note of a message of `size` bytes. A repetition needs an acknowledgement too: it shows that the service
    /// did not see one.
    verdict receive(steady_time now, std::uint64_t id, std::size_t size) noexcept {
        if (!deadline_ && !due_) deadline_ = add_saturating(now, options_.interval);
        bytes_ += size;
        if (id <= last_) return verdict::repetition;
        const bool gap = id != last_ + 1;
        last_ = id;
        if (last_ - acknowledged_ >= options_.messages || bytes_ >= options_.bytes) due_ = true;
        return gap ? verdict::gap : verdict::next;
    }

    /// The largest id that was received; 0 before the first.
    std::uint64_t last() const noexcept { return last_; }

    /// Whether an acknowledgement is to be written now.
    bool due() const noexcept { return due_; }

    /// The id to acknowledge, which is handed to the transport.
    std::uint64_t begin_write() noexcept {
        acknowledged_ = last_;
        bytes_ = 0;
        due_ = false;
        deadline_.reset();
        return last_;
    }

    void handle_link(link_change change) noexcept {
        switch (change) {
        case link_change::up:
        case link_change::stopped: *this = sequence_acks(options_); break;
        case link_change::down: deadline_.reset(); break;
        // The service then repeats less.
        case link_change::recovering: due_ = last_ != 0; break;
        default: break;
        }
    }

    std::optional<steady_time> deadline() const noexcept { return deadline_; }

    void handle_timeout(steady_time now) noexcept {
        if (!deadline_ || now < *deadline_) return;
        deadline_.reset();
        due_ = last_ != 0;
    }

private:
    client_sequence_ack_options options_;
    std::uint64_t last_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::size_t bytes_ = 0;
    bool due_ = false;
    std::optional<steady_time> deadline_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
