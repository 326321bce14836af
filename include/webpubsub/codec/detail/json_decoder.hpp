// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/message_sink.hpp>
#include <webpubsub/codec/limits.hpp>
#include <webpubsub/messages/row_checks.hpp>
#include <webpubsub/messages/schema.hpp>
#include <webpubsub/text/json_text.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Reads one JSON frame into the message that it is, by the rows of its kind.
///
/// It walks the frame once and reads each value straight into its member. As long as it does not know the kind, it only
/// checks values, and notes those that tell it. At the end of the frame it looks whether the kind was right and nothing
/// was passed over; if not (the type stands behind other properties, or twice) it walks the frame again. So the last of
/// repeated properties counts, and unknown ones are checked and passed over (subprotocols.md section 2).
class json_decoder {
public:
    json_decoder(std::string_view frame, const codec_limits& limits, const message_table& table,
                 const message_sink& sink) noexcept
        : scanner_(frame), limits_(limits), table_(table), sink_(sink) {}

    result<decode_notes> decode();

    /// Finds the sequence id as far as a frame can be read that is not JSON to its end.
    std::optional<std::uint64_t> find_sequence_id();

private:
    /// One object while it is read.
    struct object_state {
        const schema* rows;
        void* object;
        /// A bit for each row that was there.
        std::uint32_t seen;
        /// A bit for each row whose value is not what it has to be. A later value of the same name makes up for it.
        std::uint32_t refused;
        /// The row that is expected next.
        std::uint8_t expected;
        bool lacks_data;
        /// Something else was refused before this object began.
        bool refused_before;
        // What is read when the object is complete; `begin` is null while it was not there.
        json_value data;
        json_value data_type;
        json_value flag;
        json_value error;

        object_state(const schema& r, void* o) noexcept { reset(r, o); }

        void reset(const schema& r, void* o) noexcept {
            rows = &r;
            object = o;
            seen = refused = 0;
            expected = 0;
            lacks_data = refused_before = false;
            data.begin = data_type.begin = flag.begin = error.begin = nullptr;
        }
    };

    const char* walk(object_state& state);
    const char* read_members(const char* at, object_state& state, std::size_t depth, bool is_top);
    const member_row* find_row(std::string_view name, object_state& state) const noexcept;
    bool read_plain_string(const char*& at, const member_row& row, std::uint32_t bit, object_state& state);
    const member_row* other_row(const char*& at, object_state& state, bool is_top, std::size_t depth);

    const message_schema* first_of_type();
    bool is_kind(const message_schema& kind, bool guessing);
    const message_schema* find_kind(const message_schema* first, bool guessing);
    void* select(const message_schema& kind);
    void guess_kind(object_state& state, std::size_t depth);
    bool has_head(std::size_t place) const noexcept { return (heads_seen_ >> place & 1u) != 0; }
    void finish_unknown();

    const char* read_member(const char* at, const member_row& row, object_state& state, std::size_t depth);
    void keep_head(const member_row& row, const char* begin, const char* end, bool plain) noexcept;
    void forget_refusal(std::uint32_t row_bit, object_state& state) noexcept;
    const char* read_text(const char* at, const member_row& row, std::string& out, std::size_t depth);
    const char* read_number(const char* at, const member_row& row, void* object, std::size_t depth);
    const char* read_other_number(const char* at, const member_row& row, void* object, std::size_t depth);
    const char* read_map(const char* at, const member_row& row, string_map& out, std::size_t depth);
    const char* read_part(const char* at, const member_row& row, void* part, std::size_t depth);
    const char* read_items(const char* at, const member_row& row, std::vector<group_state_item>& out,
                           std::size_t depth);
    void keep_value(const json_value& value, const member_row& row, object_state& state);
    void read_flag(const json_value& value, bool& out) noexcept;
    static bool read_sequence_id(const json_value& value, std::uint64_t& out) noexcept;
    static bool read_string(const json_value& string, std::string& out);
    static std::string_view text_of(const json_value& string, std::string& memory);

    void complete(object_state& state);
    void complete_row(const member_row& row, object_state& state);
    void complete_data(object_state& state, payload& out);
    bool complete_success(const object_state& state) noexcept;
    void complete_error(const object_state& state, const member_row& row, void* error);
    void complete_response(const member_row& row, object_state& state);
    void complete_end(const member_row& row, object_state& state);
    data_type read_data_type(const json_value& value);

    /// The message is JSON, and not what it has to be; the first such error counts.
    void refuse(errc code, const char* at) noexcept {
        if (refusal_.code == errc{}) refusal_ = error(code, static_cast<std::size_t>(at - scanner_.begin()));
        ++refusals_;
    }
    void refuse_missing() noexcept { refuse(errc::missing_field, scanner_.begin()); }
    void note_name(const member_row& row, bool replaced) noexcept;

    json_scanner scanner_;
    const codec_limits& limits_;
    const message_table& table_;
    message_sink sink_;
    const message_schema* kind_ = nullptr;
    /// While the kind is not known, the first that has the type.
    const message_schema* first_ = nullptr;
    json_value heads_[message_table::max_heads];
    std::uint8_t heads_seen_ = 0;
    bool heads_repeated_ = false;
    /// A value came before the kind was known.
    bool passed_over_ = false;
    bool only_heads_ = false;
    error refusal_{};
    std::size_t refusals_ = 0;
    decode_notes notes_{};
    std::string memory_;
};

/// Whether `text` is digits only, and a number of 64 bits.
WEBPUBSUB_DECL bool read_digits(std::string_view text, std::uint64_t& out) noexcept;

/// Null stands for no number, which is 0 where a member can't be empty.
inline void clear_number(const member_row& row, void* object) noexcept {
    if (row.kind == member_kind::optional_number) member_at<std::optional<std::uint64_t>>(object, row).reset();
    if (row.kind == member_kind::small_number) member_at<std::uint32_t>(object, row) = 0;
    if (row.kind == member_kind::optional_small_number) member_at<std::optional<std::uint32_t>>(object, row).reset();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/json_decoder.ipp>
#include <webpubsub/codec/impl/json_decoder_completion.ipp>
#include <webpubsub/codec/impl/json_decoder_values.ipp>
#endif
