// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/queue.hpp>
#include <webpubsub/support/shared_bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The fragments of a published stream that the service has not accepted yet, written or not. They are numbered from 1
/// on (subprotocols.md section 9).
class unaccepted_fragments {
public:
    bool empty() const noexcept { return frames_.empty(); }
    std::size_t size() const noexcept { return frames_.size(); }
    /// The number of bytes of all frames.
    std::size_t bytes() const noexcept { return bytes_; }

    /// The number of the first that is not accepted.
    std::uint64_t first() const noexcept { return first_; }
    /// The number that the next one added gets.
    std::uint64_t end() const noexcept { return first_ + frames_.size(); }

    void add(detail::shared_bytes frame);

    bool has_next() const noexcept { return to_write_ != end(); }
    /// The next one to write; there is one.
    detail::shared_bytes write_next();

    /// Whether the service can expect this number: everything below it was written once.
    bool were_written_below(std::uint64_t number) const noexcept { return number <= written_; }

    /// Forgets those below the number. True if there were any.
    bool accept_below(std::uint64_t number);

    /// Those from the number on are written again; it is one of those that are kept, or the end.
    void rewind(std::uint64_t number) noexcept;

    /// All are written again, and none counts as written before.
    void restart() noexcept;

    /// Forgets all. Their numbers are not used again.
    void drop() noexcept;

private:
    detail::queue<detail::shared_bytes> frames_;
    std::size_t bytes_ = 0;
    std::uint64_t first_ = 1;
    /// The number of the next one to write.
    std::uint64_t to_write_ = 1;
    /// None from this number on was ever written.
    std::uint64_t written_ = 1;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/unaccepted_fragments.ipp>
#endif
