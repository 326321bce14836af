// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/member_row.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// What readers and writers know of a whole message, or a part of one, from its rows: computed when this is compiled.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The rows of a message or of a part of one, in JSON order, and how to find them.
struct schema {
    static constexpr std::size_t max_rows = 16;
    /// Above every field number in messages. A larger one does not compile.
    static constexpr unsigned numbers = 16;
    static constexpr std::uint8_t no_row = 0xFF;

    const member_row* rows = nullptr;
    std::uint8_t count = 0;
    /// How many rows are written in protobuf, and which, in order of their numbers.
    std::uint8_t numbered = 0;
    std::array<std::uint8_t, max_rows> by_number{};
    std::array<std::uint8_t, numbers> row_of{};
    /// The row behind the last that tells the kind by its text.
    std::uint8_t behind_heads = 0;
    /// The row of the data; `no_row` if there is none, or it is optional.
    std::uint8_t data_row = no_row;
    // Bits for rows, by their places.

    /// Those that have a member of their own, which must be emptied if they were not there.
    std::uint32_t members = 0;
    /// Those that a reader of JSON looks at once more when it has seen all of an object, because they depend on others.
    std::uint32_t late = 0;
    /// The flags among them.
    std::uint32_t outcomes = 0;
    /// The lists and maps.
    std::uint32_t lists = 0;
    /// Those that `check_rows` looks at.
    std::uint32_t checks = 0;

    static constexpr bool is_written(const member_row& row) noexcept {
        return row.kind < member_kind::type || (row.kind == member_kind::discriminator && !row.value.empty());
    }

    template <std::size_t Count>
    consteval schema(const member_row (&all)[Count]) : rows(all), count(Count) {
        static_assert(Count <= max_rows);
        for (auto& row : row_of) row = no_row;
        for (std::uint8_t i = 0; i < count; ++i) {
            const auto kind = all[i].kind;
            const auto bit = std::uint32_t{1} << i;
            // Out of bounds, and so no constant, for a number that is too large.
            if (all[i].number != 0) row_of[all[i].number] = i;
            if (kind == member_kind::data) data_row = i;
            if (!all[i].value.empty() && kind != member_kind::constant) behind_heads = static_cast<std::uint8_t>(i + 1);
            const bool is_outcome =
                kind == member_kind::success || kind == member_kind::response || kind == member_kind::end;
            const bool is_data = kind == member_kind::data || kind == member_kind::optional_data;
            if (is_outcome || is_data) late |= bit;
            if (is_outcome) outcomes |= bit;
            if (kind == member_kind::map || kind == member_kind::items) lists |= bit;
            if (all[i].check != value_check::none || kind == member_kind::part) checks |= bit;
            if (is_outcome || (kind <= member_kind::texts && kind != member_kind::data_type)) members |= bit;
        }
        for (const auto row : row_of) {
            if (row != no_row && is_written(all[row])) by_number[numbered++] = row;
        }
    }
};

/// A kind of message.
struct message_schema {
    /// The JSON `type`, compared without case.
    std::string_view type;
    /// The field number in the oneof of its direction.
    std::uint8_t number = 0;
    /// The field number in a oneof within that; 0 where there is none.
    std::uint8_t inner_number = 0;
    /// How kinds of one type are told apart: by the property `message_table::heads[head]`, which has the text `value`,
    /// or is there (`present`), or is not there.
    std::uint8_t head = member_row::no_head;
    std::string_view value{};
    bool present = false;
    /// Null is as good as a value.
    bool null_counts = false;
    /// Whether it is the most frequent one of the kinds that are told apart by whether a property is there.
    bool usual = false;
    const schema* rows = nullptr;

    constexpr bool is_told_by_presence() const noexcept { return head != member_row::no_head && value.empty(); }
};

/// Called when the table below is computed, and not constexpr, so that the compiler's message names it.
inline void kinds_of_one_number_are_apart() noexcept {}

