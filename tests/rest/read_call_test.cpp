// SPDX-License-Identifier: MIT

// The service's half: requests as they come in (rest.md sections 1 and 3 to 7).

#include <webpubsub/rest/read_body.hpp>
#include <webpubsub/rest/read_call.hpp>
#include <webpubsub/rest/route.hpp>

#include "rest/rest_fixture.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

const std::string hub = "/api/hubs/chat";

result<received_rest_call, http_response> read(const http_request& request, const rest_reading_rules& rules = {}) {
    const auto match = match_rest_request(request.method, request.target);
    if (!match) return match.error();
    auto received = read_rest_call(*match, rules);
    if (!received) return received.error();
    if (const auto body = read_rest_body(request, rules, received->call); !body) return body.error();
    return std::move(*received);
}

/// As a stack sends it.
http_request sent(http_request request) {
    request.headers.push_back({"Content-Length", std::to_string(request.body.size())});
    return request;
}

http_request post(const std::string& target, std::string type = "text/plain", std::string body = "hi") {
    return sent({http_method::post, target, {{"Content-Type", std::move(type)}}, std::move(body)});
}

unsigned status_of(const http_request& request, const rest_reading_rules& rules = {}) {
    const auto read_one = read(request, rules);
    return read_one ? 200 : read_one.error().status;
}

unsigned status_of(http_method method, const std::string& target) { return status_of({method, target, {}, {}}); }

} // namespace

TEST_CASE("every request of the official service client is read as what it was made of") {
    std::ifstream file(std::string(WEBPUBSUB_SOURCE_DIR) + "/tests/rest/official_requests.jsonl");
    std::set<rest_operation> operations;
    rest_reading_rules decoding;
    decoding.keep_encoded_slashes = false;
    for (std::string line; std::getline(file, line);) {
        const auto expected = boost::json::parse(line).as_object();
        CAPTURE(line);
        http_request request;
        for (const auto method :
             {http_method::get, http_method::head, http_method::post, http_method::put, http_method::delete_}) {
            if (name_of(method) == expected.at("method").as_string()) request.method = method;
        }
        request.target = std::string(expected.at("target").as_string());
        if (const auto* const type = expected.if_contains("contentType")) {
            request.headers.push_back({"Content-Type", std::string(type->as_string())});
        }
        if (const auto* const bytes = expected.if_contains("body")) {
            REQUIRE(base64_decode_append(bytes->as_string(), request.body));
        }
        const auto received = read(sent(request), decoding);
        if (expected.at("name").as_string() == "grantPermission all") {
            CHECK(received.error().status == 400);
            continue;
        }
        REQUIRE(received);
        operations.insert(received->call.operation);
        CHECK(received->hub == "chat");
        CHECK(received->api_version == rest_api_version);
        // Made again from what was read, it is the same request.
        const auto again = made(received->call);
        CHECK(again.method == request.method);
        CHECK(again.target == request.target);
        CHECK(again.body == request.body);
    }
    CHECK(operations.size() == rest_operation_count - 1);
}

TEST_CASE("a path leads to its operation, or to 404, and 405 names the methods that it takes") {
    CHECK(status_of(http_method::head, "/api/health") == 200);
    CHECK(status_of(http_method::get, "/api/health") == 200);
    CHECK(status_of(http_method::head, "/API/Hubs/chat/Users/u/") == 200);
    for (const auto* const target :
         {"/", "/api", "/api/", "/api/hubs", "/api/hubs/chat", "/api/hubs/chat/x", "/api/hubs/chat/users",
          "/api/hubs//users/u", "/api/hubs/chat/users/u/x/y", "/api/hubs/chat/users//groups/g", "api/health"}) {
        CAPTURE(target);
        CHECK(status_of(http_method::head, target) == 404);
    }
    const auto wrong = match_rest_request(http_method::get, "/api/hubs/chat/connections/c").error();
    CHECK(wrong.status == 405);
    CHECK(*find_header(wrong.headers, "Allow") == "DELETE, HEAD");
}

