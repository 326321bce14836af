// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/frame_writer.hpp>
#include <webpubsub/messages/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Writes a message as JSON, by its rows and in their order.
class json_encoder {
public:
    json_encoder(std::string& out, const schema& rows, const void* message)
        : rows_(rows), message_(message), out_(out, expected_size(rows, message)) {}

    /// A whole frame.
    void write_frame() {
        write_object(rows_, message_);
        out_.finish();
    }

    /// What is behind the opening brace, without the sequence id that goes into a prefix.
    void write_body() {
        skips_prefix_ = true;
        write_members(rows_, message_);
        out_.finish();
    }

private:
    static std::size_t expected_size(const schema& rows, const void* message) noexcept;
    void write_object(const schema& rows, const void* object);
    void write_members(const schema& rows, const void* object);
    void write_member(const member_row& row, const void* object);
    void write_key(const member_row& row, std::size_t more);
    void write_text(const member_row& row, std::string_view text);
    void write_number(const member_row& row, std::uint64_t number);
    void write_flag(const member_row& row, bool flag);
    void write_map(const member_row& row, const string_map& map);
    void write_data(const member_row& row, const payload& data);
    void write_items(const member_row& row, const std::vector<group_state_item>& items);
    void write_part(const member_row& row, const void* part);
    void write_time(const member_row& row, update_time time);
    void write_outcome(const member_row& row, const void* object);
    void put_string(std::string_view text);

    const schema& rows_;
    const void* message_;
    frame_writer out_;
    bool skips_prefix_ = false;
    /// Nothing has been written yet into the object.
    bool is_first_ = true;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/json_encoder.ipp>
#endif
