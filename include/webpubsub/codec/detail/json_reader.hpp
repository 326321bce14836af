// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/json_object.hpp>
#include <webpubsub/codec/detail/wire_any.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/base64.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace webpubsub::detail {

/// Digits only: `1e2`, `1.0` and `-0` are numbers, but no ids. Any value of 64 bits is one.
template <class Number>
bool read_digits(std::string_view text, Number& out) noexcept {
    const auto* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, out);
    return failure == std::errc{} && stop == end;
}

/// A sequence id may also be a string of digits: the reliable JSON page shows one (subprotocols.md section 2.4).
inline bool read_sequence_id(const json_value& value, std::uint64_t& out) noexcept {
    if (value.is_string() && value.plain) return read_digits(value.raw.substr(1, value.raw.size() - 2), out);
    return read_digits(value.raw, out);
}

/// Fills the members of a message, or of a part of one, from the properties of an object, each by its type.
template <class Message>
class json_field_reader {
public:
    json_field_reader(const json_object& object, Message& message, const codec_limits& limits)
        : object_(object), message_(message), limits_(limits) {}

    result<void> read_all() {
        result<void> outcome;
        for_each_field<Message>([&](const auto& field) {
            if (outcome) outcome = read(field);
        });
        return outcome;
    }

private:
    template <class Member>
    result<void> read(const field<Message, Member>& field) {
        return read(field, message_.*field.member);
    }

    result<void> read(const constant& only) const {
        const auto value = object_[only.name];
        if (!value.present() || value.is_null()) return {};
        std::string text;
        if (value.is_string()) read_string(value, text);
        return text == only.value ? result<void>{} : object_.error_at(errc::invalid_field, only.name);
    }

    template <class T>
    result<void> read(const absent<T>& unwanted) const {
        const auto value = object_[unwanted.name];
        if (!value.present() || value.is_null()) return {};
        return object_.error_at(errc::invalid_field, unwanted.name);
    }

    template <class T>
    result<void> read(const ignored<T>&) const {
        return {};
    }

    result<void> read(const field<Message, std::string>& field, std::string& out) const {
        const auto value = object_[field.name];
        if (value.is_string()) {
            read_string(value, out);
            return {};
        }
        if (field.presence == presence::required) return missing_or_invalid(field.name);
        if (field.presence != presence::lenient && value.present() && !value.is_null()) {
            return object_.error_at(errc::invalid_field, field.name);
        }
        out.clear();
        return {};
    }

    template <class Number>
    result<void> read(const field<Message, std::optional<Number>>& field, std::optional<Number>& out) const {
        out.reset();
        const auto value = object_[field.name];
        if (!value.present() || value.is_null()) return {};
        return read_number(field.name, out.emplace());
    }

    result<void> read(const field<Message, std::uint64_t>& field, std::uint64_t& out) const {
        return read_number(field.name, out);
    }

    /// Absent is 0.
    result<void> read(const field<Message, std::uint32_t>& field, std::uint32_t& out) const {
        out = 0;
        const auto value = object_[field.name];
        if (!value.present() || value.is_null()) return {};
        return read_number(field.name, out);
    }

    result<void> read(const field<Message, update_time>& field, update_time& out) const {
        std::int64_t milliseconds = 0;
        auto good = read_number(field.name, milliseconds);
        out = update_time(update_time::duration(milliseconds));
        return good;
    }

    template <class Number>
    result<void> read_number(key name, Number& out) const {
        const auto value = object_[name];
        bool good = false;
        if constexpr (std::is_same_v<Number, std::uint64_t>) {
            good = name == key::sequence_id ? read_sequence_id(value, out) : read_digits(value.raw, out);
        } else {
            good = read_digits(value.raw, out);
        }
        return good ? result<void>{} : missing_or_invalid(name);
    }

    result<void> read(const field<Message, bool>& field, bool& out) const { return read_flag(field.name, out); }

    result<void> read_flag(key name, bool& out) const {
        const auto value = object_[name];
        out = value.raw == "true";
        if (value.present() && !out && value.raw != "false") return object_.error_at(errc::invalid_field, name);
        return {};
    }

    // --- data ---

    result<void> read(const field<Message, payload>&, payload& out) const { return read_payload(out); }

    result<void> read(const field<Message, std::optional<payload>>& field, std::optional<payload>& out) const {
        if (!object_[field.name].present()) {
            out.reset();
            return {};
        }
        if (!out) out.emplace();
        return read_payload(*out);
    }

