// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/held.hpp>
#include <webpubsub/codec/detail/json_object.hpp>
#include <webpubsub/codec/detail/wire_any.hpp>
#include <webpubsub/messages/description.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/base64.hpp>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Digits only: `1e2`, `1.0` and `-0` are numbers, but no ids. Any value of 64 bits is one.
template <class Number>
bool read_digits(std::string_view text, Number& out) noexcept {
    const auto* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, out);
    return failure == std::errc{} && stop == end;
}

/// A sequence id may also be a string of digits: the reliable JSON page shows one (subprotocols.md section 2.4).
inline bool read_sequence_id(const json_value& value, std::uint64_t& out) noexcept {
    if (value.plain) return read_digits({value.begin + 1, value.size - 2}, out);
    return read_digits(value.raw(), out);
}

/// Fills the members of a message, or of a part of one, from the properties of an object, each by its type. Every
/// function returns false where something is wrong, which `failure` then tells.
template <class Message>
class json_field_reader {
public:
    json_field_reader(const json_object& object, Message& message, const codec_limits& limits)
        : object_(object), message_(message), limits_(limits) {}

    bool read_all() {
        return std::apply([&](const auto&... field) { return (read(field) && ...); }, description<Message>::fields) &&
               (!lacks_data_ || may_lack_data(message_) || fail(errc::missing_field, key::data));
    }

    const error& failure() const noexcept { return failure_; }

private:
    template <class Member>
    bool read(const field<Message, Member>& field) {
        return read(field, message_.*field.member);
    }

    bool read(const constant& only) {
        const auto value = object_[only.name];
        if (!value.present() || value.is_null()) return true;
        std::string memory;
        if (value.is_string() && text_of(value, memory) == only.value) return true;
        return fail(errc::invalid_field, only.name);
    }

    template <class T>
    bool read(const absent<T>& unwanted) {
        const auto value = object_[unwanted.name];
        if (!value.present() || value.is_null()) return true;
        return fail(errc::invalid_field, unwanted.name);
    }

    template <class T>
    bool read(const ignored<T>&) {
        return true;
    }

    bool read(const field<Message, std::string>& field, std::string& out) {
        const auto value = object_[field.name];
        if (value.is_string()) {
            read_string(value, out);
            return true;
        }
        if (field.presence == presence::required) return missing_or_invalid(field.name);
        if (field.presence != presence::lenient && value.present() && !value.is_null()) {
            return fail(errc::invalid_field, field.name);
        }
        out.clear();
        return true;
    }

    template <class Number>
    bool read(const field<Message, std::optional<Number>>& field, std::optional<Number>& out) {
        out.reset();
        const auto value = object_[field.name];
        if (!value.present() || value.is_null()) return true;
        return read_number(field.name, out.emplace());
    }

    bool read(const field<Message, std::uint64_t>& field, std::uint64_t& out) { return read_number(field.name, out); }

    /// Absent is 0.
    bool read(const field<Message, std::uint32_t>& field, std::uint32_t& out) {
        out = 0;
        const auto value = object_[field.name];
        if (!value.present() || value.is_null()) return true;
        return read_number(field.name, out);
    }

    bool read(const field<Message, update_time>& field, update_time& out) {
        std::int64_t milliseconds = 0;
        const bool good = read_number(field.name, milliseconds);
        out = update_time(update_time::duration(milliseconds));
        return good;
    }

    template <class Number>
    bool read_number(key name, Number& out) {
        const auto value = object_[name];
        if constexpr (std::is_same_v<Number, std::uint64_t>) {
            if (name == key::sequence_id && read_sequence_id(value, out)) return true;
        }
        return read_digits(value.raw(), out) || missing_or_invalid(name);
    }

    bool read(const field<Message, bool>& field, bool& out) { return read_flag(field.name, out); }

    bool read_flag(key name, bool& out) {
        const auto value = object_[name];
        out = value.raw() == "true";
        if (value.present() && !out && value.raw() != "false") return fail(errc::invalid_field, name);
        return true;
    }

    // --- data ---

    bool read(const field<Message, payload>&, payload& out) { return read_payload(out); }

    bool read(const field<Message, std::optional<payload>>& field, std::optional<payload>& out) {
        if (!object_[field.name].present()) {
            out.reset();
            return true;
        }
        if (!out) out.emplace();
        return read_payload(*out);
    }

    bool read_payload(payload& out) {
        if (!read_data_type(out.type)) return false;
        const auto data = object_[key::data];
        if (!data.present()) {
            lacks_data_ = true;
            out.type = data_type::text;
            out.bytes.clear();
            return true;
        }
        if (out.type == data_type::json) {
            out.bytes.assign(data.raw());
            return true;
        }
        if (!data.is_string()) return fail(errc::invalid_field, key::data);
        if (out.type == data_type::text) {
            read_string(data, out.bytes);
            return true;
        }
        if (!read_base64(data, out.bytes)) return fail(errc::invalid_base64, key::data);
        if (out.type == data_type::protobuf && !is_any(out.bytes)) return fail(errc::invalid_any, key::data);
        return true;
    }

    bool read_data_type(data_type& out) {
        const auto value = object_[key::data_type];
        out = data_type::json;
        if (!value.present()) return true;
        if (!value.is_string()) return fail(errc::invalid_field, key::data_type);
        std::string memory;
        const auto name = text_of(value, memory);
        for (std::size_t i = 0; i < data_type_names.size(); ++i) {
            out = static_cast<data_type>(i);
            if (equal_ignoring_case(name, data_type_names[i])) return true;
        }
        return fail(errc::invalid_data_type, key::data_type);
    }

