// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/json_decoder.hpp>
#include <webpubsub/codec/detail/wire_any.hpp>
#include <webpubsub/messages/part_schema.hpp>
#include <webpubsub/support/reassign.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/detail/json_scan_string.hpp>

#include <bit>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

// --- what is done when all of an object has been seen ----------------------------------------------------------------

/// A row that was not there, or one that depends on others.
[[gnu::always_inline]] inline void json_decoder::complete_row(const member_row& row, object_state& state) {
    void* const object = state.object;
    switch (row.kind) {
    case member_kind::text:
        member_at<std::string>(object, row).clear();
        if (row.presence == presence::required) refuse_missing();
        break;
    case member_kind::number:
    case member_kind::time:
    case member_kind::part: refuse_missing(); break;
    case member_kind::optional_number:
    case member_kind::small_number:
    case member_kind::optional_small_number: clear_number(row, object); break;
    case member_kind::flag: member_at<bool>(object, row) = false; break;
    case member_kind::map: member_at<string_map>(object, row).clear(); break;
    case member_kind::optional_map: member_at<std::optional<string_map>>(object, row).reset(); break;
    case member_kind::optional_part: row.part->reset(&member_at<char>(object, row)); break;
    case member_kind::items:
        member_at<std::vector<group_state_item>>(object, row).clear();
        refuse_missing();
        break;
    case member_kind::data: complete_data(state, member_at<payload>(object, row)); break;
    case member_kind::optional_data: {
        auto& data = member_at<std::optional<payload>>(object, row);
        if (state.data.begin == nullptr) {
            data.reset();
        } else {
            complete_data(state, data ? *data : data.emplace());
        }
        break;
    }
    case member_kind::success: {
        auto& error = member_at<std::optional<service_error>>(object, row);
        if (complete_success(state)) {
            error.reset();
        } else {
            complete_error(state, (&row)[1], error ? &*error : &error.emplace());
        }
        break;
    }
    case member_kind::response: complete_response(row, state); break;
    case member_kind::end: complete_end(row, state); break;
    default: break;
    }
}

WEBPUBSUB_DECL void json_decoder::complete(object_state& state) {
    const auto& rows = *state.rows;
    auto left = (rows.members & ~state.seen) | rows.late;
    for (; left != 0; left &= left - 1) complete_row(rows.rows[std::countr_zero(left)], state);
    if (state.lacks_data && !may_lack_data(rows, state.object)) refuse_missing();
}

WEBPUBSUB_DECL void json_decoder::complete_data(object_state& state, payload& out) {
    out.type = data_type::json;
    if (state.data_type.begin != nullptr) out.type = read_data_type(state.data_type);
    const auto& data = state.data;
    if (data.begin == nullptr) {
        state.lacks_data = true;
        out.type = data_type::text;
        out.bytes.clear();
    } else if (out.type == data_type::json) {
        reassign(out.bytes, data.begin, data.text().size());
    } else if (!data.is_string()) {
        refuse(errc::invalid_field, data.begin);
    } else if (out.type == data_type::text) {
        notes_.replaced_in_text = read_string(data, out.bytes);
    } else {
        // Some writers escape '/' or '+', some write line breaks.
        out.bytes.clear();
        if (!base64_decode_lenient_append(text_of(data, memory_), out.bytes)) refuse(errc::invalid_base64, data.begin);
        if (out.type == data_type::protobuf && !is_any(out.bytes)) refuse(errc::invalid_any, data.begin);
    }
}

WEBPUBSUB_DECL data_type json_decoder::read_data_type(const json_value& value) {
    if (!value.is_string()) {
        refuse(errc::invalid_field, value.begin);
        return data_type::json;
    }
    const auto name = text_of(value, memory_);
    for (std::size_t i = 0; i < data_type_names.size(); ++i) {
        if (name == data_type_names[i]) return static_cast<data_type>(i);
    }
    for (std::size_t i = 0; i < data_type_names.size(); ++i) {
        if (equal_ignoring_case(name, data_type_names[i])) return static_cast<data_type>(i);
    }
    refuse(errc::invalid_data_type, value.begin);
    return data_type::json;
}

WEBPUBSUB_DECL bool json_decoder::complete_success(const object_state& state) noexcept {
    bool success = false;
    if (state.flag.begin == nullptr) {
        refuse_missing();
    } else {
        read_flag(state.flag, success);
    }
    return success;
}

/// A failure without an error is one all the same.
WEBPUBSUB_DECL void json_decoder::complete_error(const object_state& state, const member_row& row, void* error) {
    if (state.error.begin != nullptr && !state.error.is_null()) {
        read_part(state.error.begin, row, error, max_json_depth);
        return;
    }
    object_state nothing(*row.part->rows, error);
    complete(nothing);
}

WEBPUBSUB_DECL void json_decoder::complete_response(const member_row& row, object_state& state) {
    auto& outcome = member_at<response_outcome>(state.object, row);
    if (!complete_success(state)) {
        auto* const held = get_if<service_error>(&outcome);
        complete_error(state, (&row)[1], held != nullptr ? held : &outcome.emplace<service_error>());
    } else if (state.data.begin != nullptr) {
        auto* const held = get_if<payload>(&outcome);
        complete_data(state, held != nullptr ? *held : outcome.emplace<payload>());
    } else {
        outcome.emplace<no_data>();
    }
}

WEBPUBSUB_DECL void json_decoder::complete_end(const member_row& row, object_state& state) {
    auto& end = member_at<std::optional<stream_end>>(state.object, row);
    bool ended = false;
    if (state.flag.begin != nullptr) read_flag(state.flag, ended);
    const bool failed = state.error.begin != nullptr && !state.error.is_null();
    if (!ended && !failed) {
        end.reset();
        return;
    }
    if (!end) end.emplace();
    if (!failed) {
        end->error.reset();
    } else {
        if (!end->error) end->error.emplace();
        complete_error(state, (&row)[1], &*end->error);
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
