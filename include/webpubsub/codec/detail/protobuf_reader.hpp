// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/protobuf_object.hpp>
#include <webpubsub/codec/detail/wire_any.hpp>
#include <webpubsub/messages/description.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/text/utf8.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace webpubsub::detail {

/// What is the same for all parts of a frame while it is read.
///
/// A frame is refused because it is not protobuf, which ends its reading at once, or because a message that is protobuf
/// lacks something. The second counts only if the first does not come later, and not in a member of a oneof that another
/// member replaces; so it is kept until the end.
struct protobuf_reading {
    std::string_view frame;
    const codec_limits& limits;
    error syntax{};
    std::optional<error> lack{};

    /// Always false.
    bool malformed(errc code, const char* at) {
        syntax = error{code};
        // What was merged from several places is elsewhere, and has no offset.
        const auto offset = reinterpret_cast<std::uintptr_t>(at) - reinterpret_cast<std::uintptr_t>(frame.data());
        if (offset <= frame.size()) syntax.offset = offset;
        return false;
    }

    void lacks(errc code) {
        if (!lack) lack = error{code};
    }
};

/// Reads MessageData, which may come in several pieces that are to be merged.
class protobuf_payload_reader {
public:
    protobuf_payload_reader(protobuf_reading& reading, payload& out) : reading_(reading), out_(out) {}

    /// Whether any piece has set the data.
    bool is_set() const noexcept { return set_; }

    bool read(std::string_view message_data, int depth) {
        if (depth < 0) return reading_.malformed(errc::too_deep, message_data.data());
        wire_reader reader(message_data, depth);
        for (wire_field field; reader.next(field);) {
            if (field.type != wire_type::length) continue;
            switch (field.number) {
            case 1:
                if (!is_utf8(field.bytes)) return reading_.malformed(errc::invalid_utf8, field.bytes.data());
                put(data_type::text, field.bytes);
                break;
            case 2: put(data_type::binary, field.bytes); break;
            case 3:
                if (depth < 1 || !is_any(field.bytes, depth - 1)) {
                    return reading_.malformed(errc::invalid_any, field.bytes.data());
                }
                if (set_ && out_.type == data_type::protobuf) {
                    out_.bytes.append(field.bytes);
                } else {
                    put(data_type::protobuf, field.bytes);
                }
                break;
            case 4:
                if (!is_utf8(field.bytes)) return reading_.malformed(errc::invalid_utf8, field.bytes.data());
                put(data_type::json, field.bytes);
                break;
            default: break;
            }
        }
        return !reader.malformed() || reading_.malformed(errc::invalid_protobuf, reader.position());
    }

private:
    void put(data_type type, std::string_view bytes) {
        out_.type = type;
        out_.bytes.assign(bytes);
        set_ = true;
    }

    protobuf_reading& reading_;
    payload& out_;
    bool set_ = false;
};

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
        if constexpr (std::is_void_v<T>) return true;
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
            return invalid == std::string_view::npos ||
                   reading_.malformed(errc::invalid_utf8, text.data() + invalid);
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

/// Reads a frame into the alternative of `Variant` that its oneof names, and its tag and mark within that.
template <class Variant>
class protobuf_message_reader {
public:
    static result<void> read(std::string_view frame, const decode_target<Variant>& out, const codec_limits& limits) {
        protobuf_reading reading{frame, limits};
        protobuf_oneof top;
        const bool good = top.read(frame, max_wire_depth, is_member, [&](std::uint32_t number, std::string_view bytes) {
            return check(reading, number, bytes);
        });
        if (!good) {
            if (reading.syntax.code == errc{}) reading.malformed(errc::invalid_protobuf, top.stopped_at());
            return reading.syntax;
        }
        if (top.number() == 0) return read_unknown(top, out);
        if (!read_member(reading, top.number(), top.bytes(), out)) return reading.syntax;
        if (reading.lack) return *reading.lack;
        if constexpr (is_client) return check_validity(out.message);
        return {};
    }

private:
    static constexpr bool is_client = std::is_same_v<Variant, client_message>;
    static constexpr int member_depth = max_wire_depth - 1;

