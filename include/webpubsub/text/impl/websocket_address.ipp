// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/text/websocket_address.hpp>

#include <cstddef>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_DECL result<websocket_address> parse_websocket_address(std::string_view url) {
    const auto parts = detail::split_url(url);
    if (!parts) return parts.error();
    const auto& [where, rest] = *parts;
    if (const auto fragment = rest.find('#'); fragment != std::string_view::npos) {
        return error(errc::invalid_url, url.size() - rest.size() + fragment);
    }
    for (std::size_t at = 0; at < rest.size(); ++at) {
        const auto byte = static_cast<unsigned char>(rest[at]);
        if (byte <= 0x20 || byte == 0x7F) return error(errc::invalid_url, url.size() - rest.size() + at);
    }
    websocket_address out;
    out.secure = where.secure;
    out.host = where.host.front() == '[' ? where.host.substr(1, where.host.size() - 2) : where.host;
    out.port = where.port.value_or(detail::default_port(where));
    out.host_header = where.port ? where.host + ":" + std::to_string(*where.port) : where.host;
    out.target = rest.starts_with('/') ? rest : "/" + std::string(rest);
    return out;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
