// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/http/content_type.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/http/metadata_headers.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/upstream/detail/system_event.hpp>
#include <webpubsub/upstream/detail/validation.hpp>
#include <webpubsub/upstream/event.hpp>
#include <webpubsub/upstream/signature.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Which requests an application's server takes for the service's.
struct upstream_rules {
    /// The hub, compared without case; any where it is empty.
    std::string hub{};
    /// The access keys of the service: an event has to be signed with one of them.
    std::vector<access_key> keys{};
    /// Takes events whoever sent them. It is for services without access keys, behind something else that lets only
    /// the service through.
    bool trust_unsigned_events = false;
    /// The hosts of services that may send events here, as they name themselves (`WebHook-Request-Origin`), compared
    /// without case. Where there is none, any may.
    std::vector<std::string> allowed_origins{};
    std::size_t max_body_bytes = std::size_t{16} * 1024 * 1024;
    /// Of JSON.
    std::size_t max_depth = 64;
};

/// A request of the service that carries an event.
struct upstream_delivery {
    upstream_context context;
    upstream_event event;

    friend bool operator==(const upstream_delivery&, const upstream_delivery&) = default;
};

/// What a request comes to: an event, or an answer that ends it.
using upstream_receipt = result<upstream_delivery, http_response>;

namespace detail {

/// The headers of an event, each of which there may be one of.
class event_headers {
public:
    explicit event_headers(const std::vector<http_header>& headers) : headers_(headers) {}

    /// Null where there is none.
    const std::string* find(std::string_view name) {
        const auto* const first = find_header(headers_, name);
        for (const auto& each : headers_) {
            if (&each.value != first && equal_ignoring_case(each.name, name)) repeated_ = true;
        }
        return first;
    }
    std::string text(std::string_view name) {
        const auto* const found = find(name);
        return found != nullptr ? *found : std::string();
    }
    std::optional<std::string> optional_text(std::string_view name) {
        const auto* const found = find(name);
        return found != nullptr ? std::optional(*found) : std::nullopt;
    }
    /// One of those that were asked for is there twice, so that two readers may see two events.
    bool has_repeated() const noexcept { return repeated_; }

private:
    const std::vector<http_header>& headers_;
    bool repeated_ = false;
};

WEBPUBSUB_COLD_INLINE upstream_context read_context(event_headers& headers) {
    upstream_context context;
    context.hub = headers.text("ce-hub");
    context.connection_id = headers.text("ce-connectionId");
    context.event_id = headers.text("ce-id");
    context.event_name = headers.text("ce-eventName");
    context.user_id = headers.optional_text("ce-userId");
    context.subprotocol = headers.text("ce-subprotocol");
    context.state = headers.optional_text("ce-connectionState");
    context.time = headers.text("ce-time");
    context.physical_connection_id = headers.text("ce-physicalConnectionId");
    context.session_id = headers.text("ce-sessionId");
    return context;
}

WEBPUBSUB_COLD_INLINE upstream_receipt read_event(upstream_context&& context, std::string_view type,
                                                  const http_request& request, const upstream_rules& rules) {
    const auto after = [type](std::string_view prefix) {
        return type.starts_with(prefix) ? type.substr(prefix.size()) : std::string_view();
    };
    if (const auto name = after("azure.webpubsub.user."); !name.empty()) {
        context.event_name = name;
        const auto* const header = find_header(request.headers, "Content-Type");
        const auto data = header != nullptr ? data_type_of(*header) : std::nullopt;
        if (!data) return text_response(415, "The content type is not one of an event.");
        if (!is_body_of(*data, request.body, rules.max_depth)) {
            return text_response(400, "The body is not what its content type says.");
        }
        return upstream_delivery{
            std::move(context),
            upstream_events::custom_event{{*data, request.body}, read_metadata_headers(request.headers)}};
    }
    const auto system = after("azure.webpubsub.sys.");
    const auto group = after("azure.webpubsub.gp.");
    const bool known = system == "connect" || system == "connected" || system == "disconnected" || group == "joined" ||
                       group == "left";
    // A kind of a later version is not taken for something else.
    if (!known) return text_response(400, "The type of the event is unknown.");
    context.event_name = system.empty() ? group : system;
    auto event = read_system_event(context.event_name, request.body, rules.max_depth);
    if (!event) return text_response(400, "The body of the event can't be read.");
    return upstream_delivery{std::move(context), std::move(*event)};
}

} // namespace detail

/// Reads a request of the service. What comes back is an event, or the response to send: of a validation, and to what
/// is refused. An event that is not blocking is answered at once, with `acknowledge_event()`; a blocking one when the
/// application has decided. In order:
///   - OPTIONS is the service's question whether it may send events: 200 with the origins that may, 403 for others,
///     400 without an origin;
///   - 405 for anything but POST, 413 for a body that is too long, 400 without a connection or with a header twice;
///   - 404 for another hub;
///   - 401 for an event that none of the keys has signed, or all of them unless `trust_unsigned_events`;
///   - 415 or 400 for a body that can't be read, 400 for an event of an unknown type.
template <hmac_sha256 Hmac>
[[nodiscard]] upstream_receipt receive_upstream(const http_request& request, const upstream_rules& rules,
                                                const Hmac& hmac) {
    if (request.method == http_method::options) return detail::answer_validation(request, rules.allowed_origins);
    if (request.method != http_method::post) {
        auto refusal = text_response(405, "Events come by POST.");
        refusal.headers.push_back({"Allow", "POST, OPTIONS"});
        return refusal;
    }
    if (request.body.size() > rules.max_body_bytes) return text_response(413, "The event is too long.");
    detail::event_headers headers(request.headers);
    auto context = detail::read_context(headers);
    const auto type = headers.text("ce-type");
    const auto signature = headers.text("ce-signature");
    if (headers.has_repeated() || context.connection_id.empty()) {
        return text_response(400, "The headers are not those of an event.");
    }
    if (!rules.hub.empty() && !equal_ignoring_case(rules.hub, context.hub)) {
        return text_response(404, "There is no such hub.");
    }
    if (!rules.trust_unsigned_events && !verify_signature(signature, context.connection_id, rules.keys, hmac)) {
        return text_response(401, "The event is not signed with a key of this hub.");
    }
    return detail::read_event(std::move(context), type, request, rules);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
