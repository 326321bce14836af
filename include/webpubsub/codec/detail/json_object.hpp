// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/json_scanner.hpp>
#include <webpubsub/messages/description.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The known names in a hash table without collisions, made when this is compiled.
class key_table {
public:
    consteval key_table() {
        while (!fill()) ++factor_;
    }

    /// The property that a name stands for, `key::none` for one that the protocol does not know.
    constexpr key find(std::string_view name) const noexcept {
        if (name.empty()) return key::none;
        const key candidate = places_[place_of(name)];
        return candidate != key::none && name_of(candidate) == name ? candidate : key::none;
    }

private:
    static constexpr std::size_t size = 256;

    constexpr std::size_t place_of(std::string_view name) const noexcept {
        const auto first = static_cast<unsigned char>(name.front());
        const auto last = static_cast<unsigned char>(name.back());
        return (name.size() + first * factor_ + last * 7u) % size;
    }

    consteval bool fill() {
        places_.fill(key::none);
        for (std::size_t i = 0; i < key_count; ++i) {
            auto& place = places_[place_of(key_names[i])];
            if (place != key::none) return false;
            place = static_cast<key>(i);
        }
        return true;
    }

    std::size_t factor_ = 1;
    std::array<key, size> places_{};
};

inline constexpr key_table known_keys;

/// The known properties of one JSON object, as slices of its text. Of properties with the same name the last counts,
/// unknown ones are validated and passed over (subprotocols.md section 2).
class json_object {
public:
    /// Reads `text`, which must be one object with nothing but white space around it, and outlive this.
    result<void> read(std::string_view text, const codec_limits& limits) {
        text_ = text;
        present_ = 0;
        // The object itself is level 1.
        const auto max_depth = std::max<std::size_t>(limits.max_depth, 1) - 1;
        json_scanner scanner;
        const char* const end = text.data() + text.size();
        const char* at = skip_json_space(text.data(), end);
        const auto fail = [&](errc code) { return error{code, static_cast<std::size_t>(at - text.data())}; };
        if (!take('{', at, end)) return fail(looks_like_json(at, end) ? errc::not_one_object : errc::invalid_json);
        at = skip_json_space(at, end);
        if (!take('}', at, end)) {
            for (;;) {
                json_value value;
                if ((at = scanner.scan_string(at, end, value)) == nullptr) return scanner.failure(text);
                std::string memory;
                const key name = known_keys.find(text_of(value, memory));
                if (!take(':', at, end)) return fail(errc::invalid_json);
                const auto depth = name == key::data ? limits.max_data_depth : max_depth;
                at = scanner.scan(skip_json_space(at, end), end, depth, value);
                if (at == nullptr) return scanner.failure(text);
                values_[static_cast<std::size_t>(name)] = value;
                present_ |= bit(name);
                if (take('}', at, end)) break;
                if (!take(',', at, end)) return fail(errc::invalid_json);
                at = skip_json_space(at, end);
            }
        }
        at = skip_json_space(at, end);
        if (at != end) return fail(errc::not_one_object);
        return {};
    }

    json_value operator[](key name) const noexcept {
        return (present_ & bit(name)) != 0 ? values_[static_cast<std::size_t>(name)] : json_value{};
    }

    /// An error at the value of a property, or at the start of the object if it has none.
    error error_at(errc code, key name) const noexcept {
        const auto value = (*this)[name];
        return {code, value.present() ? static_cast<std::size_t>(value.begin - text_.data()) : 0};
    }

private:
    static_assert(key_count < 32);
    static constexpr std::uint32_t bit(key name) noexcept { return std::uint32_t{1} << static_cast<unsigned>(name); }

    static bool take(char c, const char*& at, const char* end) noexcept {
        if (at == end || *at != c) return false;
        ++at;
        return true;
    }

    static bool looks_like_json(const char* at, const char* end) noexcept {
        return at != end && std::string_view("[\"-0123456789tfn").find(*at) != std::string_view::npos;
    }

    std::string_view text_;
    /// Of the properties that are not present anything; the last one is of those that the protocol does not know.
    std::array<json_value, key_count + 1> values_;
    std::uint32_t present_ = 0;
};

/// Calls `visit(name, value)` for each member of an object whose text has been validated.
template <class Visit>
void for_each_member(std::string_view object, Visit&& visit) {
    json_scanner scanner;
    json_value name;
    json_value value;
    const char* const end = object.data() + object.size();
    const char* at = skip_json_space(object.data() + 1, end);
    while (*at != '}') {
        at = scanner.scan(at, end, 0, name);
        // Behind the colon.
        at = scanner.scan(skip_json_space(at + 1, end), end, object.size(), value);
        visit(name, value);
        if (*at == ',') at = skip_json_space(at + 1, end);
    }
}

/// Calls `visit(value)` for each element of an array whose text has been validated.
template <class Visit>
void for_each_element(std::string_view array, Visit&& visit) {
    json_scanner scanner;
    json_value value;
    const char* const end = array.data() + array.size();
    const char* at = skip_json_space(array.data() + 1, end);
    while (*at != ']') {
        at = scanner.scan(at, end, array.size(), value);
        visit(value);
        if (*at == ',') at = skip_json_space(at + 1, end);
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