/// The kinds of messages of one direction, in the order of the variant's alternatives.
struct message_table {
    static constexpr std::size_t max_heads = 4;
    static constexpr std::uint8_t no_kind = 0xFF;

    const message_schema* kinds = nullptr;
    std::size_t count = 0;
    /// The properties that tell kinds apart, the type first; in a service's messages the sequence id too, which a
    /// message of an unknown kind keeps.
    schema heads;
    /// What is read has to pass the checks of its rows.
    bool checked = false;
    /// A bit for each of the heads that is a member of some kinds.
    std::uint32_t heads_with_value = 0;
    /// The place of the sequence id among the heads.
    std::uint8_t sequence_id_head = member_row::no_head;
    /// A message of a kind that is not in this table is no error: it becomes the alternative behind the last.
    bool allows_unknown = false;
    /// The first kind of each field number.
    std::array<std::uint8_t, 32> by_number{};
    /// The first kind whose type has so many characters; `no_kind` if there is none.
    std::array<std::uint8_t, 32> by_type_size{};

    template <std::size_t Count>
    consteval message_table(const message_schema (&all)[Count], const schema& the_heads)
        : kinds(all), count(Count), heads(the_heads) {
        for (auto& kind : by_number) kind = no_kind;
        for (auto& kind : by_type_size) kind = no_kind;
        for (std::uint8_t i = 0; i < count; ++i) {
            auto& first_of_size = by_type_size[all[i].type.size()];
            if (first_of_size == no_kind) first_of_size = i;
            auto& first = by_number[all[i].number];
            if (first == no_kind) first = i;
            for (std::uint8_t row = 0; row < all[i].rows->count; ++row) {
                for (std::uint8_t head = 0; head < heads.count; ++head) {
                    const auto& candidate = all[i].rows->rows[row];
                    const bool has_value =
                        candidate.kind != member_kind::type && candidate.kind != member_kind::discriminator;
                    if (has_value && candidate.name == heads.rows[head].name)
                        heads_with_value |= std::uint32_t{1} << head;
                }
            }
            // Kinds of one number stand side by side. What is no constant does not compile.
            if (i != first && all[i - 1].number != all[i].number) kinds_of_one_number_are_apart();
        }
    }

    // Each returns the table with one more thing that is known of it.

    consteval message_table with_checks() const noexcept {
        message_table table = *this;
        table.checked = true;
        return table;
    }
    consteval message_table with_unknown(std::uint8_t the_sequence_id_head) const noexcept {
        message_table table = *this;
        table.allows_unknown = true;
        table.sequence_id_head = the_sequence_id_head;
        return table;
    }
};

template <class Part>
void* engage_part(void* optional) {
    auto& part = *static_cast<std::optional<Part>*>(optional);
    return part ? &*part : &part.emplace();
}
template <class Part>
void reset_part(void* optional) {
    static_cast<std::optional<Part>*>(optional)->reset();
}
template <class Part>
const void* get_part(const void* optional) {
    const auto& part = *static_cast<const std::optional<Part>*>(optional);
    return part ? &*part : nullptr;
}

template <class Part>
bool with_scratch_part(bool (*read)(void* context, void* part), void* context) {
    Part scratch{};
    return read(context, &scratch);
}

/// Describes a part that is always there.
constexpr part_schema plain_part_schema(const schema& rows) noexcept {
    return {&rows, nullptr, nullptr, nullptr, nullptr};
}

/// Describes a part that may not be there.
template <class Part>
constexpr part_schema optional_part_schema(const schema& rows) noexcept {
    return {&rows, engage_part<Part>, reset_part<Part>, get_part<Part>, nullptr};
}

/// Adds to a part that some kinds of messages have for nothing, so that it must be read and forgotten.
template <class Part>
constexpr part_schema with_scratch(part_schema part) noexcept {
    part.with_scratch = with_scratch_part<Part>;
    return part;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
