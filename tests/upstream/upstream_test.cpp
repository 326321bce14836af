// SPDX-License-Identifier: MIT
#include <webpubsub/upstream/answer.hpp>
#include <webpubsub/upstream/receive.hpp>
#include <webpubsub/upstream/state.hpp>

#include "support/access.hpp"
#include "support/catch.hpp"

#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace webpubsub::upstream_events;

namespace {

// Published with the description of the protocol.
const std::string an_id = "0bd83792-2a0c-48d3-9fbd-df63aa2ed9db";
const std::string its_signature = "sha256=a3bacce0affc07cdfea2b41d78c6be308fa977cedeaab37bbed03cae72578b21";

http_request an_event(std::string type, std::string content_type, std::string body) {
    return {http_method::post,
            "/eventhandler",
            {{"WebHook-Request-Origin", "example.webpubsub.azure.com"},
             {"Content-Type", std::move(content_type)},
             {"ce-type", std::move(type)},
             {"ce-id", "3"},
             {"ce-hub", "chat"},
             {"ce-connectionId", an_id},
             {"ce-signature", its_signature}},
            std::move(body)};
}

http_request a_text() { return an_event("azure.webpubsub.user.hello", "text/plain; charset=utf-8", "hi"); }

upstream_rules rules_with(std::vector<access_key> keys = {primary}) {
    upstream_rules rules;
    rules.hub = "CHAT";
    rules.keys = std::move(keys);
    return rules;
}

void set(http_request& request, std::string_view name, std::string value) {
    for (auto& header : request.headers) {
        if (header.name == name) header.value = value;
    }
}

unsigned status_of(const http_request& request, const upstream_rules& rules = rules_with()) {
    const auto received = receive_upstream(request, rules, hmac);
    return received ? 0 : received.error().status;
}

http_request validation(std::vector<std::string> origins) {
    http_request request{http_method::options, "/eventhandler", {{"ce-awpsversion", "1.0"}}, {}};
    for (auto& origin : origins) request.headers.push_back({"WebHook-Request-Origin", std::move(origin)});
    return request;
}

http_response validate(std::vector<std::string> origins, std::vector<std::string> allowed) {
    auto rules = rules_with();
    rules.allowed_origins = std::move(allowed);
    return receive_upstream(validation(std::move(origins)), rules, hmac).error();
}

using headers = std::vector<http_header>;

} // namespace

TEST_CASE("a signature has an entry for each key, and one that is right is enough") {
    const std::vector keys{primary, secondary};
    const auto both = sign_connection(an_id, keys, hmac);
    CHECK(both.starts_with(its_signature + ",sha256="));
    CHECK(verify_signature(its_signature, an_id, keys, hmac));
    CHECK(verify_signature(both, an_id, {&secondary, 1}, hmac));
    CHECK(verify_signature("sha256=00, " + its_signature, an_id, {&primary, 1}, hmac));
    const auto third = access_key::make(std::string(32, 'x')).value();
    CHECK_FALSE(verify_signature(both, an_id, {&third, 1}, hmac));
    CHECK_FALSE(verify_signature(both, "another connection", keys, hmac));
    CHECK_FALSE(verify_signature(both, an_id, {}, hmac));
    for (const auto* bad : {"", ",", "sha256=", "a3bacce0affc07cdfea2b41d78c6be308fa977cedeaab37bbed03cae72578b21"}) {
        CHECK_FALSE(verify_signature(bad, an_id, keys, hmac));
    }
    // Whoever sends a long list makes no work by it.
    CHECK_FALSE(verify_signature(std::string(1000, ',') + its_signature, an_id, keys, hmac));
}

TEST_CASE("an event is taken from who has a key, unless that is switched off by name") {
    CHECK(status_of(a_text()) == 0);
    CHECK(status_of(a_text(), rules_with({secondary, primary})) == 0);
    CHECK(status_of(a_text(), rules_with({secondary})) == 401);
    CHECK(status_of(a_text(), rules_with({})) == 401);
    auto forged = a_text();
    set(forged, "ce-connectionId", "another");
    CHECK(status_of(forged) == 401);
    auto missing = a_text();
    std::erase_if(missing.headers, [](const auto& header) { return header.name == "ce-signature"; });
    CHECK(status_of(missing) == 401);
    auto rules = rules_with({});
    rules.trust_unsigned_events = true;
    CHECK(status_of(missing, rules) == 0);
}

