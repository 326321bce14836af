// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/protobuf_encoder.hpp>
#include <webpubsub/messages/part_schema.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL std::size_t protobuf_encoder::data_size(const message_schema& kind, const void* message) noexcept {
    const auto& rows = *kind.rows;
    return rows.data_row == schema::no_row ? 0 : member_at<payload>(message, rows.rows[rows.data_row]).bytes.size();
}

WEBPUBSUB_DECL void protobuf_encoder::write_frame() {
    const auto frame = begin(length_tag(kind_.number), data_size_ + 32);
    write_content();
    end(frame);
    out_.finish();
}

WEBPUBSUB_DECL void protobuf_encoder::write_body() {
    skips_prefix_ = true;
    out_.put_varint(length_tag(kind_.number));
    write_content();
    out_.finish();
}

WEBPUBSUB_DECL void protobuf_encoder::write_content() {
    if (kind_.inner_number != 0) {
        write_part(length_tag(kind_.inner_number), *kind_.rows, message_);
    } else {
        write_fields(*kind_.rows, message_);
    }
}

WEBPUBSUB_DECL void protobuf_encoder::write_fields(const schema& rows, const void* object) {
    // The position is kept here, and not in the writer, so that it stays in a register.
    char* at = out_.position();
    const auto need = [&](std::size_t size) {
        if (out_.room_behind(at) >= size) return;
        out_.set_position(at);
        out_.need(size);
        at = out_.position();
    };
    // In each turn there is room for a tag and a varint.
    constexpr auto head = 1 + longest_varint;
    const auto put_varint = [&at](std::uint8_t tag, std::uint64_t value) {
        *at++ = static_cast<char>(tag);
        at = detail::write_varint(value, at);
    };
    const auto put_bytes = [&](std::uint8_t tag, std::string_view bytes) {
        need(head + bytes.size());
        put_varint(tag, bytes.size());
        std::memcpy(at, bytes.data(), bytes.size());
        at += bytes.size();
    };
    for (std::size_t i = 0; i < rows.numbered; ++i) {
        const auto& row = rows.rows[rows.by_number[i]];
        need(head);
        switch (row.kind) {
        case member_kind::text: {
            const auto& text = member_at<std::string>(object, row);
            if (!text.empty()) put_bytes(row.tag, text);
            break;
        }
        case member_kind::number: {
            const auto number = member_at<std::uint64_t>(object, row);
            if (number != 0) put_varint(row.tag, number);
            break;
        }
        case member_kind::optional_number: {
            const auto& number = member_at<std::optional<std::uint64_t>>(object, row);
            if (number && !(row.in_prefix && skips_prefix_)) put_varint(row.tag, *number);
            break;
        }
        case member_kind::small_number: {
            const auto number = member_at<std::uint32_t>(object, row);
            if (number != 0) put_varint(row.tag, number);
            break;
        }
        case member_kind::flag:
            if (member_at<bool>(object, row)) put_varint(row.tag, 1);
            break;
        case member_kind::success:
            if (!member_at<std::optional<service_error>>(object, row)) put_varint(row.tag, 1);
            break;
        case member_kind::discriminator:
            if (!row.value.empty()) put_bytes(row.tag, row.value);
            break;
        case member_kind::map:
            if (member_at<string_map>(object, row).empty()) break;
            [[fallthrough]];
        default:
            out_.set_position(at);
            write_rare(row, object);
            at = out_.position();
        }
    }
    out_.set_position(at);
}

/// What is not short, or is in few messages.
WEBPUBSUB_DECL void protobuf_encoder::write_rare(const member_row& row, const void* object) {
    switch (row.kind) {
    case member_kind::optional_small_number: {
        const auto& number = member_at<std::optional<std::uint32_t>>(object, row);
        if (number) write_varint(row.tag, *number);
        break;
    }
    case member_kind::time: {
        const auto time = member_at<update_time>(object, row).time_since_epoch().count();
        if (time != 0) write_varint(row.tag, static_cast<std::uint64_t>(time));
        break;
    }
    case member_kind::data: write_data(row.tag, member_at<payload>(object, row)); break;
    case member_kind::optional_data: {
        const auto& data = member_at<std::optional<payload>>(object, row);
        if (data) write_data(row.tag, *data);
        break;
    }
    case member_kind::map: write_map(row.tag, member_at<string_map>(object, row)); break;
    case member_kind::optional_map: {
        const auto& state = member_at<std::optional<string_map>>(object, row);
        if (!state) break;
        const auto message = begin(row.tag, 0);
        write_map(length_tag(1), *state);
        end(message);
        break;
    }
    case member_kind::part: write_part(row.tag, *row.part->rows, &member_at<char>(object, row)); break;
    case member_kind::optional_part:
    case member_kind::success_error: {
        const void* const part = row.part->get(&member_at<char>(object, row));
        if (part != nullptr) write_part(row.tag, *row.part->rows, part);
        break;
    }
    case member_kind::items:
        for (const auto& item : member_at<std::vector<group_state_item>>(object, row)) {
            write_part(row.tag, *row.part->rows, &item);
        }
        break;
    case member_kind::texts: {
        const void* const list = &member_at<char>(object, row);
        const auto size = row.part->size(list);
        for (std::size_t i = 0; i < size; ++i) write_bytes(row.tag, row.part->text(list, i));
        break;
    }
    default: write_outcome(row, object);
    }
}

