// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/time.hpp>

#include <optional>
#include <set>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The deadlines of what was called by ticket, in the order of time. Each is kept beside what it belongs to as well, so
/// that it can be found here. Each operation is logarithmic.
class ticket_deadlines {
public:
    /// Moves the deadline of `owner`, which keeps it in `kept`; without a value there is none.
    void move(ticket owner, std::optional<steady_time>& kept, std::optional<steady_time> deadline);

    std::optional<steady_time> next() const;
    /// Whose deadline has come first. It stays until it is moved.
    std::optional<ticket> due(steady_time now) const;

private:
    std::set<std::pair<steady_time, ticket>> deadlines_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/ticket_deadlines.ipp>
#endif
