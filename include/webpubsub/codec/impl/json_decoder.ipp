// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/json_decoder.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/text/ascii.hpp>

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
    object_state state(&table_.heads, nullptr);
    if (walk(state) == nullptr) return scanner_.failure();
    if (kind_ == nullptr || passed_over_ || heads_repeated_ ||
        (kind_->is_told_by_presence() && !is_kind(*kind_, false))) {
        kind_ = find_kind(false);
        if (kind_ == nullptr) {
            finish_unknown();
            if (refusal_.code != errc{}) return refusal_;
            return notes_;
        }
        refusal_ = {};
        notes_ = {};
        state = object_state(kind_->rows, select(*kind_));
        walk(state);
    }
    complete(state);
    if (refusal_.code != errc{}) return refusal_;
    if (table_.checked) {
        const auto valid = check_rows(*kind_->rows, state.object);
        // What was replaced is no ASCII, which metadata has to be; that is for the receiver to refuse.
        if (!valid && (notes_.replaced_in_name == nullptr || valid.error().code != errc::invalid_metadata)) {
            return valid.error();
        }
    }
    return notes_;
}

WEBPUBSUB_DECL std::optional<std::uint64_t> json_decoder::find_sequence_id() {
    object_state state(&table_.heads, nullptr);
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

/// Behind the opening brace; returns what is behind the closing one.
WEBPUBSUB_DECL const char* json_decoder::read_members(const char* at, object_state& state, std::size_t depth,
                                                      bool is_top) {
    at = scanner_.skip_space(at);
    if (scanner_.is_at(at, '}')) return at + 1;
    for (;;) {
        json_value name;
        at = scanner_.scan_name(at, name);
        if (at == nullptr) return nullptr;
        std::string_view text = name.between_quotes();
        if (!name.plain) {
            memory_.clear();
            append_unescaped_json(text, memory_);
            text = memory_;
        }
        if (const auto* const row = find_row(text, state)) {
            at = read_member(at, *row, state, depth);
        } else {
            bool plain = true;
            passed_over_ = passed_over_ || kind_ == nullptr;
            at = scanner_.scan_value(at, is_top && text == "data" ? limits_.max_data_depth : depth, plain);
        }
        if (at == nullptr) return nullptr;
        at = scanner_.skip_space(at);
        if (scanner_.is_at(at, '}')) return at + 1;
        if (!scanner_.is_at(at, ',')) return scanner_.fail(errc::invalid_json, at);
        at = scanner_.skip_space(at + 1);
    }
}

/// The row of a property. Most writers keep to the order of the rows, so the one behind the last is tried first.
WEBPUBSUB_DECL const member_row* json_decoder::find_row(std::string_view name, object_state& state) const noexcept {
    const auto count = state.rows->count;
    if (name.empty()) return nullptr;
    auto place = state.expected;
    for (unsigned tried = 0; tried < count; ++tried, ++place) {
        if (place >= count) place = 0;
        const auto& row = state.rows->rows[place];
        if (row.name.size() == name.size() && row.name.front() == name.front() && row.name == name) {
            state.expected = static_cast<std::uint8_t>(place + 1);
            return &row;
        }
    }
    return nullptr;
}

// --- which kind it is ------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL std::string_view json_decoder::text_of(const json_value& string, std::string& memory) {
    if (string.plain) return string.between_quotes();
    memory.clear();
    append_unescaped_json(string.between_quotes(), memory);
    return memory;
}

/// Whether the properties that were seen are those of this kind. While the frame is not at its end, what may still come
/// is guessed.
WEBPUBSUB_DECL bool json_decoder::is_kind(const message_schema& kind, bool guessing) {
    if (!has_head(0) || !heads_[0].is_string()) return false;
    if (!equal_ignoring_case(text_of(heads_[0], memory_), kind.type)) return false;
    if (kind.head == member_row::no_head) return true;
    const auto& head = heads_[kind.head];
    if (!kind.value.empty()) {
        return has_head(kind.head) && head.is_string() && text_of(head, memory_) == kind.value;
    }
    if (guessing) return kind.usual;
    return (has_head(kind.head) && (kind.null_counts || !head.is_null())) == kind.present;
}

WEBPUBSUB_DECL const message_schema* json_decoder::find_kind(bool guessing) {
    for (std::size_t i = 0; i < table_.count; ++i) {
        if (is_kind(table_.kinds[i], guessing)) return table_.kinds + i;
    }
    return nullptr;
}

WEBPUBSUB_DECL void* json_decoder::select(const message_schema& kind) {
    return sink_.select(sink_.target, static_cast<std::size_t>(&kind - table_.kinds));
}

/// From here on values are read. Those that were noted before are read now.
WEBPUBSUB_DECL void json_decoder::begin_kind(const message_schema& kind, object_state& state, std::size_t depth) {
    kind_ = &kind;
    state = object_state(kind.rows, select(kind));
    const auto noted = heads_seen_;
    std::uint8_t expected = 0;
    for (std::uint8_t i = 0; i < table_.heads.count; ++i) {
        const auto* const row = (noted >> i & 1u) != 0 ? find_row(table_.heads.rows[i].name, state) : nullptr;
        if (row == nullptr) continue;
        if (row->kind == member_kind::type || row->kind == member_kind::discriminator) {
            expected = state.expected;
            continue;
        }
        heads_seen_ = static_cast<std::uint8_t>(heads_seen_ & ~(1u << i));
        read_member(heads_[i].begin, *row, state, depth);
    }
    state.expected = expected;
}

/// A message of a kind that the table does not have.
WEBPUBSUB_DECL void json_decoder::finish_unknown() {
    if (!has_head(0)) return refuse_missing();
    if (!heads_[0].is_string()) return refuse(errc::invalid_field, heads_[0].begin);
    if (!table_.allows_unknown) return refuse(errc::unknown_type, heads_[0].begin);
    std::string memory;
    const auto type = text_of(heads_[0], memory);
    const json_value* value = nullptr;
    for (std::size_t i = 0; i < table_.count && value == nullptr; ++i) {
        const auto& kind = table_.kinds[i];
        if (kind.head == member_row::no_head || !equal_ignoring_case(type, kind.type)) continue;
        if (!has_head(kind.head)) return refuse_missing();
        value = &heads_[kind.head];
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
