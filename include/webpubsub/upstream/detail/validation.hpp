// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/text/ascii.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The hosts of a list of origins, in the lines and between the commas of it.
template <class Visitor>
void for_each_origin(const std::vector<http_header>& headers, Visitor visit) {
    for (const auto& [name, value] : headers) {
        if (!equal_ignoring_case(name, "WebHook-Request-Origin")) continue;
        for_each_element(value, visit);
    }
}

/// The answer to a service that asks whether it may send events (upstream.md section 2).
WEBPUBSUB_COLD_INLINE http_response answer_validation(const http_request& request,
                                                      const std::vector<std::string>& allowed_origins) {
    http_response response;
    response.status = 200;
    bool asked = false;
    for_each_origin(request.headers, [&](std::string_view host) {
        asked = true;
        const bool allowed = std::any_of(allowed_origins.begin(), allowed_origins.end(),
                                         [&](const auto& each) { return equal_ignoring_case(each, host); });
        if (allowed) response.headers.push_back({"WebHook-Allowed-Origin", std::string(host)});
    });
    if (!asked) return text_response(400, "WebHook-Request-Origin is missing.");
    if (allowed_origins.empty()) response.headers.push_back({"WebHook-Allowed-Origin", "*"});
    return response.headers.empty() ? text_response(403, "This origin may not send events here.") : response;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