TEST_CASE("a service may send events if it is one of those that are named") {
    CHECK(validate({"a.net"}, {}).headers == headers{{"WebHook-Allowed-Origin", "*"}});
    CHECK(validate({"A.net"}, {"a.NET"}).headers == headers{{"WebHook-Allowed-Origin", "A.net"}});
    CHECK(validate({"a.net, b.net"}, {"b.net"}).headers == headers{{"WebHook-Allowed-Origin", "b.net"}});
    CHECK(validate({"a.net", "b.net"}, {"b.net", "a.net"}).headers ==
          headers{{"WebHook-Allowed-Origin", "a.net"}, {"WebHook-Allowed-Origin", "b.net"}});
    CHECK(validate({"evil.net"}, {"a.net"}).status == 403);
    CHECK(validate({"a.net.evil.net"}, {"a.net"}).status == 403);
    CHECK(validate({}, {}).status == 400);
    CHECK(validate({" , "}, {}).status == 400);
}

TEST_CASE("a request that is no event of this hub is refused with the status that says why") {
    auto request = a_text();
    request.method = http_method::get;
    CHECK(status_of(request) == 405);
    request = a_text();
    set(request, "ce-hub", "other");
    CHECK(status_of(request) == 404);
    request = a_text();
    set(request, "ce-connectionId", "");
    CHECK(status_of(request) == 400);
    request = a_text();
    request.headers.push_back({"CE-TYPE", "azure.webpubsub.sys.connected"});
    CHECK(status_of(request) == 400);
    request = a_text();
    request.headers.push_back({"ce-userid", "a"});
    CHECK(status_of(request) == 0);
    request.headers.push_back({"ce-userId", "b"});
    CHECK(status_of(request) == 400);
    for (const auto* type : {"", "azure.webpubsub.user.", "azure.webpubsub.sys.future", "azure.webpubsub.sys.joined",
                             "azure.webpubsub.gp.connect", "AZURE.WEBPUBSUB.USER.x", "x"}) {
        CHECK(status_of(an_event(type, "application/json", "{}")) == 400);
    }
    for (const auto* type : {"", "text/html", "application/jsonp", "text"}) {
        CHECK(status_of(an_event("azure.webpubsub.user.x", type, "{}")) == 415);
    }
    CHECK(status_of(an_event("azure.webpubsub.user.x", "text/plain", "\xFF")) == 400);
    CHECK(status_of(an_event("azure.webpubsub.user.x", "APPLICATION/JSON;a=b", "{")) == 400);
    auto rules = rules_with();
    rules.max_body_bytes = 1;
    CHECK(status_of(a_text(), rules) == 413);
}

TEST_CASE("a user event has the name of its type, and its metadata") {
    auto request = a_text();
    request.headers.push_back({"ce-eventName", "another"});
    request.headers.push_back({"X-WebPubSub-Metadata-Trace", "1"});
    request.headers.push_back({"x-webpubsub-metadata-trace", "2"});
    request.headers.push_back({"ce-userId", ""});
    const auto received = receive_upstream(request, rules_with(), hmac).value();
    CHECK(received.context.event_name == "hello");
    CHECK(received.context.user_id == "");
    CHECK(received.event == custom_event{text_payload("hi"), {{"trace", "2"}}});
}

TEST_CASE("a connect event of an MQTT client says what its packet says") {
    auto request = an_event("azure.webpubsub.sys.connect", "application/json",
                            R"({"claims":null,"subprotocols":["mqtt"],"clientCertificates":[{"thumbprint":"ab",)"
                            R"("content":"PEM"}],"mqtt":{"protocolVersion":5,"username":"u","password":"AP8=",)"
                            R"("userProperties":[{"name":"n","value":"v"},{"name":"n","value":"w"}]}})");
    request.headers.push_back({"ce-physicalConnectionId", "p"});
    const auto received = receive_upstream(request, rules_with(), hmac).value();
    CHECK(received.context.is_mqtt());
    const auto& event = get<connect_event>(received.event);
    CHECK(event.certificates == std::vector<client_certificate>{{"ab", "PEM"}});
    CHECK(event.mqtt == mqtt_connect{5, "u", std::string("\0\xFF", 2), {{"n", "v"}, {"n", "w"}}});
}

