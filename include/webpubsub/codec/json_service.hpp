// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/service_codec.hpp>

// The service's half of the codec of `json.webpubsub.azure.v1` and `json.reliable.webpubsub.azure.v1`. What it accepts
// beyond the letter of the protocol is in json.hpp.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// `json.webpubsub.azure.v1`.
WEBPUBSUB_DECL service_codec json_service_codec(const codec_limits& limits = {}) noexcept;

/// `json.reliable.webpubsub.azure.v1`.
WEBPUBSUB_DECL service_codec reliable_json_service_codec(const codec_limits& limits = {}) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/json_service.ipp>
#endif
