// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/named_values.hpp>
#include <webpubsub/access/token_dates.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/time.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The claims of a client's access token (sessions.md section 2.2).
struct client_claims {
    /// `sub`; an empty one is none, as on the wire.
    std::optional<std::string> user_id;
    std::vector<std::string> roles;
    /// `webpubsub.group`; the names are not checked.
    std::vector<std::string> groups;
    std::vector<std::string> audiences;
    std::chrono::sys_seconds expires;
    std::optional<std::chrono::sys_seconds> not_before;
    std::optional<std::chrono::sys_seconds> issued_at;
    /// Every claim of the token in its order, those above too: the `claims` of the connect event. Numbers, booleans and
    /// whatever is nested in an array or an object are their JSON text; a null has no value.
    std::vector<claim> all;

    friend bool operator==(const client_claims&, const client_claims&) = default;
};

namespace detail {

/// Boost.JSON 1.81 reads some texts as infinity and NaN, which are no dates.
WEBPUBSUB_COLD_INLINE std::optional<std::chrono::sys_seconds> read_numeric_date(
    const boost::json::value& value) noexcept {
    if (const auto* const number = value.if_int64()) return date_of_seconds(*number);
    if (const auto* const real = value.if_double()) return date_of_seconds(*real);
    return std::nullopt;
}

WEBPUBSUB_COLD_INLINE std::string to_std_string(const boost::json::string& text) {
    return std::string(text.data(), text.size());
}

/// A string, an array of strings, or null for none.
[[nodiscard]] WEBPUBSUB_COLD_INLINE bool read_strings(const boost::json::value& value, std::vector<std::string>& out) {
    if (value.is_null()) return true;
    if (value.is_string()) {
        out.push_back(to_std_string(value.get_string()));
        return true;
    }
    if (!value.is_array()) return false;
    for (const auto& item : value.get_array()) {
        if (!item.is_string()) return false;
        out.push_back(to_std_string(item.get_string()));
    }
    return true;
}

/// Whether every number can be written again as JSON. As deep as the limit of the parser allowed.
WEBPUBSUB_COLD_INLINE bool all_finite(const boost::json::value& value) noexcept {
    if (value.is_double()) return std::isfinite(value.get_double());
    if (value.is_array()) {
        for (const auto& item : value.get_array()) {
            if (!all_finite(item)) return false;
        }
    }
    if (value.is_object()) {
        for (const auto& member : value.get_object()) {
            if (!all_finite(member.value())) return false;
        }
    }
    return true;
}

WEBPUBSUB_COLD_INLINE std::string claim_text(const boost::json::value& value) {
    if (value.is_string()) return to_std_string(value.get_string());
    if (!value.is_double()) return boost::json::serialize(value);
    // Not `1.5E0`, as Boost.JSON writes it.
    std::array<char, 32> digits{};
    const auto [end, failure] = std::to_chars(digits.data(), digits.data() + digits.size(), value.get_double());
    return failure == std::errc{} ? std::string(digits.data(), end) : std::string();
}

WEBPUBSUB_COLD_INLINE claim make_claim(std::string name, const boost::json::value& value) {
    claim out{std::move(name), {}};
    if (value.is_array()) {
        for (const auto& item : value.get_array()) out.values.push_back(claim_text(item));
    } else if (!value.is_null()) {
        out.values.push_back(claim_text(value));
    }
    return out;
}

[[nodiscard]] WEBPUBSUB_COLD_INLINE bool read_claim(std::string_view name, const boost::json::value& value,
                                                    client_claims& out,
                                                    std::optional<std::chrono::sys_seconds>& expires) {
    const auto read_date = [&value](std::optional<std::chrono::sys_seconds>& date) {
        date = read_numeric_date(value);
        return date.has_value();
    };
    if (name == "role") return read_strings(value, out.roles);
    if (name == "webpubsub.group") return read_strings(value, out.groups);
    if (name == "aud") return read_strings(value, out.audiences);
    if (name == "exp") return read_date(expires);
    if (name == "nbf") return value.is_null() || read_date(out.not_before);
    if (name == "iat") return value.is_null() || read_date(out.issued_at);
    if (name != "sub" || value.is_null()) return true;
    // Others write a number where the user's id is one: it is taken as its digits.
    if (value.is_int64() || value.is_uint64()) {
        out.user_id = claim_text(value);
        return true;
    }
    if (!value.is_string()) return false;
    if (!value.get_string().empty()) out.user_id = to_std_string(value.get_string());
    return true;
}

} // namespace detail

/// Reads the payload of a token and judges only its form: token_malformed when a claim has a wrong type, a date is out
/// of range, or `exp` is missing. A null is as good as absent, except for `exp`.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<client_claims> read_client_claims(const boost::json::object& payload) {
    client_claims out;
    std::optional<std::chrono::sys_seconds> expires;
    out.all.reserve(payload.size());
    for (const auto& member : payload) {
        const std::string_view name(member.key().data(), member.key().size());
        if (!detail::read_claim(name, member.value(), out, expires) || !detail::all_finite(member.value())) {
            return error(errc::token_malformed);
        }
        out.all.push_back(detail::make_claim(std::string(name), member.value()));
    }
    if (!expires) return error(errc::token_malformed);
    out.expires = *expires;
    return out;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
