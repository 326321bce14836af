// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/access/hs256.hpp>
#include <webpubsub/access/unverified_jwt.hpp>
#include <webpubsub/result.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

[[nodiscard]] WEBPUBSUB_COLD_INLINE result<boost::json::object> parse_jwt_payload(const std::string& text,
                                                                                  const jwt_limits& limits) {
    boost::json::parse_options options;
    options.max_depth = limits.max_depth;
    boost::system::error_code failure;
    auto value = boost::json::parse(text, failure, {}, options);
    if (failure || !value.is_object()) return error(errc::token_malformed);
    return std::move(value.get_object());
}

} // namespace detail

/// The same as `verify_hs256`, with the payload as an object. A member that occurs twice counts as its last (RFC 7519
/// section 4).
template <hmac_sha256 Hmac>
[[nodiscard]] result<boost::json::object> verify_jwt(std::string_view token, std::span<const access_key> keys,
                                                     const Hmac& hmac, const jwt_limits& limits = {}) {
    const auto payload = verify_hs256(token, keys, hmac, limits);
    if (!payload) return payload.error();
    return detail::parse_jwt_payload(*payload, limits);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
