// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/description.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/detail/json_text.hpp>

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

template <class Number>
void append_number(Number value, std::string& out) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

inline void append_json_escape(char c, std::string& out) {
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

/// Appends a JSON string. Only what must be escaped is: the quote, the backslash and control characters.
inline void append_json_string(std::string_view text, std::string& out) {
    out.push_back('"');
    const char* at = text.data();
    const char* const end = at + text.size();
    for (;;) {
        const char* const special = find_json_special<false>(at, end);
        out.append(at, special);
        if (special == end) break;
        append_json_escape(*special, out);
        at = special + 1;
    }
    out.push_back('"');
}

/// What is written for each property up to its value: a comma, the name in quotes and a colon.
struct key_text {
    std::array<char, 24> text{};
    std::uint8_t size = 0;

    consteval explicit key_text(std::string_view name) {
        for (const std::string_view part : {std::string_view(",\""), name, std::string_view("\":")}) {
            for (const char c : part) text[size++] = c;
        }
    }
};

inline constexpr auto key_texts = [] {
    const auto of_all = []<std::size_t... Index>(std::index_sequence<Index...>) {
        return std::array{key_text(key_names[Index])...};
    };
    return of_all(std::make_index_sequence<key_count>{});
}();

/// Writes messages as JSON, in the order of their descriptions, by direct append.
class json_writer {
public:
    explicit json_writer(std::string& out) : out_(out) {}

    /// Everything of a message behind the opening brace, without its sequence id if that goes into a prefix.
    template <class Message>
    void write_body(const Message& message, bool with_sequence_id) {
        using about = description<Message>;
        out_.append("\"type\":\"").append(about::type).push_back('"');
        if (about::tag.name != key::none) write(constant{about::tag.name, about::tag.value}, message);
        for_each_field<Message>([&](const auto& field) {
            if (field.name != key::sequence_id || with_sequence_id) write(field, message);
        });
        out_.push_back('}');
    }

private:
    /// Of a part the first property has no comma before it.
    void write_key(key name) {
        const auto& [text, size] = key_texts[static_cast<std::size_t>(name)];
        const bool is_first = out_.back() == '{';
        out_.append(text.data() + is_first, size - is_first);
    }

    template <class Message, class Member>
    void write(const field<Message, Member>& field, const Message& message) {
        write_value(field, message.*field.member);
    }

    template <class Message>
    void write(const constant& only, const Message&) {
        write_key(only.name);
        append_json_string(only.value, out_);
    }

    template <class T, class Message>
    void write(const absent<T>&, const Message&) {}

    template <class T, class Message>
    void write(const ignored<T>&, const Message&) {}

    template <class Field>
    void write_value(const Field& field, const std::string& value) {
        if (value.empty() && field.presence == presence::optional) return;
        write_key(field.name);
        if (value.empty() && field.presence == presence::nullable) {
            out_.append("null");
        } else {
            append_json_string(value, out_);
        }
    }

    template <class Field, class T>
    void write_value(const Field& field, const std::optional<T>& value) {
        if (value) write_value(field, *value);
    }

    template <class Field, class Number>
        requires(std::is_integral_v<Number> && !std::is_same_v<Number, bool>)
    void write_value(const Field& field, Number value) {
        write_key(field.name);
        append_number(value, out_);
    }

    /// 0 is the same as none.
    template <class Message>
    void write_value(const field<Message, std::uint32_t>& field, std::uint32_t value) {
        if (value == 0) return;
        write_key(field.name);
        append_number(value, out_);
    }

    template <class Field>
    void write_value(const Field& field, update_time value) {
        write_key(field.name);
        append_number(value.time_since_epoch().count(), out_);
    }

    template <class Field, class Bool>
        requires std::same_as<Bool, bool>
    void write_value(const Field& field, Bool value) {
        write_key(field.name);
        out_.append(value ? "true" : "false");
    }

    template <class Field>
    void write_value(const Field&, const payload& value) {
        write_payload(value);
    }

    template <class Message>
    void write_value(const field<Message, string_map>& field, const string_map& value) {
        if (value.empty()) return;
        write_key(field.name);
        write_map(value);
    }

    /// A state may be empty, which is not the same as none.
    template <class Message>
    void write_value(const field<Message, std::optional<string_map>>& field, const std::optional<string_map>& value) {
        if (!value) return;
        write_key(field.name);
        write_map(*value);
    }

    template <class Field>
    void write_value(const Field& field, const std::vector<group_state_item>& value) {
        write_key(field.name);
        out_.push_back('[');
        for (const auto& item : value) {
            if (&item != &value.front()) out_.push_back(',');
            write_part(item);
        }
        out_.push_back(']');
    }

    template <class Field, class Part>
        requires requires { description<Part>::fields; }
    void write_value(const Field& field, const Part& value) {
        write_key(field.name);
        write_part(value);
    }

    template <class Message>
    void write(const outcome<Message, std::optional<service_error>>& field, const Message& message) {
        const auto& error = message.*field.member;
        write_value(field, !error.has_value());
        if (error) write_error(*error);
    }

    template <class Message>
    void write(const outcome<Message, decltype(invoke_response_message::outcome)>& field, const Message& message) {
        const auto& result = message.*field.member;
        const auto* const error = std::get_if<service_error>(&result);
        write_value(field, error == nullptr);
        if (error != nullptr) write_error(*error);
        if (const auto* const data = std::get_if<payload>(&result)) write_payload(*data);
    }

    template <class Message>
    void write(const outcome<Message, std::optional<stream_end>>& field, const Message& message) {
        const auto& end = message.*field.member;
        if (!end) return;
        write_value(field, true);
        if (end->error) write_error(*end->error);
    }

    template <class Error>
    void write_error(const Error& error) {
        write_key(key::error);
        write_part(error);
    }

    template <class Part>
    void write_part(const Part& part) {
        out_.push_back('{');
        for_each_field<Part>([&](const auto& field) { write(field, part); });
        out_.push_back('}');
    }

    void write_map(const string_map& map) {
        out_.push_back('{');
        for (const auto& [key, value] : map) {
            if (&key != &map.front().key) out_.push_back(',');
            append_json_string(key, out_);
            out_.push_back(':');
            append_json_string(value, out_);
        }
        out_.push_back('}');
    }

    void write_payload(const payload& value) {
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

    std::string& out_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
