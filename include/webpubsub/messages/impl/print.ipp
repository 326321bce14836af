// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_schema.hpp>
#include <webpubsub/messages/print.hpp>
#include <webpubsub/messages/service_schema.hpp>
#include <webpubsub/text/utf8.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

inline bool append_some_printable(std::string& out, std::string_view text, std::size_t size) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto begin = at;
        const auto c = next_code_point(text, at);
        if (at > size) return false;
        if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == not_a_code_point) {
            out += '.';
        } else {
            out.append(text.substr(begin, at - begin));
        }
    }
    return true;
}

WEBPUBSUB_COLD_DECL void append_printable(std::string& out, std::string_view text, std::size_t size) {
    if (!append_some_printable(out, text, size)) out += "...";
}

WEBPUBSUB_COLD_DECL void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    out += append_some_printable(out, text, 60) ? "\"" : "\"...";
}

/// Writes the members of a message for people: `joinGroup group="room" ackId=1`.
class message_printer {
public:
    explicit message_printer(std::string& out) : out_(out) {}

    void print_message(const message_schema& kind, const void* message) {
        out_.append(kind.type);
        if (!kind.value.empty()) out_.append("/").append(kind.value);
        print_rows(*kind.rows, message);
    }

    void print_number(std::string_view name, std::uint64_t number) {
        out_.append(" ").append(name).append("=").append(std::to_string(number));
    }

private:
    /// How many entries of a map or a list are shown.
    static constexpr std::size_t listed = 8;

    void print_rows(const schema& rows, const void* object);
    void print_row(const member_row& row, const void* object);
    void print_outcome(const member_row& row, const void* object);
    void print_text(const member_row& row, std::string_view text);
    void print_data(const payload& data);
    void print_map(const member_row& row, const string_map& map);
    void print_part(const part_schema& part, const void* object);
    void print_error(const service_error& error);

    std::string& out_;
};

WEBPUBSUB_COLD_DECL void message_printer::print_rows(const schema& rows, const void* object) {
    for (std::size_t i = 0; i < rows.count; ++i) print_row(rows.rows[i], object);
}

WEBPUBSUB_COLD_DECL void message_printer::print_row(const member_row& row, const void* object) {
    switch (row.kind) {
    case member_kind::text: print_text(row, member_at<std::string>(object, row)); break;
    case member_kind::number: print_number(row.name, member_at<std::uint64_t>(object, row)); break;
    case member_kind::optional_number: {
        const auto& number = member_at<std::optional<std::uint64_t>>(object, row);
        if (number) print_number(row.name, *number);
        break;
    }
    case member_kind::small_number: {
        const auto number = member_at<std::uint32_t>(object, row);
        if (number != 0) print_number(row.name, number);
        break;
    }
    case member_kind::optional_small_number: {
        const auto& number = member_at<std::optional<std::uint32_t>>(object, row);
        if (number) print_number(row.name, *number);
        break;
    }
    case member_kind::time: {
        const auto time = member_at<update_time>(object, row).time_since_epoch().count();
        out_.append(" ").append(row.name).append("=").append(std::to_string(time));
        break;
    }
    case member_kind::flag:
        if (member_at<bool>(object, row)) out_.append(" ").append(row.name);
        break;
    case member_kind::data: print_data(member_at<payload>(object, row)); break;
    case member_kind::optional_data: {
        const auto& data = member_at<std::optional<payload>>(object, row);
        if (data) print_data(*data);
        break;
    }
    case member_kind::map: {
        const auto& map = member_at<string_map>(object, row);
        if (!map.empty()) print_map(row, map);
        break;
    }
    case member_kind::optional_map: {
        const auto& map = member_at<std::optional<string_map>>(object, row);
        if (map) {
            print_map(row, *map);
        } else {
            out_.append(" cleared");
        }
        break;
    }
    case member_kind::part: print_part(*row.part, &member_at<char>(object, row)); break;
    case member_kind::optional_part: {
        const void* const part = row.part->get(&member_at<char>(object, row));
        if (part != nullptr) print_part(*row.part, part);
        break;
    }
    case member_kind::items: {
        const auto& items = member_at<std::vector<group_state_item>>(object, row);
        out_.append(" ").append(std::to_string(items.size())).append(" ").append(row.name);
        for (std::size_t i = 0; i < items.size() && i < listed; ++i) print_part(*row.part, &items[i]);
        if (items.size() > listed) out_.append(" ...");
        break;
    }
    case member_kind::texts: {
        const auto size = row.part->size(&member_at<char>(object, row));
        if (size != 0) out_.append(" ").append(std::to_string(size)).append(" ").append(row.name);
        break;
    }
    default: print_outcome(row, object);
    }
}

