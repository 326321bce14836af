// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub::detail {

/// Takes nothing from the parser but the last string, which is what a key or the value of most properties is.
struct scan_handler {
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    using ec = boost::json::error_code;
    using view = boost::json::string_view;

    /// Where unescaped text goes, or null.
    std::string* sink = nullptr;
    /// The size of the last string without its escapes.
    std::size_t string_size = 0;

    bool on_string_part(view part, std::size_t, ec&) {
        if (sink != nullptr) sink->append(part.data(), part.size());
        return true;
    }
    bool on_string(view part, std::size_t size, ec&) {
        string_size = size;
        if (sink != nullptr) sink->append(part.data(), part.size());
        return true;
    }

    bool on_document_begin(ec&) { return true; }
    bool on_document_end(ec&) { return true; }
    bool on_object_begin(ec&) { return true; }
    bool on_object_end(std::size_t, ec&) { return true; }
    bool on_array_begin(ec&) { return true; }
    bool on_array_end(std::size_t, ec&) { return true; }
    bool on_key_part(view, std::size_t, ec&) { return true; }
    bool on_key(view, std::size_t, ec&) { return true; }
    bool on_number_part(view, ec&) { return true; }
    bool on_int64(std::int64_t, view, ec&) { return true; }
    bool on_uint64(std::uint64_t, view, ec&) { return true; }
    bool on_double(double, view, ec&) { return true; }
    bool on_bool(bool, ec&) { return true; }
    bool on_null(ec&) { return true; }
    bool on_comment_part(view, ec&) { return true; }
    bool on_comment(view, ec&) { return true; }
};

constexpr bool is_json_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// A value as it stands in a frame.
struct json_value {
    /// The text of the value without the white space around it. Never empty for a value that is there.
    std::string_view raw;
    /// A string without escapes: its content is `raw` without the quotes.
    bool plain = false;

    constexpr bool present() const noexcept { return !raw.empty(); }
    constexpr bool is_null() const noexcept { return raw == "null"; }
    constexpr bool is_string() const noexcept { return present() && raw.front() == '"'; }
    constexpr bool is_array() const noexcept { return present() && raw.front() == '['; }
    constexpr bool is_object() const noexcept { return present() && raw.front() == '{'; }
};

/// Finds where a JSON value ends, by Boost.JSON's parser, which validates it on the way.
class json_scanner {
public:
    explicit json_scanner(std::size_t max_depth) : parser_(options(max_depth)) {}

    /// Reads the value that begins at `text[at]`, which is not white space, and moves `at` behind it and the white
    /// space that follows. Errors carry an offset into `text`.
    result<json_value> scan(std::string_view text, std::size_t& at, std::string* sink = nullptr) {
        boost::json::error_code ec;
        parser_.reset();
        parser_.handler().sink = sink;
        const auto consumed = parser_.write_some(false, text.data() + at, text.size() - at, ec);
        if (ec) return error{ec == boost::json::error::too_deep ? errc::too_deep : errc::invalid_json, at + consumed};
        auto size = consumed;
        while (size > 0 && is_json_space(text[at + size - 1])) --size;
        json_value value{text.substr(at, size)};
        // An escape is always longer than what it stands for.
        value.plain = value.is_string() && parser_.handler().string_size + 2 == size;
        at += consumed;
        return value;
    }

private:
    static boost::json::parse_options options(std::size_t max_depth) {
        boost::json::parse_options chosen;
        chosen.max_depth = max_depth;
        return chosen;
    }

    boost::json::basic_parser<scan_handler> parser_;
};

/// Whether `text` is exactly one JSON value.
inline result<void> check_json(std::string_view text, std::size_t max_depth) {
    std::size_t at = 0;
    while (at < text.size() && is_json_space(text[at])) ++at;
    const auto value = json_scanner(max_depth).scan(text, at);
    if (!value) return value.error();
    if (at != text.size()) return error{errc::invalid_json, at};
    return {};
}

/// Replaces `out` by the content of a string.
inline void read_string(const json_value& value, std::string& out) {
    if (value.plain) {
        out.assign(value.raw.substr(1, value.raw.size() - 2));
        return;
    }
    out.clear();
    std::size_t at = 0;
    // The text was scanned before, so this can't fail.
    static_cast<void>(json_scanner(1).scan(value.raw, at, &out));
}

} // namespace webpubsub::detail
