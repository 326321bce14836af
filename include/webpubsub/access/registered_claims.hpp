// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/named_values.hpp>
#include <webpubsub/access/token_dates.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/json_reader.hpp>
#include <webpubsub/time.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The claims that every token may have (RFC 7519 section 4.1).
struct registered_claims {
    /// `iss`; empty where there is none.
    std::string issuer;
    /// `sub`; empty where there is none.
    std::string subject;
    std::vector<std::string> audiences;
    std::chrono::sys_seconds expires;
    std::optional<std::chrono::sys_seconds> not_before;
    std::optional<std::chrono::sys_seconds> issued_at;
    /// Every claim of the token in its order, those above too. What is neither a string nor a list is its JSON text,
    /// and so is whatever else is in a list; a null has no value.
    std::vector<claim> all;

    friend bool operator==(const registered_claims&, const registered_claims&) = default;
};

namespace detail {

WEBPUBSUB_COLD_INLINE std::string claim_text(const json_value& value) {
    return value.is_string() ? json_string_of(value) : std::string(value.text());
}

WEBPUBSUB_COLD_INLINE claim make_claim(const std::string& name, const json_value& value) {
    claim out{name, {}};
    if (json_cursor items(value.text()); items.is_array()) {
        while (items.next()) out.values.push_back(claim_text(items.value()));
    } else if (!value.is_null()) {
        out.values.push_back(claim_text(value));
    }
    return out;
}

/// A string or an array of strings.
[[nodiscard]] WEBPUBSUB_COLD_INLINE bool read_strings(const json_value& value, std::vector<std::string>& out) {
    out.clear();
    if (value.is_string()) {
        out.push_back(json_string_of(value));
        return true;
    }
    json_cursor items(value.text());
    while (items.next()) {
        if (!items.value().is_string()) return false;
        out.push_back(json_string_of(items.value()));
    }
    return items.is_array();
}

/// False for a claim that is of a wrong type. A null is as good as absent.
[[nodiscard]] WEBPUBSUB_COLD_INLINE bool read_registered_claim(std::string_view name, const json_value& value,
                                                               registered_claims& out,
                                                               std::optional<std::chrono::sys_seconds>& expires) {
    const auto read_date = [&value](std::optional<std::chrono::sys_seconds>& date) {
        date = read_numeric_date(value);
        return date.has_value();
    };
    const auto read_string = [&value](std::string& text) {
        text = json_string_of(value);
        return value.is_string();
    };
    if (value.is_null()) return true;
    if (name == "iss") return read_string(out.issuer);
    if (name == "sub") return read_string(out.subject);
    if (name == "aud") return read_strings(value, out.audiences);
    if (name == "exp") return read_date(expires);
    if (name == "nbf") return read_date(out.not_before);
    if (name == "iat") return read_date(out.issued_at);
    return true;
}

} // namespace detail

/// Reads the payload of a token, which is a JSON object that `check_json` found good, and judges only its form:
/// token_malformed when a claim has a wrong type, a date is out of range, or `exp` is missing. Of claims of the same
/// name the last one counts.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<registered_claims> read_registered_claims(std::string_view payload) {
    registered_claims out;
    std::optional<std::chrono::sys_seconds> expires;
    for (detail::json_cursor members(payload); members.next();) {
        if (!detail::read_registered_claim(members.name(), members.value(), out, expires)) {
            return error(errc::token_malformed);
        }
        out.all.push_back(detail::make_claim(members.name(), members.value()));
    }
    if (!expires) return error(errc::token_malformed);
    out.expires = *expires;
    return out;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
