// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/json_decoder.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/support/reassign.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/detail/json_scan_string.hpp>
#include <webpubsub/text/detail/load.hpp>

#include <bit>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL bool read_digits(std::string_view text, std::uint64_t& out) noexcept {
    constexpr std::uint64_t max = static_cast<std::uint64_t>(-1);
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return false;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (max - digit) / 10) return false;
        value = value * 10 + digit;
    }
    out = value;
    return !text.empty();
}

// --- the frame -------------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL result<decode_notes> json_decoder::decode() {
    object_state state(table_.heads, nullptr);
    if (walk(state) == nullptr) return scanner_.failure();
    if (kind_ == nullptr || passed_over_ || heads_repeated_ ||
        (kind_->is_told_by_presence() && !is_kind(*kind_, false))) {
        kind_ = find_kind(first_of_type(), false);
        if (kind_ == nullptr) {
            finish_unknown();
            if (refusal_.code != errc{}) return refusal_;
            return notes_;
        }
        refusal_ = {};
        notes_ = {};
        state.reset(*kind_->rows, select(*kind_));
        walk(state);
    }
    complete(state);
    if (refusal_.code != errc{}) return refusal_;
    if (table_.checked && kind_->rows->checks != 0) {
        const auto checked = check_rows(*kind_->rows, state.object);
        // What was replaced is no ASCII, which metadata has to be; that is for the receiver to refuse.
        const bool excused = checked == errc::invalid_metadata && notes_.replaced_in_name != nullptr;
        if (checked != errc{} && !excused) return checked;
    }
    return notes_;
}

WEBPUBSUB_DECL std::optional<std::uint64_t> json_decoder::find_sequence_id() {
    object_state state(table_.heads, nullptr);
    only_heads_ = true;
    walk(state);
    std::uint64_t id = 0;
    if (!has_head(table_.sequence_id_head) || !read_sequence_id(heads_[table_.sequence_id_head], id)) return {};
    return id;
}

WEBPUBSUB_DECL bool json_decoder::read_sequence_id(const json_value& value, std::uint64_t& out) noexcept {
    return read_digits(value.is_string() && value.plain ? value.between_quotes() : value.text(), out);
}

/// Reads the whole frame; returns its end, or null where it is not one object.
WEBPUBSUB_DECL const char* json_decoder::walk(object_state& state) {
    const char* at = scanner_.skip_space(scanner_.begin());
    if (!scanner_.is_at(at, '{')) {
        const bool is_json =
            at != scanner_.end() && std::string_view("[\"-0123456789tfn").find(*at) != std::string_view::npos;
        return scanner_.fail(is_json ? errc::not_one_object : errc::invalid_json, at);
    }
    // The object itself is level 1.
    const auto depth = limits_.max_depth == 0 ? 0 : limits_.max_depth - 1;
    at = read_members(at + 1, state, depth, true);
    if (at == nullptr) return nullptr;
    at = scanner_.skip_space(at);
    return at == scanner_.end() ? at : scanner_.fail(errc::not_one_object, at);
}

/// The row of a property. Most writers keep to the order of the rows, so the one behind the last is tried first.
WEBPUBSUB_DECL const member_row* json_decoder::find_row(std::string_view name, object_state& state) const noexcept {
    const auto count = state.rows->count;
    auto place = state.expected;
    for (unsigned tried = 0; tried < count; ++tried, ++place) {
        if (place >= count) place = 0;
        const auto& row = state.rows->rows[place];
        if (!name.empty() && is_same_text(row.name, name)) {
            state.expected = static_cast<std::uint8_t>(place + 1);
            return &row;
        }
    }
    return nullptr;
}

/// The place of the row whose name stands at `at`, if it is one of those that writers put next; `at` is then behind the
/// colon. The number of rows if it is none.
[[gnu::always_inline]] inline unsigned expected_row(const schema& rows, unsigned expected, const char*& at,
                                                    const char* end) noexcept {
    const auto left = static_cast<std::size_t>(end - at);
    for (const auto* row = rows.rows + expected; expected < rows.count; ++expected, ++row) {
        // The quotes and the colon are compared too.
        const auto size = row->name.size() + 3;
        if (left < size || !equal_names(row->json_text.data() + 1, at, size)) continue;
        at += size;
        return expected;
    }
    return expected;
}

