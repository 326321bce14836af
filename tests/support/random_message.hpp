// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/description.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/text/utf8.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::test {

/// Makes messages of every kind that the model allows and the codecs must carry. `Chance` gives numbers:
/// `chance.below(n)` is one of 0 to n - 1.
template <class Chance>
class random_message {
public:
    explicit random_message(Chance& chance) : chance_(chance) {}

    client_message client() { return any_of<client_message>(std::variant_size_v<client_message>); }
    /// All but `unknown_message`, which is the last.
    service_message service() { return any_of<service_message>(std::variant_size_v<service_message> - 1); }

    /// One of `count` kinds, by its place in the variant.
    template <class Variant>
    Variant any_of(std::size_t count) {
        return of_kind<Variant>(chance_.below(count));
    }

    template <class Variant, std::size_t Index = 0>
    Variant of_kind(std::size_t kind) {
        if constexpr (Index + 1 < std::variant_size_v<Variant>) {
            if (kind != Index) return of_kind<Variant, Index + 1>(kind);
        }
        std::variant_alternative_t<Index, Variant> message;
        if constexpr (!std::is_same_v<decltype(message), unknown_message>) fill(message);
        return message;
    }

    std::string text(std::size_t max_length = 24) {
        std::string out;
        for (auto left = chance_.below(max_length + 1); left != 0; --left) append_code_point(code_point(), out);
        return out;
    }

    std::string bytes(std::size_t max_length = 40) {
        std::string out(chance_.below(max_length + 1), '\0');
        for (char& c : out) c = static_cast<char>(chance_.below(256));
        return out;
    }

    payload data() {
        switch (chance_.below(4)) {
        case 0: return text_payload(text());
        case 1: return binary_payload(bytes());
        case 2: return protobuf_payload(any());
        default: return json_payload(json());
        }
    }

private:
    template <class Message>
    void fill(Message& message) {
        detail::for_each_field<Message>([&](const auto& field) { fill(field, message); });
    }

    template <class Message, class Member>
    void fill(const detail::field<Message, Member>& field, Message& message) {
        fill(field.name, field.presence, message.*field.member);
    }

    template <class Message, class Member>
    void fill(const detail::outcome<Message, Member>& field, Message& message) {
        fill(field.name, detail::presence::optional, message.*field.member);
    }

    template <class Message>
    void fill(const detail::constant&, Message&) {}
    template <class T, class Message>
    void fill(const detail::absent<T>&, Message&) {}
    template <class T, class Message>
    void fill(const detail::ignored<T>&, Message&) {}

    void fill(detail::key, detail::presence presence, std::string& out) {
        do {
            out = text();
        } while (out.empty() && presence == detail::presence::required);
    }

    template <class Number>
        requires std::is_integral_v<Number>
    void fill(detail::key name, detail::presence, Number& out) {
        if constexpr (std::same_as<Number, bool>) {
            out = chance_.below(2) == 1;
        } else {
            out = static_cast<Number>(number());
            if (name == detail::key::ttl_seconds) out = static_cast<Number>(out % (max_ttl_seconds + 1));
            if (out == 0 && (name == detail::key::stream_sequence_id || name == detail::key::idle_timeout_ms)) out = 1;
        }
    }

    void fill(detail::key, detail::presence, update_time& out) {
        out = update_time(update_time::duration(static_cast<std::int64_t>(number())));
    }

    void fill(detail::key, detail::presence, payload& out) { out = data(); }

    template <class T>
    void fill(detail::key name, detail::presence presence, std::optional<T>& out) {
        if (chance_.below(3) == 0) return;
        fill(name, presence, out.emplace());
    }

    template <class Part>
        requires requires { detail::description<Part>::fields; }
    void fill(detail::key, detail::presence, Part& out) {
        fill(out);
    }

    void fill(detail::key, detail::presence, stream_end& end) {
        if (chance_.below(2) == 1) fill(end.error.emplace());
    }

    void fill(detail::key, detail::presence, std::variant<std::monostate, payload, service_error>& outcome) {
        switch (chance_.below(3)) {
        case 0: break;
        case 1: outcome = data(); break;
        default: fill(outcome.emplace<service_error>()); break;
        }
    }

    void fill(detail::key name, detail::presence, string_map& out) {
        for (auto left = chance_.below(4); left != 0; --left) {
            const bool metadata = name == detail::key::metadata;
            out.push_back({metadata ? token() : text(8), metadata ? token() : text()});
        }
        detail::keep_last_of_each_key(out);
    }

    void fill(detail::key, detail::presence, std::vector<group_state_item>& out) {
        for (auto left = chance_.below(4); left != 0; --left) fill(out.emplace_back());
    }

    std::uint64_t number() {
        const auto bits = chance_.below(65);
        if (bits == 0) return 0;
        std::uint64_t out = 0;
        for (int i = 0; i < 8; ++i) out = out << 8 | chance_.below(256);
        return out >> (64 - bits);
    }

    char32_t code_point() {
        switch (chance_.below(8)) {
        case 0: return static_cast<char32_t>(chance_.below(0x20));
        case 1: return static_cast<char32_t>(0x80 + chance_.below(0x780));
        case 2: return static_cast<char32_t>(0xE000 + chance_.below(0x2000));
        case 3: return static_cast<char32_t>(0x10000 + chance_.below(0x100000));
        case 4: return U"\"\\/<&"[chance_.below(5)];
        default: return static_cast<char32_t>(0x20 + chance_.below(0x5F));
        }
    }

    std::string token() {
        std::string out;
        for (auto left = 1 + chance_.below(8); left != 0; --left) out.push_back("aZ09!#$-._~"[chance_.below(11)]);
        return out;
    }

    std::string any() {
        const auto url = text(12);
        const auto value = bytes(30);
        std::string out;
        const auto put = [&](char tag, const std::string& content) {
            out.push_back(tag);
            out.push_back(static_cast<char>(content.size()));
            out.append(content);
        };
        // Their lengths are below 128, so each is one byte.
        if (chance_.below(4) != 0) put('\x0a', url);
        if (chance_.below(4) != 0) put('\x12', value);
        return out;
    }

    std::string json(int depth = 0) {
        switch (chance_.below(depth < 3 ? 8 : 6)) {
        case 0: return "null";
        case 1: return chance_.below(2) == 0 ? "true" : "false";
        case 2: return std::to_string(number());
        case 3: return "-1.50E+2";
        case 4: return "\"\\u00e9\\n" + token() + "\"";
        case 5: return "\"\xc3\xa9 \xf0\x9f\x98\x80\"";
        case 6: return "[ " + json(depth + 1) + ",\t" + json(depth + 1) + "]";
        default: return "{\"" + token() + "\" : " + json(depth + 1) + "}";
        }
    }

    Chance& chance_;
};

} // namespace webpubsub::test
