// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/orders.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_DECL void destroy(client_order* order) noexcept { delete order; }

} // namespace webpubsub::inline WEBPUBSUB_MODE
