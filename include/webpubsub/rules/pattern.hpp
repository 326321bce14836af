// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/text/utf8.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// In UTF-16 code units, escapes included (permissions.md section 3).
inline constexpr std::size_t max_pattern_length = 1024;
/// In one pattern; both stars of `**` count, escaped ones do not.
inline constexpr std::size_t max_pattern_stars = 5;

namespace detail {

/// A pattern with its escapes resolved: a token is a code point or one of the values below, and no two tokens that
/// match more than one character stand side by side.
using pattern_tokens = std::u32string;

inline constexpr char32_t token_any_character = 0x110000;
inline constexpr char32_t token_star = 0x110001;
inline constexpr char32_t token_double_star = 0x110002;

constexpr bool is_star_token(char32_t token) noexcept { return token == token_star || token == token_double_star; }

inline result<pattern_tokens> tokenize_pattern(std::string_view text) {
    if (const std::size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
        return error(errc::invalid_utf8, bad);
    }
    if (text.empty()) return error(errc::invalid_pattern, 0);
    pattern_tokens tokens;
    std::size_t units = 0;
    std::size_t stars = 0;
    bool after_star = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        char32_t token = next_code_point(text, at);
        const bool escapes =
            token == U'\\' && at < text.size() && (text[at] == '\\' || text[at] == '*' || text[at] == '?');
        const bool is_star = token == U'*';
        if (escapes) token = next_code_point(text, at);
        units += utf16_length(text.substr(begin, at - begin));
        stars += is_star ? 1u : 0u;
        if (units > max_pattern_length || stars > max_pattern_stars) return error(errc::invalid_pattern, begin);
        if (is_star && after_star) {
            tokens.back() = token_double_star;
        } else if (is_star) {
            tokens += token_star;
        } else if (token == U'?' && !escapes) {
            tokens += token_any_character;
        } else {
            tokens += token;
        }
        after_star = is_star;
    }
    return tokens;
}

/// A set of places in a pattern, the one behind its last token included.
class pattern_places {
public:
    explicit pattern_places(const pattern_tokens& tokens) noexcept : used_words_(tokens.size() / 64 + 1) {}

    /// Adds a place, and the next as well if a star stands there, which may match nothing.
    void add(std::size_t place, const pattern_tokens& tokens) noexcept {
        set(place);
        if (place < tokens.size() && is_star_token(tokens[place])) set(place + 1);
    }

    bool has(std::size_t place) const noexcept { return (words_[place / 64] >> (place % 64) & 1u) != 0; }

    void clear() noexcept {
        for (std::size_t i = 0; i < used_words_; ++i) words_[i] = 0;
    }

    template <class Visitor>
    void for_each(Visitor&& visit) const {
        for (std::size_t i = 0; i < used_words_; ++i) {
            for (std::uint64_t left = words_[i]; left != 0; left &= left - 1) {
                visit(i * 64 + static_cast<std::size_t>(std::countr_zero(left)));
            }
        }
    }

private:
    void set(std::size_t place) noexcept { words_[place / 64] |= std::uint64_t{1} << (place % 64); }

    std::size_t used_words_;
    std::array<std::uint64_t, max_pattern_length / 64 + 1> words_{};
};

/// Follows all the ways to match at once. `step` is called for each place that is tried with each character of the
/// name: never more often than (tokens + 1) times characters.
template <class Step>
bool match_pattern(const pattern_tokens& tokens, std::string_view name, Step&& step) {
    pattern_places places(tokens);
    pattern_places next(tokens);
    places.add(0, tokens);
    for (std::size_t at = 0; at < name.size();) {
        const char32_t character = next_code_point(name, at);
        bool any = false;
        next.clear();
        places.for_each([&](std::size_t place) {
            step();
            if (place == tokens.size()) return;
            const char32_t token = tokens[place];
            const bool stays = token == token_double_star || (token == token_star && character != U'.');
            const bool moves = token == character || (token == token_any_character && character != U'.');
            if (stays) next.add(place, tokens);
            if (moves) next.add(place + 1, tokens);
            any = any || stays || moves;
        });
        if (!any) return false;
        std::swap(places, next);
    }
    return places.has(tokens.size());
}

} // namespace detail

/// A pattern for group names (permissions.md section 3), parsed once. `?` matches one code point other than a full
/// stop, `*` any number of those, `**` anything; a backslash makes a following backslash, `*` or `?` ordinary.
class pattern {
public:
    /// Refuses an empty pattern, one that is too long or has too many stars (`invalid_pattern`), and `invalid_utf8`.
    [[nodiscard]] static result<pattern> parse(std::string_view text) {
        auto tokens = detail::tokenize_pattern(text);
        if (!tokens) return tokens.error();
        return pattern(std::move(*tokens));
    }

    /// Whether the whole name, valid UTF-8, matches. Case counts. Allocates nothing; takes at most as many steps as
    /// the pattern's length times the name's.
    bool matches(std::string_view name) const noexcept {
        return detail::match_pattern(tokens_, name, [] {});
    }

    /// The one name that it matches, the text without its escapes; nullopt if it has a wildcard.
    std::optional<std::string> literal() const {
        std::string text;
        for (const char32_t token : tokens_) {
            if (token >= detail::token_any_character) return std::nullopt;
            append_code_point(token, text);
        }
        return text;
    }

    bool matches_everything() const noexcept {
        return tokens_.size() == 1 && tokens_.front() == detail::token_double_star;
    }

    /// Patterns that differ only in needless spelling (`a***` and `a**`) are equal.
    friend bool operator==(const pattern&, const pattern&) = default;

private:
    explicit pattern(detail::pattern_tokens tokens) noexcept : tokens_(std::move(tokens)) {}

    detail::pattern_tokens tokens_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