/// Reads what most values are: strings without escapes. False, and nothing is done, where it is another or means more.
[[gnu::always_inline]] inline bool json_decoder::read_plain_string(const char*& at, const member_row& row,
                                                                   std::uint32_t bit, object_state& state) {
    bool plain = true;
    const char* const close = scanner_.scan_string(at + 1, plain);
    if (close == nullptr || !plain || (state.refused & bit) != 0) return false;
    const char* const behind = close + 1;
    switch (row.kind) {
    case member_kind::text:
        reassign(member_at<std::string>(state.object, row), at + 1, static_cast<std::size_t>(close - at - 1));
        break;
    case member_kind::data_type: state.data_type.set(at, behind, true); break;
    case member_kind::data: state.data.set(at, behind, true); [[fallthrough]];
    case member_kind::type:
    case member_kind::discriminator:
        if (row.head == member_row::no_head) break;
        keep_head(row, at, behind, true);
        break;
    default: return false;
    }
    state.seen |= bit;
    at = behind;
    return true;
}

/// Behind the opening brace; returns what is behind the closing one.
WEBPUBSUB_DECL const char* json_decoder::read_members(const char* at, object_state& state, std::size_t depth,
                                                      bool is_top) {
    const char* const end = scanner_.end();
    const auto skip_space = [end](const char*& place) {
        if (place != end && static_cast<unsigned char>(*place) <= ' ') place = skip_json_space(place, end);
    };
    skip_space(at);
    if (at != end && *at == '}') return at + 1;
    for (;;) {
        if (at == end || *at != '"') return scanner_.fail(errc::invalid_json, at);
        const auto place = expected_row(*state.rows, state.expected, at, end);
        const member_row* row = state.rows->rows + place;
        if (place != state.rows->count) {
            state.expected = static_cast<std::uint8_t>(place + 1);
            skip_space(at);
            if (at != end && *at == '"' && read_plain_string(at, *row, std::uint32_t{1} << place, state)) row = nullptr;
        } else {
            row = other_row(at, state, is_top, depth);
            if (at == nullptr) return nullptr;
        }
        if (row != nullptr) at = read_member(at, *row, state, depth);
        if (at == nullptr) return nullptr;
        if (kind_ == nullptr) {
            // What a writer puts before the type tells nothing of where the type is.
            if (has_head(0)) {
                guess_kind(state, depth);
            } else {
                state.expected = 0;
            }
        }
        skip_space(at);
        if (at == end) return scanner_.fail(errc::invalid_json, at);
        if (*at == '}') return at + 1;
        if (*at != ',') return scanner_.fail(errc::invalid_json, at);
        ++at;
        skip_space(at);
    }
}

/// Any name, and the value of one that the object does not have a row for; null, with `at` behind the value then, and
/// with `at` null where the frame is no JSON.
WEBPUBSUB_DECL const member_row* json_decoder::other_row(const char*& at, object_state& state, bool is_top,
                                                         std::size_t depth) {
    json_value name;
    at = scanner_.scan_name(at, name);
    if (at == nullptr) return nullptr;
    const auto text = text_of(name, memory_);
    const auto* const row = find_row(text, state);
    if (row != nullptr) return row;
    bool plain = true;
    passed_over_ = passed_over_ || kind_ == nullptr;
    at = scanner_.scan_value(at, is_top && text == "data" ? limits_.max_data_depth : depth, plain);
    return nullptr;
}

// --- which kind it is ------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL std::string_view json_decoder::text_of(const json_value& string, std::string& memory) {
    if (string.plain) return string.between_quotes();
    memory.clear();
    append_unescaped_json(string.between_quotes(), memory);
    return memory;
}

/// The first kind that has the type of the frame, which stand side by side; null if there is none.
WEBPUBSUB_DECL const message_schema* json_decoder::first_of_type() {
    if (!has_head(0) || !heads_[0].is_string()) return nullptr;
    const auto type = text_of(heads_[0], memory_);
    const auto first = type.size() < table_.by_type_size.size() ? table_.by_type_size[type.size()] : table_.count;
    for (std::size_t i = first; i < table_.count; ++i) {
        if (is_same_text(table_.kinds[i].type, type)) return table_.kinds + i;
    }
    for (std::size_t i = 0; i < table_.count; ++i) {
        if (equal_ignoring_case(type, table_.kinds[i].type)) return table_.kinds + i;
    }
    return nullptr;
}