TEST_CASE("a body that is not what its event has is refused") {
    const auto system = [](std::string name, std::string body) {
        return status_of(an_event("azure.webpubsub." + name, "application/json", std::move(body)));
    };
    for (const auto* body : {"", "[]", "{", R"({"claims":[]})", R"({"claims":{"a":"b"}})", R"({"query":{"a":[1]}})",
                             R"({"subprotocols":"x"})", R"({"clientCertificates":{}})", R"({"mqtt":{}})",
                             R"({"mqtt":{"protocolVersion":5,"password":"%"}})", R"({"mqtt":1})"}) {
        CAPTURE(body);
        CHECK(system("sys.connect", body) == 400);
    }
    CHECK(system("sys.connect", "{}") == 0);
    CHECK(system("sys.disconnected", "{}") == 0);
    CHECK(system("sys.disconnected", R"({"reason":null})") == 0);
    CHECK(system("sys.disconnected", R"({"reason":1})") == 400);
    CHECK(system("gp.joined", "{}") == 400);
    CHECK(system("gp.left", R"({"group":" "})") == 400);
    CHECK(system("sys.connect", std::string(100, '[')) == 400);
    CHECK(system("sys.connect", R"({"claims":)" + std::string(100000, '[') + "}") == 400);
}

TEST_CASE("what an answer can't carry is an error, not another header") {
    CHECK(accept_connect({.groups = {""}}).error() == error(errc::invalid_group_name));
    CHECK(accept_connect({.user_id = "\xFF"}).error().code == errc::invalid_argument);
    CHECK(accept_connect({.roles = {{"\xFF"}}}).error().code == errc::invalid_argument);
    CHECK(accept_connect({.state = "a\r\nb"}).error() == error::about(errc::invalid_argument, "state"));
    CHECK(answer_event({.state = "\xC3\xBC"}).error() == error::about(errc::invalid_argument, "state"));
    CHECK(answer_event({.data = text_payload("\xFF")}).error() == error(errc::invalid_payload));
    CHECK(answer_event({.data = json_payload("")}).error() == error(errc::invalid_payload));
    for (const auto& bad : {string_map{{"k", "a,b"}}, string_map{{"k", "a\nb"}}, string_map{{"a b", "c"}}}) {
        CHECK(answer_event({.metadata = bad}).error() == error(errc::invalid_metadata));
    }
}

TEST_CASE("what is decided is in the answer, and nothing else is") {
    CHECK(accept_connect({.user_id = "", .roles = std::vector<std::string>()})->body == R"({"userId":"","roles":[]})");
    CHECK(accept_connect({.state = ""})->headers == headers{{"ce-connectionState", ""}});
    CHECK(accept_connect({.mqtt_user_properties = {{"a", "b"}}})->body ==
          R"({"mqtt":{"userProperties":[{"name":"a","value":"b"}]}})");
    CHECK(refuse_connect(429).status == 429);
    CHECK(refuse_connect(200).status == 500);
    CHECK(refuse_mqtt_connect(138, "banned").body == R"({"mqtt":{"code":138,"reason":"banned"}})");
    const auto answer =
        answer_event({.data = protobuf_payload("x"), .metadata = {{"Trace", "1"}}, .state = "s"}).value();
    CHECK(answer.status == 200);
    CHECK(answer.headers == headers{{"Content-Type", "application/x-protobuf"},
                                    {"X-WebPubSub-Metadata-Trace", "1"},
                                    {"ce-connectionState", "s"}});
    CHECK(answer_event({.metadata = {{"k", ""}}})->status == 204);
}

TEST_CASE("no bytes of a request bring the receiver out of order") {
    std::mt19937 random(1);
    const auto pick = [&random](auto& from) -> auto& { return from[random() % from.size()]; };
    std::vector<std::string> texts{"",
                                   "azure.webpubsub.sys.connect",
                                   "azure.webpubsub.user.x",
                                   "application/json",
                                   "text/plain",
                                   its_signature,
                                   an_id,
                                   "chat",
                                   R"({"claims":{"a":["b"]}})",
                                   "\xFF,\r\n"};
    const std::vector<std::string> names{
        "ce-type",      "ce-hub",    "ce-connectionId",        "ce-signature",
        "Content-Type", "ce-userId", "WebHook-Request-Origin", "x-webpubsub-metadata-k"};
    auto rules = rules_with();
    rules.trust_unsigned_events = true;
    for (int i = 0; i < 20000; ++i) {
        auto request = an_event(pick(texts), pick(texts), pick(texts));
        request.method = static_cast<http_method>(random() % 6);
        for (auto n = random() % 4; n != 0; --n) request.headers.push_back({pick(names), pick(texts)});
        if (!request.body.empty()) request.body[random() % request.body.size()] = static_cast<char>(random());
        const auto received = receive_upstream(request, rules, hmac);
        if (!received) CHECK((received.error().status == 200 || received.error().status >= 400));
    }
}
