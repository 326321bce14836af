// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/description.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// At most 60 bytes of it, without control characters: they would let a peer write to a terminal as it likes.
inline void append_quoted(std::string& out, std::string_view text) {
    constexpr std::size_t shown = 60;
    out.push_back('"');
    for (const char c : text.substr(0, shown)) {
        out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '.' : c);
    }
    out.append(text.size() > shown ? "\"..." : "\"");
}

/// Writes the members of a message for people: `joinGroup group="room" ackId=1`.
class message_printer {
public:
    explicit message_printer(std::string& out) : out_(out) {}

    template <class Message>
    void print(const Message& message) {
        using about = description<Message>;
        out_.append(about::type);
        if (about::tag.name != key::none) out_.append("/").append(about::tag.value);
        for_each_field<Message>([&](const auto& field) { print(field, message); });
    }

    void print(const unknown_message& message) {
        out_.append(message.type).append(" (unknown)");
        print(key::sequence_id, message.sequence_id);
    }

private:
    /// Of the entries of a map or a list.
    static constexpr std::size_t listed = 8;

    template <class Message, class Member>
    void print(const field<Message, Member>& field, const Message& message) {
        print(field.name, message.*field.member);
    }

    template <class Message, class Member>
    void print(const outcome<Message, Member>& field, const Message& message) {
        print(field.name, message.*field.member);
    }

    // Says nothing that the kind of message does not say.
    template <class Message>
    void print(const constant&, const Message&) {}
    template <class T, class Message>
    void print(const absent<T>&, const Message&) {}
    template <class T, class Message>
    void print(const ignored<T>&, const Message&) {}

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

    template <class Number>
        requires(std::is_integral_v<Number> && !std::is_same_v<Number, bool>)
    void print(key k, Number value) {
        if (value == 0 && k == key::ttl_seconds) return;
        name(k);
        out_.append(std::to_string(value));
    }

    void print(key k, update_time value) { print(k, value.time_since_epoch().count()); }

    template <class Bool>
        requires std::same_as<Bool, bool>
    void print(key k, Bool value) {
        if (value) out_.append(" ").append(name_of(k));
    }

    template <class T>
    void print(key k, const std::optional<T>& value) {
        if (value) print(k, *value);
    }

    void print(key, const payload& value) {
        out_.append(" ").append(name_of(value.type)).append(" ");
        if (value.type == data_type::json || value.type == data_type::text) {
            quote(value.bytes);
        } else {
            out_.append("of ").append(std::to_string(value.bytes.size())).append(" bytes");
        }
    }

    void print(key k, const string_map& value) {
        if (value.empty()) return;
        out_.append(" ").append(name_of(k)).append(" {");
        std::size_t count = 0;
        for (const auto& [entry_key, entry_value] : value) {
            if (count != 0) out_.append(", ");
            if (++count > listed) {
                out_.append("...");
                break;
            }
            quote(entry_key);
            out_.append(": ");
            quote(entry_value);
        }
        out_.append("}");
    }

    void print(key k, const std::optional<string_map>& value) {
        if (!value) {
            out_.append(" cleared");
        } else if (value->empty()) {
            out_.append(" ").append(name_of(k)).append(" {}");
        } else {
            print(k, *value);
        }
    }

    void print(key k, const std::vector<group_state_item>& items) {
        out_.append(" ").append(std::to_string(items.size())).append(" ").append(name_of(k));
        for (std::size_t i = 0; i < items.size() && i < listed; ++i) print(k, items[i]);
        if (items.size() > listed) out_.append(" ...");
    }

    template <class Part>
        requires requires { description<Part>::fields; }
    void print(key, const Part& part) {
        out_.append(" (");
        const auto begin = out_.size();
        for_each_field<Part>([&](const auto& field) { print(field, part); });
        // Every field begins with a space.
        if (out_.size() > begin) out_.erase(begin, 1);
        out_.append(")");
    }

    void print(key, const service_error& error) {
        out_.append(" ").append(error.name).append(": ");
        quote(error.message);
    }

    // A stream's end.
    void print(key k, const std::optional<stream_end>& end) {
        if (!end) return;
        out_.append(" ").append(name_of(k));
        print(key::error, end->error);
    }

    // Success or failure.
    void print(key k, const std::optional<service_error>& error) {
        if (error) {
            print(k, *error);
        } else if (k == key::success) {
            out_.append(" success");
        }
    }

    void print(key k, const std::variant<std::monostate, payload, service_error>& outcome) {
        if (const auto* const error = std::get_if<service_error>(&outcome)) {
            print(k, *error);
            return;
        }
        out_.append(" success");
        if (const auto* const data = std::get_if<payload>(&outcome)) print(key::data, *data);
    }

    void quote(std::string_view text) { append_quoted(out_, text); }

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
