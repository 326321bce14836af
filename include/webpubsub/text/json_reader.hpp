// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/json_text.hpp>

#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

// Small JSON texts read member by member, where a tree of values would cost every user more than it does for them.

/// The members of an object, or the elements of an array, one after another. The text outlives the cursor, and is one
/// that `check_json` found good.
class json_cursor {
public:
    /// A value that is neither an object nor an array has nothing in it.
    explicit json_cursor(std::string_view value) noexcept : scanner_(value) {
        const char* const begin = scanner_.skip_space(scanner_.begin());
        is_object_ = scanner_.is_at(begin, '{');
        if (is_object_ || scanner_.is_at(begin, '[')) at_ = begin;
    }

    bool is_object() const noexcept { return is_object_; }
    bool is_array() const noexcept { return !is_object_ && at_ != nullptr; }

    /// Goes on to the next member or element; false behind the last one.
    WEBPUBSUB_COLD_INLINE bool next() {
        if (at_ == nullptr) return false;
        // On the opening bracket, on a comma, or on the closing bracket.
        if (scanner_.is_at(at_, '}') || scanner_.is_at(at_, ']')) return false;
        const char* at = scanner_.skip_space(at_ + 1);
        if (scanner_.is_at(at, '}') || scanner_.is_at(at, ']')) return false;
        if (is_object_) {
            json_value name;
            at = scanner_.scan_name(at, name);
            if (at == nullptr) return false;
            name_.clear();
            append_unescaped_json(name.between_quotes(), name_);
        }
        at = scanner_.scan_value(at, max_json_depth, value_);
        if (at == nullptr) return false;
        at_ = scanner_.skip_space(at);
        return true;
    }

    /// Of the member that `next` went on to; empty in an array.
    const std::string& name() const noexcept { return name_; }
    const json_value& value() const noexcept { return value_; }

private:
    json_scanner scanner_;
    const char* at_ = nullptr;
    bool is_object_ = false;
    std::string name_;
    json_value value_{};
};

/// What a string stands for; empty for any other value.
WEBPUBSUB_COLD_INLINE std::string json_string_of(const json_value& value) {
    std::string text;
    if (value.is_string()) append_unescaped_json(value.between_quotes(), text);
    return text;
}

/// Appends the text as a JSON string. It is UTF-8.
WEBPUBSUB_COLD_INLINE void append_json_string(std::string_view text, std::string& out) {
    out += '"';
    const char* at = text.data();
    const char* const end = at + text.size();
    for (;;) {
        const char* const special = find_json_special(at, end);
        out.append(at, special);
        if (special == end) break;
        char escape[6];
        out.append(escape, write_json_escape(*special, escape));
        at = special + 1;
    }
    out += '"';
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