TEST_CASE("segments of a path are decoded once, and an encoded slash stays as it is unless the rules say otherwise") {
    const auto group_of = [](const std::string& segment, bool keep = true) {
        rest_reading_rules rules;
        rules.keep_encoded_slashes = keep;
        return read({http_method::head, hub + "/groups/" + segment, {}, {}}, rules)->call.group;
    };
    CHECK(group_of("a%20b+c") == "a b+c");
    CHECK(group_of("a%2Fb%2fc%2E") == "a%2Fb%2fc.");
    CHECK(group_of("a%252Fb") == "a%2Fb");
    CHECK(group_of("a%2Fb", false) == "a/b");
    CHECK(group_of("a%252Fb", false) == "a%2Fb");
    CHECK(group_of("%C3%A4") == "\xC3\xA4");
}

TEST_CASE("an argument of a path that is none is refused") {
    for (const auto* const target :
         {"/api/hubs/1chat/users/u", "/api/hubs/a%20b/users/u", "/api/hubs/chat/users/%20", "/api/hubs/chat/groups/%20",
          "/api/hubs/chat/connections/%09", "/api/hubs/chat/groups/%", "/api/hubs/chat/groups/%2",
          "/api/hubs/chat/groups/%ff", "/api/hubs/chat/permissions/other/connections/c?targetName=g",
          "/api/hubs/chat/permissions/0/connections/c?targetName=g",
          "/api/hubs/chat/permissions/3/connections/c?targetName=g",
          "/api/hubs/chat/permissions/sendToGroup,joinLeaveGroup/connections/c?targetName=g"}) {
        CAPTURE(target);
        CHECK(status_of(http_method::head, target) == 400);
    }
    CHECK(status_of(http_method::head, hub + "/groups/" + std::string(1024, 'g')) == 200);
    CHECK(status_of(http_method::head, hub + "/groups/" + std::string(1025, 'g')) == 400);
    CHECK(read({http_method::head, "/api/hubs/Chat/users/U", {}, {}})->hub == "chat");
    CHECK(read({http_method::head, "/api/hubs/Chat/users/U", {}, {}})->call.user_id == "U");
}

TEST_CASE("permissions are known by name in any case and by number, and need the name of a group") {
    const auto of = [](const std::string& name, const std::string& query = "?targetName=g") {
        return read({http_method::put, hub + "/permissions/" + name + "/connections/c" + query, {}, {}});
    };
    CHECK(of("SENDTOGROUP")->call.permission == permission::send_to_group);
    CHECK(of("1")->call.permission == permission::send_to_group);
    CHECK(of("joinleavegroup")->call.permission == permission::join_leave_group);
    CHECK(of("2")->call.permission == permission::join_leave_group);
    CHECK(of("1")->call.target_name == "g");
    CHECK(of("1", "?targetName=%20g%2F*")->call.target_name == " g/*");
    CHECK(of("1", "").error().status == 400);
    CHECK(of("1", "?targetName=%20").error().status == 400);
    CHECK(of("1", "?targetName=" + std::string(1025, 'g')).error().status == 400);
    CHECK(of("1", "?targetName=g&targetName=g").error().status == 400);
}

TEST_CASE("versions of the API are known, and the newest is meant where there is none") {
    CHECK(read({http_method::head, hub + "/users/u", {}, {}})->api_version == "2024-12-01");
    for (const auto version : rest_api_versions) {
        CHECK(read({http_method::head, hub + "/users/u?API-version=" + std::string(version), {}, {}})->api_version ==
              version);
    }
    CHECK(status_of(http_method::head, hub + "/users/u?api-version=2020-01-01") == 400);
    CHECK(status_of(http_method::head, hub + "/users/u?api-version=") == 400);
    CHECK(status_of(http_method::head, hub + "/users/u?api-version=2024-12-01&api-version=2024-12-01") == 400);
    CHECK(*find_header(complete_rest_call(rest_operation::send_to_all).headers, "api-supported-versions") ==
          "2021-10-01, 2022-11-01, 2023-07-01, 2024-01-01, 2024-12-01");
}