    result<void> read_payload(payload& out) const {
        const auto type = read_data_type();
        if (!type) return type.error();
        out.type = *type;
        const auto data = object_[key::data];
        if (!data.present()) {
            // With metadata alone it is an empty text (subprotocols.md section 12).
            if (!object_[key::metadata].is_object()) return object_.error_at(errc::missing_field, key::data);
            out.type = data_type::text;
            out.bytes.clear();
            return {};
        }
        if (out.type == data_type::json) {
            out.bytes.assign(data.raw);
            return {};
        }
        if (!data.is_string()) return object_.error_at(errc::invalid_field, key::data);
        if (out.type == data_type::text) {
            read_string(data, out.bytes);
            return {};
        }
        if (!read_base64(data, out.bytes)) return object_.error_at(errc::invalid_base64, key::data);
        if (out.type == data_type::protobuf && !is_any(out.bytes)) {
            return object_.error_at(errc::invalid_any, key::data);
        }
        return {};
    }

    result<data_type> read_data_type() const {
        const auto value = object_[key::data_type];
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

    static bool read_base64(const json_value& data, std::string& out) {
        out.clear();
        if (data.plain) return base64_decode_append(data.raw.substr(1, data.raw.size() - 2), out).has_value();
        // Some writers escape '/' or '+'.
        std::string unescaped;
        read_string(data, unescaped);
        return base64_decode_append(unescaped, out).has_value();
    }

    // --- parts ---

    template <class Part>
        requires requires { description<Part>::fields; }
    result<void> read(const field<Message, Part>& field, Part& out) const {
        const auto value = object_[field.name];
        if (!value.is_object()) return missing_or_invalid(field.name);
        return read_part(field.name, value, out);
    }

    template <class Part>
        requires requires { description<Part>::fields; }
    result<void> read(const field<Message, std::optional<Part>>& field, std::optional<Part>& out) const {
        const auto value = object_[field.name];
        if (!value.present() || value.is_null()) {
            out.reset();
            return {};
        }
        if (!value.is_object()) return object_.error_at(errc::invalid_field, field.name);
        if (!out) out.emplace();
        return read_part(field.name, value, *out);
    }

    template <class Part>
    result<void> read_part(key name, const json_value& value, Part& out) const {
        json_object nested;
        if (!nested.read(value.raw, limits_) || !json_field_reader<Part>(nested, out, limits_).read_all()) {
            return object_.error_at(errc::invalid_field, name);
        }
        return {};
    }

    result<void> read(const field<Message, std::vector<group_state_item>>& field,
                      std::vector<group_state_item>& out) const {
        const auto value = object_[field.name];
        if (!value.is_array()) return missing_or_invalid(field.name);
        std::size_t count = 0;
        result<void> good;
        json_scanner scanner(limits_.max_depth);
        for_each_element(value.raw, scanner, [&](const json_value& element) {
            if (!good) return;
            if (count == limits_.max_items) {
                good = object_.error_at(errc::too_many_entries, field.name);
                return;
            }
            if (count == out.size()) out.emplace_back();
            good = element.is_object() ? read_part(field.name, element, out[count])
                                       : object_.error_at(errc::invalid_field, field.name);
            ++count;
        });
        out.resize(count);
        return good;
    }

    result<void> read(const field<Message, string_map>& field, string_map& out) const {
        const auto value = object_[field.name];
        if (!value.present() || value.is_null()) {
            out.clear();
            return {};
        }
        if (auto good = read_map(field.name, value, out); !good) return good;
        const auto count = out.size();
        keep_last_of_each_key(out);
        // Metadata with a key twice is invalid (subprotocols.md section 12).
        if (out.size() != count) return object_.error_at(errc::invalid_metadata, field.name);
        return {};
    }

    result<void> read(const field<Message, std::optional<string_map>>& field, std::optional<string_map>& out) const {
        const auto value = object_[field.name];
        if (!value.present() || value.is_null()) {
            out.reset();
            return {};
        }
        if (!out) out.emplace();
        if (auto good = read_map(field.name, value, *out); !good) return good;
        keep_last_of_each_key(*out);
        return {};
    }

    result<void> read_map(key name, const json_value& value, string_map& out) const {
        if (!value.is_object()) return object_.error_at(errc::invalid_field, name);
        std::size_t count = 0;
        result<void> good;
        json_scanner scanner(limits_.max_depth);
        for_each_member(value.raw, scanner, [&](const json_value& key, const json_value& text) {
            if (!good) return;
            if (count == limits_.max_map_entries) {
                good = object_.error_at(errc::too_many_entries, name);
                return;
            }
            if (!text.is_string()) {
                good = object_.error_at(errc::invalid_field, name);
                return;
            }
            if (count == out.size()) out.emplace_back();
            read_string(key, out[count].key);
            read_string(text, out[count].value);
            ++count;
        });
        out.resize(count);
        return good;
    }

    // --- a boolean and an error ---

    result<void> read(const outcome<Message, std::optional<service_error>>& field) const {
        auto& out = message_.*field.member;
        bool success = false;
        if (auto good = read_success(success); !good) return good;
        if (success) {
            out.reset();
            return {};
        }
        if (!out) out.emplace();
        return read_error(*out);
    }

    result<void> read(const outcome<Message, decltype(invoke_response_message::outcome)>& field) const {
        auto& out = message_.*field.member;
        bool success = false;
        if (auto good = read_success(success); !good) return good;
        if (!success) return read_error(hold<service_error>(out));
        if (object_[key::data].present()) return read_payload(hold<payload>(out));
        out.template emplace<std::monostate>();
        return {};
    }

    result<void> read(const outcome<Message, std::optional<stream_end>>& field) const {
        auto& out = message_.*field.member;
        bool ended = false;
        if (auto good = read_flag(field.name, ended); !good) return good;
        const auto error = object_[key::error];
        const bool failed = error.present() && !error.is_null();
        if (!ended && !failed) {
            out.reset();
            return {};
        }
        if (!out) out.emplace();
        if (!failed) {
            out->error.reset();
            return {};
        }
        if (!error.is_object()) return object_.error_at(errc::invalid_field, key::error);
        if (!out->error) out->error.emplace();
        return read_part(key::error, error, *out->error);
    }

    result<void> read_success(bool& out) const {
        if (!object_[key::success].present()) return object_.error_at(errc::missing_field, key::success);
        return read_flag(key::success, out);
    }

    /// A failure without an error is one all the same.
    result<void> read_error(service_error& out) const {
        const auto value = object_[key::error];
        if (!value.present() || value.is_null()) {
            out = {};
            return {};
        }
        if (!value.is_object()) return object_.error_at(errc::invalid_field, key::error);
        return read_part(key::error, value, out);
    }

    error missing_or_invalid(key name) const noexcept {
        return object_.error_at(object_[name].present() ? errc::invalid_field : errc::missing_field, name);
    }

    const json_object& object_;
    Message& message_;
    const codec_limits& limits_;
};

/// Reads a frame into the alternative of `Variant` that its `type` names, without case, and its tag, exactly.
template <class Variant>
class json_message_reader {
public:
    static result<void> read(std::string_view frame, const decode_target<Variant>& out, const codec_limits& limits) {
        json_message_reader reader;
        if (auto parsed = reader.object_.read(frame, limits); !parsed) return parsed;
        const auto type = reader.object_[key::type];
        if (!type.is_string()) {
            return reader.object_.error_at(type.present() ? errc::invalid_field : errc::missing_field, key::type);
        }
        read_string(type, reader.type_);
        return reader.template read_alternative<0>(out, limits);
    }

private:
    template <std::size_t Index>
    result<void> read_alternative(const decode_target<Variant>& out, const codec_limits& limits) {
        if constexpr (Index == std::variant_size_v<Variant>) {
            return read_unknown(out);
        } else {
            using message = std::variant_alternative_t<Index, Variant>;
            if constexpr (!std::is_same_v<message, unknown_message>) {
                using about = description<message>;
                if (equal_ignoring_case(type_, about::type) && has_tag(about::tag) && has_mark(about::mark)) {
                    auto& held = out.template hold<message>();
                    auto good = json_field_reader<message>(object_, held, limits).read_all();
                    if constexpr (std::is_same_v<Variant, client_message>) return good ? check_validity(held) : good;
                    return good;
                }
            }
            return read_alternative<Index + 1>(out, limits);
        }
    }

    bool has_tag(const tag& wanted) {
        if (wanted.name == key::none) return true;
        tag_ = wanted.name;
        const auto value = object_[wanted.name];
        if (!value.is_string()) return false;
        read_string(value, tag_value_);
        return tag_value_ == wanted.value;
    }

    bool has_mark(const mark& wanted) const noexcept {
        if (wanted.name == key::none) return true;
        const auto value = object_[wanted.name];
        return value.present() && (wanted.name == key::data || !value.is_null());
    }

    result<void> read_unknown(const decode_target<Variant>& out) {
        if constexpr (std::is_same_v<Variant, client_message>) {
            static_cast<void>(out);
            return object_.error_at(errc::unknown_type, key::type);
        } else {
            if (tag_ != key::none && !object_[tag_].is_string()) {
                return object_.error_at(object_[tag_].present() ? errc::invalid_field : errc::missing_field, tag_);
            }
            auto& unknown = out.template hold<unknown_message>();
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
