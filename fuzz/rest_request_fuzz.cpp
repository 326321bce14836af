// SPDX-License-Identifier: MIT

// Any request is a call of the REST API or has an answer, and a call that is made again is read as the same. The data
// are a method, the target, headers one a line, an empty line, and the body.

#include "http_lines.hpp"
#include "promise.hpp"

#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/rest/read_body.hpp>
#include <webpubsub/rest/read_call.hpp>
#include <webpubsub/rest/request.hpp>
#include <webpubsub/rest/route.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace webpubsub;

std::optional<received_rest_call> read(const http_request& request, const rest_reading_rules& rules) {
    const auto refused = [](const http_response& answer) {
        fuzz::require(answer.status >= 400 && answer.status < 500, "a refusal is the caller's fault");
        return std::nullopt;
    };
    const auto match = match_rest_request(request.method, request.target);
    if (!match) return refused(match.error());
    auto received = read_rest_call(*match, rules);
    if (!received) return refused(received.error());
    if (const auto body = read_rest_body(request, rules, received->call); !body) return refused(body.error());
    return std::move(*received);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view from(reinterpret_cast<const char*>(data), size);
    http_request request;
    request.method = fuzz::take_method(from);
    request.target = fuzz::take_line(from);
    request.headers = fuzz::take_headers(from);
    request.body = from;
    for (const bool keep : {true, false}) {
        rest_reading_rules rules;
        rules.keep_encoded_slashes = keep;
        rules.max_body_size = 4096;
        auto received = read(request, rules);
        if (!received || keep) continue;
        // What a caller can't say: ids that lead elsewhere in a path, and values that are there and empty.
        auto& call = received->call;
        std::erase(call.excluded, std::string());
        std::erase(call.roles, std::string());
        const rest_service service{{true, "a.net", std::nullopt},
                                   received->hub,
                                   access_key::make(std::string(32, 'k')).value(),
                                   std::chrono::hours(1)};
        auto again = make_rest_request(service, call, wall_time(), openssl_hmac());
        if (!again) continue;
        again->headers.push_back({"Content-Length", std::to_string(again->body.size())});
        const auto second = read(*again, rules);
        fuzz::require(second && second->call == call && second->hub == received->hub,
                      "a call that is made again is the same");
    }
    return 0;
}
