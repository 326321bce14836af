// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/json_service.hpp>
#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/codec/protobuf_service.hpp>

#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::test {

/// Both halves of a codec, for tests that write and read the messages of both sides alike.
struct full_codec {
    codec client;
    service_codec service;

    const subprotocol& protocol() const noexcept { return client.protocol(); }

    template <class Target>
    result<decode_notes> decode(std::string_view frame, Target& out) const {
        if constexpr (requires { client.decode(frame, out); }) {
            return client.decode(frame, out);
        } else {
            return service.decode(frame, out);
        }
    }

    bool encode(const client_message& message, std::string& out) const {
        client.encode(message, out);
        return true;
    }
    bool encode(const service_message& message, std::string& out) const {
        return service.encode(message, out).has_value();
    }
};

inline full_codec full_json_codec(const codec_limits& limits = {}) {
    return {reliable_json_codec(limits), reliable_json_service_codec(limits)};
}

inline full_codec full_protobuf_codec(const codec_limits& limits = {}) {
    return {reliable_protobuf_codec(limits), reliable_protobuf_service_codec(limits)};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::test
