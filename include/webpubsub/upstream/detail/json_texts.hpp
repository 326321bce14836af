// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/string_map.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <string>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_COLD_INLINE boost::json::array write_texts(const std::vector<std::string>& texts) {
    boost::json::array out;
    for (const auto& text : texts) out.emplace_back(boost::json::string(text));
    return out;
}

/// An object whose one member is the list of them.
WEBPUBSUB_COLD_INLINE boost::json::object write_mqtt_properties(const string_map& properties) {
    boost::json::array out;
    for (const auto& [name, value] : properties) {
        boost::json::object property;
        property.emplace("name", boost::json::string(name));
        property.emplace("value", boost::json::string(value));
        out.emplace_back(std::move(property));
    }
    boost::json::object mqtt;
    mqtt.emplace("userProperties", std::move(out));
    return mqtt;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
