// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/client_codec.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/shared_bytes.hpp>

#include <cstddef>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// Makes the frames of a part, none longer than the limit. Its memory is used again and again.
class frame_encoder {
public:
    frame_encoder(const codec& encoding, std::size_t max_sent_size);

    /// Whether the payload is what its type says, and not longer by itself than a frame may be. What an encoding makes
    /// of a payload is never shorter.
    result<void> check(payload_view data) const;

    /// `errc::frame_too_large`.
    template <class Message>
    result<detail::shared_bytes> encode(const Message& message) {
        return encode(detail::index_in<Message, client_message>::value, &message);
    }

    /// A message of the client's own, which is short: the limit is for what the application may make long.
    template <class Message>
    detail::shared_bytes encode_own(const Message& message) {
        return encode_own(detail::index_in<Message, client_message>::value, &message);
    }

private:
    void write(std::size_t kind, const void* message);
    result<detail::shared_bytes> encode(std::size_t kind, const void* message);
    detail::shared_bytes encode_own(std::size_t kind, const void* message);

    codec codec_;
    std::size_t max_size_;
    std::string buffer_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/frame_encoder.ipp>
#endif
