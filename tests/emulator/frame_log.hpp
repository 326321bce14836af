// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/delivery.hpp>
#include <webpubsub/messages/frame.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace emulator {

/// What reads the frames of a PubSub client, in both directions.
struct frame_codecs {
    webpubsub::codec of_service;
    webpubsub::service_codec of_client;

    /// Nothing for what is no subprotocol of the protocol.
    static std::optional<frame_codecs> find(std::string_view subprotocol);
};

/// Whose frame it is.
struct logged_connection {
    std::string_view hub;
    /// The id of the logical connection; `-` where there is none.
    std::string_view id;
    /// Of a PubSub client.
    const std::optional<frame_codecs>& protocol;
};

/// Writes what goes by to standard output, one line each: the time (UTC), the hub, the connection, `<-` from the client
/// or `->` to it, the frame as it is, and behind ` # ` what it means. Connections that open and end have lines with
/// `open` and `end`. Secrets are left out, long frames are cut, and what could disturb a terminal is escaped.
class frame_log {
public:
    explicit frame_log(bool enabled) : enabled_(enabled) {}

    void opened(const logged_connection& who, std::string_view target, std::string_view subprotocol) const;
    void received(const logged_connection& who, webpubsub::frame_kind kind, std::string_view bytes) const;
    void sent(const logged_connection& who, const webpubsub::delivery& message) const;
    /// We close the connection.
    void closing(const logged_connection& who, std::uint16_t code, std::string_view reason) const;
    /// The transport is gone, with the peer's code.
    void ended(const logged_connection& who, std::uint16_t code, std::string_view reason) const;

private:
    bool enabled_;
};

/// Without the values of reconnection tokens in JSON and of access and reconnection tokens in URLs, wherever they are.
std::string redact_frame(std::string_view text);

} // namespace emulator
