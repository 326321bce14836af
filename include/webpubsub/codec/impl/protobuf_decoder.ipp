// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/protobuf_decoder.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/text/detail/load.hpp>
#include <webpubsub/text/utf8.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL bool protobuf_decoder::malformed(errc code, const char* at) noexcept {
    if (syntax_ != errc{}) return false;
    syntax_ = code;
    // What was merged from several places is elsewhere, and has no offset.
    const auto offset = reinterpret_cast<std::uintptr_t>(at) - reinterpret_cast<std::uintptr_t>(frame_.data());
    if (offset <= frame_.size()) syntax_offset_ = offset;
    return false;
}

WEBPUBSUB_DECL result<decode_notes> protobuf_decoder::decode() {
    unsigned char tag = 0;
    std::string_view member;
    const bool is_alone = wire_reader::is_one_field(frame_, tag, member);
    const auto* const first = is_alone ? first_kind(tag >> 3) : nullptr;
    if (first == nullptr) return decode_oneof();
    if (!read_member(*first, member)) return syntax();
    return finish();
}

/// Any frame.
WEBPUBSUB_DECL result<decode_notes> protobuf_decoder::decode_oneof() {
    oneof_member top;
    std::string merged;
    if (!read_oneof(frame_, max_wire_depth, 0, top, merged)) return syntax();
    if (top.number == 0) {
        if (top.last_unknown == 0) return errc::missing_field;
        if (!table_.allows_unknown) return errc::unknown_type;
        select_unknown().type = std::to_string(top.last_unknown);
        return decode_notes{};
    }
    if (!read_member(*first_kind(top.number), top.bytes)) return syntax();
    return finish();
}

WEBPUBSUB_DECL result<decode_notes> protobuf_decoder::finish() {
    if (lack_ != errc{}) return lack_;
    if (table_.checked && kind_->rows->checks != 0) {
        if (const auto checked = check_rows(*kind_->rows, message_); checked != errc{}) return checked;
    }
    return decode_notes{};
}

WEBPUBSUB_DECL std::optional<std::uint64_t> protobuf_decoder::find_sequence_id() noexcept {
    wire_reader top(frame_, max_wire_depth);
    std::optional<std::uint64_t> id;
    for (wire_field member; top.next(member);) {
        const auto* const kind = member.type == wire_type::length ? first_kind(member.number) : nullptr;
        if (kind == nullptr || kind->rows->rows[0].kind != member_kind::optional_number) continue;
        wire_reader reader(member.bytes, max_wire_depth - 1);
        for (wire_field field; reader.next(field);) {
            if (field.is(kind->rows->rows[0].number, wire_type::varint)) id = field.value;
        }
    }
    return id;
}

// --- oneofs ----------------------------------------------------------------------------------------------------------

/// The last member that `bytes` set wins; a member that is set again is merged, which is to put the bytes of both one
/// after the other, into `merged`. Members that are not the result by themselves must be well-formed all the same.
/// `outer` is 0 for the frame, and otherwise the number of the message that is a oneof of its own.
WEBPUBSUB_DECL bool protobuf_decoder::read_oneof(std::string_view bytes, int depth, std::uint32_t outer,
                                                 oneof_member& out, std::string& merged) {
    wire_reader reader(bytes, depth);
    bool alone = true;
    for (wire_field field; reader.next(field);) {
        if (field.type != wire_type::length || !is_member(outer, field.number)) {
            out.last_unknown = field.number;
            continue;
        }
        if (out.number != 0) {
            if (alone && !read_inner(outer, out.number, out.bytes)) return false;
            alone = false;
            if (!read_inner(outer, field.number, field.bytes)) return false;
            lack_ = {};
            if (out.number == field.number) {
                if (merged.empty()) merged.assign(out.bytes);
                merged.append(field.bytes);
                out.bytes = merged;
                continue;
            }
            merged.clear();
        }
        out.number = field.number;
        out.bytes = field.bytes;
    }
    return !reader.malformed() || malformed(errc::invalid_protobuf, reader.position());
}

WEBPUBSUB_DECL bool protobuf_decoder::is_member(std::uint32_t outer, std::uint32_t number) const noexcept {
    if (outer == 0) return first_kind(number) != nullptr;
    for (const auto* kind = first_kind(outer); kind != table_.kinds + table_.count && kind->number == outer; ++kind) {
        if (kind->inner_number == number) return true;
    }
    return false;
}

