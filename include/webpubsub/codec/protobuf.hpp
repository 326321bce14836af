// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/client_codec.hpp>

// The codec of `protobuf.webpubsub.azure.v1` and `protobuf.reliable.webpubsub.azure.v1`, for the schema in
// proto/webpubsub.v1.proto. It needs neither protobuf's library nor generated code, nor anything else to link.
//
// It takes what protobuf's own parser takes, and means the same: unknown fields and groups are passed over, a known
// field of another wire type is an unknown one, of repeated scalars the last counts, repeated messages are merged, of a
// oneof the last member counts. Beyond the letter of the protocol it accepts, because peers in the field write it:
//   - JSON in `json_data` from a client, which the documentation does not have;
//   - metadata without data, and the end of a stream without data, which is an empty text;
//   - of the service a failure without an error.
// JSON is not looked into: who puts it into a JSON frame checks it (`check`), as a hub does.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// `protobuf.webpubsub.azure.v1`.
WEBPUBSUB_DECL codec protobuf_codec(const codec_limits& limits = {}) noexcept;

/// `protobuf.reliable.webpubsub.azure.v1`.
WEBPUBSUB_DECL codec reliable_protobuf_codec(const codec_limits& limits = {}) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/protobuf.ipp>
#endif
