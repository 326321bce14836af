// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/variant.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// The terms in which client_schema.hpp and service_schema.hpp describe messages: rows of plain data, one for each
// property. Everything that treats messages alike walks these rows: the readers and writers of both encodings, the
// printer, the checks, the size counter, and the tests' generator of random messages. What a row says of a member is
// its kind, which follows from its C++ type; what is special about a property is in its row and nowhere else.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// What a property holds, and the C++ type of its member.
enum class member_kind : std::uint8_t {
    /// std::string.
    text,
    /// std::uint64_t.
    number,
    /// std::optional<std::uint64_t>.
    optional_number,
    /// std::uint32_t; 0 is the same as none.
    small_number,
    /// std::optional<std::uint32_t>.
    optional_small_number,
    /// update_time.
    time,
    /// bool.
    flag,
    /// payload.
    data,
    /// std::optional<payload>.
    optional_data,
    /// The JSON property that says what the data of the same payload is.
    data_type,
    /// string_map.
    map,
    /// std::optional<string_map>; in protobuf a message with the map as its field 1.
    optional_map,
    /// A struct with rows of its own, and a std::optional of one.
    part,
    optional_part,
    /// std::vector<group_state_item>.
    items,
    /// std::vector<std::string>, which is reached through its part; in protobuf only.
    texts,

    // Several properties that are one member. They have the member's place, and the flag comes first.

    /// Whether a request succeeded, and the error if not: std::optional<service_error>.
    success,
    success_error,
    /// The same with an answer: variant<no_data, payload, service_error>.
    response,
    response_error,
    response_data_type,
    response_data,
    /// Whether a stream ended, and the error that ended it: std::optional<stream_end>.
    end,
    end_error,

    // Properties without a member.

    /// The kind of the message by its name, and the property that tells kinds of one name apart; see `discriminator`.
    type,
    discriminator,
    /// A JSON property that has one value only and may be missing.
    constant,
    /// A property that this kind of message must not have. Of the wire type of `forbidden`'s part, or a payload's.
    forbidden_number,
    forbidden_data,
    forbidden_part,
    /// A property that means nothing in this kind of message, and must be well-formed all the same.
    skipped_text,
    skipped_part,
};

enum class presence : std::uint8_t {
    required,
    /// Left out when it is empty or at its default.
    optional,
    /// Written as null in JSON when it is empty; accepted as null or missing.
    nullable,
    /// Always written; anything but a string is read as an empty one.
    lenient,
};

/// What a value that a client sends must fulfil (subprotocols.md sections 2 and 9 to 13).
enum class value_check : std::uint8_t {
    none,
    /// Names and ids: not empty.
    group,
    event,
    stream_id,
    invocation_id,
    /// Fragments count from 1, and no timeout is 0.
    not_zero,
    time_to_live,
    metadata,
};

struct schema;

/// How the parts of messages are reached: functions for a struct `Part`, for `std::optional<Part>`, or for a list of
/// texts. Those that no row needs are null.
struct part_schema {
    const schema* rows;
    /// The part inside of an optional one, made if it is not there; a new text at the end of a list.
    void* (*engage)(void* optional);
    void (*reset)(void* optional);
    /// The part inside, or null.
    const void* (*get)(const void* optional);
    /// Gives `read` a part that nobody looks at, and returns what `read` returns.
    bool (*with_scratch)(bool (*read)(void* context, void* part), void* context);
    /// How many texts a list has, and the one at a place.
    std::size_t (*size)(const void* list) = nullptr;
    const std::string& (*text)(const void* list, std::size_t place) = nullptr;
};

/// A member's type and place. Made by `WEBPUBSUB_MEMBER` only.
template <class Member>
struct member_place {
    std::uint16_t offset;
};

template <class Message, class Member>
constexpr member_place<Member> place_in(std::size_t offset) noexcept {
    static_assert(std::is_standard_layout_v<Message>, "rows hold offsets, which only such structs have");
    return {static_cast<std::uint16_t>(offset)};
}

#define WEBPUBSUB_MEMBER(message, member)                                                                              \
    ::webpubsub::detail::place_in<message, decltype(message::member)>(offsetof(message, member))

constexpr member_kind kind_of(member_place<std::string>) noexcept { return member_kind::text; }
constexpr member_kind kind_of(member_place<std::uint64_t>) noexcept { return member_kind::number; }
constexpr member_kind kind_of(member_place<std::optional<std::uint64_t>>) noexcept {
    return member_kind::optional_number;
}
constexpr member_kind kind_of(member_place<std::uint32_t>) noexcept { return member_kind::small_number; }
constexpr member_kind kind_of(member_place<std::optional<std::uint32_t>>) noexcept {
    return member_kind::optional_small_number;
}
constexpr member_kind kind_of(member_place<update_time>) noexcept { return member_kind::time; }
constexpr member_kind kind_of(member_place<bool>) noexcept { return member_kind::flag; }
constexpr member_kind kind_of(member_place<payload>) noexcept { return member_kind::data; }
constexpr member_kind kind_of(member_place<std::optional<payload>>) noexcept { return member_kind::optional_data; }
constexpr member_kind kind_of(member_place<string_map>) noexcept { return member_kind::map; }
constexpr member_kind kind_of(member_place<std::optional<string_map>>) noexcept { return member_kind::optional_map; }
constexpr member_kind kind_of(member_place<std::vector<group_state_item>>) noexcept { return member_kind::items; }
constexpr member_kind kind_of(member_place<std::vector<std::string>>) noexcept { return member_kind::texts; }
template <class Part>
constexpr member_kind kind_of(member_place<std::optional<Part>>) noexcept {
    return member_kind::optional_part;
}
template <class Part>
constexpr member_kind kind_of(member_place<Part>) noexcept {
    static_assert(std::is_class_v<Part>, "no kind of member has this type");
    return member_kind::part;
}

