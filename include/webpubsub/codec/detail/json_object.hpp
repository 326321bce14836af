// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/json_scanner.hpp>
#include <webpubsub/messages/description.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::detail {

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
        // The parser counts its first value as level 1; here that is inside the object.
        json_scanner others(limits.max_depth > 1 ? limits.max_depth - 1 : 1);
        json_scanner data(limits.max_data_depth);

        std::size_t at = 0;
        skip_space(at);
        if (!take('{', at)) return error{looks_like_json(at) ? errc::not_one_object : errc::invalid_json, at};
        skip_space(at);
        if (!take('}', at)) {
            for (;;) {
                const auto name = read_name(others, at);
                if (!name) return name.error();
                skip_space(at);
                if (!take(':', at)) return error{errc::invalid_json, at};
                skip_space(at);
                const auto value = (*name == key::data ? data : others).scan(text_, at);
                if (!value) return value.error();
                if (*name != key::none) put(*name, *value);
                if (take('}', at)) break;
                if (!take(',', at)) return error{errc::invalid_json, at};
                skip_space(at);
            }
        }
        skip_space(at);
        if (at != text_.size()) return error{errc::not_one_object, at};
        return {};
    }

    json_value operator[](key name) const noexcept {
        return (present_ & bit(name)) != 0 ? values_[static_cast<std::size_t>(name)] : json_value{};
    }

    /// An error at the value of a property, or at the start of the object if it has none.
    error error_at(errc code, key name) const noexcept {
        const auto value = (*this)[name];
        return {code, value.present() ? static_cast<std::size_t>(value.raw.data() - text_.data()) : 0};
    }

private:
    static_assert(key_count <= 32);
    static constexpr std::uint32_t bit(key name) noexcept { return std::uint32_t{1} << static_cast<unsigned>(name); }

    void put(key name, const json_value& value) noexcept {
        values_[static_cast<std::size_t>(name)] = value;
        present_ |= bit(name);
    }

    void skip_space(std::size_t& at) const noexcept {
        while (at < text_.size() && is_json_space(text_[at])) ++at;
    }

    bool take(char c, std::size_t& at) const noexcept {
        if (at == text_.size() || text_[at] != c) return false;
        ++at;
        return true;
    }

    bool looks_like_json(std::size_t at) const noexcept {
        return at < text_.size() && std::string_view("[\"-0123456789tfn").find(text_[at]) != std::string_view::npos;
    }

    // Known names are compared as bytes; only others go through the parser, which is slower.
    result<key> read_name(json_scanner& scanner, std::size_t& at) {
        if (at == text_.size() || text_[at] != '"') return error{errc::invalid_json, at};
        const auto end = text_.find('"', at + 1);
        if (end != std::string_view::npos) {
            const auto found = known_keys.find(text_.substr(at + 1, end - at - 1));
            if (found != key::none) {
                at = end + 1;
                return found;
            }
        }
        const auto name = scanner.scan(text_, at);
        if (!name) return name.error();
        if (name->plain) return key::none;
        std::string unescaped;
        read_string(*name, unescaped);
        return known_keys.find(unescaped);
    }

    std::string_view text_;
    /// Of the properties that are not present anything.
    std::array<json_value, key_count> values_;
    std::uint32_t present_ = 0;
};

/// Calls `visit(name, value)` for each member of an object whose text has been validated.
template <class Visit>
void for_each_member(std::string_view object, json_scanner& scanner, Visit&& visit) {
    std::size_t at = 1;
    const auto skip_space = [&] {
        while (is_json_space(object[at])) ++at;
    };
    for (skip_space(); object[at] != '}'; skip_space()) {
        const auto name = scanner.scan(object, at);
        // The colon.
        ++at;
        skip_space();
        const auto value = scanner.scan(object, at);
        if (!name || !value) return;
        visit(*name, *value);
        if (object[at] == ',') ++at;
    }
}

/// Calls `visit(value)` for each element of an array whose text has been validated.
template <class Visit>
void for_each_element(std::string_view array, json_scanner& scanner, Visit&& visit) {
    std::size_t at = 1;
    const auto skip_space = [&] {
        while (is_json_space(array[at])) ++at;
    };
    for (skip_space(); array[at] != ']'; skip_space()) {
        const auto value = scanner.scan(array, at);
        if (!value) return;
        visit(*value);
        if (array[at] == ',') ++at;
    }
}

} // namespace webpubsub::detail
