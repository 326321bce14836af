// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/protobuf_encoder.hpp>
#include <webpubsub/messages/service_message.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL std::size_t protobuf_encoder::data_size(const message_schema& kind, const void* message) noexcept {
    const auto& rows = *kind.rows;
    return rows.data_row == schema::no_row ? 0 : member_at<payload>(message, rows.rows[rows.data_row]).bytes.size();
}

WEBPUBSUB_DECL void protobuf_encoder::write_frame() {
    const auto frame = begin(kind_.number, data_size_ + 32);
    write_content();
    end(frame);
    out_.finish();
}

WEBPUBSUB_DECL void protobuf_encoder::write_body() {
    skips_prefix_ = true;
    write_tag(kind_.number, wire_type::length);
    write_content();
    out_.finish();
}

WEBPUBSUB_DECL void protobuf_encoder::write_content() {
    if (kind_.inner_number != 0) {
        write_part(kind_.inner_number, *kind_.rows, message_);
    } else {
        write_fields(*kind_.rows, message_);
    }
}

WEBPUBSUB_DECL void protobuf_encoder::write_fields(const schema& rows, const void* object) {
    for (std::size_t i = 0; i < rows.numbered; ++i) write_field(rows.rows[rows.by_number[i]], object);
}

WEBPUBSUB_DECL void protobuf_encoder::write_field(const member_row& row, const void* object) {
    switch (row.kind) {
    case member_kind::text: {
        const auto& text = member_at<std::string>(object, row);
        if (!text.empty()) write_bytes(row.number, text);
        break;
    }
    case member_kind::number: {
        const auto number = member_at<std::uint64_t>(object, row);
        if (number != 0) write_varint(row.number, number);
        break;
    }
    case member_kind::optional_number: {
        const auto& number = member_at<std::optional<std::uint64_t>>(object, row);
        if (number && !(row.in_prefix && skips_prefix_)) write_varint(row.number, *number);
        break;
    }
    case member_kind::small_number: {
        const auto number = member_at<std::uint32_t>(object, row);
        if (number != 0) write_varint(row.number, number);
        break;
    }
    case member_kind::optional_small_number: {
        const auto& number = member_at<std::optional<std::uint32_t>>(object, row);
        if (number) write_varint(row.number, *number);
        break;
    }
    case member_kind::time: {
        const auto time = member_at<update_time>(object, row).time_since_epoch().count();
        if (time != 0) write_varint(row.number, static_cast<std::uint64_t>(time));
        break;
    }
    case member_kind::flag:
        if (member_at<bool>(object, row)) write_varint(row.number, 1);
        break;
    case member_kind::data: write_data(row.number, member_at<payload>(object, row)); break;
    case member_kind::optional_data: {
        const auto& data = member_at<std::optional<payload>>(object, row);
        if (data) write_data(row.number, *data);
        break;
    }
    case member_kind::map: write_map(row.number, member_at<string_map>(object, row)); break;
    case member_kind::optional_map: {
        const auto& state = member_at<std::optional<string_map>>(object, row);
        if (!state) break;
        const auto message = begin(row.number, 0);
        write_map(1, *state);
        end(message);
        break;
    }
    case member_kind::part: write_part(row.number, *row.part->rows, &member_at<char>(object, row)); break;
    case member_kind::optional_part:
    case member_kind::success_error: {
        const void* const part = row.part->get(&member_at<char>(object, row));
        if (part != nullptr) write_part(row.number, *row.part->rows, part);
        break;
    }
    case member_kind::items:
        for (const auto& item : member_at<std::vector<group_state_item>>(object, row)) {
            write_part(row.number, *row.part->rows, &item);
        }
        break;
    case member_kind::discriminator:
        if (!row.value.empty()) write_bytes(row.number, row.value);
        break;
    default: write_outcome(row, object);
    }
}

