// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/protobuf_field_reader.hpp>
#include <webpubsub/codec/message_buffer.hpp>
#include <webpubsub/messages/description.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/text/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

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
        if constexpr (is_client) return check_validity(out.message());
        return {};
    }

private:
    static constexpr bool is_client = std::is_same_v<Variant, client_message>;
    static constexpr int member_depth = max_wire_depth - 1;

    template <class Visit>
    static constexpr bool any_alternative(Visit&& visit) {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            return (visit_alternative<std::variant_alternative_t<Index, Variant>>(visit) || ...);
        }
        (std::make_index_sequence<std::variant_size_v<Variant>>{});
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
        const bool good = read_member(reading, number, bytes, unused);
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
            good = protobuf_field_reader<Message>(reading, object, held_in<Message>(out)).read_all();
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
            return reading.syntax.code == errc{} ? reading.malformed(errc::invalid_protobuf, system.stopped_at())
                                                 : false;
        }
        switch (system.number()) {
        case connected: return read_event(reading, system.bytes(), held_in<connected_message>(out));
        case disconnected: return read_event(reading, system.bytes(), held_in<disconnected_message>(out));
        default: break;
        }
        auto& unknown = held_in<unknown_message>(out);
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
        auto& unknown = held_in<unknown_message>(out);
        unknown.type.assign(description<group_data_message>::type).append("/").append(from);
        unknown.sequence_id = unused.sequence_id;
        return true;
    }

    static result<void> read_unknown(const protobuf_oneof& top, const decode_target<Variant>& out) {
        if constexpr (is_client) {
            return top.last_unknown() != 0 ? errc::unknown_type : errc::missing_field;
        } else {
            if (top.last_unknown() == 0) return errc::missing_field;
            auto& unknown = held_in<unknown_message>(out);
            unknown.type = std::to_string(top.last_unknown());
            unknown.sequence_id.reset();
            return {};
        }
    }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