/// Whether a kind of the right type is the one that the other properties tell. While the frame is not at its end, what
/// may still come is guessed.
WEBPUBSUB_DECL bool json_decoder::is_kind(const message_schema& kind, bool guessing) {
    if (kind.head == member_row::no_head) return true;
    const auto& head = heads_[kind.head];
    if (!kind.value.empty()) {
        if (!has_head(kind.head) || !head.is_string()) return false;
        return is_same_text(text_of(head, memory_), kind.value);
    }
    if (guessing) {
        // A frame without data is short, and there it costs little to look.
        constexpr std::size_t is_short = 80;
        const std::string_view frame(scanner_.begin(), static_cast<std::size_t>(scanner_.end() - scanner_.begin()));
        if (frame.size() > is_short || !kind.null_counts) return kind.usual;
        bool present = false;
        for (auto comma = frame.find(','); comma != std::string_view::npos && !present;
             comma = frame.find(',', comma + 1)) {
            present = frame.substr(comma + 1, 5) == "\"data";
        }
        return present == kind.present;
    }
    return (has_head(kind.head) && (kind.null_counts || !head.is_null())) == kind.present;
}

WEBPUBSUB_DECL const message_schema* json_decoder::find_kind(const message_schema* first, bool guessing) {
    if (first == nullptr) return nullptr;
    const auto* const end = table_.kinds + table_.count;
    for (const auto* kind = first; kind != end && kind->number == first->number; ++kind) {
        if (is_kind(*kind, guessing)) return kind;
    }
    return nullptr;
}

WEBPUBSUB_DECL void* json_decoder::select(const message_schema& kind) {
    return sink_.select(sink_.target, static_cast<std::size_t>(&kind - table_.kinds));
}

/// Once the kind can be told values are read. Those that were noted before are read now.
WEBPUBSUB_DECL void json_decoder::guess_kind(object_state& state, std::size_t depth) {
    if (only_heads_) return;
    if (first_ == nullptr && (first_ = first_of_type()) == nullptr) return;
    if (first_->head != member_row::no_head && !first_->value.empty() && !has_head(first_->head)) return;
    const auto* const guessed = find_kind(first_, true);
    if (guessed == nullptr) return;
    const auto& kind = *guessed;
    kind_ = &kind;
    state.reset(*kind.rows, select(kind));
    // The heads that are values of members as well.
    for (auto noted = heads_seen_ & table_.heads_with_value; noted != 0; noted &= noted - 1) {
        const auto place = std::countr_zero(noted);
        const auto* const row = find_row(table_.heads.rows[place].name, state);
        if (row == nullptr) continue;
        heads_seen_ = static_cast<std::uint8_t>(heads_seen_ & ~(1u << place));
        read_member(heads_[place].begin, *row, state, depth);
    }
    state.expected = kind.rows->behind_heads;
}

/// A message of a kind that the table does not have.
WEBPUBSUB_DECL void json_decoder::finish_unknown() {
    if (!has_head(0)) return refuse_missing();
    if (!heads_[0].is_string()) return refuse(errc::invalid_field, heads_[0].begin);
    if (!table_.allows_unknown) return refuse(errc::unknown_type, heads_[0].begin);
    std::string memory;
    const auto type = text_of(heads_[0], memory);
    const json_value* value = nullptr;
    const auto* const known = first_of_type();
    if (known != nullptr) {
        if (!has_head(known->head)) return refuse_missing();
        value = &heads_[known->head];
        if (!value->is_string()) return refuse(errc::invalid_field, value->begin);
    }
    auto& unknown = *static_cast<unknown_message*>(sink_.select(sink_.target, table_.count));
    unknown.type.assign(type);
    if (value != nullptr) unknown.type.append("/").append(text_of(*value, memory_));
    unknown.sequence_id.reset();
    std::uint64_t id = 0;
    if (has_head(table_.sequence_id_head) && read_sequence_id(heads_[table_.sequence_id_head], id)) {
        unknown.sequence_id = id;
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
