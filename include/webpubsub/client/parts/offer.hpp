// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The place of a call of the application among all its calls. The outbox draws them, counting from 1.
using ticket = std::uint64_t;

/// When something is written, in this order.
enum class write_order : std::uint8_t {
    /// It restores groups on a new connection: before everything that the application asked for.
    restoring,
    /// By its ticket: first writings in the order of the calls, whatever their kinds. Repetitions keep their tickets.
    by_ticket,
    /// It belongs to a stream that is open already: in turns with what goes by ticket.
    streaming,
};

/// What a part could write now; the outbox takes the least of all parts'.
struct offer {
    write_order order = write_order::by_ticket;
    client_parts::ticket ticket = 0;

    friend constexpr bool operator==(const offer&, const offer&) = default;
    friend constexpr bool operator<(const offer& a, const offer& b) noexcept {
        return a.order != b.order ? a.order < b.order : a.ticket < b.ticket;
    }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
