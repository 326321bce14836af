// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/wire_reader.hpp>
#include <webpubsub/messages/description.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

constexpr std::size_t varint_size(std::uint64_t value) noexcept {
    return static_cast<std::size_t>(std::bit_width(value | 1) + 6) / 7;
}

inline char* write_varint(std::uint64_t value, char* to) noexcept {
    for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
    *to++ = static_cast<char>(value);
    return to;
}

/// Of a field number below 16: one byte.
constexpr char wire_tag(std::uint32_t number, wire_type type) noexcept {
    return static_cast<char>(number << 3 | static_cast<std::uint32_t>(type));
}

/// Takes the pieces of a message and only counts their bytes.
class wire_counter {
public:
    void tag(std::uint32_t number, wire_type) noexcept { size_ += varint_size(std::uint64_t{number} << 3); }
    void varint(std::uint64_t value) noexcept { size_ += varint_size(value); }
    void bytes(std::string_view bytes) noexcept { size_ += bytes.size(); }

    std::size_t size() const noexcept { return size_; }

private:
    std::size_t size_ = 0;
};

/// Takes the pieces of a message and writes them to memory that is large enough.
class wire_writer {
public:
    explicit wire_writer(char* to) noexcept : to_(to) {}

    void tag(std::uint32_t number, wire_type type) noexcept {
        varint(std::uint64_t{number} << 3 | static_cast<std::uint64_t>(type));
    }
    void varint(std::uint64_t value) noexcept { to_ = write_varint(value, to_); }
    void bytes(std::string_view bytes) noexcept {
        if (!bytes.empty()) std::memcpy(to_, bytes.data(), bytes.size());
        to_ += bytes.size();
    }

private:
    char* to_;
};

/// The places of a message's fields in order of their numbers, as protobuf writes them.
template <class Message>
consteval auto fields_by_number() {
    constexpr auto count = std::tuple_size_v<std::remove_cvref_t<decltype(description<Message>::fields)>>;
    std::array<std::size_t, count> order{};
    std::array<std::uint32_t, count> numbers{};
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        ((order[Index] = Index, numbers[Index] = std::get<Index>(description<Message>::fields).number), ...);
    }
    (std::make_index_sequence<count>{});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return numbers[a] < numbers[b]; });
    return order;
}

/// Gives the fields of messages to a `wire_counter` or a `wire_writer`, each by its type. Fields that are at their
/// default are left out, but for those with presence, which are written when they are set.
template <class Sink>
class protobuf_field_writer {
public:
    explicit protobuf_field_writer(Sink& out) : out_(out) {}

    /// Without the sequence id if that goes into a prefix.
    template <class Message>
    void write_fields(const Message& message, bool with_sequence_id = true) {
        constexpr static auto order = fields_by_number<Message>();
        [&]<std::size_t... Place>(std::index_sequence<Place...>) {
            (write_unless(std::get<order[Place]>(description<Message>::fields), message, with_sequence_id), ...);
        }
        (std::make_index_sequence<order.size()>{});
    }

    /// A length-delimited field; `write(writer)` gives the fields inside to a writer.
    template <class Write>
    void write_nested(std::uint32_t number, Write&& write) {
        wire_counter counter;
        protobuf_field_writer<wire_counter> sizes(counter);
        write(sizes);
        out_.tag(number, wire_type::length);
        out_.varint(counter.size());
        write(*this);
    }

    void write_bytes(std::uint32_t number, std::string_view bytes) {
        out_.tag(number, wire_type::length);
        out_.varint(bytes.size());
        out_.bytes(bytes);
    }

private:
    template <class Field, class Message>
    void write_unless(const Field& field, const Message& message, bool with_sequence_id) {
        if (field.name != key::sequence_id || with_sequence_id) write(field, message);
    }

    template <class Message, class Member>
    void write(const field<Message, Member>& field, const Message& message) {
        if (field.number != 0) write(field.number, message.*field.member);
    }

    template <class Message>
    void write(const constant&, const Message&) {}
    template <class T, class Message>
    void write(const absent<T>&, const Message&) {}
    template <class T, class Message>
    void write(const ignored<T>&, const Message&) {}

    void write_varint(std::uint32_t number, std::uint64_t value) {
        out_.tag(number, wire_type::varint);
        out_.varint(value);
    }

    void write(std::uint32_t number, const std::string& value) {
        if (!value.empty()) write_bytes(number, value);
    }

    template <class Number>
        requires std::is_integral_v<Number>
    void write(std::uint32_t number, Number value) {
        if (value != 0) write_varint(number, value);
    }

