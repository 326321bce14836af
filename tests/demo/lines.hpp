// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/messages/print.hpp>
#include <webpubsub/text/redact.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <string_view>

// The lines that are written to standard output; client.cpp says what is in them.

namespace webpubsub::inline WEBPUBSUB_MODE::demo {

namespace json = boost::json;

inline void write_line(const char* kind, const json::object& members) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    json::object line{{"at", std::chrono::duration<double, std::milli>(now).count()}, {"kind", kind}};
    for (const auto& member : members) line.insert(member);
    std::cout << json::serialize(line) << std::endl;
}

inline std::string as_json(const client_message& message) {
    std::string text;
    json_codec().encode(message, text);
    return text;
}

/// Without the reconnection token, which only a connected message has. Empty for an unknown message.
inline std::string as_json(service_message message) {
    if (auto* const connected = get_if<connected_message>(&message)) {
        if (!connected->reconnection_token.empty()) connected->reconnection_token = redacted_text;
    }
    std::string text;
    if (!json_service_codec().encode(message, text)) return {};
    return text;
}

/// Writes the frames of one subprotocol, their messages in JSON whatever the encoding.
class frame_writer {
public:
    /// The subprotocol is a known one.
    explicit frame_writer(std::string_view subprotocol)
        : of_client_(*find_service_codec(subprotocol)), of_service_(*find_codec(subprotocol)) {}

    void sent(std::string_view frame) const { write<client_message>("sent", of_client_, frame); }
    void received(std::string_view frame) const { write<service_message>("received", of_service_, frame); }

private:
    template <class Message, class Codec>
    static void write(const char* direction, const Codec& protocol, std::string_view frame) {
        Message message;
        const auto decoded = protocol.decode(frame, message);
        write_line("frame", {{"direction", direction},
                             {"message", decoded ? as_json(message) : std::string()},
                             {"meaning", decoded ? to_string(message) : message_of(decoded.error().code)}});
    }

    service_codec of_client_;
    codec of_service_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::demo
