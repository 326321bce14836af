// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/rest/request.hpp>

#include <chrono>
#include <string>

namespace webpubsub::tests {

inline const wall_time some_time{std::chrono::seconds(1700000000)};

inline access_key the_key() { return access_key::make("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH").value(); }

inline rest_service a_service() {
    return {parse_endpoint("https://example.webpubsub.azure.com").value(), "chat", the_key(), std::chrono::hours(1)};
}

inline http_request made(const rest_call& call) {
    return make_rest_request(a_service(), call, some_time, openssl_hmac{}).value();
}

} // namespace webpubsub::tests
