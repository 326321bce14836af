// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/json_encoder.hpp>
#include <webpubsub/messages/part_schema.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/json_text.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL std::size_t json_encoder::expected_size(const schema& rows, const void* message) noexcept {
    constexpr std::size_t names = 200;
    if (rows.data_row == schema::no_row) return names;
    const auto& data = member_at<payload>(message, rows.rows[rows.data_row]);
    const bool is_base64 = data.type == data_type::binary || data.type == data_type::protobuf;
    return names + (is_base64 ? base64_encoded_size(data.bytes.size()) : data.bytes.size());
}

WEBPUBSUB_DECL void json_encoder::write_object(const schema& rows, const void* object) {
    out_.need(1);
    out_.put('{');
    is_first_ = true;
    write_members(rows, object);
}

WEBPUBSUB_DECL void json_encoder::write_members(const schema& rows, const void* object) {
    for (const auto *row = rows.rows, *const end = row + rows.count; row != end; ++row) write_member(*row, object);
    out_.need(1);
    out_.put('}');
    is_first_ = false;
}

/// A comma, the name and the colon, and the value where it is always the same. Makes room for so many more bytes.
WEBPUBSUB_DECL void json_encoder::write_key(const member_row& row, std::size_t more) {
    out_.need(member_row::text_capacity + more);
    char* const at = out_.position();
    // The first property has no comma before it.
    if (is_first_) {
        std::memcpy(at, row.json_text.data() + 1, member_row::text_capacity - 1);
        out_.set_position(at + row.json_size - 1);
        is_first_ = false;
    } else {
        std::memcpy(at, row.json_text.data(), member_row::text_capacity);
        out_.set_position(at + row.json_size);
    }
}

WEBPUBSUB_DECL void json_encoder::write_member(const member_row& row, const void* object) {
    switch (row.kind) {
    case member_kind::text: {
        const auto& text = member_at<std::string>(object, row);
        if (text.empty() && row.presence == presence::optional) break;
        if (text.empty() && row.presence == presence::nullable) {
            write_key(row, 4);
            out_.put("null");
        } else {
            write_text(row, text);
        }
        break;
    }
    case member_kind::number: write_number(row, member_at<std::uint64_t>(object, row)); break;
    case member_kind::optional_number: {
        const auto& number = member_at<std::optional<std::uint64_t>>(object, row);
        if (number && !(row.in_prefix && skips_prefix_)) write_number(row, *number);
        break;
    }
    case member_kind::small_number: {
        const auto number = member_at<std::uint32_t>(object, row);
        if (number != 0) write_number(row, number);
        break;
    }
    case member_kind::optional_small_number: {
        const auto& number = member_at<std::optional<std::uint32_t>>(object, row);
        if (number) write_number(row, *number);
        break;
    }
    case member_kind::time: write_time(row, member_at<update_time>(object, row)); break;
    case member_kind::flag: write_flag(row, member_at<bool>(object, row)); break;
    case member_kind::data_type: {
        // The next row is the data.
        const auto& next = (&row)[1];
        const payload* data = &member_at<payload>(object, next);
        if (next.kind == member_kind::optional_data) {
            const auto& optional = member_at<std::optional<payload>>(object, next);
            data = optional ? &*optional : nullptr;
        }
        if (data != nullptr) write_data(row, *data);
        break;
    }
    case member_kind::map: {
        const auto& map = member_at<string_map>(object, row);
        if (!map.empty()) write_map(row, map);
        break;
    }
    case member_kind::optional_map: {
        const auto& map = member_at<std::optional<string_map>>(object, row);
        if (map) write_map(row, *map);
        break;
    }
    case member_kind::part: write_part(row, &member_at<char>(object, row)); break;
    case member_kind::optional_part: {
        const void* const part = row.part->get(&member_at<char>(object, row));
        if (part != nullptr) write_part(row, part);
        break;
    }
    case member_kind::items: write_items(row, member_at<std::vector<group_state_item>>(object, row)); break;
    case member_kind::success:
    case member_kind::response:
    case member_kind::end: write_outcome(row, object); break;
    case member_kind::type:
    case member_kind::discriminator:
    case member_kind::constant:
        if (!row.value.empty()) write_key(row, 0);
        break;
    default: break;
    }
}

