// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/access/hs256.hpp>
#include <webpubsub/access/named_values.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/json_reader.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a new access token says about its client; what is empty is left out of the token.
struct client_token_options {
    std::string user_id{};
    /// E.g. `webpubsub.joinLeaveGroup` and `webpubsub.sendToGroup.news`. Without any, a client may send events and
    /// invoke, no more (permissions.md section 1).
    std::vector<std::string> roles{};
    /// The client is in them from the start, without a role.
    std::vector<std::string> groups{};
    /// Claims of the application's own, which the service hands on to the event handler.
    std::vector<claim> custom{};
    /// Whole seconds, at least one. It counts for connecting only: a connection outlives its token.
    std::chrono::seconds lifetime = std::chrono::minutes(60);
};

namespace detail {

WEBPUBSUB_COLD_INLINE bool is_registered_claim(std::string_view name) noexcept {
    constexpr std::string_view names[] = {"role", "webpubsub.group", "iat", "nbf", "exp", "aud", "sub"};
    for (const auto each : names) {
        if (name == each) return true;
    }
    return false;
}

/// Writes the members of a token's payload. Each function is false for text that is not UTF-8.
class claim_writer {
public:
    void add(std::string_view name, std::int64_t number) {
        begin(name);
        text_ += std::to_string(number);
    }
    [[nodiscard]] bool add(std::string_view name, std::string_view text) {
        begin(name);
        return put(text);
    }
    [[nodiscard]] bool add(std::string_view name, const std::vector<std::string>& texts) {
        begin(name);
        text_ += '[';
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (i != 0) text_ += ',';
            if (!put(texts[i])) return false;
        }
        text_ += ']';
        return true;
    }
    std::string finish() && { return std::move(text_ += '}'); }

private:
    void begin(std::string_view name) {
        if (text_.size() > 1) text_ += ',';
        append_json_string(name, text_);
        text_ += ':';
    }
    bool put(std::string_view text) {
        append_json_string(text, text_);
        return is_utf8(text);
    }

    std::string text_ = "{";
};

[[nodiscard]] WEBPUBSUB_COLD_INLINE bool write_custom_claims(const std::vector<claim>& claims, claim_writer& out) {
    for (std::size_t i = 0; i < claims.size(); ++i) {
        const auto& [name, values] = claims[i];
        if (!is_utf8(name) || is_registered_claim(name)) return false;
        for (std::size_t other = 0; other < i; ++other) {
            if (claims[other].name == name) return false;
        }
        if (!(values.size() == 1 ? out.add(name, std::string_view(values.front())) : out.add(name, values))) {
            return false;
        }
    }
    return true;
}

[[nodiscard]] WEBPUBSUB_COLD_INLINE result<std::string> write_client_claims(const client_token_options& options,
                                                                            std::string_view audience, wall_time now) {
    for (const auto& group : options.groups) {
        if (!is_valid_group_name(group)) return error(errc::invalid_group_name);
    }
    // Dates are whole numbers that a double holds (RFC 7519 section 2).
    constexpr std::int64_t latest = std::int64_t{1} << 53;
    const std::int64_t issued_at = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    const std::int64_t lifetime = options.lifetime.count();
    if (lifetime < 1 || lifetime > latest - issued_at) return error(errc::invalid_claim);

    claim_writer out;
    bool good = options.roles.empty() || out.add("role", options.roles);
    good = good && (options.groups.empty() || out.add("webpubsub.group", options.groups));
    out.add("iat", issued_at);
    out.add("exp", issued_at + lifetime);
    good = good && out.add("aud", audience);
    good = good && (options.user_id.empty() || out.add("sub", std::string_view(options.user_id)));
    if (!good || !write_custom_claims(options.custom, out)) return error(errc::invalid_claim);
    return std::move(out).finish();
}

} // namespace detail

/// Makes a token with the claims in the order of the official JavaScript service client. `audience` comes from
/// `client_audience`.
/// Errors: invalid_group_name; invalid_claim: a text that is not UTF-8, a custom claim with a name of the protocol's
/// own or with the name of another, or a lifetime out of range.
template <hmac_sha256 Hmac>
[[nodiscard]] result<std::string> mint_client_token(const client_token_options& options, std::string_view audience,
                                                    const access_key& key, wall_time now, const Hmac& hmac) {
    const auto payload = detail::write_client_claims(options, audience, now);
    if (!payload) return payload.error();
    return sign_jwt(*payload, key, hmac);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
