// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/result.hpp>

#include <google/protobuf/any.pb.h>
#include <google/protobuf/message.h>

#include <limits>
#include <string>
#include <type_traits>

// Messages of generated classes as payloads of type `protobuf`, which travel in a `google.protobuf.Any`
// (subprotocols.md section 4). Part of the component `proto`.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A payload that holds `message` in an Any with the type URL `type.googleapis.com/<full name>`.
inline payload pack(const google::protobuf::Message& message) {
    google::protobuf::Any any;
    any.PackFrom(message);
    return protobuf_payload(any.SerializeAsString());
}

/// The Any in a payload: `errc::invalid_any` for bytes that are none, and for other types of data.
[[nodiscard]] inline result<google::protobuf::Any> any_of(const payload& data) {
    google::protobuf::Any any;
    constexpr auto max_size = static_cast<std::size_t>(std::numeric_limits<int>::max());
    if (data.type != data_type::protobuf || data.bytes.size() > max_size || !any.ParseFromString(data.bytes)) {
        return errc::invalid_any;
    }
    return any;
}

/// The message of that type in a payload. `errc::invalid_any` if there is no Any or its value can't be read,
/// `errc::wrong_any_type` if it holds another type, which `any_of` tells.
template <class Message>
    requires std::is_base_of_v<google::protobuf::Message, Message>
[[nodiscard]] result<Message> unpack(const payload& data) {
    auto any = any_of(data);
    if (!any) return any.error();
    if (!any->Is<Message>()) return errc::wrong_any_type;
    Message message;
    if (!any->UnpackTo(&message)) return errc::invalid_any;
    return message;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
