// SPDX-License-Identifier: MIT
#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/rest/request.hpp>
#include <webpubsub/rest/response.hpp>

#include <string_view>

// What a server does that calls the service: a request with a token, and its answer.

namespace {

struct no_hmac {
    webpubsub::sha256_digest operator()(std::string_view, std::string_view) const { return {}; }
};

} // namespace

int use(std::string_view text, const webpubsub::http_response& response) {
    using namespace webpubsub;
    const auto to = parse_connection_string(text);
    if (!to) return 0;
    const auto call = rest::send_to_group("room", payload_view::text("hello"));
    const auto request = make_rest_request({to->endpoint, "chat", to->key}, call, {}, no_hmac{});
    const auto sent = read_success(call, response, {});
    const auto page = read_connection_page(rest::list_connections_in_group("room"), response, {});
    return request.has_value() + sent.has_value() + page.has_value();
}
