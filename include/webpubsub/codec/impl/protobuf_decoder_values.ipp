// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/protobuf_decoder.hpp>
#include <webpubsub/codec/detail/wire_any.hpp>
#include <webpubsub/messages/part_schema.hpp>
#include <webpubsub/support/reassign.hpp>
#include <webpubsub/text/detail/load.hpp>
#include <webpubsub/text/utf8.hpp>

#include <bit>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Reads the next field in any of the forms that it can have; returns what is behind it, null where it is malformed.
struct any_field : wire_field {
    const char* next = nullptr;
};

[[gnu::noinline]] inline any_field read_any_field(const char* at, const char* end, int depth) noexcept {
    wire_reader reader({at, static_cast<std::size_t>(end - at)}, depth);
    any_field field;
    if (reader.next(field)) field.next = reader.position();
    return field;
}

/// The fields from `at` on. A known number with another wire type is an unknown field.
WEBPUBSUB_DECL bool protobuf_decoder::read_fields(object_state& state, const char* at) {
    const auto& rows = *state.rows;
    void* const object = state.object;
    const char* const end = state.bytes.data() + state.bytes.size();
    while (at != end) {
        std::uint64_t value = 0;
        std::string_view bytes;
        const auto tag = static_cast<unsigned char>(*at);
        auto place = rows.row_of[tag >> 3 & 15];
        if (tag < 0x80 && place != schema::no_row && rows.rows[place].tag == tag) {
            // A field of the row's type behind a tag of one byte, which is what writers write.
            const bool is_varint = (tag & 7) == 0;
            const auto number = wire_reader::read_number(at + 1, end, is_varint ? 10 : 5);
            if (number.next == nullptr) return malformed(errc::invalid_protobuf, at);
            value = number.value;
            if (is_varint) {
                at = number.next;
            } else {
                if (number.value > static_cast<std::size_t>(end - number.next))
                    return malformed(errc::invalid_protobuf, at);
                bytes = {number.next, static_cast<std::size_t>(number.value)};
                at = number.next + number.value;
            }
        } else {
            const auto field = read_any_field(at, end, state.depth);
            if (field.next == nullptr) return malformed(errc::invalid_protobuf, at);
            at = field.next;
            value = field.value;
            bytes = field.bytes;
            place = field.number < schema::numbers ? rows.row_of[field.number] : schema::no_row;
            if (place == schema::no_row || static_cast<unsigned>(field.type) != (rows.rows[place].tag & 7u)) continue;
        }
        const auto& row = rows.rows[place];
        switch (row.kind) {
        case member_kind::text:
            if (!read_text(bytes, &member_at<std::string>(object, row))) return false;
            break;
        case member_kind::number: member_at<std::uint64_t>(object, row) = value; break;
        case member_kind::optional_number: member_at<std::optional<std::uint64_t>>(object, row) = value; break;
        case member_kind::flag: member_at<bool>(object, row) = value != 0; break;
        case member_kind::success:
        case member_kind::response:
        case member_kind::end: state.flag = value != 0; break;
        case member_kind::data:
            if (!read_data(bytes, state.depth - 1, &member_at<payload>(object, row), state.data_set)) return false;
            break;
        case member_kind::map:
            if (!read_entry(bytes, state.depth - 1, member_at<string_map>(object, row), state.count)) return false;
            break;
        case member_kind::discriminator:
            if (row.value.empty()) break;
            discriminator_ = is_same_text(bytes, row.value) ? row.value : bytes;
            if (discriminator_.data() != row.value.data() && !read_text(bytes, nullptr)) return false;
            break;
        default:
            if (!read_rare(row, value, bytes, state)) return false;
        }
        state.seen |= std::uint32_t{1} << place;
    }
    return true;
}

