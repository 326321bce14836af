// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/wire_any.hpp>
#include <webpubsub/codec/detail/wire_reader.hpp>
#include <webpubsub/error.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/text/utf8.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// What is the same for all parts of a frame while it is read.
///
/// A frame is refused because it is not protobuf, which ends its reading at once, or because a message that is protobuf
/// lacks something. The second counts only if the first does not come later, and not in a member of a oneof that
/// another member replaces; so it is kept until the end.
struct protobuf_reading {
    std::string_view frame;
    const codec_limits& limits;
    error syntax{};
    std::optional<error> lack{};

    /// Always false.
    bool malformed(errc code, const char* at) {
        syntax = error{code};
        // What was merged from several places is elsewhere, and has no offset.
        const auto offset = reinterpret_cast<std::uintptr_t>(at) - reinterpret_cast<std::uintptr_t>(frame.data());
        if (offset <= frame.size()) syntax.offset = offset;
        return false;
    }

    void lacks(errc code) {
        if (!lack) lack = error{code};
    }
};

/// Reads MessageData, which may come in several pieces that are to be merged.
class protobuf_payload_reader {
public:
    protobuf_payload_reader(protobuf_reading& reading, payload& out) : reading_(reading), out_(out) {}

    /// Whether any piece has set the data.
    bool is_set() const noexcept { return set_; }

    bool read(std::string_view message_data, int depth) {
        if (depth < 0) return reading_.malformed(errc::too_deep, message_data.data());
        wire_reader reader(message_data, depth);
        for (wire_field field; reader.next(field);) {
            if (field.type != wire_type::length) continue;
            switch (field.number) {
            case 1:
                if (!is_utf8(field.bytes)) return reading_.malformed(errc::invalid_utf8, field.bytes.data());
                put(data_type::text, field.bytes);
                break;
            case 2: put(data_type::binary, field.bytes); break;
            case 3:
                if (depth < 1 || !is_any(field.bytes, depth - 1)) {
                    return reading_.malformed(errc::invalid_any, field.bytes.data());
                }
                if (set_ && out_.type == data_type::protobuf) {
                    out_.bytes.append(field.bytes);
                } else {
                    put(data_type::protobuf, field.bytes);
                }
                break;
            case 4:
                if (!is_utf8(field.bytes)) return reading_.malformed(errc::invalid_utf8, field.bytes.data());
                put(data_type::json, field.bytes);
                break;
            default: break;
            }
        }
        return !reader.malformed() || reading_.malformed(errc::invalid_protobuf, reader.position());
    }

private:
    void put(data_type type, std::string_view bytes) {
        out_.type = type;
        out_.bytes.assign(bytes);
        set_ = true;
    }

    protobuf_reading& reading_;
    payload& out_;
    bool set_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
