// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {

/// Takes the text before the first line end off the front, and the line end.
inline std::string_view take_line(std::string_view& from) {
    const auto line = from.substr(0, from.find('\n'));
    from.remove_prefix(std::min(line.size() + 1, from.size()));
    return line;
}

/// Takes headers, one a line, and the empty line behind them off the front.
inline std::vector<webpubsub::http_header> take_headers(std::string_view& from) {
    std::vector<webpubsub::http_header> headers;
    while (!from.empty()) {
        const auto line = take_line(from);
        if (line.empty()) break;
        const auto colon = std::min(line.find(':'), line.size());
        headers.push_back(
            {std::string(line.substr(0, colon)), std::string(line.substr(std::min(colon + 1, line.size())))});
    }
    return headers;
}

/// Takes a byte that stands for a method off the front.
inline webpubsub::http_method take_method(std::string_view& from) {
    if (from.empty()) return webpubsub::http_method::get;
    const auto number = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    return static_cast<webpubsub::http_method>(number % 6);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz
