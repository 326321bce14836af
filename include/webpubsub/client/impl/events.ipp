// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_DECL void destroy(client_event* event) noexcept { delete event; }

} // namespace webpubsub::inline WEBPUBSUB_MODE
