// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/service/event_sender.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// An event sender in virtual time, with a test in place of the hub and of the handlers.

namespace webpubsub::tests {

using std::chrono::seconds;

inline access_key the_sender_key() { return access_key::make("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH").value(); }

/// Bytes that are the same in every run.
inline secure_random seeded_bytes(std::mt19937& engine) {
    return {&engine, [](void* context, unsigned char* bytes, std::size_t size) {
                auto& from = *static_cast<std::mt19937*>(context);
                for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(from());
            }};
}

/// A handler at a.net that takes everything.
inline upstream_handler_settings handler_of_everything(std::string url = "https://a.net/{event}") {
    upstream_handler_settings settings;
    settings.url_template = std::move(url);
    settings.user_event_pattern = "*";
    settings.connect = settings.connected = settings.disconnected = true;
    settings.group_joined = settings.group_left = true;
    return settings;
}

inline event_sender_options sender_options(const std::vector<upstream_handler_settings>& handlers) {
    event_sender_options options;
    options.hub = "Chat";
    options.origin = "service.net";
    for (const auto& each : handlers) options.handlers.push_back(upstream_handler::make(each).value());
    return options;
}

inline http_response status(unsigned code) { return {code, {}, {}}; }
inline http_response allowed() { return {200, {{"WebHook-Allowed-Origin", "*"}}, {}}; }
inline http_response text(std::string body) { return {200, {{"Content-Type", "text/plain"}}, std::move(body)}; }

inline std::string header(const upstream_call& call, std::string_view name) {
    const auto* const found = find_header(call.request.headers, name);
    return found != nullptr ? *found : "(none)";
}

inline hub_event asks(std::uint64_t id, std::string connection, std::string user = {}) {
    hub_events::connect_requested event{admission_id{id}, std::move(connection), {}};
    if (!user.empty()) event.request.user_id = std::move(user);
    return event;
}
inline hub_event connects(std::string connection, std::string user = {}, std::string subprotocol = {}) {
    return hub_events::client_connected{std::move(connection), std::move(user), std::move(subprotocol), {}};
}
inline hub_event disconnects(std::string connection, std::string reason = {}) {
    return hub_events::client_disconnected{std::move(connection), std::move(reason)};
}
inline hub_event joins(std::string connection, std::string group) {
    return hub_events::group_joined{std::move(connection), {}, std::move(group)};
}
inline hub_event leaves(std::string connection, std::string group) {
    return hub_events::group_left{std::move(connection), {}, std::move(group)};
}
inline hub_event sends(std::uint64_t id, std::string connection, std::string name = "e",
                       payload data = text_payload("x"), string_map metadata = {}) {
    return hub_events::user_event{event_id{id},    std::move(connection), {},
                                  std::move(name), std::move(data),       std::move(metadata)};
}
inline hub_event invokes(std::uint64_t id, std::string connection, std::optional<payload> data = std::nullopt) {
    return hub_events::invocation{event_id{id}, std::move(connection), {}, "1", "e", std::move(data), {}};
}
inline hub_event cancels(std::uint64_t id) { return hub_events::invocation_cancelled{event_id{id}}; }

class sender_bench {
public:
    explicit sender_bench(const event_sender_options& options = sender_options({handler_of_everything()}))
        : sender(event_sender::make(options, {{the_sender_key()}, openssl_hmac{}}, seeded_bytes(engine_)).value()) {}
    sender_bench(const sender_bench&) = delete;

    void take(hub_event event, connect_details details = {}) {
        sender.handle_event(now, std::move(event), std::move(details));
    }
    void respond(const upstream_call& call, http_response response = status(204)) {
        sender.handle_response(now, call.id, std::move(response));
    }
    void fail(const upstream_call& call, call_failure why = call_failure::network) {
        sender.handle_failure(now, call.id, why);
    }

    /// Everything that is to be sent now.
    std::vector<upstream_call> calls() {
        std::vector<upstream_call> all;
        while (auto call = sender.poll_call()) all.push_back(std::move(*call));
        return all;
    }
    /// The one request that is to be sent now.
    upstream_call call() {
        auto all = calls();
        REQUIRE(all.size() == 1);
        return std::move(all.front());
    }
    /// The same, and all handlers are found valid meanwhile.
    std::vector<upstream_call> events() {
        std::vector<upstream_call> all;
        while (auto call = sender.poll_call()) {
            if (call->request.method == http_method::post) {
                all.push_back(std::move(*call));
            } else {
                respond(*call, allowed());
            }
        }
        return all;
    }
    upstream_call event() {
        auto all = events();
        REQUIRE(all.size() == 1);
        return std::move(all.front());
    }

    /// Lets time pass; deadlines are told when they are due.
    void pass(duration time) {
        const auto end = now.steady + time;
        for (auto due = sender.poll_timeout(); due && *due <= end; due = sender.poll_timeout()) {
            move_to(std::max(*due, now.steady));
            sender.handle_timeout(now);
        }
        move_to(end);
    }

    std::vector<sender_answer> answers() {
        std::vector<sender_answer> all;
        while (auto answer = sender.poll_answer()) all.push_back(std::move(*answer));
        return all;
    }
    /// The one answer that there is, which is of this kind.
    template <class Answer>
    Answer answer() {
        auto all = answers();
        REQUIRE(all.size() == 1);
        REQUIRE(holds_alternative<Answer>(all.front()));
        return get<Answer>(std::move(all.front()));
    }
    std::vector<call_id> cancelled() {
        std::vector<call_id> all;
        while (const auto id = sender.poll_cancel()) all.push_back(*id);
        return all;
    }
    /// There is nothing more to do, and nothing is kept.
    void check_idle() {
        CHECK(calls().empty());
        CHECK(answers().empty());
        CHECK(cancelled().empty());
        CHECK(sender.event_count() == 0);
        CHECK(sender.connection_count() == 0);
        CHECK(sender.poll_timeout() == std::nullopt);
    }

private:
    void move_to(steady_time then) {
        now.wall += std::chrono::duration_cast<wall_time::duration>(then - now.steady);
        now.steady = then;
    }

    std::mt19937 engine_{1};

public:
    event_sender sender;
    instant now{steady_time(seconds(1000)), wall_time(seconds(1'700'000'000))};
};

} // namespace webpubsub::tests
