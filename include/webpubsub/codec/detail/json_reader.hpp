// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/json_field_reader.hpp>
#include <webpubsub/codec/message_buffer.hpp>
#include <webpubsub/messages/validity.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

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
        reader.type_ = text_of(type, reader.type_memory_);
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
                    auto& held = held_in<message>(out);
                    json_field_reader<message> fields(object_, held, limits);
                    if (!fields.read_all()) return fields.failure();
                    if constexpr (std::is_same_v<Variant, client_message>) return check_validity(held);
                    return {};
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
        tag_value_ = text_of(value, tag_memory_);
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
            auto& unknown = held_in<unknown_message>(out);
            unknown.type = type_;
            if (tag_ != key::none) unknown.type.append("/").append(tag_value_);
            unknown.sequence_id.reset();
            std::uint64_t id = 0;
            if (read_sequence_id(object_[key::sequence_id], id)) unknown.sequence_id = id;
            return {};
        }
    }

    json_object object_;
    std::string_view type_;
    std::string_view tag_value_;
    std::string type_memory_;
    std::string tag_memory_;
    /// The tag that messages of this type have.
    key tag_ = key::none;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
