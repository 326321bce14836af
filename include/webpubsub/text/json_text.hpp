// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>
#include <webpubsub/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// JSON as text (RFC 8259): where a value ends, whether it is one, and what a string stands for. It is never turned into
// numbers or trees, so numbers may have any size, and names may occur twice. Half of a surrogate pair, escaped, is
// grammatical JSON (RFC 8259 section 8.2) and passes; every byte must be part of well-formed UTF-8.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// However deep a caller lets arrays and objects be nested, they are not nested deeper than this.
inline constexpr std::size_t max_json_depth = 1024;

/// Whether `text` is exactly one JSON value, with white space around it or without; arrays and objects may be nested
/// `max_depth` deep. `errc::invalid_json` or `errc::too_deep`, with the offset of the first byte that can't stand
/// there, which is the size of a text that ends too early.
WEBPUBSUB_DECL result<void> check_json(std::string_view text, std::size_t max_depth) noexcept;

namespace detail {

constexpr bool is_json_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

inline const char* skip_json_space(const char* at, const char* end) noexcept {
    while (at != end && is_json_space(*at)) ++at;
    return at;
}

/// The first byte that can't stand for itself in a JSON string: the quote, the backslash or a control character; `end`
/// if there is none.
WEBPUBSUB_DECL const char* find_json_special(const char* at, const char* end) noexcept;

/// Writes what stands in a JSON string for a character that can't stand for itself (`find_json_special`): at most 6
/// bytes. Returns where they end.
WEBPUBSUB_DECL char* write_json_escape(char special, char* to) noexcept;

/// Appends the content of a JSON string: `text` is what stands between its quotes, and has been scanned. U+FFFD stands
/// for half of a surrogate pair; returns whether there was one.
WEBPUBSUB_DECL bool append_unescaped_json(std::string_view text, std::string& out);

/// A value as it stands in a text. It has no constructor, so that an array of them costs nothing.
struct json_value {
    const char* begin;
    /// Behind the value.
    const char* end;
    /// Whether it is a string without escapes, so that it stands for the bytes between its quotes.
    bool plain;

    /// Sets each by itself. A value that is made first and then copied, with loads that are wider than what was
    /// stored, makes the processor wait until the stores are in memory.
    void set(const char* b, const char* e, bool p) noexcept {
        begin = b;
        end = e;
        plain = p;
    }
    bool is_string() const noexcept { return *begin == '"'; }
    /// No other value begins with an n.
    bool is_null() const noexcept { return *begin == 'n'; }
    std::string_view text() const noexcept { return {begin, static_cast<std::size_t>(end - begin)}; }
    std::string_view between_quotes() const noexcept { return text().substr(1, text().size() - 2); }
};

/// Walks a JSON text. Each function takes where it is to begin and returns where it stopped, null where the text is no
/// JSON: then `failure` and `failed_at` tell.
class json_scanner {
public:
    explicit json_scanner(std::string_view text) noexcept
        : begin_(text.data()), end_(text.data() + text.size()), failed_at_(begin_) {}

    const char* begin() const noexcept { return begin_; }
    const char* end() const noexcept { return end_; }

    [[gnu::always_inline]] const char* skip_space(const char* at) const noexcept {
        return at != end_ && static_cast<unsigned char>(*at) <= ' ' ? skip_json_space(at, end_) : at;
    }

    /// Whether `c` stands at `at`.
    bool is_at(const char* at, char c) const noexcept { return at != end_ && *at == c; }

    /// Reads a string from behind its opening quote; returns where the closing one is. `plain` becomes false if there
    /// are escapes in it, and is left as it is otherwise.
    inline const char* scan_string(const char* at, bool& plain) noexcept;
    const char* scan_long_string(const char* at, bool& plain) noexcept;

    /// Reads a value that begins at `at`, which is not white space. `max_depth` is how deep arrays and objects may be
    /// nested in it, itself included.
    const char* scan_value(const char* at, std::size_t max_depth, bool& plain) noexcept;

    /// Reads the name of a property and its colon; returns where its value begins.
    const char* scan_name(const char* at, json_value& name) noexcept;

    /// The same as `scan_value` into `out`.
    const char* scan_value(const char* at, std::size_t max_depth, json_value& out) noexcept {
        out.begin = at;
        out.plain = true;
        return out.end = scan_value(at, max_depth, out.plain);
    }

    /// Null, always; the first failure counts.
    const char* fail(errc code, const char* at) noexcept {
        failure_ = code;
        failed_at_ = at;
        return nullptr;
    }

    error failure() const noexcept { return {failure_, static_cast<std::size_t>(failed_at_ - begin_)}; }

private:
    const char* scan_number(const char* at) noexcept;
    const char* scan_literal(const char* at) noexcept;
    const char* scan_escape(const char* at) noexcept;
    const char* scan_nested(const char* at, std::size_t max_depth) noexcept;

    const char* begin_;
    const char* end_;
    const char* failed_at_;
    errc failure_ = errc::invalid_json;
};

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/text/impl/json_text.ipp>
#endif