/// Flags, and what depends on them.
WEBPUBSUB_DECL void protobuf_encoder::write_outcome(const member_row& row, const void* object) {
    using response = std::variant<std::monostate, payload, service_error>;
    switch (row.kind) {
    case member_kind::success:
        if (!member_at<std::optional<service_error>>(object, row)) write_varint(row.number, 1);
        break;
    case member_kind::end:
        if (member_at<std::optional<stream_end>>(object, row)) write_varint(row.number, 1);
        break;
    case member_kind::end_error: {
        const auto& end = member_at<std::optional<stream_end>>(object, row);
        if (end && end->error) write_part(row.number, *row.part->rows, &*end->error);
        break;
    }
    case member_kind::response:
        if (!std::holds_alternative<service_error>(member_at<response>(object, row))) write_varint(row.number, 1);
        break;
    case member_kind::response_error:
        if (const auto* const error = std::get_if<service_error>(&member_at<response>(object, row))) {
            write_part(row.number, *row.part->rows, error);
        }
        break;
    case member_kind::response_data:
        if (const auto* const data = std::get_if<payload>(&member_at<response>(object, row))) {
            write_data(row.number, *data);
        }
        break;
    default: break;
    }
}

// --- the wire --------------------------------------------------------------------------------------------------------

/// The longest tag and a varint.
inline constexpr std::size_t longest_head = 3 + 10;

WEBPUBSUB_DECL void protobuf_encoder::write_tag(std::uint32_t number, wire_type type) {
    out_.need(longest_head);
    out_.put_varint(number << 3 | static_cast<std::uint32_t>(type));
}

WEBPUBSUB_DECL void protobuf_encoder::write_varint(std::uint32_t number, std::uint64_t value) {
    write_tag(number, wire_type::varint);
    out_.put_varint(value);
}

WEBPUBSUB_DECL void protobuf_encoder::write_bytes(std::uint32_t number, std::string_view bytes) {
    out_.need(longest_head + bytes.size());
    out_.put_varint(number << 3 | static_cast<std::uint32_t>(wire_type::length));
    out_.put_varint(bytes.size());
    out_.put(bytes);
}

WEBPUBSUB_DECL void protobuf_encoder::write_data(std::uint32_t number, const payload& data) {
    std::uint32_t inner = 4;
    if (data.type == data_type::text) inner = 1;
    if (data.type == data_type::binary) inner = 2;
    if (data.type == data_type::protobuf) inner = 3;
    const auto size = data.bytes.size();
    write_tag(number, wire_type::length);
    out_.put_varint(1 + varint_size(size) + size);
    write_bytes(inner, data.bytes);
}

/// Keys and values are written even if they are empty, as protobuf does in maps.
WEBPUBSUB_DECL void protobuf_encoder::write_map(std::uint32_t number, const string_map& map) {
    for (const auto& [key, value] : map) {
        write_tag(number, wire_type::length);
        out_.put_varint(2 + varint_size(key.size()) + key.size() + varint_size(value.size()) + value.size());
        write_bytes(1, key);
        write_bytes(2, value);
    }
}

WEBPUBSUB_DECL void protobuf_encoder::write_part(std::uint32_t number, const schema& rows, const void* part) {
    const auto message = begin(number, data_size_);
    write_fields(rows, part);
    end(message);
}

/// Leaves room for the length of a message of about `expected` bytes.
WEBPUBSUB_DECL protobuf_encoder::open_length protobuf_encoder::begin(std::uint32_t number, std::size_t expected) {
    write_tag(number, wire_type::length);
    const open_length open{out_.size(), varint_size(expected)};
    out_.set_position(out_.position() + open.size);
    return open;
}

WEBPUBSUB_DECL void protobuf_encoder::end(open_length open) {
    const auto content = out_.size() - open.place - open.size;
    const auto size = varint_size(content);
    if (size != open.size) {
        out_.need(longest_head);
        char* const at = out_.written(open.place);
        std::memmove(at + size, at + open.size, content);
    }
    out_.set_position(out_.written(open.place));
    out_.put_varint(content);
    out_.set_position(out_.position() + content);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