    template <class Visit>
    static constexpr bool any_alternative(Visit&& visit) {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            return (visit_alternative<std::variant_alternative_t<Index, Variant>>(visit) || ...);
        }(std::make_index_sequence<std::variant_size_v<Variant>>{});
    }

    template <class Message, class Visit>
    static constexpr bool visit_alternative(Visit&& visit) {
        if constexpr (std::is_same_v<Message, unknown_message>) {
            return false;
        } else {
            return visit.template operator()<Message>();
        }
    }

    static constexpr bool is_member(std::uint32_t number) {
        return any_alternative([&]<class Message>() { return description<Message>::number == number; });
    }

    /// Whether a member that something else replaces, or is merged with, is well-formed.
    static bool check(protobuf_reading& reading, std::uint32_t number, std::string_view bytes) {
        Variant unused;
        const bool good = read_member(reading, number, bytes, {unused, nullptr});
        reading.lack.reset();
        return good;
    }

    static bool read_member(protobuf_reading& reading, std::uint32_t number, std::string_view bytes,
                            const decode_target<Variant>& out) {
        if constexpr (!is_client) {
            if (number == description<connected_message>::number) return read_system(reading, bytes, out);
        }
        protobuf_object object;
        if (!object.read(bytes, member_depth)) return reading.malformed(errc::invalid_protobuf, object.stopped_at());
        if constexpr (!is_client) {
            if (number == description<group_data_message>::number && !check_from(reading, object)) return false;
        }
        bool good = true;
        const bool known = any_alternative([&]<class Message>() {
            using about = description<Message>;
            if (about::number != number || !has_tag(object, about::tag) || !has_mark(object, about::mark)) return false;
            good = protobuf_field_reader<Message>(reading, object, out.template hold<Message>()).read_all();
            return true;
        });
        if constexpr (!is_client) {
            if (!known) return read_unknown_data(reading, object, out);
        }
        return good;
    }

    static bool has_tag(const protobuf_object& object, const tag& wanted) noexcept {
        return wanted.name == key::none || object.bytes(wanted.number) == wanted.value;
    }

    static bool has_mark(const protobuf_object& object, const mark& wanted) noexcept {
        return wanted.name == key::none || object.has_bytes(wanted.number);
    }

    // --- of the service ---

    /// SystemMessage: a oneof of its own.
    static bool read_system(protobuf_reading& reading, std::string_view bytes, const decode_target<Variant>& out) {
        constexpr auto connected = description<connected_message>::tag.number;
        constexpr auto disconnected = description<disconnected_message>::tag.number;
        protobuf_oneof system;
        const bool good = system.read(
            bytes, member_depth, [](std::uint32_t number) { return number == connected || number == disconnected; },
            [&](std::uint32_t number, std::string_view event) {
                connected_message unused_connected;
                disconnected_message unused_disconnected;
                return number == connected ? read_event(reading, event, unused_connected)
                                           : read_event(reading, event, unused_disconnected);
            });
        if (!good) {
            return reading.syntax.code == errc{} ? reading.malformed(errc::invalid_protobuf, system.stopped_at()) : false;
        }
        switch (system.number()) {
        case connected: return read_event(reading, system.bytes(), out.template hold<connected_message>());
        case disconnected: return read_event(reading, system.bytes(), out.template hold<disconnected_message>());
        default: break;
        }
        auto& unknown = out.template hold<unknown_message>();
        unknown.type = "system";
        unknown.sequence_id.reset();
        if (system.last_unknown() != 0) unknown.type.append("/").append(std::to_string(system.last_unknown()));
        return true;
    }

    template <class Message>
    static bool read_event(protobuf_reading& reading, std::string_view bytes, Message& out) {
        protobuf_object object;
        if (!object.read(bytes, member_depth - 1)) {
            return reading.malformed(errc::invalid_protobuf, object.stopped_at());
        }
        return protobuf_field_reader<Message>(reading, object, out).read_all();
    }

    /// `from` is looked at, not read, and is UTF-8 in every place like other strings.
    static bool check_from(protobuf_reading& reading, const protobuf_object& object) {
        return object.for_each(description<group_data_message>::tag.number, [&](std::string_view from) {
            return is_utf8(from) || reading.malformed(errc::invalid_utf8, from.data());
        });
    }

    /// A data message from something new.
    static bool read_unknown_data(protobuf_reading& reading, const protobuf_object& object,
                                  const decode_target<Variant>& out) {
        const auto from = object.bytes(description<group_data_message>::tag.number);
        group_data_message unused;
        if (!protobuf_field_reader<group_data_message>(reading, object, unused).read_all()) return false;
        reading.lack.reset();
        auto& unknown = out.template hold<unknown_message>();
        unknown.type.assign(description<group_data_message>::type).append("/").append(from);
        unknown.sequence_id = unused.sequence_id;
        return true;
    }

    static result<void> read_unknown(const protobuf_oneof& top, const decode_target<Variant>& out) {
        if constexpr (is_client) {
            return top.last_unknown() != 0 ? errc::unknown_type : errc::missing_field;
        } else {
            if (top.last_unknown() == 0) return errc::missing_field;
            auto& unknown = out.template hold<unknown_message>();
            unknown.type = std::to_string(top.last_unknown());
            unknown.sequence_id.reset();
            return {};
        }
    }
};

} // namespace webpubsub::detail
