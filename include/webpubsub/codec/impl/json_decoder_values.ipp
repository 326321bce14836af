// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/json_decoder.hpp>
#include <webpubsub/codec/detail/wire_any.hpp>
#include <webpubsub/messages/part_schema.hpp>
#include <webpubsub/support/reassign.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/detail/json_scan_string.hpp>

#include <bit>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

// --- values ----------------------------------------------------------------------------------------------------------

/// Reads a value into its member, by its row; returns what is behind it, null where the frame is no JSON.
WEBPUBSUB_DECL const char* json_decoder::read_member(const char* at, const member_row& row, object_state& state,
                                                     std::size_t depth) {
    const auto bit = std::uint32_t{1} << (&row - state.rows->rows);
    if ((state.refused & bit) != 0) forget_refusal(bit, state);
    state.seen |= bit;
    const auto refusals = refusals_;
    const char* const begin = at;
    switch (row.kind) {
    case member_kind::text: at = read_text(at, row, member_at<std::string>(state.object, row), depth); break;
    case member_kind::number:
    case member_kind::optional_number:
    case member_kind::small_number:
    case member_kind::optional_small_number:
    case member_kind::time: at = read_number(at, row, state.object, depth); break;
    case member_kind::map: at = read_map(at, row, member_at<string_map>(state.object, row), depth); break;
    case member_kind::optional_map: {
        auto& map = member_at<std::optional<string_map>>(state.object, row);
        at = read_map(at, row, map ? *map : map.emplace(), depth);
        if (at != nullptr && *begin == 'n') map.reset();
        break;
    }
    case member_kind::part: at = read_part(at, row, &member_at<char>(state.object, row), depth); break;
    case member_kind::optional_part: {
        void* const optional = &member_at<char>(state.object, row);
        const bool is_null = scanner_.is_at(at, 'n');
        bool plain = true;
        at = is_null ? scanner_.scan_value(at, 0, plain) : read_part(at, row, row.part->engage(optional), depth);
        if (is_null) row.part->reset(optional);
        break;
    }
    case member_kind::items:
        at = read_items(at, row, member_at<std::vector<group_state_item>>(state.object, row), depth);
        break;
    default: {
        // Looked at as it stands, now or when the object is complete.
        json_value value;
        at = scanner_.scan_value(at, row.is_data ? limits_.max_data_depth : depth, value);
        if (at == nullptr) return nullptr;
        keep_value(value, row, state);
        if (row.head != member_row::no_head) keep_head(row, value.begin, value.end, value.plain);
        if (refusals_ != refusals) state.refused |= bit;
        return at;
    }
    }
    if (row.head != member_row::no_head && at != nullptr) keep_head(row, begin, at, false);
    if (refusals_ != refusals) state.refused |= bit;
    return at;
}

/// Notes the value of a property that tells kinds apart.
WEBPUBSUB_DECL void json_decoder::keep_head(const member_row& row, const char* begin, const char* end,
                                            bool plain) noexcept {
    heads_repeated_ = heads_repeated_ || has_head(row.head);
    heads_[row.head].set(begin, end, plain);
    heads_seen_ = static_cast<std::uint8_t>(heads_seen_ | 1u << row.head);
}

WEBPUBSUB_DECL void json_decoder::forget_refusal(std::uint32_t row_bit, object_state& state) noexcept {
    state.refused &= ~row_bit;
    if (state.refused == 0 && !state.refused_before) refusal_ = {};
}

WEBPUBSUB_DECL void json_decoder::keep_value(const json_value& value, const member_row& row, object_state& state) {
    switch (row.kind) {
    case member_kind::flag: read_flag(value, member_at<bool>(state.object, row)); break;
    case member_kind::data:
    case member_kind::optional_data:
    case member_kind::response_data: state.data = value; break;
    case member_kind::data_type:
    case member_kind::response_data_type: state.data_type = value; break;
    case member_kind::success:
    case member_kind::response:
    case member_kind::end: state.flag = value; break;
    case member_kind::success_error:
    case member_kind::response_error:
    case member_kind::end_error: state.error = value; break;
    case member_kind::constant:
        if (!value.is_null() && (!value.is_string() || text_of(value, memory_) != row.value)) {
            refuse(errc::invalid_field, value.begin);
        }
        break;
    case member_kind::forbidden_number:
    case member_kind::forbidden_data:
    case member_kind::forbidden_part:
        if (!value.is_null()) refuse(errc::invalid_field, value.begin);
        break;
    default: break;
    }
}

