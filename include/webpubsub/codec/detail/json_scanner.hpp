// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/text/detail/json_text.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Takes nothing from the parser but the last string, which is what a key or the value of most properties is, and how
/// deep it is.
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
    /// How many more arrays and objects may be opened.
    std::size_t depth_left = 0;

    bool on_string_part(view part, std::size_t, ec&) {
        if (sink != nullptr) sink->append(part.data(), part.size());
        return true;
    }
    bool on_string(view part, std::size_t size, ec&) {
        string_size = size;
        if (sink != nullptr) sink->append(part.data(), part.size());
        return true;
    }

    bool on_object_begin(ec& failure) { return open(failure); }
    bool on_array_begin(ec& failure) { return open(failure); }
    bool on_object_end(std::size_t, ec&) { return ++depth_left != 0; }
    bool on_array_end(std::size_t, ec&) { return ++depth_left != 0; }

    bool on_document_begin(ec&) { return true; }
    bool on_document_end(ec&) { return true; }
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

private:
    bool open(ec& failure) {
        if (depth_left-- != 0) return true;
        failure = boost::json::error::too_deep;
        return false;
    }
};

/// A value as it stands in a frame. Without a constructor, so that an array of them costs nothing.
struct json_value {
    const char* begin;
    std::size_t size;
    /// A string without escapes: its content is `raw` without the quotes.
    bool plain;

    /// The text of the value without the white space around it. Never empty for a value that is there.
    constexpr std::string_view raw() const noexcept { return {begin, size}; }
    constexpr bool present() const noexcept { return size != 0; }
    constexpr bool is_null() const noexcept { return raw() == "null"; }
    constexpr bool is_string() const noexcept { return present() && *begin == '"'; }
    constexpr bool is_array() const noexcept { return present() && *begin == '['; }
    constexpr bool is_object() const noexcept { return present() && *begin == '{'; }
};

/// Finds where JSON values end, by Boost.JSON's parser, which validates them on the way.
class json_scanner {
public:
    json_scanner() : parser_(options()) {}

    /// Reads the value that begins at `at`, which is not white space. Returns what follows behind it and white space,
    /// null if that is no value, or one that is too deep: then `failure` tells.
    const char* scan(const char* at, const char* end, std::size_t max_depth, json_value& out) {
        if (!scan_plain_string(at, end, out) && !parse(at, end, max_depth, out)) return nullptr;
        return skip_json_space(at + out.size, end);
    }

    /// The same where only a string may begin.
    const char* scan_string(const char* at, const char* end, json_value& out) {
        if (at != end && *at == '"') return scan(at, end, 0, out);
        return fail(errc::invalid_json, at);
    }

    /// Appends the content of a string that has been validated to `out`.
    void unescape(std::string_view string, std::string& out) {
        parser_.handler().sink = &out;
        json_value unused;
        parse(string.data(), string.data() + string.size(), 0, unused);
        parser_.handler().sink = nullptr;
    }

    error failure(std::string_view text) const noexcept {
        return {failure_, static_cast<std::size_t>(failed_at_ - text.data())};
    }

private:
    // The handler limits the depth: how deep a value may be differs from one to the next.
    static boost::json::parse_options options() {
        boost::json::parse_options chosen;
        chosen.max_depth = static_cast<std::size_t>(-1);
        return chosen;
    }

    /// A string of ASCII without escapes. The parser would find the same, but takes several times as long, and most
    /// values are such strings; they are the only piece of JSON that it is not asked about.
    static bool scan_plain_string(const char* at, const char* end, json_value& out) noexcept {
        if (at == end || *at != '"') return false;
        const char* quote = find_json_special<true>(at + 1, end);
        if (quote == end || *quote != '"') return false;
        out = {at, static_cast<std::size_t>(quote + 1 - at), true};
        return true;
    }

    bool parse(const char* at, const char* end, std::size_t max_depth, json_value& out) {
        boost::json::error_code ec;
        parser_.reset();
        parser_.handler().depth_left = max_depth;
        auto size = parser_.write_some(false, at, static_cast<std::size_t>(end - at), ec);
        if (ec) {
            fail(ec == boost::json::error::too_deep ? errc::too_deep : errc::invalid_json, at + size);
            return false;
        }
        // The parser takes the white space behind the value too.
        while (is_json_space(at[size - 1])) --size;
        // An escape is always longer than what it stands for.
        out = {at, size, *at == '"' && parser_.handler().string_size + 2 == size};
        return true;
    }

    const char* fail(errc code, const char* at) noexcept {
        failure_ = code;
        failed_at_ = at;
        return nullptr;
    }

    boost::json::basic_parser<scan_handler> parser_;
    errc failure_{};
    const char* failed_at_ = nullptr;
};

/// Whether `text` is exactly one JSON value.
inline result<void> check_json(std::string_view text, std::size_t max_depth) {
    json_scanner scanner;
    json_value value;
    const char* const end = text.data() + text.size();
    const char* at = scanner.scan(skip_json_space(text.data(), end), end, max_depth, value);
    if (at == nullptr) return scanner.failure(text);
    if (at != end) return error{errc::invalid_json, static_cast<std::size_t>(at - text.data())};
    return {};
}

/// The content of a string, which is put into `memory` if there are escapes in it.
inline std::string_view text_of(const json_value& string, std::string& memory) {
    if (string.plain) return {string.begin + 1, string.size - 2};
    memory.clear();
    json_scanner().unescape(string.raw(), memory);
    return memory;
}

/// Replaces `out` by the content of a string.
inline void read_string(const json_value& string, std::string& out) {
    const auto text = text_of(string, out);
    if (string.plain) out.assign(text);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