/// What few messages have.
WEBPUBSUB_DECL bool protobuf_decoder::read_rare(const member_row& row, std::uint64_t value, std::string_view bytes,
                                                object_state& state) {
    const auto bit = std::uint32_t{1} << (&row - state.rows->rows);
    const bool seen = (state.seen & bit) != 0 || state.merging;
    const int depth = state.depth - 1;
    switch (row.kind) {
    case member_kind::small_number:
        member_at<std::uint32_t>(state.object, row) = static_cast<std::uint32_t>(value);
        return true;
    case member_kind::optional_small_number:
        member_at<std::optional<std::uint32_t>>(state.object, row) = static_cast<std::uint32_t>(value);
        return true;
    case member_kind::time:
        member_at<update_time>(state.object, row) =
            update_time(update_time::duration(static_cast<std::int64_t>(value)));
        return true;
    case member_kind::forbidden_number: lacks(errc::invalid_field); return true;
    case member_kind::optional_data: {
        auto& data = member_at<std::optional<payload>>(state.object, row);
        return read_data(bytes, depth, data ? &*data : &data.emplace(), state.data_set);
    }
    case member_kind::optional_map: {
        auto& map = member_at<std::optional<string_map>>(state.object, row);
        const bool merging = seen && map.has_value();
        return read_state(bytes, depth, map ? *map : map.emplace(), merging);
    }
    case member_kind::part: return read_part(*row.part->rows, &member_at<char>(state.object, row), bytes, depth, seen);
    case member_kind::optional_part: {
        void* const optional = &member_at<char>(state.object, row);
        const bool merging = seen && row.part->get(optional) != nullptr;
        return read_part(*row.part->rows, row.part->engage(optional), bytes, depth, merging);
    }
    case member_kind::items: {
        auto& items = member_at<std::vector<group_state_item>>(state.object, row);
        if (state.count == limits_.max_items) return malformed(errc::too_many_entries, bytes.data());
        if (state.count == items.size()) items.emplace_back();
        return read_part(*row.part->rows, &items[state.count++], bytes, depth, false);
    }
    case member_kind::texts: {
        void* const list = &member_at<char>(state.object, row);
        if (!seen) row.part->reset(list);
        if (row.part->size(list) == limits_.max_items) return malformed(errc::too_many_entries, bytes.data());
        return read_text(bytes, static_cast<std::string*>(row.part->engage(list)));
    }
    case member_kind::success_error: {
        auto& error = member_at<std::optional<service_error>>(state.object, row);
        const bool merging = seen && error.has_value();
        return read_part(*row.part->rows, error ? &*error : &error.emplace(), bytes, depth, merging);
    }
    case member_kind::end_error: {
        auto& end = member_at<std::optional<stream_end>>(state.object, row);
        if (!end) end.emplace();
        const bool merging = seen && end->error.has_value();
        return read_part(*row.part->rows, end->error ? &*end->error : &end->error.emplace(), bytes, depth, merging);
    }
    case member_kind::forbidden_data: {
        bool set = false;
        lacks(errc::invalid_field);
        return read_data(bytes, depth, nullptr, set);
    }
    case member_kind::forbidden_part: lacks(errc::invalid_field); return read_scratch(row, bytes, depth);
    case member_kind::skipped_part: return read_scratch(row, bytes, depth);
    case member_kind::skipped_text: return read_text(bytes, nullptr);
    case member_kind::response_data: {
        // A value for a failure is looked at when it is known that it is one.
        state.postponed = state.postponed || !state.flag;
        if (!state.flag) return true;
        auto& outcome = member_at<response_outcome>(state.object, row);
        auto* const held = get_if<payload>(&outcome);
        return read_data(bytes, depth, held != nullptr ? held : &outcome.emplace<payload>(), state.data_set);
    }
    case member_kind::response_error: {
        state.postponed = state.postponed || state.flag;
        if (state.flag) return true;
        auto& outcome = member_at<response_outcome>(state.object, row);
        auto* const held = get_if<service_error>(&outcome);
        const bool merging = seen && held != nullptr;
        return read_part(*row.part->rows, held != nullptr ? held : &outcome.emplace<service_error>(), bytes, depth,
                         merging);
    }
    default: return true;
    }
}

/// `out` may be null, here and below: then the bytes are checked only.
WEBPUBSUB_DECL bool protobuf_decoder::read_text(std::string_view bytes, std::string* out) {
    const auto invalid = find_invalid_utf8(bytes);
    if (invalid != std::string_view::npos) return malformed(errc::invalid_utf8, bytes.data() + invalid);
    if (out != nullptr) reassign(*out, bytes.data(), bytes.size());
    return true;
}

