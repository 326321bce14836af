// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/json_object.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/base64.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace webpubsub::detail {

/// Digits only: `1e2`, `1.0` and `-0` are numbers, but no ids. Any value of 64 bits is one.
inline bool read_digits(std::string_view text, std::uint64_t& out) noexcept {
    const auto* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, out);
    return failure == std::errc{} && stop == end;
}

inline bool read_id(const json_value& value, std::uint64_t& out) noexcept {
    return value.present() && read_digits(value.raw, out);
}

/// A sequence id may also be a string of digits: the reliable subprotocol's page shows one (open-questions.md A4).
inline bool read_sequence_id(const json_value& value, std::uint64_t& out) noexcept {
    if (value.is_string() && value.plain) return read_digits(value.raw.substr(1, value.raw.size() - 2), out);
    return read_id(value, out);
}

/// Fills the members of one message from the properties of an object, each by its type.
template <class Message>
class json_field_reader {
public:
    json_field_reader(const json_object& object, Message& message, const json_limits& limits)
        : object_(object), message_(message), limits_(limits) {}

    result<void> read_all() {
        result<void> outcome;
        for_each_field<Message>([&](const auto& field) {
            if (outcome) outcome = read(field, message_.*field.member);
        });
        return outcome;
    }

private:
    template <class Field>
    result<void> read(const Field& field, std::string& out) const {
        const auto& value = object_[field.name];
        if (value.is_string()) {
            read_string(value, out);
            return {};
        }
        if (field.presence == presence::required) return missing_or_invalid(field.name);
        if (value.present() && !value.is_null()) return object_.error_at(errc::invalid_field, field.name);
        out.clear();
        return {};
    }

    template <class Field>
    result<void> read(const Field& field, std::optional<std::uint64_t>& out) const {
        const auto& value = object_[field.name];
        out.reset();
        if (!value.present() || value.is_null()) return {};
        return read(field, out.emplace());
    }

    template <class Field>
    result<void> read(const Field& field, std::uint64_t& out) const {
        const auto& value = object_[field.name];
        const bool good = field.name == key::sequence_id ? read_sequence_id(value, out) : read_id(value, out);
        if (!good) return missing_or_invalid(field.name);
        return {};
    }

    template <class Field>
    result<void> read(const Field& field, bool& out) const {
        const auto& value = object_[field.name];
        out = value.raw == "true";
        if (value.present() && !out && value.raw != "false") return object_.error_at(errc::invalid_field, field.name);
        return {};
    }

    template <class Field>
    result<void> read(const Field&, payload& out) const {
        const auto type = read_data_type();
        if (!type) return type.error();
        out.type = *type;
        const auto& data = object_[key::data];
        if (!data.present()) return object_.error_at(errc::missing_field, key::data);
        if (out.type == data_type::json) {
            out.bytes.assign(data.raw);
            return {};
        }
        if (!data.is_string()) return object_.error_at(errc::invalid_field, key::data);
        if (out.type == data_type::text) {
            read_string(data, out.bytes);
            return {};
        }
        return read_base64(data, out.bytes);
    }

    template <class Field>
    result<void> read(const Field&, std::optional<ack_error>& out) const {
        const auto& success = object_[key::success];
        if (success.raw == "true") {
            out.reset();
            return {};
        }
        if (success.raw != "false") return missing_or_invalid(key::success);
        if (!out) out.emplace();
        const auto& value = object_[key::error];
        if (!value.present() || value.is_null()) {
            *out = {};
            return {};
        }
        json_object nested;
        if (!value.is_object() || !nested.read(value.raw, limits_)) {
            return object_.error_at(errc::invalid_field, key::error);
        }
        const auto take = [&](key name, std::string& text) {
            text.clear();
            if (nested[name].is_string()) read_string(nested[name], text);
        };
        take(key::name, out->name);
        take(key::message, out->message);
        return {};
    }

