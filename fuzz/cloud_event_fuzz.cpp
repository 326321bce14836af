// SPDX-License-Identifier: MIT

// A request with any headers and any body is an event or has an answer. The data are a method, headers one a line, an
// empty line, and the body.

#include "http_lines.hpp"
#include "promise.hpp"

#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/upstream/receive.hpp>
#include <webpubsub/upstream/state.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

webpubsub::http_request read_request(std::string_view from) {
    webpubsub::http_request request;
    request.method = webpubsub::fuzz::take_method(from);
    request.headers = webpubsub::fuzz::take_headers(from);
    request.body = from;
    return request;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace webpubsub;
    const auto request = read_request({reinterpret_cast<const char*>(data), size});
    upstream_rules rules;
    rules.keys = {access_key::make(std::string(32, 'k')).value()};
    for (const bool trusting : {false, true}) {
        rules.trust_unsigned_events = trusting;
        const auto received = receive_upstream(request, rules, openssl_hmac{});
        if (!received) {
            const auto status = received.error().status;
            fuzz::require(status == 200 || (status >= 400 && status < 500), "a refusal has a status of its own");
            fuzz::require((status == 200) == (request.method == http_method::options && status == 200),
                          "only a question is answered well");
            continue;
        }
        fuzz::require(!received->context.connection_id.empty(), "an event is one of a connection");
        fuzz::require(request.method == http_method::post, "an event comes by POST");
        if (received->context.state) (void)decode_connection_state(*received->context.state);
    }
    return 0;
}
