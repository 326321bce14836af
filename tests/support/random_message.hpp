// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_schema.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/messages/service_schema.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/text/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::test {

/// Makes messages of every kind that the model allows and the codecs must carry. `Chance` gives numbers:
/// `chance.below(n)` is one of 0 to n - 1.
template <class Chance>
class random_message {
public:
    explicit random_message(Chance& chance) : chance_(chance) {}

    client_message client() { return client(chance_.below(client_message::size)); }
    /// All but `unknown_message`, which is the last.
    service_message service() { return service(chance_.below(service_message::size - 1)); }

    /// Of one kind, by its place in the variant.
    client_message client(std::size_t kind) {
        client_message message;
        fill(*detail::client_message_kinds[kind].rows, message.emplace(kind));
        return message;
    }
    service_message service(std::size_t kind) {
        service_message message;
        fill(*detail::service_message_kinds[kind].rows, message.emplace(kind));
        return message;
    }

    /// A message or a part with these rows, which is as it was made.
    void fill_rows(const detail::schema& rows, void* object) { fill(rows, object); }

    std::string text(std::size_t max_length = 24) {
        std::string out;
        for (auto left = chance_.below(max_length + 1); left != 0; --left) append_code_point(code_point(), out);
        return out;
    }

    std::string bytes(std::size_t max_length = 40) {
        std::string out(chance_.below(max_length + 1), '\0');
        for (char& c : out) c = static_cast<char>(chance_.below(256));
        return out;
    }

    payload data() {
        switch (chance_.below(4)) {
        case 0: return text_payload(text());
        case 1: return binary_payload(bytes());
        case 2: return protobuf_payload(any());
        default: return json_payload(json());
        }
    }

private:
    using member_kind = detail::member_kind;

    void fill(const detail::schema& rows, void* object) {
        for (std::size_t i = 0; i < rows.count; ++i) fill(rows.rows[i], object);
    }

    void fill(const detail::member_row& row, void* object) {
        using detail::member_at;
        switch (row.kind) {
        case member_kind::text: fill_text(row, member_at<std::string>(object, row)); break;
        case member_kind::number: member_at<std::uint64_t>(object, row) = number_for(row); break;
        case member_kind::optional_number:
            if (is_there()) member_at<std::optional<std::uint64_t>>(object, row) = number_for(row);
            break;
        case member_kind::small_number:
            member_at<std::uint32_t>(object, row) = static_cast<std::uint32_t>(number_for(row));
            break;
        case member_kind::optional_small_number:
            if (is_there()) {
                const auto made = static_cast<std::uint32_t>(number_for(row));
                member_at<std::optional<std::uint32_t>>(object, row) = made == 0 ? 1 : made;
            }
            break;
        case member_kind::time:
            member_at<update_time>(object, row) =
                update_time(update_time::duration(static_cast<std::int64_t>(number())));
            break;
        case member_kind::flag: member_at<bool>(object, row) = chance_.below(2) == 1; break;
        case member_kind::data: member_at<payload>(object, row) = data(); break;
        case member_kind::optional_data:
            if (is_there()) member_at<std::optional<payload>>(object, row) = data();
            break;
        case member_kind::map: fill_map(row, member_at<string_map>(object, row)); break;
        case member_kind::optional_map:
            if (is_there()) fill_map(row, member_at<std::optional<string_map>>(object, row).emplace());
            break;
        case member_kind::part: fill(*row.part->rows, &member_at<char>(object, row)); break;
        case member_kind::optional_part:
        case member_kind::success_error:
            if (is_there()) fill(*row.part->rows, row.part->engage(&member_at<char>(object, row)));
            break;
        case member_kind::items: {
            auto& items = member_at<std::vector<group_state_item>>(object, row);
            for (auto left = chance_.below(4); left != 0; --left) fill(*row.part->rows, &items.emplace_back());
            break;
        }
        case member_kind::texts:
            for (auto left = chance_.below(4); left != 0; --left) {
                member_at<std::vector<std::string>>(object, row).push_back(text());
            }
            break;
        case member_kind::end_error:
            if (is_there()) {
                auto& end = member_at<std::optional<stream_end>>(object, row).emplace();
                if (chance_.below(2) == 1) fill(*row.part->rows, &end.error.emplace());
            }
            break;
        case member_kind::response_error: {
            auto& outcome = member_at<detail::response_outcome>(object, row);
            switch (chance_.below(3)) {
            case 0: break;
            case 1: outcome = data(); break;
            default: fill(*row.part->rows, &outcome.template emplace<service_error>()); break;
            }
            break;
        }
        default: break;
        }
    }

    bool is_there() { return chance_.below(3) != 0; }

    void fill_text(const detail::member_row& row, std::string& out) {
        do {
            out = text();
        } while (out.empty() && row.presence == detail::presence::required);
    }

    std::uint64_t number_for(const detail::member_row& row) {
        const auto made = number();
        if (row.check == detail::value_check::time_to_live) return made % (max_ttl_seconds + 1);
        return made == 0 && row.check == detail::value_check::not_zero ? 1 : made;
    }

    void fill_map(const detail::member_row& row, string_map& out) {
        for (auto left = chance_.below(4); left != 0; --left) {
            const bool metadata = row.kind == member_kind::map;
            out.push_back({metadata ? token() : text(8), metadata ? token() : text()});
        }
        detail::keep_last_of_each_key(out);
    }

    std::uint64_t number() {
        const auto bits = chance_.below(65);
        if (bits == 0) return 0;
        std::uint64_t out = 0;
        for (int i = 0; i < 8; ++i) out = out << 8 | chance_.below(256);
        return out >> (64 - bits);
    }

    char32_t code_point() {
        switch (chance_.below(8)) {
        case 0: return static_cast<char32_t>(chance_.below(0x20));
        case 1: return static_cast<char32_t>(0x80 + chance_.below(0x780));
        case 2: return static_cast<char32_t>(0xE000 + chance_.below(0x2000));
        case 3: return static_cast<char32_t>(0x10000 + chance_.below(0x100000));
        case 4: return U"\"\\/<&"[chance_.below(5)];
        default: return static_cast<char32_t>(0x20 + chance_.below(0x5F));
        }
    }

    std::string token() {
        std::string out;
        for (auto left = 1 + chance_.below(8); left != 0; --left) out.push_back("aZ09!#$-._~"[chance_.below(11)]);
        return out;
    }

    std::string any() {
        const auto url = text(12);
        const auto value = bytes(30);
        std::string out;
        const auto put = [&](char tag, const std::string& content) {
            out.push_back(tag);
            out.push_back(static_cast<char>(content.size()));
            out.append(content);
        };
        // Their lengths are below 128, so each is one byte.
        if (chance_.below(4) != 0) put('\x0a', url);
        if (chance_.below(4) != 0) put('\x12', value);
        return out;
    }

    std::string json(int depth = 0) {
        switch (chance_.below(depth < 3 ? 8 : 6)) {
        case 0: return "null";
        case 1: return chance_.below(2) == 0 ? "true" : "false";
        case 2: return std::to_string(number());
        case 3: return "-1.50E+2";
        case 4: return "\"\\u00e9\\n" + token() + "\"";
        case 5: return "\"\xc3\xa9 \xf0\x9f\x98\x80\"";
        case 6: return "[ " + json(depth + 1) + ",\t" + json(depth + 1) + "]";
        default: return "{\"" + token() + "\" : " + json(depth + 1) + "}";
        }
    }

    Chance& chance_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::test
