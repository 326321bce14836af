// SPDX-License-Identifier: MIT

// A whole service by its HTTP requests: who is let in, who may call, and what a call does to which hub.

#include <webpubsub/rest/response.hpp>

#include "access/signing_key.hpp"
#include "service/service_bench.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;

TEST_CASE("whoever has one of the keys calls, by any name of the service, and nobody else does") {
    service_bench f;
    const auto all = rest::send_to_all(hi);
    CHECK(f.status(f.request(all)) == 202);
    CHECK(f.status(f.request(all, secondary)) == 202);
    CHECK(f.status(f.request(all, primary, outside)) == 202);
    CHECK(f.status(f.request(all, foreign)) == 401);
    CHECK(f.status(f.request(all, primary, {true, "other.example.net", std::nullopt})) == 401);
    auto stolen = f.request(all);
    stolen.target = "/api/hubs/other/:send";
    CHECK(f.status(stolen) == 401);
    auto nobody = f.request(all);
    std::erase_if(nobody.headers, [](const auto& header) { return header.name == "Authorization"; });
    const auto refused = f.call(nobody);
    CHECK(refused.status == 401);
    CHECK(*find_header(refused.headers, "WWW-Authenticate") == "Bearer");
    const auto late = f.request(all);
    f.now.wall += 2h;
    CHECK(f.status(late) == 401);
}

TEST_CASE("health needs no token, and what is no resource is told before who asks") {
    service_bench f;
    CHECK(f.status({http_method::head, "/api/health", {}, {}}) == 200);
    CHECK(f.status({http_method::get, "/api/health?api-version=2024-12-01", {}, {}}) == 200);
    CHECK(f.status({http_method::get, "/api/other", {}, {}}) == 404);
    CHECK(f.status({http_method::post, "/api/health", {}, {}}) == 405);
    CHECK(f.status({http_method::post, "/api/hubs/chat/:send", {}, {}}) == 401);
}

TEST_CASE("an answer to HEAD has no body, whatever it says") {
    service_bench f;
    CHECK(f.call({http_method::head, "/api/other", {}, {}}).body.empty());
    auto wrong = f.request(rest::user_exists("u"));
    wrong.headers.clear();
    CHECK(f.call(wrong).status == 401);
    CHECK(f.call(wrong).body.empty());
}

TEST_CASE("calls reach the clients of their hub, and make no hub where there is none") {
    service_bench f;
    const auto ann = f.connect("chat");
    f.written("chat", ann);
    CHECK(f.status(f.request(rest::send_to_all(hi), primary, here, "Chat")) == 202);
    CHECK(f.written("chat", ann).find(R"("data":"hi")") != std::string::npos);
    CHECK(f.made().handle_request(f.now, f.request(rest::send_to_all(hi))).hub == "chat");
    CHECK(f.status(f.request(rest::send_to_all(hi), primary, here, "other")) == 202);
    CHECK(f.status(f.request(rest::user_exists("ann"), primary, here, "other")) == 404);
    CHECK(f.made().hubs() == std::vector<std::string>{"", "chat"});
    CHECK(f.made().find("other") == nullptr);
}

TEST_CASE("a filter of the query that is broken is told before what is wrong with the body") {
    service_bench f;
    auto request = f.request(rest::send_to_all(hi, {.filter = "ab eq 1"}));
    request.headers.erase(request.headers.begin(), request.headers.end() - 2);
    request.headers.push_back({"Content-Type", "application/x-protobuf"});
    CHECK(f.call(request).status == 400);
}

TEST_CASE("links to the next page begin with the name that the caller uses") {
    service_bench f;
    f.connect("chat");
    f.connect("chat");
    CHECK(f.status(f.request(rest::add_connections_to_groups({"g"}))) == 200);
    const auto list = rest::list_connections_in_group("g", {.max_page_size = 1});
    const auto link_with = [&](const std::string& host) {
        auto request = f.request(list);
        request.headers.push_back({"Host", host});
        const auto body = f.call(request).body;
        return body.substr(body.find("nextLink"), 60);
    };
    CHECK(link_with("127.0.0.1:8080").find("http://127.0.0.1:8080/api/hubs/chat") != std::string::npos);
    CHECK(link_with("CHAT.example.net").find("https://chat.example.net/api/hubs/chat") != std::string::npos);
    CHECK(link_with("evil.example").find("http://127.0.0.1:8080/api/hubs/chat") != std::string::npos);
}