    result<data_type> read_data_type() const {
        const auto& value = object_[key::data_type];
        if (!value.present()) return data_type::json;
        if (!value.is_string()) return object_.error_at(errc::invalid_field, key::data_type);
        std::string unescaped;
        std::string_view name = value.raw.substr(1, value.raw.size() - 2);
        if (!value.plain) {
            read_string(value, unescaped);
            name = unescaped;
        }
        for (std::size_t i = 0; i < data_type_names.size(); ++i) {
            if (equal_ignoring_case(name, data_type_names[i])) return static_cast<data_type>(i);
        }
        return object_.error_at(errc::invalid_data_type, key::data_type);
    }

    result<void> read_base64(const json_value& data, std::string& out) const {
        out.clear();
        if (data.plain) {
            if (base64_decode_append(data.raw.substr(1, data.raw.size() - 2), out)) return {};
        } else {
            // Some writers escape '/' or '+'.
            std::string unescaped;
            read_string(data, unescaped);
            if (base64_decode_append(unescaped, out)) return {};
        }
        return object_.error_at(errc::invalid_base64, key::data);
    }

    error missing_or_invalid(key name) const noexcept {
        return object_.error_at(object_[name].present() ? errc::invalid_field : errc::missing_field, name);
    }

    const json_object& object_;
    Message& message_;
    const json_limits& limits_;
};

/// The alternative `Message` of `out`, with the memory that it has if it is the current one.
template <class Message, class Variant>
Message& hold(Variant& out) {
    if (auto* current = std::get_if<Message>(&out)) return *current;
    return out.template emplace<Message>();
}

/// Reads a frame into the alternative of `Variant` that its `type` names, without case, and its tag, exactly.
template <class Variant>
class json_message_reader {
public:
    static result<void> read(std::string_view frame, Variant& out, const json_limits& limits) {
        json_message_reader reader;
        if (auto parsed = reader.object_.read(frame, limits); !parsed) return parsed;
        const auto& type = reader.object_[key::type];
        if (!type.is_string()) {
            return reader.object_.error_at(type.present() ? errc::invalid_field : errc::missing_field, key::type);
        }
        read_string(type, reader.type_);
        return reader.read_alternative<0>(out, limits);
    }

private:
    template <std::size_t Index>
    result<void> read_alternative(Variant& out, const json_limits& limits) {
        if constexpr (Index == std::variant_size_v<Variant>) {
            return read_unknown(out);
        } else {
            using message = std::variant_alternative_t<Index, Variant>;
            if constexpr (!std::is_same_v<message, unknown_message>) {
                using about = description<message>;
                if (equal_ignoring_case(type_, about::type) && has_tag(about::tag)) {
                    return json_field_reader<message>(object_, hold<message>(out), limits).read_all();
                }
            }
            return read_alternative<Index + 1>(out, limits);
        }
    }

    bool has_tag(const constant& tag) {
        if (tag.name == key::none) return true;
        tag_ = tag.name;
        const auto& value = object_[tag.name];
        if (!value.is_string()) return false;
        read_string(value, tag_value_);
        return tag_value_ == tag.value;
    }

    result<void> read_unknown(Variant& out) {
        if constexpr (std::is_same_v<Variant, client_message>) {
            static_cast<void>(out);
            return object_.error_at(errc::unknown_type, key::type);
        } else {
            if (tag_ != key::none && !object_[tag_].is_string()) {
                return object_.error_at(object_[tag_].present() ? errc::invalid_field : errc::missing_field, tag_);
            }
            auto& unknown = hold<unknown_message>(out);
            unknown.type = type_;
            if (tag_ != key::none) unknown.type.append("/").append(tag_value_);
            unknown.sequence_id.reset();
            std::uint64_t id = 0;
            if (read_sequence_id(object_[key::sequence_id], id)) unknown.sequence_id = id;
            return {};
        }
    }

    json_object object_;
    std::string type_;
    std::string tag_value_;
    /// The tag that messages of this type have.
    key tag_ = key::none;
};

} // namespace webpubsub::detail