/// MessageData, which may come in several pieces that are to be merged.
WEBPUBSUB_DECL bool protobuf_decoder::read_data(std::string_view bytes, int depth, payload* out, bool& set) {
    unsigned char tag = 0;
    std::string_view content;
    if (wire_reader::is_one_field(bytes, tag, content)) return read_data_field(tag >> 3, content, depth, out, set);
    wire_reader reader(bytes, depth);
    for (wire_field field; reader.next(field);) {
        if (field.type == wire_type::length && !read_data_field(field.number, field.bytes, depth, out, set))
            return false;
    }
    return !reader.malformed() || malformed(errc::invalid_protobuf, reader.position());
}

WEBPUBSUB_DECL bool protobuf_decoder::read_data_field(std::uint32_t number, std::string_view bytes, int depth,
                                                      payload* out, bool& set) {
    constexpr data_type types[] = {data_type::text, data_type::binary, data_type::protobuf, data_type::json};
    if (number == 0) return malformed(errc::invalid_protobuf, bytes.data());
    if (number > std::size(types)) return true;
    const auto type = types[number - 1];
    if ((type == data_type::text || type == data_type::json) && !read_text(bytes, nullptr)) return false;
    if (type == data_type::protobuf && !is_any(bytes, depth - 1)) return malformed(errc::invalid_any, bytes.data());
    if (out != nullptr) {
        if (set && type == data_type::protobuf && out->type == type) {
            out->bytes.append(bytes);
        } else {
            reassign(out->bytes, bytes.data(), bytes.size());
        }
        out->type = type;
    }
    set = true;
    return true;
}

WEBPUBSUB_DECL bool protobuf_decoder::read_part(const schema& rows, void* part, std::string_view bytes, int depth,
                                                bool merging) {
    object_state state(rows, part, bytes, depth);
    state.merging = merging;
    return read_fields(state, bytes.data()) && complete(state);
}

WEBPUBSUB_DECL bool protobuf_decoder::read_scratch(const member_row& row, std::string_view bytes, int depth) {
    struct arguments {
        protobuf_decoder* self;
        const schema* rows;
        std::string_view bytes;
        int depth;
    } with{this, row.part->rows, bytes, depth};
    return row.part->with_scratch(
        [](void* context, void* part) {
            auto& args = *static_cast<arguments*>(context);
            return args.self->read_part(*args.rows, part, args.bytes, args.depth, false);
        },
        &with);
}

WEBPUBSUB_DECL bool protobuf_decoder::read_entry(std::string_view bytes, int depth, string_map& out,
                                                 std::size_t& count) {
    if (count == limits_.max_map_entries) return malformed(errc::too_many_entries, bytes.data());
    if (count == out.size()) out.emplace_back();
    auto& entry = out[count++];
    entry.key.clear();
    entry.value.clear();
    wire_reader reader(bytes, depth);
    for (wire_field field; reader.next(field);) {
        if (field.type != wire_type::length || field.number > 2) continue;
        if (!read_text(field.bytes, field.number == 1 ? &entry.key : &entry.value)) return false;
    }
    return !reader.malformed() || malformed(errc::invalid_protobuf, reader.position());
}

/// GroupState: a message with the map as its field 1.
WEBPUBSUB_DECL bool protobuf_decoder::read_state(std::string_view bytes, int depth, string_map& out, bool merging) {
    std::size_t count = merging ? out.size() : 0;
    wire_reader reader(bytes, depth);
    for (wire_field field; reader.next(field);) {
        if (!field.is(1, wire_type::length)) continue;
        if (!read_entry(field.bytes, depth - 1, out, count)) return false;
    }
    cut(out, count);
    keep_last_of_each_key(out);
    return !reader.malformed() || malformed(errc::invalid_protobuf, reader.position());
}

// --- what is done when all of an object has been seen ----------------------------------------------------------------