    template <class Number>
        requires std::is_integral_v<Number>
    void write(std::uint32_t number, const std::optional<Number>& value) {
        if (value) write_varint(number, *value);
    }

    void write(std::uint32_t number, update_time value) {
        write(number, static_cast<std::uint64_t>(value.time_since_epoch().count()));
    }

    void write(std::uint32_t number, const payload& value) {
        write_nested(number, [&](auto& inside) { inside.write_bytes(payload_number(value.type), value.bytes); });
    }

    static constexpr std::uint32_t payload_number(data_type type) noexcept {
        switch (type) {
        case data_type::text: return 1;
        case data_type::binary: return 2;
        case data_type::protobuf: return 3;
        case data_type::json: break;
        }
        return 4;
    }

    void write(std::uint32_t number, const string_map& map) {
        for (const auto& entry : map) {
            // Both are written even if they are empty, as protobuf does in maps.
            write_nested(number, [&](auto& inside) {
                inside.write_bytes(1, entry.key);
                inside.write_bytes(2, entry.value);
            });
        }
    }

    void write(std::uint32_t number, const std::optional<string_map>& state) {
        if (state) write_nested(number, [&](auto& inside) { inside.write(1, *state); });
    }

    void write(std::uint32_t number, const std::vector<group_state_item>& items) {
        for (const auto& item : items) write(number, item);
    }

    template <class Part>
        requires requires { description<Part>::fields; }
    void write(std::uint32_t number, const Part& part) {
        write_nested(number, [&](auto& inside) { inside.write_fields(part); });
    }

    template <class Part>
        requires requires { description<Part>::fields; }
    void write(std::uint32_t number, const std::optional<Part>& part) {
        if (part) write(number, *part);
    }

    template <class Part>
        requires std::same_as<Part, payload>
    void write(std::uint32_t number, const std::optional<Part>& data) {
        if (data) write(number, *data);
    }

    template <class Message>
    void write(const outcome<Message, std::optional<service_error>>& field, const Message& message) {
        const auto& error = message.*field.member;
        write(field.number, !error.has_value());
        write(field.error_number, error);
    }

    template <class Message>
    void write(const outcome<Message, decltype(invoke_response_message::outcome)>& field, const Message& message) {
        const auto& result = message.*field.member;
        const auto* const error = std::get_if<service_error>(&result);
        write(field.number, error == nullptr);
        if (const auto* const data = std::get_if<payload>(&result)) {
            write(description<invoke_response_message>::data_number, *data);
        }
        if (error != nullptr) write(field.error_number, *error);
    }

    template <class Message>
    void write(const outcome<Message, std::optional<stream_end>>& field, const Message& message) {
        const auto& end = message.*field.member;
        write(field.number, end.has_value());
        if (end) write(field.error_number, end->error);
    }

    template <class Other>
    friend class protobuf_field_writer;

    Sink& out_;
};

/// Gives everything inside the top-level message's member to `writer`: what its tag stands for, and its fields.
template <class Sink, class Message>
void write_member(protobuf_field_writer<Sink>& writer, const Message& message, bool with_sequence_id) {
    using about = description<Message>;
    if constexpr (about::tag.name == key::event) {
        writer.write_nested(about::tag.number, [&](auto& inside) { inside.write_fields(message); });
    } else {
        if constexpr (about::tag.name != key::none) writer.write_bytes(about::tag.number, about::tag.value);
        writer.write_fields(message, with_sequence_id);
    }
}

template <class Message>
std::size_t member_size(const Message& message, bool with_sequence_id) {
    wire_counter counter;
    protobuf_field_writer<wire_counter> sizes(counter);
    write_member(sizes, message, with_sequence_id);
    return counter.size();
}

/// Appends a whole frame.
template <class Message>
void append_frame(const Message& message, std::string& out) {
    constexpr auto number = description<Message>::number;
    const auto size = member_size(message, true);
    const auto start = out.size();
    out.resize(start + varint_size(std::uint64_t{number} << 3) + varint_size(size) + size);
    wire_writer to(out.data() + start);
    to.tag(number, wire_type::length);
    to.varint(size);
    protobuf_field_writer<wire_writer> writer(to);
    write_member(writer, message, true);
}

/// Appends the tag of a frame, which is one byte, and what is inside its message, without the length between them and
/// without the sequence id.
template <class Message>
void append_frame_body(const Message& message, std::string& out) {
    constexpr auto number = description<Message>::number;
    static_assert(number < 16);
    const auto start = out.size();
    out.resize(start + 1 + member_size(message, false));
    out[start] = wire_tag(number, wire_type::length);
    wire_writer to(out.data() + start + 1);
    protobuf_field_writer<wire_writer> writer(to);
    write_member(writer, message, false);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
