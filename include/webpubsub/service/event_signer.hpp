// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/any_hmac.hpp>

#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Signs events, so that a handler knows who sends them (upstream.md section 4). Without keys they are not signed.
struct event_signer {
    /// The primary one first.
    std::vector<access_key> keys;
    any_hmac hmac;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