    static bool read_base64(const json_value& data, std::string& out) {
        out.clear();
        // Some writers escape '/' or '+'.
        std::string memory;
        return base64_decode_append(text_of(data, memory), out).has_value();
    }

    // --- parts ---

    template <class Part>
        requires requires { description<Part>::fields; }
    bool read(const field<Message, Part>& field, Part& out) {
        const auto value = object_[field.name];
        if (!value.is_object()) return missing_or_invalid(field.name);
        return read_part(field.name, value, out);
    }

    template <class Part>
        requires requires { description<Part>::fields; }
    bool read(const field<Message, std::optional<Part>>& field, std::optional<Part>& out) {
        const auto value = object_[field.name];
        if (!value.present() || value.is_null()) {
            out.reset();
            return true;
        }
        if (!value.is_object()) return fail(errc::invalid_field, field.name);
        if (!out) out.emplace();
        return read_part(field.name, value, *out);
    }

    template <class Part>
    bool read_part(key name, const json_value& value, Part& out) {
        json_object nested;
        if (!nested.read(value.raw(), limits_) || !json_field_reader<Part>(nested, out, limits_).read_all()) {
            return fail(errc::invalid_field, name);
        }
        return true;
    }

    bool read(const field<Message, std::vector<group_state_item>>& field, std::vector<group_state_item>& out) {
        const auto value = object_[field.name];
        if (!value.is_array()) return missing_or_invalid(field.name);
        std::size_t count = 0;
        bool good = true;
        for_each_element(value.raw(), [&](const json_value& element) {
            if (!good) return;
            if (count == limits_.max_items) {
                good = fail(errc::too_many_entries, field.name);
                return;
            }
            if (count == out.size()) out.emplace_back();
            good = element.is_object() ? read_part(field.name, element, out[count])
                                       : fail(errc::invalid_field, field.name);
            ++count;
        });
        out.resize(count);
        return good;
    }

    bool read(const field<Message, string_map>& field, string_map& out) {
        const auto value = object_[field.name];
        if (!value.present() || value.is_null()) {
            out.clear();
            return true;
        }
        if (!read_map(field.name, value, out)) return false;
        const auto count = out.size();
        keep_last_of_each_key(out);
        // Metadata with a key twice is invalid (subprotocols.md section 12).
        if (out.size() != count) return fail(errc::invalid_metadata, field.name);
        return true;
    }

    bool read(const field<Message, std::optional<string_map>>& field, std::optional<string_map>& out) {
        const auto value = object_[field.name];
        if (!value.present() || value.is_null()) {
            out.reset();
            return true;
        }
        if (!out) out.emplace();
        if (!read_map(field.name, value, *out)) return false;
        keep_last_of_each_key(*out);
        return true;
    }

    bool read_map(key name, const json_value& value, string_map& out) {
        if (!value.is_object()) return fail(errc::invalid_field, name);
        std::size_t count = 0;
        bool good = true;
        for_each_member(value.raw(), [&](const json_value& key, const json_value& text) {
            if (!good) return;
            if (count == limits_.max_map_entries) {
                good = fail(errc::too_many_entries, name);
                return;
            }
            if (!text.is_string()) {
                good = fail(errc::invalid_field, name);
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

    bool read(const outcome<Message, std::optional<service_error>>& field) {
        auto& out = message_.*field.member;
        bool success = false;
        if (!read_success(success)) return false;
        if (success) {
            out.reset();
            return true;
        }
        if (!out) out.emplace();
        return read_error(*out);
    }

    bool read(const outcome<Message, decltype(invoke_response_message::outcome)>& field) {
        auto& out = message_.*field.member;
        bool success = false;
        if (!read_success(success)) return false;
        if (!success) return read_error(hold<service_error>(out));
        if (object_[key::data].present()) return read_payload(hold<payload>(out));
        out.template emplace<std::monostate>();
        return true;
    }

    bool read(const outcome<Message, std::optional<stream_end>>& field) {
        auto& out = message_.*field.member;
        bool ended = false;
        if (!read_flag(field.name, ended)) return false;
        const auto error = object_[key::error];
        const bool failed = error.present() && !error.is_null();
        if (!ended && !failed) {
            out.reset();
            return true;
        }
        if (!out) out.emplace();
        if (!failed) {
            out->error.reset();
            return true;
        }
        if (!error.is_object()) return fail(errc::invalid_field, key::error);
        if (!out->error) out->error.emplace();
        return read_part(key::error, error, *out->error);
    }

    bool read_success(bool& out) {
        if (!object_[key::success].present()) return fail(errc::missing_field, key::success);
        return read_flag(key::success, out);
    }

    /// A failure without an error is one all the same.
    bool read_error(service_error& out) {
        const auto value = object_[key::error];
        if (!value.present() || value.is_null()) {
            out = {};
            return true;
        }
        if (!value.is_object()) return fail(errc::invalid_field, key::error);
        return read_part(key::error, value, out);
    }

    /// Always false.
    bool fail(errc code, key name) noexcept {
        failure_ = object_.error_at(code, name);
        return false;
    }

    bool missing_or_invalid(key name) noexcept {
        return fail(object_[name].present() ? errc::invalid_field : errc::missing_field, name);
    }

    const json_object& object_;
    Message& message_;
    const codec_limits& limits_;
    bool lacks_data_ = false;
    error failure_{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