/// One property of a message.
struct member_row {
    /// The longest name, with a comma before it, the quotes and a colon, and with its value where that is always the
    /// same.
    static constexpr std::size_t text_capacity = 32;

    /// `,"name":` or `,"name":"value"`, and zeros behind it.
    std::array<char, text_capacity> json_text{};
    std::uint8_t json_size = 0;
    /// The field number in protobuf; 0 where protobuf has no such field.
    std::uint8_t number = 0;
    /// The byte before the field in protobuf: its number and its wire type.
    std::uint8_t tag = 0;
    member_kind kind{};
    webpubsub::detail::presence presence = presence::required;
    value_check check = value_check::none;
    /// Which of the properties that tell kinds apart this is: its place in `message_table::heads`, 0xFF if it is none.
    std::uint8_t head = no_head;
    /// Not to be printed.
    bool secret = false;
    /// A sequence id, which goes into the prefix of a frame of the service.
    bool in_prefix = false;
    /// A number that may also be a string of digits (subprotocols.md section 2.4).
    bool may_be_text = false;
    /// The JSON property `data`, which has a limit of its own for its depth.
    bool is_data = false;
    std::uint16_t offset = 0;
    const part_schema* part = nullptr;
    /// Empty where JSON has no such property. A zero stands behind it.
    std::string_view name{};
    /// The text of a type, a discriminator or a constant; empty in other rows.
    std::string_view value{};

    static constexpr std::uint8_t no_head = 0xFF;

    constexpr member_row() noexcept = default;

    /// A property that is a member.
    template <class Member>
    constexpr member_row(std::string_view the_name, unsigned field, member_place<Member> place,
                         webpubsub::detail::presence how = presence::required) noexcept
        : member_row(kind_of(place), the_name, field, place.offset) {
        presence = how;
    }

    constexpr member_row(member_kind what, std::string_view the_name, unsigned field, std::size_t where = 0) noexcept
        : number(static_cast<std::uint8_t>(field)),
          kind(what),
          is_data(the_name == "data"),
          offset(static_cast<std::uint16_t>(where)),
          name(the_name) {
        // Numbers of fields are below 16, so that this is one byte.
        tag = static_cast<std::uint8_t>(field << 3 | (is_varint(what) ? 0u : 2u));
        add_text(",\"");
        add_text(name);
        add_text("\":");
    }

    constexpr void add_text(std::string_view text) noexcept {
        for (const char c : text) json_text[json_size++] = c;
    }

    static constexpr bool is_varint(member_kind kind) noexcept {
        return kind == member_kind::number || kind == member_kind::optional_number ||
               kind == member_kind::small_number || kind == member_kind::optional_small_number ||
               kind == member_kind::time || kind == member_kind::flag || kind == member_kind::success ||
               kind == member_kind::response || kind == member_kind::end || kind == member_kind::forbidden_number;
    }

    // Each returns the row with one more thing that is known of it.

    constexpr member_row checked(value_check what) const noexcept {
        member_row row = *this;
        row.check = what;
        return row;
    }
    constexpr member_row with(std::string_view text) const noexcept {
        member_row row = *this;
        row.value = text;
        row.add_text("\"");
        row.add_text(text);
        row.add_text("\"");
        return row;
    }
    constexpr member_row of(const part_schema& what) const noexcept {
        member_row row = *this;
        row.part = &what;
        return row;
    }
    constexpr member_row telling_kinds_apart(unsigned place) const noexcept {
        member_row row = *this;
        row.head = static_cast<std::uint8_t>(place);
        return row;
    }
    constexpr member_row kept_secret() const noexcept {
        member_row row = *this;
        row.secret = true;
        return row;
    }
    constexpr member_row put_into_prefix() const noexcept {
        member_row row = *this;
        row.in_prefix = true;
        return row;
    }
    constexpr member_row or_text() const noexcept {
        member_row row = *this;
        row.may_be_text = true;
        return row;
    }
};

// How a value of a message is reached by its row.

template <class T>
T& member_at(void* object, const member_row& row) noexcept {
    return *reinterpret_cast<T*>(static_cast<char*>(object) + row.offset);
}
template <class T>
const T& member_at(const void* object, const member_row& row) noexcept {
    return *reinterpret_cast<const T*>(static_cast<const char*>(object) + row.offset);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
