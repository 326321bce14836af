// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/mint_client_token.hpp>
#include <webpubsub/access/openssl_signature_verifier.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/rest/request.hpp>
#include <webpubsub/service/service.hpp>

#include "service/sender_bench.hpp"
#include "support/access.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::tests {

using namespace std::chrono_literals;

inline const endpoint outside{true, "chat.example.net", std::nullopt};
inline constexpr auto hi = payload_view::text("hi");

inline canned_handler canned(std::string_view events, canned_answer answer) {
    return {user_event_pattern::parse(events).value(), answer};
}

inline upstream_handler handler(std::string url, std::string events, bool connect) {
    upstream_handler_settings settings;
    settings.url_template = std::move(url);
    settings.user_event_pattern = std::move(events);
    settings.connect = connect;
    return upstream_handler::make(settings).value();
}

/// A service with two names and two keys, in virtual time.
struct service_bench {
    std::mt19937 engine{1};
    service_options options;
    instant now{steady_time{}, wall_time(std::chrono::seconds(1'700'000'000))};
    std::optional<service> machine;

    service_bench() {
        options.endpoints = {here, outside};
        options.keys = {primary, secondary};
    }

    service& made() {
        if (!machine) {
            machine.emplace(
                service::make(options, all_service_codecs(), {hmac, seeded_bytes(engine), openssl_signature_verifier()})
                    .value());
        }
        return *machine;
    }

    http_request upgrade(const std::string& hub, const access_key& key = primary, std::string user = "ann") const {
        client_token_options token;
        token.user_id = std::move(user);
        token.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"};
        const auto text = mint_client_token(token, client_audience(here, hub), key, now.wall, hmac).value();
        return {http_method::get,
                "/client/hubs/" + hub + "?access_token=" + text,
                {{"Host", "127.0.0.1:8080"}, {"Sec-WebSocket-Protocol", "json.webpubsub.azure.v1"}},
                {}};
    }
    unsigned refusal(const http_request& request, bool is_websocket = true) {
        const auto answer = made().handle_upgrade(now, request, is_websocket);
        const auto* const refused = get_if<http_response>(&answer);
        return refused == nullptr ? 0 : refused->status;
    }
    /// The transport of a client whom the service lets in at once.
    transport_id connect(const std::string& hub) {
        const auto answer = made().handle_upgrade(now, upgrade(hub));
        const auto& let_in = *get_if<service_upgrade>(&answer);
        REQUIRE(let_in.hub == to_lower(hub));
        const auto id = get<accepted>(let_in.outcome).transport;
        auto& its = *made().find(let_in.hub);
        its.machine().handle_opened(now, id);
        its.settle(now);
        return id;
    }
    void receive(const std::string& hub, transport_id from, std::string_view frame) {
        made().find(hub)->machine().handle_frame(now, from, frame_kind::text, frame);
        made().find(hub)->settle(now);
    }
    /// What the hub writes to the transport, as one text.
    std::string written(const std::string& hub, transport_id to) {
        auto& machine_of = made().find(hub)->machine();
        std::string text;
        while (const auto ready = machine_of.poll_ready()) {
            while (const auto next = machine_of.poll_transmit(*ready)) {
                if (*ready == to) {
                    text += next->prefix();
                    text += next->body();
                }
                machine_of.handle_written(now, *ready);
            }
        }
        return text;
    }

    http_request request(const rest_call& call, rest_credential by = primary, const endpoint& name = here,
                         const std::string& hub = "chat") const {
        // Over plain HTTP no caller of this library sends a bearer token, and the service does not see the difference.
        const endpoint at = holds_alternative<access_key>(by) ? name : outside;
        auto made_request = make_rest_request({at, hub, std::move(by), 1h}, call, now.wall, hmac).value();
        made_request.headers.push_back({"Content-Length", std::to_string(made_request.body.size())});
        return made_request;
    }
    http_response call(const http_request& of) { return made().handle_request(now, of).response; }
    unsigned status(const http_request& of) { return call(of).status; }
};

} // namespace webpubsub::tests