TEST_CASE("a token of an issuer calls every operation, and makes tokens that let clients in") {
    service_bench f;
    const auto issuer = signing_key::rsa();
    const auto other = signing_key::rsa();
    issued_token_rules rules;
    rules.keys = parse_jwk_set(R"({"keys":[)" + issuer.jwk("k") + "]}").value();
    rules.issuers = {"https://login.example"};
    f.options.issued_tokens = rules;
    const auto token = [&](const signing_key& by, std::string_view iss, std::string_view aud, long expires,
                           std::string_view alg = "RS256") {
        return bearer_token{by.token(R"({"alg":")" + std::string(alg) + R"(","kid":"k"})",
                                     R"({"iss":")" + std::string(iss) + R"(","aud":")" + std::string(aud) +
                                         R"(","exp":)" + std::to_string(expires) + "}")};
    };
    constexpr long later = 1'700'003'600, before = 1'600'000'000;
    const std::string_view good = "https://login.example", ours = "https://webpubsub.azure.com";
    const auto all = rest::send_to_all(hi);
    CHECK(f.status(f.request(all, token(issuer, good, ours, later))) == 202);
    CHECK(f.status(f.request(all, token(other, good, ours, later))) == 401);
    CHECK(f.status(f.request(all, token(issuer, "https://login.other", ours, later))) == 401);
    CHECK(f.status(f.request(all, token(issuer, good, "https://graph.example", later))) == 401);
    CHECK(f.status(f.request(all, token(issuer, good, ours, before))) == 401);
    CHECK(f.status(f.request(all, token(issuer, good, ours, later, "none"))) == 401);
    CHECK(f.status(f.request(all, token(issuer, good, ours, later, "HS256"))) == 401);
    CHECK(f.status(f.request(all, token(issuer, good, ours, later, "ES256"))) == 401);

    const auto generate = rest::generate_client_token(
        {.user_id = "bob", .roles = {"webpubsub.sendToGroup.g"}, .groups = {"room"}, .minutes_to_expire = 5});
    CHECK(f.status(f.request(generate)) == 401);
    const auto made = f.call(f.request(generate, token(issuer, good, ours, later)));
    const auto text = read_client_token(generate, made, f.now.wall).value();
    const auto answer =
        f.made().handle_upgrade(f.now, {http_method::get, "/client/hubs/chat?access_token=" + text, {}, {}});
    CHECK(get_if<service_upgrade>(&answer) != nullptr);
    f.now.wall += 11min;
    CHECK(f.refusal({http_method::get, "/client/hubs/chat?access_token=" + text, {}, {}}) == 401);
    f.now.wall -= 11min;
    auto mqtt = generate;
    mqtt.protocol = client_protocol::mqtt;
    CHECK(f.status(f.request(mqtt, token(issuer, good, ours, later))) == 501);
}

TEST_CASE("without issuers no token but an access key's is good") {
    service_bench f;
    const auto issuer = signing_key::p256();
    const auto text = issuer.token(R"({"alg":"ES256"})", R"({"aud":"https://webpubsub.azure.com","exp":1700003600})");
    CHECK(f.status(f.request(rest::send_to_all(hi), bearer_token{text})) == 401);
}

TEST_CASE("hubs are those of the list and, where that is allowed, a limited number of others") {
    service_bench f;
    f.options.hubs["listed"].allow_anonymous = true;
    f.options.max_unlisted = 1;
    CHECK(f.refusal({http_method::get, "/client/hubs/listed", {}, {}}) == 0);
    CHECK(f.refusal({http_method::get, "/client/hubs/Chat", {}, {}}) == 401);
    CHECK(f.refusal(f.upgrade("Chat")) == 0);
    CHECK(f.refusal(f.upgrade("other")) == 503);
    CHECK(f.refusal(f.upgrade("chat")) == 0);
    CHECK(f.refusal(f.upgrade("chat", foreign)) == 401);
    CHECK(f.refusal(f.upgrade("chat"), false) == 400);
    CHECK(f.refusal({http_method::get, "/elsewhere", {}, {}}) == 404);
    CHECK(f.refusal({http_method::get, "/elsewhere", {}, {}}, false) == 404);
    // A recovery that nobody knows is let in to be told so, and makes no hub.
    const auto recovery = f.made().handle_upgrade(
        f.now, {http_method::get, "/client/hubs/none?awps_connection_id=c&awps_reconnection_token=t", {}, {}});
    CHECK(get_if<service_upgrade>(&recovery)->hub.empty());

    service_bench closed;
    closed.options.hubs["listed"];
    closed.options.serve_unlisted = false;
    CHECK(closed.refusal(closed.upgrade("listed")) == 0);
    CHECK(closed.refusal(closed.upgrade("chat")) == 404);
    CHECK(closed.status(closed.request(rest::send_to_all(hi))) == 404);
}

TEST_CASE("a service that can't be as its options say is not made") {
    const auto fails = [](auto change) {
        service_bench f;
        change(f.options);
        return !service::make(f.options, all_service_codecs(),
                              {openssl_hmac(), seeded_bytes(f.engine), openssl_signature_verifier()});
    };
    CHECK(fails([](service_options& o) { o.endpoints.clear(); }));
    CHECK(fails([](service_options& o) { o.hubs["Chat"]; }));
    CHECK(fails([](service_options& o) { o.hubs["1"]; }));
    CHECK(fails([](service_options& o) { o.defaults.options.recovery.window = -1s; }));
    CHECK(fails([](service_options& o) { o.hubs["chat"].handler_times.event = -1s; }));
    CHECK_FALSE(fails([](service_options&) {}));
}