/// A row that was not there, or one that depends on others. Everything in it is as if it had never been used.
[[gnu::always_inline]] inline bool protobuf_decoder::complete_row(const member_row& row, object_state& state) {
    void* const object = state.object;
    const bool seen = state.has_seen(row);
    switch (row.kind) {
    case member_kind::text: member_at<std::string>(object, row).clear(); break;
    case member_kind::number: member_at<std::uint64_t>(object, row) = 0; break;
    case member_kind::optional_number: member_at<std::optional<std::uint64_t>>(object, row).reset(); break;
    case member_kind::small_number: member_at<std::uint32_t>(object, row) = 0; break;
    case member_kind::optional_small_number: member_at<std::optional<std::uint32_t>>(object, row).reset(); break;
    case member_kind::time: member_at<update_time>(object, row) = {}; break;
    case member_kind::flag: member_at<bool>(object, row) = false; break;
    case member_kind::data:
        if (!state.data_set) {
            auto& data = member_at<payload>(object, row);
            data.type = data_type::text;
            data.bytes.clear();
            state.lacks_data = true;
        }
        break;
    case member_kind::optional_data:
        if (!state.data_set) member_at<std::optional<payload>>(object, row).reset();
        break;
    case member_kind::map: {
        auto& map = member_at<string_map>(object, row);
        if (map.empty()) break;
        cut(map, state.count);
        keep_last_of_each_key(map);
        break;
    }
    case member_kind::items: cut(member_at<std::vector<group_state_item>>(object, row), state.count); break;
    case member_kind::optional_map: member_at<std::optional<string_map>>(object, row).reset(); break;
    case member_kind::part:
        return read_part(*row.part->rows, &member_at<char>(object, row), {}, state.depth - 1, false);
    case member_kind::optional_part:
    case member_kind::texts: row.part->reset(&member_at<char>(object, row)); break;
    case member_kind::success: {
        auto& error = member_at<std::optional<service_error>>(object, row);
        const bool has_error = state.has_seen((&row)[1]);
        if (state.flag) {
            error.reset();
        } else if (!has_error) {
            // A failure without an error is one all the same.
            read_part(*(&row)[1].part->rows, error ? &*error : &error.emplace(), {}, state.depth - 1, false);
        }
        break;
    }
    case member_kind::response: return complete_response(row, state);
    case member_kind::end: complete_end(row, state, seen); break;
    default: break;
    }
    return true;
}

WEBPUBSUB_DECL bool protobuf_decoder::complete(object_state& state) {
    const auto& rows = *state.rows;
    auto left = (state.data_set ? rows.outcomes : rows.late) | (rows.lists & state.seen);
    if (!state.merging) left |= rows.members & ~state.seen;
    for (; left != 0; left &= left - 1) {
        if (!complete_row(rows.rows[std::countr_zero(left)], state)) return false;
    }
    if (state.lacks_data && !may_lack_data(rows, state.object)) lacks(errc::missing_field);
    return true;
}

/// What the outcome is depends on a flag. Where it did not come first the fields are read now.
WEBPUBSUB_DECL bool protobuf_decoder::complete_response(const member_row& row, object_state& state) {
    auto& outcome = member_at<response_outcome>(state.object, row);
    const auto& error_row = (&row)[1];
    const auto& data_row = (&row)[3];
    const bool has_error = state.has_seen(error_row);
    const bool has_data = state.has_seen(data_row);
    if (!state.postponed && state.flag && !has_error) {
        if (!state.data_set) outcome.emplace<no_data>();
        return true;
    }
    if (!state.postponed && !state.flag && has_error && !has_data) return true;
    service_error unused;
    service_error* error = &unused;
    payload* data = nullptr;
    if (state.flag) {
        data = get_if<payload>(&outcome);
        if (data == nullptr) data = &outcome.emplace<payload>();
    } else {
        error = get_if<service_error>(&outcome);
        if (error == nullptr) error = &outcome.emplace<service_error>();
    }
    bool merging = false;
    bool set = false;
    const int depth = state.depth - 1;
    wire_reader reader(state.bytes, state.depth);
    for (wire_field field; reader.next(field);) {
        if (field.is(error_row.number, wire_type::length)) {
            if (!read_part(*error_row.part->rows, error, field.bytes, depth, merging)) return false;
            merging = true;
        }
        if (field.is(data_row.number, wire_type::length) && !read_data(field.bytes, depth, data, set)) return false;
    }
    if (state.flag && !set) outcome.emplace<no_data>();
    return state.flag || merging || read_part(*error_row.part->rows, error, {}, depth, false);
}

WEBPUBSUB_DECL void protobuf_decoder::complete_end(const member_row& row, object_state& state, bool seen) {
    auto& end = member_at<std::optional<stream_end>>(state.object, row);
    bool has_error = state.has_seen((&row)[1]);
    bool ended = state.flag;
    if (state.merging) {
        has_error = end && end->error;
        if (!seen) ended = end.has_value();
    }
    if (!ended && !has_error) {
        end.reset();
        return;
    }
    if (!end) end.emplace();
    if (!has_error) end->error.reset();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
