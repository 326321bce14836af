// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/base64.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

// The state of a connection is a text that means nothing to the service. Official SDKs keep a JSON object in it, as
// base64 (upstream.md section 4), and these functions do the same.

WEBPUBSUB_COLD_INLINE std::string encode_connection_state(const boost::json::object& state) {
    std::string text;
    base64_encode_append(boost::json::serialize(state), text);
    return text;
}

/// What was encoded; an empty object for anything else, as SDKs read it.
WEBPUBSUB_COLD_INLINE boost::json::object decode_connection_state(std::string_view text) {
    std::string json;
    if (!base64_decode_append(text, json)) return {};
    boost::system::error_code failure;
    auto value = boost::json::parse(json, failure);
    return !failure && value.is_object() ? std::move(value.get_object()) : boost::json::object();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
