// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/description.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace webpubsub {

namespace detail {

/// Writes the members of a message for people: `joinGroup group="room" ackId=1`.
class message_printer {
public:
    explicit message_printer(std::string& out) : out_(out) {}

    template <class Message>
    void print(const Message& message) {
        using about = description<Message>;
        out_.append(about::type);
        if (about::tag.name != key::none) out_.append("/").append(about::tag.value);
        for_each_field<Message>([&](const auto& field) { print(field.name, message.*field.member); });
    }

    void print(const unknown_message& message) {
        out_.append(message.type).append(" (unknown)");
        print(key::sequence_id, message.sequence_id);
    }

private:
    static constexpr std::size_t shown = 60;

    void name(key k) { out_.append(" ").append(name_of(k)).append("="); }

    void print(key k, const std::string& value) {
        if (value.empty()) return;
        name(k);
        if (k == key::reconnection_token) {
            out_.append("(secret)");
        } else {
            quote(value);
        }
    }

    void print(key k, std::uint64_t value) {
        name(k);
        out_.append(std::to_string(value));
    }

    void print(key k, const std::optional<std::uint64_t>& value) {
        if (value) print(k, *value);
    }

    void print(key k, bool value) {
        if (value) out_.append(" ").append(name_of(k));
    }

    void print(key, const payload& value) {
        out_.append(" ").append(name_of(value.type)).append(" ");
        if (value.type == data_type::json || value.type == data_type::text) {
            quote(value.bytes);
        } else {
            out_.append("of ").append(std::to_string(value.bytes.size())).append(" bytes");
        }
    }

    void print(key, const std::optional<ack_error>& value) {
        if (!value) {
            out_.append(" success");
            return;
        }
        out_.append(" ").append(value->name).append(": ");
        quote(value->message);
    }

    // Control characters would let a peer write to a terminal as it likes.
    void quote(std::string_view text) {
        out_.push_back('"');
        for (const char c : text.substr(0, shown)) {
            out_.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '.' : c);
        }
        out_.append(text.size() > shown ? "\"..." : "\"");
    }

    std::string& out_;
};

} // namespace detail

/// A line for people, with long values cut short and secrets left out; not a format.
inline std::string to_string(const client_message& message) {
    std::string line;
    std::visit([&](const auto& alternative) { detail::message_printer(line).print(alternative); }, message);
    return line;
}

inline std::string to_string(const service_message& message) {
    std::string line;
    std::visit([&](const auto& alternative) { detail::message_printer(line).print(alternative); }, message);
    return line;
}

} // namespace webpubsub