WEBPUBSUB_DECL void json_decoder::read_flag(const json_value& value, bool& out) noexcept {
    out = *value.begin == 't';
    if (!out && *value.begin != 'f') refuse(errc::invalid_field, value.begin);
}

/// Replaces `out` by the content of a string.
WEBPUBSUB_DECL bool json_decoder::read_string(const json_value& string, std::string& out) {
    if (string.plain) {
        const auto text = string.between_quotes();
        reassign(out, text.data(), text.size());
        return false;
    }
    out.clear();
    return append_unescaped_json(string.between_quotes(), out);
}

WEBPUBSUB_DECL void json_decoder::note_name(const member_row& row, bool replaced) noexcept {
    if (replaced && notes_.replaced_in_name == nullptr) notes_.replaced_in_name = row.name.data();
}

WEBPUBSUB_DECL const char* json_decoder::read_text(const char* at, const member_row& row, std::string& out,
                                                   std::size_t depth) {
    if (scanner_.is_at(at, '"')) {
        bool plain = true;
        const char* const content = at + 1;
        at = scanner_.scan_string(content, plain);
        if (at == nullptr) return nullptr;
        if (plain) {
            out.assign(content, static_cast<std::size_t>(at - content));
        } else {
            out.clear();
            note_name(row, append_unescaped_json({content, static_cast<std::size_t>(at - content)}, out));
        }
        return at + 1;
    }
    json_value value;
    at = scanner_.scan_value(at, depth, value);
    if (at != nullptr) {
        out.clear();
        const bool may_be_null = row.presence == presence::nullable || row.presence == presence::optional;
        if (row.presence != presence::lenient && !(may_be_null && value.is_null()))
            refuse(errc::invalid_field, value.begin);
    }
    return at;
}

/// Puts a number where its row says.
inline void set_number(const member_row& row, void* object, std::uint64_t number) noexcept {
    switch (row.kind) {
    case member_kind::number: member_at<std::uint64_t>(object, row) = number; break;
    case member_kind::optional_number: member_at<std::optional<std::uint64_t>>(object, row) = number; break;
    case member_kind::small_number: member_at<std::uint32_t>(object, row) = static_cast<std::uint32_t>(number); break;
    case member_kind::optional_small_number:
        member_at<std::optional<std::uint32_t>>(object, row) = static_cast<std::uint32_t>(number);
        break;
    default:
        member_at<update_time>(object, row) = update_time(update_time::duration(static_cast<std::int64_t>(number)));
    }
}

/// Digits only: `1e2`, `1.0` and `-0` are numbers, but no ids. Any value of 64 bits is one.
WEBPUBSUB_DECL const char* json_decoder::read_number(const char* at, const member_row& row, void* object,
                                                     std::size_t depth) {
    const char* const begin = at;
    // Nine digits fit into every kind of number.
    const char* const end = scanner_.end() - at > 9 ? at + 9 : scanner_.end();
    std::uint64_t number = 0;
    while (at != end && is_digit(*at)) number = number * 10 + static_cast<std::uint64_t>(*at++ - '0');
    const bool is_whole = at != scanner_.end() && !is_digit(*at) && *at != '.' && (*at | 0x20) != 'e';
    if (at == begin || !is_whole || (*begin == '0' && at - begin > 1))
        return read_other_number(begin, row, object, depth);
    set_number(row, object, number);
    return at;
}

WEBPUBSUB_DECL const char* json_decoder::read_other_number(const char* at, const member_row& row, void* object,
                                                           std::size_t depth) {
    json_value value;
    at = scanner_.scan_value(at, depth, value);
    if (at == nullptr) return nullptr;
    const bool may_be_null = row.kind != member_kind::number && row.kind != member_kind::time;
    if (may_be_null && value.is_null()) {
        clear_number(row, object);
        return at;
    }
    const bool is_small = row.kind == member_kind::small_number || row.kind == member_kind::optional_small_number;
    auto text = value.text();
    const bool negative = row.kind == member_kind::time && text.front() == '-';
    if (negative) text.remove_prefix(1);
    std::uint64_t number = 0;
    bool good = row.may_be_text ? read_sequence_id(value, number) : read_digits(text, number);
    if (is_small) good = good && number <= 0xFFFFFFFF;
    if (row.kind == member_kind::time) good = good && number <= static_cast<std::uint64_t>(-1) / 2 + (negative ? 1 : 0);
    if (!good) refuse(errc::invalid_field, value.begin);
    set_number(row, object, negative ? 0 - number : number);
    return at;
}