TEST_CASE("what a query says of a message is read, and what it does not take means nothing") {
    const auto call = read(post(hub + "/:send?excluded=a&excluded=b,c&filter=userId%20eq%20'x'&messageTtlSeconds=300"
                                      "&reason=no&top=0&other"))
                          ->call;
    CHECK(call.excluded == std::vector<std::string>{"a", "b,c"});
    CHECK(call.filter == "userId eq 'x'");
    CHECK(call.message_ttl == 300u);
    CHECK(call.reason.empty());
    CHECK(read(post(hub + "/:send"))->call.message_ttl == std::nullopt);
    CHECK(read(post(hub + "/:send?messageTtlSeconds=0"))->call.message_ttl == 0u);
    // One connection has no filter, and one user nobody who is left out.
    CHECK(read(post(hub + "/connections/c/:send?filter=x"))->call.filter.empty());
    CHECK(read(post(hub + "/users/u/:send?excluded=c"))->call.excluded.empty());
    for (const auto* const query : {"messageTtlSeconds=301", "messageTtlSeconds=-1", "messageTtlSeconds=1.5",
                                    "messageTtlSeconds=", "messageTtlSeconds=1&messageTtlSeconds=1",
                                    "filter=a&filter=b", "filter=%zz", "filter=%ff", "%ff=1"}) {
        CAPTURE(query);
        CHECK(status_of(post(hub + "/:send?" + query)) == 400);
    }
    rest_reading_rules few;
    few.max_values = 1;
    CHECK(status_of(post(hub + "/:send?excluded=a"), few) == 200);
    CHECK(status_of(post(hub + "/:send?excluded=a&excluded=b"), few) == 400);
}

TEST_CASE("how a list is to be cut is read, and numbers out of their range are refused") {
    const auto list = hub + "/groups/g/connections?";
    const auto call =
        read({http_method::get, list + "maxpagesize=200&top=2147483647&continuationToken=t", {}, {}})->call;
    CHECK(call.max_page_size == 200u);
    CHECK(call.top == 2147483647u);
    CHECK(call.continuation_token == "t");
    for (const auto* const query :
         {"maxpagesize=0", "maxpagesize=201", "maxpagesize=x", "maxpagesize=1&maxpagesize=1", "top=0", "top=2147483648",
          "top=1&top=1", "continuationToken=a&continuationToken=a"}) {
        CAPTURE(query);
        CHECK(status_of(http_method::get, list + query) == 400);
    }
}

TEST_CASE("a token is asked for with the names of either specification") {
    const auto target = hub + "/:generateToken?";
    const auto call = read({http_method::post,
                            target + "userId=u&role=a&role=b,c&group=g&minutesToExpire=5&clientType=Default",
                            {},
                            {}})
                          ->call;
    CHECK(call.user_id == "u");
    CHECK(call.roles == std::vector<std::string>{"a", "b,c"});
    CHECK(call.groups == std::vector<std::string>{"g"});
    CHECK(call.minutes_to_expire == 5u);
    CHECK(call.protocol == client_protocol::web_pubsub);
    const auto other = read({http_method::post, target + "roles=a&groups=g&clientProtocol=MQTT", {}, {}})->call;
    CHECK(other.roles == std::vector<std::string>{"a"});
    CHECK(other.groups == std::vector<std::string>{"g"});
    CHECK(other.protocol == client_protocol::mqtt);
    for (const auto* const query :
         {"group=%20", "minutesToExpire=0", "minutesToExpire=2147483648", "clientType=socketio", "userId=a&userId=b"}) {
        CAPTURE(query);
        CHECK(status_of(http_method::post, target + query) == 400);
    }
}

