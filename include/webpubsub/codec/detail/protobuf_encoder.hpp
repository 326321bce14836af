// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/frame_writer.hpp>
#include <webpubsub/messages/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Writes a message as protobuf, by its rows and in the order of their numbers. Fields that are at their default are
/// left out, but for those with presence, which are written when they are set.
class protobuf_encoder {
public:
    protobuf_encoder(std::string& out, const message_schema& kind, const void* message) noexcept
        : kind_(kind), message_(message), data_size_(data_size(kind, message)), out_(out, data_size_ + 96) {}

    /// A whole frame.
    void write_frame();

    /// The tag of a frame, which is one byte, and what is inside its message, without the length between them and
    /// without the sequence id.
    void write_body();

private:
    /// A message whose length is not known yet: where the length stands, and for how many bytes there is room.
    struct open_length {
        std::size_t place;
        std::size_t size;
    };

    static constexpr std::size_t longest_varint = 10;

    /// The tag of a length-delimited field.
    static constexpr std::uint8_t length_tag(unsigned number) noexcept {
        return static_cast<std::uint8_t>(number << 3 | 2);
    }

    static std::size_t data_size(const message_schema& kind, const void* message) noexcept;
    void write_content();
    void write_fields(const schema& rows, const void* object);
    void write_rare(const member_row& row, const void* object);
    void write_outcome(const member_row& row, const void* object);
    void write_varint(std::uint8_t tag, std::uint64_t value);
    void write_bytes(std::uint8_t tag, std::string_view bytes);
    void write_data(std::uint8_t tag, const payload& data);
    void write_map(std::uint8_t tag, const string_map& map);
    void write_part(std::uint8_t tag, const schema& rows, const void* part);
    open_length begin(std::uint32_t tag, std::size_t expected);
    void end(open_length open);

    const message_schema& kind_;
    const void* message_;
    std::size_t data_size_;
    frame_writer out_;
    bool skips_prefix_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/protobuf_encoder.ipp>
#endif
