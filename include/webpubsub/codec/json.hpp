// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/client_codec.hpp>

#include <string>

// The codec of `json.webpubsub.azure.v1` and `json.reliable.webpubsub.azure.v1`. It needs nothing
// but the standard library. What it accepts beyond the letter of the protocol, because peers in the field write it:
//   - `type` and `dataType` in any case; unknown properties; of repeated properties the last;
//   - `userId` and `fromUserId` missing, null or empty: all mean that there is no user;
//   - a sequence id as a string of digits; ids up to 2^64 - 1;
//   - base64 with blanks, tabs and line breaks in it;
//   - `"dataType":"protobuf"` with base64 of a `google.protobuf.Any` from a client, as the SDKs write it;
//   - JSON `null` as data;
//   - metadata without data, and the end of a stream without data, which is an empty text;
//   - a fragment of a stream without `dataType`, whose data then is JSON as elsewhere;
//   - of the service a failure without an error, and errors without a name or a message.
// Everything else that is wrong is an error. Half of a surrogate pair is none: see `decode_notes`.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// `json.webpubsub.azure.v1`.
WEBPUBSUB_DECL codec json_codec(const codec_limits& limits = {}) noexcept;

/// `json.reliable.webpubsub.azure.v1`.
WEBPUBSUB_DECL codec reliable_json_codec(const codec_limits& limits = {}) noexcept;

/// A payload of `json_text`, checked to be one JSON value: `errc::invalid_json` or `errc::too_deep` with the offset.
WEBPUBSUB_DECL result<payload> checked_json_payload(std::string json_text, const codec_limits& limits = {});

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/json.ipp>
#endif