/// A flag, and the rows behind it that depend on it.
WEBPUBSUB_DECL void json_encoder::write_outcome(const member_row& row, const void* object) {
    const member_row& error_row = (&row)[1];
    if (row.kind == member_kind::success) {
        const auto& error = member_at<std::optional<service_error>>(object, row);
        write_flag(row, !error.has_value());
        if (error) write_part(error_row, &*error);
    } else if (row.kind == member_kind::response) {
        const auto& outcome = member_at<response_outcome>(object, row);
        const auto* const error = get_if<service_error>(&outcome);
        write_flag(row, error == nullptr);
        if (error != nullptr) write_part(error_row, error);
        if (const auto* const data = get_if<payload>(&outcome)) write_data((&row)[2], *data);
    } else {
        const auto& end = member_at<std::optional<stream_end>>(object, row);
        if (!end) return;
        write_flag(row, true);
        if (end->error) write_part(error_row, &*end->error);
    }
}

WEBPUBSUB_DECL void json_encoder::write_number(const member_row& row, std::uint64_t number) {
    write_key(row, 20);
    out_.put_digits(number);
}

WEBPUBSUB_DECL void json_encoder::write_time(const member_row& row, update_time time) {
    const std::int64_t milliseconds = time.time_since_epoch().count();
    write_key(row, 21);
    if (milliseconds < 0) out_.put('-');
    const auto number = static_cast<std::uint64_t>(milliseconds);
    out_.put_digits(milliseconds < 0 ? 0 - number : number);
}

WEBPUBSUB_DECL void json_encoder::write_flag(const member_row& row, bool flag) {
    write_key(row, 5);
    out_.put(flag ? std::string_view("true") : std::string_view("false"));
}

WEBPUBSUB_DECL void json_encoder::write_text(const member_row& row, std::string_view text) {
    write_key(row, text.size() + 2);
    put_string(text);
}

WEBPUBSUB_DECL void json_encoder::write_map(const member_row& row, const string_map& map) {
    write_key(row, 1);
    out_.put('{');
    for (const auto& [key, value] : map) {
        out_.need(key.size() + value.size() + 6);
        if (&key != &map.front().key) out_.put(',');
        put_string(key);
        out_.need(value.size() + 3);
        out_.put(':');
        put_string(value);
    }
    out_.need(1);
    out_.put('}');
}

WEBPUBSUB_DECL void json_encoder::write_items(const member_row& row, const std::vector<group_state_item>& items) {
    write_key(row, 1);
    out_.put('[');
    for (const auto& item : items) {
        out_.need(1);
        if (&item != &items.front()) out_.put(',');
        write_object(*row.part->rows, &item);
    }
    out_.need(1);
    out_.put(']');
}

WEBPUBSUB_DECL void json_encoder::write_part(const member_row& row, const void* part) {
    write_key(row, 0);
    write_object(*row.part->rows, part);
}

/// The type of the data, and the data. `row` is that of the type.
WEBPUBSUB_DECL void json_encoder::write_data(const member_row& row, const payload& data) {
    const auto type = name_of(data.type);
    const auto& bytes = data.bytes;
    const bool is_base64 = data.type == data_type::binary || data.type == data_type::protobuf;
    const auto size = is_base64 ? base64_encoded_size(bytes.size()) : bytes.size();
    write_key(row, type.size() + 2 + member_row::text_capacity + size + 2);
    out_.put('"');
    out_.put(type);
    out_.put('"');
    write_key((&row)[1], size + 2);
    if (data.type == data_type::json) {
        out_.put(bytes);
    } else if (data.type == data_type::text) {
        put_string(bytes);
    } else {
        out_.put('"');
        out_.set_position(base64_encode_to(bytes, out_.position()));
        out_.put('"');
    }
}

/// There is room for it if nothing in it has to be escaped.
WEBPUBSUB_DECL void json_encoder::put_string(std::string_view text) {
    out_.put('"');
    const char* at = text.data();
    const char* const end = at + text.size();
    for (;;) {
        const char* const special = find_json_special(at, end);
        out_.put(std::string_view(at, static_cast<std::size_t>(special - at)));
        if (special == end) break;
        // One escape, the rest of the text and the closing quote.
        out_.need(static_cast<std::size_t>(end - special) + 8);
        out_.set_position(write_json_escape(*special, out_.position()));
        at = special + 1;
    }
    out_.put('"');
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
