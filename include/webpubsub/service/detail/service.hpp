// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/audience.hpp>
#include <webpubsub/access/mint_client_token.hpp>
#include <webpubsub/rest/answer.hpp>
#include <webpubsub/rest/read_body.hpp>
#include <webpubsub/rest/route.hpp>
#include <webpubsub/service/apply_call.hpp>
#include <webpubsub/service/handshake.hpp>
#include <webpubsub/service/service.hpp>
#include <webpubsub/text/ascii.hpp>

#include <chrono>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

WEBPUBSUB_COLD_INLINE std::string header_or_empty(const http_request& request, std::string_view name) {
    const auto* const value = find_header(request.headers, name);
    return value == nullptr ? std::string() : *value;
}

/// The values of all headers of this name as one list.
WEBPUBSUB_COLD_INLINE std::string joined_headers(const http_request& request, std::string_view name) {
    std::string all;
    for (const auto& each : request.headers) {
        if (!equal_ignoring_case(each.name, name)) continue;
        if (!all.empty()) all += ',';
        all += each.value;
    }
    return all;
}

WEBPUBSUB_COLD_INLINE http_response refuse_upgrade(unsigned status, std::string_view message) {
    auto response = text_response(status, message);
    if (status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
    return response;
}

} // namespace detail

WEBPUBSUB_COLD_INLINE service::service(service_options&& options, hosting&& all, const service_tools& tools,
                                       hosted_hub&& nobodys)
    : options_(std::move(options)), hosting_(std::move(all)), tools_(tools) {
    callers_.endpoints = options_.endpoints;
    callers_.keys = options_.keys;
    callers_.issued = options_.issued_tokens;
    callers_.max_target_bytes = options_.max_target_bytes;
    clients_.endpoints = options_.endpoints;
    clients_.keys = options_.keys;
    clients_.tokens = options_.client_tokens;
    clients_.max_target_bytes = options_.max_target_bytes;
    hubs_.emplace(std::string(), std::move(nobodys));
}

WEBPUBSUB_COLD_INLINE result<service> service::make(service_options options, const std::vector<service_codec>& codecs,
                                                    const service_tools& tools) {
    if (options.endpoints.empty()) return error::about(errc::invalid_field, "endpoints");
    hosting all{codecs, options.endpoints.front().host, {options.keys, tools.hmac}, tools.random};
    for (const auto& [name, settings] : options.hubs) {
        if (!is_valid_hub_name(name) || to_lower(name) != name) return error(errc::invalid_hub_name);
        if (const auto made = hosted_hub::make(name, settings, all); !made) return made.error();
    }
    // Nobody is let in there, so that no event handler is asked either.
    if (const auto made = hosted_hub::make("a", options.defaults, all); !made) return made.error();
    auto nobodys = hosted_hub::make("a", {}, all);
    if (!nobodys) return nobodys.error();
    return service(std::move(options), std::move(all), tools, std::move(*nobodys));
}

WEBPUBSUB_COLD_INLINE hosted_hub* service::find(std::string_view hub) {
    const auto found = hubs_.find(hub);
    return found == hubs_.end() ? nullptr : &found->second;
}

WEBPUBSUB_COLD_INLINE std::vector<std::string> service::hubs() const {
    std::vector<std::string> names;
    for (const auto& [name, hub] : hubs_) names.push_back(name);
    return names;
}

/// Null for a hub that is not served.
WEBPUBSUB_COLD_INLINE const hub_settings* service::settings_of(std::string_view hub) const {
    const auto found = options_.hubs.find(hub);
    if (found != options_.hubs.end()) return &found->second;
    return options_.serve_unlisted ? &options_.defaults : nullptr;
}

/// False when there are too many. A hub that exists is left as it is.
WEBPUBSUB_COLD_INLINE bool service::make_hub(const std::string& name) {
    if (find(name) != nullptr) return true;
    const bool is_listed = options_.hubs.count(name) != 0;
    if (!is_listed && unlisted_ >= options_.max_unlisted) return false;
    auto made = hosted_hub::make(name, *settings_of(name), hosting_);
    if (!made) return false;
    if (!is_listed) ++unlisted_;
    hubs_.emplace(name, std::move(*made));
    return true;
}

WEBPUBSUB_COLD_INLINE upgrade_answer service::handle_upgrade(instant now, const http_request& request,
                                                             bool is_websocket) {
    const auto asked_for = parse_client_target(request.target);
    const auto* const settings = asked_for ? settings_of(to_lower(asked_for->hub)) : nullptr;
    auto rules = clients_;
    rules.allow_anonymous = settings != nullptr && settings->allow_anonymous;
    const auto authorization = detail::header_or_empty(request, "Authorization");
    const auto subprotocols = detail::joined_headers(request, "Sec-WebSocket-Protocol");
    auto client =
        authenticate_upgrade({request.target, authorization, subprotocols, is_websocket}, rules, now.wall, tools_.hmac);
    if (!client) return detail::refuse_upgrade(client.error().http_status, client.error().message);
    auto& name = client->hub;
    if (client->request.recovery) {
        // It has proved nothing, and makes no hub.
        if (find(name) == nullptr) name.clear();
    } else {
        if (settings == nullptr) return detail::refuse_upgrade(404, "There is no such hub.");
        if (!make_hub(name)) return detail::refuse_upgrade(503, "There are too many hubs.");
    }
    connect_details details{std::move(client->claims), std::move(client->query), request.headers, {}};
    auto outcome = find(name)->admit(now, std::move(client->request), std::move(details));
    if (const auto* const no = get_if<refused>(&outcome)) return detail::refuse_upgrade(no->http_status, no->message);
    return service_upgrade{std::move(name), std::move(outcome)};
}

