// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/client/orders.hpp>

#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A line for people, e.g. for a log: `disconnected id="c1" code=1006`. What is empty or 0 is left out, long values are
/// cut short, control characters are replaced, and URLs are left out, since they hold secrets. It is not a format.
WEBPUBSUB_DECL std::string describe(const client_event& event);
WEBPUBSUB_DECL std::string describe(const client_order& order);

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/print.ipp>
#endif
