// SPDX-License-Identifier: MIT
#include "frame_log.hpp"

#include "whole_lines.hpp"

#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/print.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/text/redact.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <sstream>

namespace emulator {

using namespace webpubsub;

namespace {

constexpr std::size_t longest_shown = 4096;

struct secret_mark {
    std::string_view before;
    /// The characters that end it.
    std::string_view end;
};

constexpr std::array<secret_mark, 3> secret_marks{{
    {"\"reconnectionToken\":\"", "\""},
    {"access_token=", "&#\"' \\"},
    {"awps_reconnection_token=", "&#\"' \\"},
}};

std::string time_of_day() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::ostringstream text;
    text << std::put_time(&utc, "%H:%M:%S") << '.' << std::setfill('0') << std::setw(3) << millis;
    return text.str();
}

/// On one line, and without control characters.
std::string shown(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, longest_shown)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7F) {
            out += c;
        } else {
            constexpr std::string_view digits = "0123456789abcdef";
            out.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 0x0F]);
        }
    }
    if (text.size() > longest_shown) out += "... (" + std::to_string(text.size()) + " bytes)";
    return out;
}

template <class Message, class Codec>
std::string meaning(const Codec& protocol, frame_kind kind, std::string_view bytes) {
    if (kind != protocol.protocol().frames()) return "not a message: wrong kind of frame";
    Message message;
    if (const auto decoded = protocol.decode(bytes, message); !decoded) {
        return std::string("not a message: ") + message_of(decoded.error().code);
    }
    return to_string(message);
}

std::string without_meaning(frame_kind kind) { return kind == frame_kind::text ? "text" : "binary"; }

std::string raw(frame_kind kind, std::string_view bytes) {
    if (kind == frame_kind::binary) return "(" + std::to_string(bytes.size()) + " bytes)";
    return shown(redact_frame(bytes));
}

void write_line(const logged_connection& who, std::string_view what, const std::string& raw,
                const std::string& meaning) {
    std::string line = time_of_day();
    for (const std::string_view part : {who.hub, who.id, what, std::string_view(raw)}) line.append(1, ' ').append(part);
    if (!meaning.empty()) line.append(" # ").append(meaning);
    print_line(std::cout, line);
}

} // namespace

std::optional<frame_codecs> frame_codecs::find(std::string_view subprotocol) {
    const auto of_service = find_codec(subprotocol);
    const auto of_client = find_service_codec(subprotocol);
    if (!of_service || !of_client) return std::nullopt;
    return frame_codecs{*of_service, *of_client};
}

std::string redact_frame(std::string_view text) {
    std::string out;
    while (true) {
        std::size_t begin = std::string_view::npos;
        const secret_mark* found = nullptr;
        for (const auto& mark : secret_marks) {
            const auto at = text.find(mark.before);
            if (at == std::string_view::npos || at + mark.before.size() >= begin) continue;
            begin = at + mark.before.size();
            found = &mark;
        }
        if (found == nullptr) return out.append(text);
        out.append(text.substr(0, begin)).append(redacted_text);
        text.remove_prefix(std::min(text.find_first_of(found->end, begin), text.size()));
    }
}

void frame_log::opened(const logged_connection& who, std::string_view target, std::string_view subprotocol) const {
    if (!enabled_) return;
    write_line(who, "open", shown(redact_url(target)),
               subprotocol.empty() ? std::string("no subprotocol") : std::string(subprotocol));
}

void frame_log::received(const logged_connection& who, frame_kind kind, std::string_view bytes) const {
    if (!enabled_) return;
    write_line(who, "<-", raw(kind, bytes),
               who.protocol ? meaning<client_message>(who.protocol->of_client, kind, bytes) : without_meaning(kind));
}

void frame_log::sent(const logged_connection& who, const delivery& message) const {
    if (!enabled_) return;
    const auto kind = message.kind();
    const auto bytes = std::string(message.prefix()).append(message.body());
    write_line(who, "->", raw(kind, bytes),
               who.protocol ? meaning<service_message>(who.protocol->of_service, kind, bytes) : without_meaning(kind));
}

void frame_log::closing(const logged_connection& who, std::uint16_t code, std::string_view reason) const {
    if (!enabled_) return;
    write_line(who, "->", "close " + std::to_string(code), shown(reason));
}

void frame_log::ended(const logged_connection& who, std::uint16_t code, std::string_view reason) const {
    if (!enabled_) return;
    write_line(who, "end", std::to_string(code), shown(reason));
}

} // namespace emulator
