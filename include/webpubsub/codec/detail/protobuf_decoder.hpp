// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/message_sink.hpp>
#include <webpubsub/codec/limits.hpp>
#include <webpubsub/messages/row_checks.hpp>
#include <webpubsub/messages/schema.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/support/wire_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Reads one protobuf frame into the message that it is, by the rows of its kind.
///
/// A frame is a oneof, and nearly always holds its one member and nothing else. That is walked once, and each field is
/// read straight into its place. Where a field within tells the kind, it is guessed, and the member is read again if
/// the guess was wrong.
///
/// A frame is refused because it is not protobuf, which ends its reading at once, or because a message that is protobuf
/// lacks something. The second counts only if the first does not come later, and not in a member of a oneof that
/// another member replaces; so it is kept until the end.
class protobuf_decoder {
public:
    protobuf_decoder(std::string_view frame, const codec_limits& limits, const message_table& table,
                     const message_sink& sink) noexcept
        : frame_(frame), limits_(limits), table_(table), sink_(sink) {}

    result<decode_notes> decode();

    /// Finds the sequence id as far as a frame can be read that `decode` refuses.
    std::optional<std::uint64_t> find_sequence_id() noexcept;

private:
    /// One message or part while it is read.
    struct object_state {
        const schema* rows;
        void* object;
        std::string_view bytes;
        /// How deep messages and groups may still lie in this one.
        int depth;
        /// A bit for each row that was there.
        std::uint32_t seen = 0;
        /// How many entries of the one list or map that an object has were read.
        std::size_t count = 0;
        /// What the object held before it was set again stays unless it is overwritten.
        bool merging = false;
        /// What the flag said that a success, a response or the end of a stream begins with.
        bool flag = false;
        bool data_set = false;
        bool lacks_data = false;
        /// A part of a response is read when the object is complete.
        bool postponed = false;

        object_state(const schema& r, void* o, std::string_view b, int d) noexcept
            : rows(&r), object(o), bytes(b), depth(d) {}

        bool has_seen(const member_row& row) const noexcept { return (seen >> (&row - rows->rows) & 1u) != 0; }
    };

    /// The member of a oneof that is set.
    struct oneof_member {
        std::uint32_t number = 0;
        std::string_view bytes{};
        /// The number of the last field that is no member, 0 if there was none.
        std::uint32_t last_unknown = 0;
    };

    error syntax() const noexcept { return {syntax_, syntax_offset_}; }
    result<decode_notes> finish();
    result<decode_notes> decode_oneof();
    bool read_oneof(std::string_view bytes, int depth, std::uint32_t outer, oneof_member& out, std::string& merged);
    bool is_member(std::uint32_t outer, std::uint32_t number) const noexcept;
    bool read_member(const message_schema& first, std::string_view bytes);
    bool read_system(const message_schema& first, std::string_view bytes);
    bool read_inner(std::uint32_t outer, std::uint32_t number, std::string_view bytes);
    bool read_told_apart(const message_schema& first, std::string_view bytes);
    bool read_kind(const message_schema& kind, std::string_view bytes, int depth, std::size_t head_size = 0);
    const message_schema* first_kind(std::uint32_t number) const noexcept;
    const message_schema* kind_by_text(const message_schema& first, std::string_view text) const noexcept;
    unknown_message& select_unknown();

    bool read_fields(object_state& state, const char* at);
    bool read_rare(const member_row& row, std::uint64_t value, std::string_view bytes, object_state& state);
    bool read_text(std::string_view bytes, std::string* out);
    bool read_data(std::string_view bytes, int depth, payload* out, bool& set);
    bool read_data_field(std::uint32_t number, std::string_view bytes, int depth, payload* out, bool& set);
    bool read_part(const schema& rows, void* part, std::string_view bytes, int depth, bool merging);
    bool read_scratch(const member_row& row, std::string_view bytes, int depth);
    bool read_entry(std::string_view bytes, int depth, string_map& out, std::size_t& count);
    bool read_state(std::string_view bytes, int depth, string_map& out, bool merging);

    bool complete(object_state& state);
    bool complete_row(const member_row& row, object_state& state);
    bool complete_response(const member_row& row, object_state& state);
    void complete_end(const member_row& row, object_state& state, bool seen);

    /// False, always.
    bool malformed(errc code, const char* at) noexcept;
    void lacks(errc code) noexcept {
        if (lack_ == errc{}) lack_ = code;
    }

    std::string_view frame_;
    const codec_limits& limits_;
    const message_table& table_;
    message_sink sink_;
    const message_schema* kind_ = nullptr;
    void* message_ = nullptr;
    /// Of the message that was read last, the text that tells its kind.
    std::string_view discriminator_{};
    errc syntax_{};
    errc lack_{};
    std::size_t syntax_offset_ = error::no_offset;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/protobuf_decoder.ipp>
#include <webpubsub/codec/impl/protobuf_decoder_values.ipp>
#endif
