// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/held.hpp>
#include <webpubsub/codec/detail/protobuf_object.hpp>
#include <webpubsub/codec/detail/protobuf_payload_reader.hpp>
#include <webpubsub/codec/message_buffer.hpp>
#include <webpubsub/messages/description.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/text/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Fills the members of a message, or of a part of one, each by its type. Every function returns false where the frame
/// is malformed.
template <class Message>
class protobuf_field_reader {
public:
    protobuf_field_reader(protobuf_reading& reading, const protobuf_object& object, Message& message)
        : reading_(reading), object_(object), message_(message) {}

    bool read_all() {
        const bool good =
            std::apply([&](const auto&... field) { return (read(field) && ...); }, description<Message>::fields);
        if (lacks_data_ && !may_lack_data(message_)) reading_.lacks(errc::missing_field);
        return good;
    }

private:
    template <class Member>
    bool read(const field<Message, Member>& field) {
        return read(field.number, message_.*field.member);
    }

    bool read(const constant&) { return true; }

    template <class T>
    bool read(const absent<T>& unwanted) {
        if constexpr (std::is_void_v<T>)
            return true;
        else if constexpr (std::is_integral_v<T>) {
            if (object_.has_varint(unwanted.number)) reading_.lacks(errc::invalid_field);
            return true;
        } else {
            if (object_.has_bytes(unwanted.number)) reading_.lacks(errc::invalid_field);
            return check<T>(unwanted.number);
        }
    }

    template <class T>
    bool read(const ignored<T>& useless) {
        return check<T>(useless.number);
    }

    /// Whether what stands for a T is well-formed.
    template <class T>
    bool check(std::uint32_t number) {
        if (!object_.has_bytes(number)) return true;
        T unused;
        const auto lack = reading_.lack;
        const bool good = read(number, unused);
        reading_.lack = lack;
        return good;
    }

    bool read(std::uint32_t number, std::string& out) {
        out.assign(object_.bytes(number));
        // The ones before the last count for nothing, and must be UTF-8 all the same.
        return object_.for_each(number, [&](std::string_view text) {
            const auto invalid = find_invalid_utf8(text);
            return invalid == std::string_view::npos || reading_.malformed(errc::invalid_utf8, text.data() + invalid);
        });
    }

    template <class Number>
        requires std::is_integral_v<Number>
    bool read(std::uint32_t number, std::optional<Number>& out) {
        out.reset();
        if (object_.has_varint(number)) out = static_cast<Number>(object_.varint(number));
        return true;
    }

    bool read(std::uint32_t number, std::uint64_t& out) {
        out = object_.varint(number);
        return true;
    }

    bool read(std::uint32_t number, std::uint32_t& out) {
        out = static_cast<std::uint32_t>(object_.varint(number));
        return true;
    }

    bool read(std::uint32_t number, bool& out) {
        out = object_.varint(number) != 0;
        return true;
    }

    bool read(std::uint32_t number, update_time& out) {
        out = update_time(update_time::duration(static_cast<std::int64_t>(object_.varint(number))));
        return true;
    }

    // --- data ---

    bool read(std::uint32_t number, payload& out) {
        bool set = false;
        if (!read_payload(number, out, set)) return false;
        if (set) return true;
        lacks_data_ = true;
        out.type = data_type::text;
        out.bytes.clear();
        return true;
    }

    bool read(std::uint32_t number, std::optional<payload>& out) {
        if (!object_.has_bytes(number)) {
            out.reset();
            return true;
        }
        if (!out) out.emplace();
        bool set = false;
        if (!read_payload(number, *out, set)) return false;
        if (!set) out.reset();
        return true;
    }

    bool read_payload(std::uint32_t number, payload& out, bool& set) {
        protobuf_payload_reader data(reading_, out);
        const bool good = object_.for_each(
            number, [&](std::string_view message_data) { return data.read(message_data, object_.depth() - 1); });
        set = data.is_set();
        return good;
    }

    // --- parts ---

    template <class Part>
        requires requires { description<Part>::fields; }
    bool read(std::uint32_t number, std::optional<Part>& out) {
        if (!object_.has_bytes(number)) {
            out.reset();
            return true;
        }
        if (!out) out.emplace();
        return read(number, *out);
    }