WEBPUBSUB_DECL const char* json_decoder::read_part(const char* at, const member_row& row, void* part,
                                                   std::size_t depth) {
    if (!scanner_.is_at(at, '{') || depth == 0) {
        refuse(errc::invalid_field, at);
        bool plain = true;
        return scanner_.scan_value(at, depth, plain);
    }
    const auto before = refusal_.code;
    const char* const begin = at;
    object_state state(*row.part->rows, part);
    state.refused_before = before != errc{};
    at = read_members(at + 1, state, depth - 1, false);
    if (at == nullptr) return nullptr;
    complete(state);
    if (before == errc{} && refusal_.code != errc{}) {
        refusal_ = {};
        refuse(errc::invalid_field, begin);
    }
    return at;
}

WEBPUBSUB_DECL const char* json_decoder::read_items(const char* at, const member_row& row,
                                                    std::vector<group_state_item>& out, std::size_t depth) {
    const char* const begin = at;
    std::size_t count = 0;
    bool good = true;
    if (!scanner_.is_at(at, '[') || depth == 0) {
        refuse(errc::invalid_field, at);
        bool plain = true;
        at = scanner_.scan_value(at, depth, plain);
    } else {
        at = scanner_.skip_space(at + 1);
        while (!scanner_.is_at(at, ']')) {
            if (count == limits_.max_items && good) {
                refuse(errc::too_many_entries, begin);
                good = false;
            }
            if (!good) {
                bool plain = true;
                at = scanner_.scan_value(at, depth - 1, plain);
            } else {
                if (count == out.size()) out.emplace_back();
                at = read_part(at, row, &out[count++], depth - 1);
            }
            if (at == nullptr) return nullptr;
            at = scanner_.skip_space(at);
            if (scanner_.is_at(at, ']')) break;
            if (!scanner_.is_at(at, ',')) return scanner_.fail(errc::invalid_json, at);
            at = scanner_.skip_space(at + 1);
            if (scanner_.is_at(at, ']')) return scanner_.fail(errc::invalid_json, at);
        }
        ++at;
    }
    cut(out, count);
    return at;
}

WEBPUBSUB_DECL const char* json_decoder::read_map(const char* at, const member_row& row, string_map& out,
                                                  std::size_t depth) {
    const char* const begin = at;
    std::size_t count = 0;
    bool plain = true;
    bool good = true;
    if (!scanner_.is_at(at, '{') || depth == 0) {
        if (!scanner_.is_at(at, 'n')) refuse(errc::invalid_field, at);
        out.clear();
        return scanner_.scan_value(at, depth, plain);
    }
    at = scanner_.skip_space(at + 1);
    while (!scanner_.is_at(at, '}')) {
        json_value key;
        json_value value;
        at = scanner_.scan_name(at, key);
        if (at == nullptr || (at = scanner_.scan_value(at, depth - 1, value)) == nullptr) return nullptr;
        if (good && (count == limits_.max_map_entries || !value.is_string())) {
            refuse(value.is_string() ? errc::too_many_entries : errc::invalid_field, begin);
            good = false;
        }
        if (good) {
            if (count == out.size()) out.emplace_back();
            note_name(row, read_string(key, out[count].key));
            note_name(row, read_string(value, out[count].value));
            ++count;
        }
        at = scanner_.skip_space(at);
        if (scanner_.is_at(at, '}')) break;
        if (!scanner_.is_at(at, ',')) return scanner_.fail(errc::invalid_json, at);
        at = scanner_.skip_space(at + 1);
        if (scanner_.is_at(at, '}')) return scanner_.fail(errc::invalid_json, at);
    }
    cut(out, count);
    keep_last_of_each_key(out);
    // Metadata with a key twice is invalid (subprotocols.md section 12).
    if (row.kind == member_kind::map && out.size() != count && notes_.replaced_in_name == nullptr) {
        refuse(errc::invalid_metadata, begin);
    }
    return at + 1;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
