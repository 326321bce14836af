// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/description.hpp>
#include <webpubsub/text/base64.hpp>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::detail {

inline void append_number(std::uint64_t value, std::string& out) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

/// Appends a JSON string. Only what must be escaped is: the quote, the backslash and control characters.
inline void append_json_string(std::string_view text, std::string& out) {
    out.push_back('"');
    std::size_t written = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text.substr(written, i - written));
        written = i + 1;
        out.push_back('\\');
        switch (c) {
        case '"': out.push_back('"'); break;
        case '\\': out.push_back('\\'); break;
        case '\b': out.push_back('b'); break;
        case '\f': out.push_back('f'); break;
        case '\n': out.push_back('n'); break;
        case '\r': out.push_back('r'); break;
        case '\t': out.push_back('t'); break;
        default:
            out.append("u00");
            out.push_back(c < 0x10 ? '0' : '1');
            out.push_back("0123456789abcdef"[c & 15]);
        }
    }
    out.append(text.substr(written));
    out.push_back('"');
}

/// Writes messages as JSON, in the order of their descriptions, by direct append.
class json_writer {
public:
    explicit json_writer(std::string& out) : out_(out) {}

    /// Everything of a message behind the opening brace, without its sequence id if that goes into a prefix.
    template <class Message>
    void write_body(const Message& message, bool with_sequence_id) {
        using about = description<Message>;
        out_.append("\"type\":\"").append(about::type).push_back('"');
        if (about::tag.name != key::none) {
            write_key(about::tag.name);
            append_json_string(about::tag.value, out_);
        }
        for_each_field<Message>([&](const auto& field) {
            if (field.name == key::sequence_id && !with_sequence_id) return;
            write(field, message.*field.member);
        });
        out_.push_back('}');
    }

private:
    void write_key(key name) { out_.append(",\"").append(name_of(name)).append("\":"); }

    template <class Field>
    void write(const Field& field, const std::string& value) {
        if (value.empty() && field.presence == presence::optional) return;
        write_key(field.name);
        if (value.empty() && field.presence == presence::nullable) {
            out_.append("null");
        } else {
            append_json_string(value, out_);
        }
    }

    template <class Field>
    void write(const Field& field, const std::optional<std::uint64_t>& value) {
        if (value) write(field, *value);
    }

    template <class Field>
    void write(const Field& field, std::uint64_t value) {
        write_key(field.name);
        append_number(value, out_);
    }

    template <class Field>
    void write(const Field& field, bool value) {
        write_key(field.name);
        out_.append(value ? "true" : "false");
    }

    template <class Field>
    void write(const Field&, const payload& value) {
        write_key(key::data_type);
        out_.append("\"").append(name_of(value.type)).push_back('"');
        write_key(key::data);
        switch (value.type) {
        case data_type::json: out_.append(value.bytes); break;
        case data_type::text: append_json_string(value.bytes, out_); break;
        case data_type::binary:
        case data_type::protobuf:
            out_.push_back('"');
            base64_encode_append(value.bytes, out_);
            out_.push_back('"');
        }
    }

    template <class Field>
    void write(const Field&, const std::optional<ack_error>& value) {
        write_key(key::success);
        out_.append(value ? "false" : "true");
        if (!value) return;
        write_key(key::error);
        out_.append("{\"name\":");
        append_json_string(value->name, out_);
        write_key(key::message);
        append_json_string(value->message, out_);
        out_.push_back('}');
    }

    std::string& out_;
};

} // namespace webpubsub::detail