WEBPUBSUB_DECL bool protobuf_decoder::read_inner(std::uint32_t outer, std::uint32_t number, std::string_view bytes) {
    if (outer == 0) return read_member(*first_kind(number), bytes);
    for (const auto* kind = first_kind(outer);; ++kind) {
        if (kind->inner_number != number) continue;
        return read_kind(*kind, bytes, max_wire_depth - 2);
    }
}

/// The first of the kinds that have the number, which stand side by side; null if there is none.
WEBPUBSUB_DECL const message_schema* protobuf_decoder::first_kind(std::uint32_t number) const noexcept {
    const auto place = number < table_.by_number.size() ? table_.by_number[number] : message_table::no_kind;
    return place == message_table::no_kind ? nullptr : table_.kinds + place;
}

// --- kinds -----------------------------------------------------------------------------------------------------------

/// `head_size` is the size of what is read already, at the front: the field that has told the kind.
WEBPUBSUB_DECL bool protobuf_decoder::read_kind(const message_schema& kind, std::string_view bytes, int depth,
                                                std::size_t head_size) {
    kind_ = &kind;
    message_ = sink_.select(sink_.target, static_cast<std::size_t>(&kind - table_.kinds));
    if (bytes.empty() && kind.rows->members == 0) return true;
    object_state state(*kind.rows, message_, bytes, depth);
    return read_fields(state, bytes.data() + head_size) && complete(state);
}

WEBPUBSUB_DECL bool protobuf_decoder::read_member(const message_schema& first, std::string_view bytes) {
    if (first.inner_number != 0) return read_system(first, bytes);
    if (first.head != member_row::no_head) return read_told_apart(first, bytes);
    return read_kind(first, bytes, max_wire_depth - 1);
}

/// A member that is a oneof of its own.
WEBPUBSUB_DECL bool protobuf_decoder::read_system(const message_schema& first, std::string_view bytes) {
    oneof_member inner;
    std::string merged;
    if (!read_oneof(bytes, max_wire_depth - 1, first.number, inner, merged)) return false;
    if (inner.number != 0) return read_inner(first.number, inner.number, inner.bytes);
    auto& unknown = select_unknown();
    unknown.type.assign(first.type);
    if (inner.last_unknown != 0) unknown.type.append("/").append(std::to_string(inner.last_unknown));
    return true;
}

WEBPUBSUB_DECL const message_schema* protobuf_decoder::kind_by_text(const message_schema& first,
                                                                    std::string_view text) const noexcept {
    for (const auto* kind = &first; kind != table_.kinds + table_.count && kind->number == first.number; ++kind) {
        if (is_same_text(kind->value, text)) return kind;
    }
    return nullptr;
}

/// One of several kinds that have the same number.
WEBPUBSUB_DECL bool protobuf_decoder::read_told_apart(const message_schema& first, std::string_view bytes) {
    const bool by_presence = first.is_told_by_presence();
    const auto head_number = table_.heads.rows[first.head].number;
    const message_schema* kind = &first;
    std::size_t head_size = 0;
    if (by_presence) {
        bool present = false;
        wire_reader reader(bytes, max_wire_depth - 1);
        for (wire_field field; !present && reader.next(field);) present = field.is(head_number, wire_type::length);
        if (present != first.present) ++kind;
    } else {
        // Writers put it first.
        discriminator_ = {};
        const std::size_t size = bytes.size() < 2 ? 0u : static_cast<unsigned char>(bytes[1]);
        const bool is_first =
            size != 0 && size <= bytes.size() - 2 && bytes[0] == static_cast<char>(head_number << 3 | 2);
        if (const auto* const told = is_first ? kind_by_text(first, bytes.substr(2, size)) : nullptr) {
            kind = told;
            head_size = 2 + size;
            discriminator_ = told->value;
        }
    }
    if (!read_kind(*kind, bytes, max_wire_depth - 1, head_size)) return false;
    if (by_presence || discriminator_.data() == kind->value.data() || is_same_text(discriminator_, kind->value)) {
        return true;
    }
    lack_ = {};
    if (const auto* const right = kind_by_text(first, discriminator_)) {
        return read_kind(*right, bytes, max_wire_depth - 1);
    }
    // From something new.
    const auto id = member_at<std::optional<std::uint64_t>>(message_, kind->rows->rows[0]);
    auto& unknown = select_unknown();
    unknown.type.assign(first.type).append("/").append(discriminator_);
    unknown.sequence_id = id;
    return true;
}

WEBPUBSUB_DECL unknown_message& protobuf_decoder::select_unknown() {
    auto& unknown = *static_cast<unknown_message*>(sink_.select(sink_.target, table_.count));
    unknown.sequence_id.reset();
    return unknown;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