/// Success or failure, and the end of a stream. The other rows say nothing that the kind of message does not say.
WEBPUBSUB_COLD_DECL void message_printer::print_outcome(const member_row& row, const void* object) {
    if (row.kind == member_kind::success) {
        const auto& error = member_at<std::optional<service_error>>(object, row);
        error ? print_error(*error) : void(out_.append(" success"));
    }
    if (row.kind == member_kind::response) {
        const auto& outcome = member_at<response_outcome>(object, row);
        const auto* const error = get_if<service_error>(&outcome);
        error != nullptr ? print_error(*error) : void(out_.append(" success"));
        if (const auto* const data = get_if<payload>(&outcome)) print_data(*data);
    }
    if (row.kind == member_kind::end) {
        const auto& end = member_at<std::optional<stream_end>>(object, row);
        if (end) out_.append(" ").append(row.name);
        if (end && end->error) print_part(*(&row)[1].part, &*end->error);
    }
}

WEBPUBSUB_COLD_DECL void message_printer::print_text(const member_row& row, std::string_view text) {
    if (text.empty()) return;
    out_.append(" ").append(row.name).append("=");
    if (row.secret) {
        out_.append("(secret)");
    } else {
        append_quoted(out_, text);
    }
}

WEBPUBSUB_COLD_DECL void message_printer::print_data(const payload& data) {
    out_.append(" ").append(name_of(data.type)).append(" ");
    if (data.type == data_type::json || data.type == data_type::text) {
        append_quoted(out_, data.bytes);
    } else {
        out_.append("of ").append(std::to_string(data.bytes.size())).append(" bytes");
    }
}

WEBPUBSUB_COLD_DECL void message_printer::print_map(const member_row& row, const string_map& map) {
    out_.append(" ").append(row.name).append(" {");
    for (std::size_t i = 0; i < map.size(); ++i) {
        if (i != 0) out_.append(", ");
        if (i == listed) {
            out_.append("...");
            break;
        }
        append_quoted(out_, map[i].key);
        out_.append(": ");
        append_quoted(out_, map[i].value);
    }
    out_.append("}");
}

WEBPUBSUB_COLD_DECL void message_printer::print_part(const part_schema& part, const void* object) {
    if (part.rows == &service_error_schema) return print_error(*static_cast<const service_error*>(object));
    out_.append(" (");
    const auto begin = out_.size();
    print_rows(*part.rows, object);
    // Every member begins with a space.
    if (out_.size() > begin) out_.erase(begin, 1);
    out_.append(")");
}

WEBPUBSUB_COLD_DECL void message_printer::print_error(const service_error& error) {
    out_.append(" ");
    append_printable(out_, error.name);
    out_.append(": ");
    append_quoted(out_, error.message);
}

} // namespace detail

WEBPUBSUB_COLD_DECL std::string to_string(const client_message& message) {
    std::string line;
    const auto& kind = detail::client_message_kinds[message.index()];
    detail::message_printer(line).print_message(kind, message.data());
    return line;
}

WEBPUBSUB_COLD_DECL std::string to_string(const service_message& message) {
    std::string line;
    detail::message_printer printer(line);
    if (const auto* const unknown = get_if<unknown_message>(&message)) {
        detail::append_printable(line, unknown->type);
        line.append(" (unknown)");
        if (unknown->sequence_id) printer.print_number("sequenceId", *unknown->sequence_id);
    } else {
        printer.print_message(detail::service_message_kinds[message.index()], message.data());
    }
    return line;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