    template <class Part>
        requires requires { description<Part>::fields; }
    bool read(std::uint32_t number, Part& out) {
        if (!object_.is_repeated(number)) return read_part(object_.bytes(number), out);
        // Merging messages is reading them as one; but each must be well-formed by itself.
        std::string merged;
        const bool good = object_.for_each(number, [&](std::string_view part) {
            merged.append(part);
            Part unused;
            return read_part(part, unused);
        });
        return good && read_part(merged, out);
    }

    template <class Part>
    bool read_part(std::string_view bytes, Part& out) {
        const auto depth = object_.depth() - 1;
        if (depth < 0) return reading_.malformed(errc::too_deep, bytes.data());
        protobuf_object part;
        if (!part.read(bytes, depth)) return reading_.malformed(errc::invalid_protobuf, part.stopped_at());
        return protobuf_field_reader<Part>(reading_, part, out).read_all();
    }

    bool read(std::uint32_t number, std::vector<group_state_item>& out) {
        std::size_t count = 0;
        const bool good = object_.for_each(number, [&](std::string_view item) {
            if (count == reading_.limits.max_items) return reading_.malformed(errc::too_many_entries, item.data());
            if (count == out.size()) out.emplace_back();
            return read_part(item, out[count++]);
        });
        out.resize(count);
        return good;
    }

    bool read(std::uint32_t number, string_map& out) {
        std::size_t count = 0;
        const bool good = read_entries(object_, number, out, count);
        finish_map(out, count);
        return good;
    }

    /// GroupState: a message with the map as its field 1.
    bool read(std::uint32_t number, std::optional<string_map>& out) {
        if (!object_.has_bytes(number)) {
            out.reset();
            return true;
        }
        if (!out) out.emplace();
        std::size_t count = 0;
        const bool good = object_.for_each(number, [&](std::string_view bytes) {
            if (object_.depth() < 1) return reading_.malformed(errc::too_deep, bytes.data());
            protobuf_object state;
            if (!state.read(bytes, object_.depth() - 1)) {
                return reading_.malformed(errc::invalid_protobuf, state.stopped_at());
            }
            return read_entries(state, 1, *out, count);
        });
        finish_map(*out, count);
        return good;
    }

    bool read_entries(const protobuf_object& object, std::uint32_t number, string_map& out, std::size_t& count) {
        return object.for_each(number, [&](std::string_view bytes) {
            if (count == reading_.limits.max_map_entries) {
                return reading_.malformed(errc::too_many_entries, bytes.data());
            }
            if (object.depth() < 1) return reading_.malformed(errc::too_deep, bytes.data());
            if (count == out.size()) out.emplace_back();
            protobuf_object entry;
            if (!entry.read(bytes, object.depth() - 1)) {
                return reading_.malformed(errc::invalid_protobuf, entry.stopped_at());
            }
            return protobuf_field_reader<string_map_entry>(reading_, entry, out[count++]).read_all();
        });
    }

    static void finish_map(string_map& map, std::size_t count) {
        map.resize(count);
        if (count > 1) keep_last_of_each_key(map);
    }

    // --- a boolean and an error ---

    bool read(const outcome<Message, std::optional<service_error>>& field) {
        auto& error = message_.*field.member;
        if (object_.varint(field.number) != 0) {
            error.reset();
            return check<service_error>(field.error_number);
        }
        if (!error) error.emplace();
        return read_error(field.error_number, *error);
    }

    bool read(const outcome<Message, decltype(invoke_response_message::outcome)>& field) {
        auto& out = message_.*field.member;
        constexpr auto data_number = description<invoke_response_message>::data_number;
        if (object_.varint(field.number) == 0) {
            return check<std::optional<payload>>(data_number) &&
                   read_error(field.error_number, hold<service_error>(out));
        }
        if (!check<service_error>(field.error_number)) return false;
        bool set = false;
        if (!read_payload(data_number, hold<payload>(out), set)) return false;
        if (!set) out.template emplace<std::monostate>();
        return true;
    }

    bool read(const outcome<Message, std::optional<stream_end>>& field) {
        auto& end = message_.*field.member;
        if (object_.varint(field.number) == 0 && !object_.has_bytes(field.error_number)) {
            end.reset();
            return true;
        }
        if (!end) end.emplace();
        return read(field.error_number, end->error);
    }

    /// A failure without an error is one all the same.
    bool read_error(std::uint32_t number, service_error& out) {
        if (object_.has_bytes(number)) return read(number, out);
        out = {};
        return true;
    }

    protobuf_reading& reading_;
    const protobuf_object& object_;
    Message& message_;
    bool lacks_data_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