TEST_CASE("a body is a message of the type that its content type says") {
    const auto data = [](std::optional<std::string> type, std::string body) {
        auto request = post(hub + "/:send", "", std::move(body));
        request.headers.erase(request.headers.begin());
        if (type) request.headers.push_back({"content-type", *type});
        const auto received = read(request);
        return received ? std::pair(received->call.data, 0u) : std::pair(payload(), received.error().status);
    };
    CHECK(data("text/plain", "hi").first == payload{data_type::text, "hi"});
    CHECK(data("Text/Plain; charset=UTF-8", "hi").first == payload{data_type::text, "hi"});
    CHECK(data("text/plain; charset=iso-8859-1", "\xE4").first == payload{data_type::text, "\xC3\xA4"});
    CHECK(data("application/json", "{\"a\":1}").first == payload{data_type::json, "{\"a\":1}"});
    CHECK(data("application/octet-stream", "\xFF").first == payload{data_type::binary, "\xFF"});
    CHECK(data(std::nullopt, "\xFF").first == payload{data_type::binary, "\xFF"});
    CHECK(data("text/plain", "").first == payload{data_type::text, ""});
    CHECK(data("application/json", "{").second == 400);
    CHECK(data("application/json", "").second == 400);
    CHECK(data("text/plain", "\xFF").second == 400);
    CHECK(data("text/plain; charset=klingon", "hi").second == 415);
    for (const auto* const type : {"application/x-protobuf", "text/html", "", "text"}) {
        CAPTURE(type);
        CHECK(data(type, "hi").second == 415);
    }
}

TEST_CASE("a body has its length in a header, and one that is too long is refused in the service's words") {
    auto request = post(hub + "/:send", "text/plain", std::string(std::size_t{1} << 20, 'x'));
    CHECK(status_of(request) == 200);
    request.body += 'x';
    const auto refused = read(request).error();
    CHECK(refused.status == 400);
    CHECK(boost::json::parse(refused.body).at("message") == "Invalid Content-Length header.");
    CHECK(status_of({http_method::post, hub + "/:send", {{"Content-Type", "text/plain"}}, "hi"}) == 400);
}

TEST_CASE("metadata travels in headers, and what is none is refused") {
    auto request = post(hub + "/:send");
    request.headers.push_back({"x-webpubsub-METADATA-Trace", "1"});
    request.headers.push_back({"X-WebPubSub-Metadata-trace", "2"});
    request.headers.push_back({"X-WebPubSub-Metadata-b", ""});
    CHECK(read(request)->call.metadata == string_map{{"trace", "2"}, {"b", ""}});
    request.headers.push_back({"X-WebPubSub-Metadata-b", std::string(1025, 'x')});
    CHECK(status_of(request) == 400);
}

TEST_CASE("groups are changed by a JSON body, whose members are checked") {
    const auto change = [](const std::string& body, std::string type = "application/json") {
        return read(post(hub + "/:addToGroups", std::move(type), body));
    };
    const auto call = change(R"({"groups":["a","b","a"],"filter":"userId eq 'x'","other":1})")->call;
    CHECK(call.groups == std::vector<std::string>{"a", "b", "a"});
    CHECK(call.filter == "userId eq 'x'");
    CHECK(change(R"({"groups":["a"],"filter":null})")->call.filter.empty());
    CHECK(change(R"({"groups":["a"],"filter":""})")->call.filter.empty());
    for (const auto* const body : {"", "{", "[]", "{}", R"({"groups":null})", R"({"groups":[]})", R"({"groups":"a"})",
                                   R"({"groups":[1]})", R"({"groups":[" "]})", R"({"groups":["a"],"filter":1})"}) {
        CAPTURE(body);
        CHECK(change(body).error().status == 400);
    }
    CHECK(change(R"({"groups":["a"]})", "text/plain").error().status == 415);
    CHECK(change(R"({"groups":["a"]})", "application/json; charset=klingon").error().status == 415);
}

TEST_CASE("a failure has its code, message and target, and one without a message has no body") {
    const auto failure = fail_bad_rest_call("No.");
    CHECK(failure.status == 400);
    CHECK(*find_header(failure.headers, "x-ms-error-code") == "Error.BadRequest");
    CHECK(failure.body == R"({"code":"Error.BadRequest","message":"No.","target":"Request"})");
    const auto read_back = read_rest_failure(rest::send_to_all(payload_view::text("x")), failure, some_time);
    CHECK(read_back.code == "Error.BadRequest");
    CHECK(read_back.message == "No.");
    CHECK(fail_rest_call(404, "Warning.User.NotExisted").body.empty());
}