/// Flags, and what depends on them.
WEBPUBSUB_DECL void protobuf_encoder::write_outcome(const member_row& row, const void* object) {
    switch (row.kind) {
    case member_kind::end:
        if (member_at<std::optional<stream_end>>(object, row)) write_varint(row.tag, 1);
        break;
    case member_kind::end_error: {
        const auto& end = member_at<std::optional<stream_end>>(object, row);
        if (end && end->error) write_part(row.tag, *row.part->rows, &*end->error);
        break;
    }
    case member_kind::response:
        if (!holds_alternative<service_error>(member_at<response_outcome>(object, row))) write_varint(row.tag, 1);
        break;
    case member_kind::response_error:
        if (const auto* const error = get_if<service_error>(&member_at<response_outcome>(object, row))) {
            write_part(row.tag, *row.part->rows, error);
        }
        break;
    case member_kind::response_data:
        if (const auto* const data = get_if<payload>(&member_at<response_outcome>(object, row))) {
            write_data(row.tag, *data);
        }
        break;
    default: break;
    }
}

// --- the wire --------------------------------------------------------------------------------------------------------

// The tags of all fields but the messages' own are one byte.

WEBPUBSUB_DECL void protobuf_encoder::write_varint(std::uint8_t tag, std::uint64_t value) {
    out_.need(1 + longest_varint);
    out_.put(static_cast<char>(tag));
    out_.put_varint(value);
}

WEBPUBSUB_DECL void protobuf_encoder::write_bytes(std::uint8_t tag, std::string_view bytes) {
    out_.need(1 + longest_varint + bytes.size());
    out_.put(static_cast<char>(tag));
    out_.put_varint(bytes.size());
    out_.put(bytes);
}

WEBPUBSUB_DECL void protobuf_encoder::write_data(std::uint8_t tag, const payload& data) {
    std::uint8_t inner = length_tag(4);
    if (data.type == data_type::text) inner = length_tag(1);
    if (data.type == data_type::binary) inner = length_tag(2);
    if (data.type == data_type::protobuf) inner = length_tag(3);
    const auto size = data.bytes.size();
    out_.need(2 * (1 + longest_varint) + size);
    out_.put(static_cast<char>(tag));
    out_.put_varint(1 + varint_size(size) + size);
    out_.put(static_cast<char>(inner));
    out_.put_varint(size);
    out_.put(data.bytes);
}

/// Keys and values are written even if they are empty, as protobuf does in maps.
WEBPUBSUB_DECL void protobuf_encoder::write_map(std::uint8_t tag, const string_map& map) {
    for (const auto& [key, value] : map) {
        const auto size = 2 + varint_size(key.size()) + key.size() + varint_size(value.size()) + value.size();
        write_varint(tag, size);
        write_bytes(length_tag(1), key);
        write_bytes(length_tag(2), value);
    }
}

WEBPUBSUB_DECL void protobuf_encoder::write_part(std::uint8_t tag, const schema& rows, const void* part) {
    const auto message = begin(tag, data_size_);
    write_fields(rows, part);
    end(message);
}

/// Leaves room for the length of a message of about `expected` bytes.
WEBPUBSUB_DECL protobuf_encoder::open_length protobuf_encoder::begin(std::uint32_t tag, std::size_t expected) {
    out_.need(2 + longest_varint);
    out_.put_varint(tag);
    const open_length open{out_.size(), varint_size(expected)};
    out_.set_position(out_.position() + open.size);
    return open;
}

WEBPUBSUB_DECL void protobuf_encoder::end(open_length open) {
    const auto content = out_.size() - open.place - open.size;
    const auto size = varint_size(content);
    char* at = out_.written(open.place);
    if (size != open.size) {
        out_.need(longest_varint);
        at = out_.written(open.place);
        std::memmove(at + size, at + open.size, content);
    }
    at = detail::write_varint(content, at);
    out_.set_position(at + content);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
