// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/text/percent.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Where an event handler is: a URL in whose path and query `{hub}` and `{event}` stand for the names of the hub and of
/// the event (upstream.md section 1).
class url_template {
public:
    /// The names of parameters are compared without case. invalid_url, with the offset, for:
    ///   - a scheme that is neither http nor https; of `tunnel:` the error's subject says so;
    ///   - a host part that is none, or has a parameter in it;
    ///   - a parameter of another name; of a reference to a key vault the subject says so;
    ///   - a brace by itself, a fragment, and what can't stand in a URL without being percent-encoded.
    [[nodiscard]] static result<url_template> parse(std::string_view text);

    /// `https://host[:port]`.
    const std::string& origin() const noexcept { return origin_; }
    /// The request target for an event: path and query. The names are percent-encoded.
    std::string target(std::string_view hub, std::string_view event) const;

    friend bool operator==(const url_template&, const url_template&) = default;

private:
    enum class place : std::uint8_t { hub, event, end };
    /// A piece of text and what comes behind it.
    struct piece {
        std::string text;
        place next;

        friend bool operator==(const piece&, const piece&) = default;
    };

    url_template() = default;
    result<void> read_target(std::string_view text, std::size_t from);
    static result<place> read_parameter(std::string_view name, std::size_t at);

    std::string origin_;
    std::vector<piece> pieces_;
};

WEBPUBSUB_COLD_INLINE result<url_template> url_template::parse(std::string_view text) {
    const auto scheme = text.substr(0, text.find(':'));
    if (equal_ignoring_case(scheme, "tunnel")) {
        return error::about(errc::invalid_url, "handlers behind a tunnel are not supported", 0);
    }
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) {
        return error::about(errc::invalid_url, "an event handler's scheme is http or https", 0);
    }
    detail::split_url_result parts;
    if (auto split = detail::split_url(text, parts); !split) return split.error();
    url_template made;
    made.origin_ = http_origin(parts.where);
    if (auto read = made.read_target(text, text.size() - parts.rest.size()); !read) return read.error();
    return made;
}

WEBPUBSUB_COLD_INLINE result<void> url_template::read_target(std::string_view text, std::size_t from) {
    piece current{from < text.size() && text[from] == '/' ? "" : "/", place::end};
    for (std::size_t at = from; at < text.size(); ++at) {
        const char c = text[at];
        if (c <= ' ' || c > '~' || c == '}' || c == '#' || c == '"' || c == '<' || c == '>' || c == '\\') {
            return error(errc::invalid_url, at);
        }
        if (c != '{') {
            current.text += c;
            continue;
        }
        const auto end = text.find('}', at);
        if (end == std::string_view::npos) return error(errc::invalid_url, at);
        const auto parameter = read_parameter(text.substr(at + 1, end - at - 1), at);
        if (!parameter) return parameter.error();
        current.next = *parameter;
        pieces_.push_back(std::exchange(current, piece{"", place::end}));
        at = end;
    }
    pieces_.push_back(std::move(current));
    return {};
}

WEBPUBSUB_COLD_INLINE result<url_template::place> url_template::read_parameter(std::string_view name, std::size_t at) {
    if (equal_ignoring_case(name, "hub")) return place::hub;
    if (equal_ignoring_case(name, "event")) return place::event;
    constexpr std::string_view vault = "@Microsoft.KeyVault";
    if (equal_ignoring_case(name.substr(0, vault.size()), vault)) {
        return error::about(errc::invalid_url, "references to a key vault are not supported", at);
    }
    return error(errc::invalid_url, at);
}

WEBPUBSUB_COLD_INLINE std::string url_template::target(std::string_view hub, std::string_view event) const {
    std::string out;
    for (const auto& [text, next] : pieces_) {
        out += text;
        if (next != place::end) percent_encode_append(next == place::hub ? hub : event, out);
    }
    return out;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