namespace detail {

/// An answer as it goes out: whoever is not known is told how to be, and who wants no body gets none.
WEBPUBSUB_COLD_INLINE http_response finish_rest_answer(http_response response, bool is_head) {
    if (response.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
    if (is_head) response.body.clear();
    return response;
}

} // namespace detail

WEBPUBSUB_COLD_INLINE rest_answer service::handle_request(instant now, const http_request& request) {
    rest_answer out;
    auto what = read(now, request);
    if (auto* const task = get_if<rest_task>(&what)) {
        if (find(task->received.hub) != nullptr) out.hub = task->received.hub;
        auto& concerned = *find(out.hub);
        out.response = apply_rest_call(concerned.machine(), now, task->received, task->filter, task->origin);
        concerned.settle(now);
    } else {
        out.response = std::move(*get_if<http_response>(&what));
    }
    out.response = detail::finish_rest_answer(std::move(out.response), request.method == http_method::head);
    return out;
}

WEBPUBSUB_COLD_INLINE variant<http_response, rest_task> service::read_request(instant now,
                                                                              const http_request& request) {
    auto what = read(now, request);
    auto* response = get_if<http_response>(&what);
    if (response == nullptr && !make_hub(get_if<rest_task>(&what)->received.hub)) {
        response = &what.template emplace<http_response>(fail_rest_call(503, {}, "There are too many hubs."));
    }
    if (response != nullptr) {
        *response = detail::finish_rest_answer(std::move(*response), request.method == http_method::head);
    }
    return what;
}

WEBPUBSUB_COLD_INLINE variant<http_response, rest_task> service::read(instant now, const http_request& request) const {
    const auto match = match_rest_request(request.method, request.target);
    if (!match) return match.error();
    if (match->operation == rest_operation::get_service_status) return complete_rest_call(match->operation);

    const auto authorization = detail::header_or_empty(request, "Authorization");
    const auto caller =
        authenticate_service_request({request.target, authorization}, callers_, now.wall, tools_.hmac, tools_.verifier);
    if (!caller) return fail_rest_call(caller.error().http_status, {}, caller.error().message);
    auto received = read_rest_call(*match, options_.rest);
    if (!received) return received.error();
    if (match->operation == rest_operation::generate_client_token) {
        // One who has a key signs by itself (rest.md section 4).
        if (holds_alternative<access_key_holder>(*caller)) {
            return fail_rest_call(401, {}, "Holders of an access key sign tokens by themselves.");
        }
        return generate_token(now, *received, endpoint_for(request));
    }
    if (settings_of(received->hub) == nullptr) return fail_rest_call(404, {}, "There is no such hub.");
    // A broken filter of the query comes before whatever is wrong with the body.
    auto filter = read_rest_filter(received->call);
    if (!filter) return filter.error();
    if (const auto body = read_rest_body(request, options_.rest, received->call); !body) return body.error();
    if (detail::changes_groups(match->operation)) {
        filter = read_rest_filter(received->call);
        if (!filter) return filter.error();
    }
    return rest_task{std::move(*received), std::move(*filter), http_origin(endpoint_for(request)),
                     request.method == http_method::head};
}

/// The name by which the caller has reached the service, if it is one of its own; otherwise the first.
WEBPUBSUB_COLD_INLINE const endpoint& service::endpoint_for(const http_request& request) const {
    const auto host = detail::header_or_empty(request, "Host");
    for (const auto& each : options_.endpoints) {
        const auto named = parse_endpoint((each.secure ? "https://" : "http://") + host);
        if (named && *named == each) return each;
    }
    return options_.endpoints.front();
}

WEBPUBSUB_COLD_INLINE http_response service::generate_token(instant now, const received_rest_call& received,
                                                            const endpoint& at) const {
    const auto& call = received.call;
    if (call.protocol == client_protocol::mqtt || options_.keys.empty()) {
        return fail_rest_call(501, "NotImplemented", "The service makes no such tokens.");
    }
    client_token_options options;
    options.user_id = call.user_id;
    options.roles = call.roles;
    options.groups = call.groups;
    if (call.minutes_to_expire) options.lifetime = std::chrono::minutes(*call.minutes_to_expire);
    const auto token =
        mint_client_token(options, client_audience(at, received.hub), options_.keys.front(), now.wall, tools_.hmac);
    return token ? answer_client_token(*token) : fail_bad_rest_call(token.error().message());
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
