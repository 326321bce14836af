// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/audience.hpp>
#include <webpubsub/access/client_url.hpp>
#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/access/mint_client_token.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/time.hpp>

#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A URL that a client can connect with as it is: the endpoint's client URL with a new access token.
/// Errors: invalid_hub_name, and those of `mint_client_token`.
template <hmac_sha256 Hmac>
[[nodiscard]] result<std::string> mint_client_url(const connection_string& service, std::string_view hub,
                                                  const client_token_options& options, wall_time now,
                                                  const Hmac& hmac) {
    if (!is_valid_hub_name(hub)) return error(errc::invalid_hub_name);
    const auto token = mint_client_token(options, client_audience(service.endpoint, hub), service.key, now, hmac);
    if (!token) return token.error();
    return make_client_url(service.endpoint, hub, *token);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
