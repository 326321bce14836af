// SPDX-License-Identifier: MIT
#include <webpubsub/access/jwt.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/filter/filter.hpp>
#include <webpubsub/rest/request.hpp>

#include "rest/rest_fixture.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace webpubsub::filters;

namespace {

error error_of(const rest_call& call, const rest_service& service = a_service()) {
    const auto made = make_rest_request(service, call, some_time, openssl_hmac{});
    REQUIRE_FALSE(made);
    return made.error();
}

rest_service with_token(std::string token, bool secure = true) {
    auto service = a_service();
    service.endpoint.secure = secure;
    service.credential = bearer_token{std::move(token)};
    return service;
}

} // namespace

TEST_CASE("a request with an access key has a token for its own URL, good for an hour") {
    const auto request = made(rest::send_to_all(payload_view::text("hi"), {.filter = "userId ne null"}));
    const auto* const authorization = find_header(request.headers, "authorization");
    REQUIRE(authorization != nullptr);
    REQUIRE(authorization->starts_with("Bearer "));
    const auto key = the_key();
    const auto claims = verify_jwt(authorization->substr(7), {&key, 1}, openssl_hmac{});
    REQUIRE(claims);
    CHECK(claims->at("aud").as_string() == "https://example.webpubsub.azure.com" + request.target);
    CHECK(claims->at("iat").as_int64() == 1700000000);
    CHECK(claims->at("exp").as_int64() == 1700003600);
    CHECK(claims->size() == 3);
}

TEST_CASE("the audience is the service's own name, whatever host a request is sent to") {
    auto service = a_service();
    service.endpoint = parse_endpoint("http://localhost:8080").value();
    service.token_lifetime = std::chrono::minutes(5);
    const auto request = make_rest_request(service, rest::user_exists("u"), some_time, openssl_hmac{}).value();
    CHECK(request.target == "/api/hubs/chat/users/u?api-version=2024-12-01");
    const auto key = the_key();
    const auto claims = verify_jwt(find_header(request.headers, "Authorization")->substr(7), {&key, 1}, openssl_hmac{});
    CHECK(claims->at("aud").as_string() == "http://localhost:8080/api/hubs/chat/users/u?api-version=2024-12-01");
    CHECK(claims->at("exp").as_int64() == 1700000300);
}

TEST_CASE("a bearer token is sent as it is, over TLS only") {
    const auto request =
        make_rest_request(with_token("abc.def-1"), rest::group_exists("g"), some_time, openssl_hmac{}).value();
    CHECK(*find_header(request.headers, "Authorization") == "Bearer abc.def-1");
    CHECK(error_of(rest::group_exists("g"), with_token("abc", false)) == error(errc::insecure_endpoint));
    for (const auto* bad : {"", "a b", "a\r\nX: y", "a\x7f", "\xC3\xBC"}) {
        CHECK(error_of(rest::group_exists("g"), with_token(bad)).code == errc::invalid_argument);
    }
}

TEST_CASE("the status of the service is asked for without a token") {
    const auto request = made(rest::get_service_status());
    CHECK(request.method == http_method::head);
    CHECK(request.target == "/api/health?api-version=2024-12-01");
    CHECK(request.headers.empty());
}

TEST_CASE("whatever a name or an id holds stays in its place") {
    const std::string odd = "a/../b?c=d&e#f%2F+ \xC3\xBC";
    const std::string encoded = "a%2F..%2Fb%3Fc%3Dd%26e%23f%252F%2B%20%C3%BC";
    CHECK(made(rest::group_exists(odd)).target == "/api/hubs/chat/groups/" + encoded + "?api-version=2024-12-01");
    CHECK(made(rest::add_user_to_group(odd, odd)).target ==
          "/api/hubs/chat/users/" + encoded + "/groups/" + encoded + "?api-version=2024-12-01");
    CHECK(made(rest::close_connection("c", odd)).target ==
          "/api/hubs/chat/connections/c?api-version=2024-12-01&reason=" + encoded);
    CHECK(made(rest::close_connection("c", "a\r\nb")).target.ends_with("&reason=a%0D%0Ab"));
    CHECK(
        made(rest::close_all_connections({.excluded = {"a,b", "&"}})).target.ends_with("&excluded=a%2Cb&excluded=%26"));
    const auto everybody_but = user_id() != "O'Brien&x";
    CHECK(made(rest::send_to_all(payload_view::text(""), {.filter = everybody_but.text()}))
              .target.ends_with("&filter=userId%20ne%20%27O%27%27Brien%26x%27"));
    CHECK(made(rest::grant_permission(permission::send_to_group, "c", odd)).target ==
          "/api/hubs/chat/permissions/sendToGroup/connections/c?api-version=2024-12-01&targetName=" + encoded);
    // Segments that a URL's reader would take for the folder or the one above are no less than these ids.
    CHECK(error_of(rest::user_exists("..")) == error::about(errc::invalid_argument, "user_id"));
    CHECK(error_of(rest::group_exists(".")) == error::about(errc::invalid_argument, "group"));
}

TEST_CASE("data goes out as the content type says, and metadata in headers") {
    const auto json = made(rest::send_to_group("g", payload_view::json("[1]"), {.ttl = 0, .metadata = {{"k", "v"}}}));
    CHECK(json.target == "/api/hubs/chat/groups/g/:send?api-version=2024-12-01&messageTtlSeconds=0");
    CHECK(*find_header(json.headers, "content-type") == "application/json");
    CHECK(*find_header(json.headers, "x-webpubsub-metadata-K") == "v");
    CHECK(json.body == "[1]");
    const auto binary = made(rest::send_to_connection("c", payload_view::binary(std::string_view("\0\xFF", 2))));
    CHECK(*find_header(binary.headers, "Content-Type") == "application/octet-stream");
    CHECK(binary.body == std::string("\0\xFF", 2));
    const auto groups = made(rest::remove_connections_from_groups({"a\"b", "c"}, "userId eq 'x'"));
    CHECK(groups.body == R"({"groups":["a\"b","c"],"filter":"userId eq 'x'"})");
    CHECK(*find_header(groups.headers, "Content-Type") == "application/json");
    CHECK(groups.target == "/api/hubs/chat/:removeFromGroups?api-version=2024-12-01");
}

TEST_CASE("what the service would refuse is not sent") {
    auto service = a_service();
    service.hub = "1";
    CHECK(error_of(rest::user_exists("u"), service) == error(errc::invalid_hub_name));
    CHECK(error_of(rest::group_exists(" ")) == error(errc::invalid_group_name));
    CHECK(error_of(rest::connection_exists("")) == error::about(errc::invalid_argument, "connection_id"));
    CHECK(error_of(rest::user_exists("\xFF")) == error::about(errc::invalid_argument, "user_id"));
    CHECK(error_of(rest::add_connections_to_groups({})) == error::about(errc::invalid_argument, "groups"));
    CHECK(error_of(rest::add_connections_to_groups({"a", ""})) == error(errc::invalid_group_name));
    CHECK(error_of(rest::grant_permission(permission::join_leave_group, "c", "")) == error(errc::invalid_group_name));
    CHECK(error_of(rest::generate_client_token({.minutes_to_expire = 0})).code == errc::invalid_argument);
    CHECK(error_of(rest::list_connections_in_group("g", {.max_page_size = 201})).code == errc::invalid_argument);
    CHECK(error_of(rest::list_connections_in_group("g", {.top = 0})).code == errc::invalid_argument);
    CHECK(error_of(rest::send_to_all(payload_view::text("x"), {.ttl = 301})).code == errc::invalid_argument);
    CHECK(error_of(rest::send_to_all(payload_view::text("\xFF"))) == error(errc::invalid_payload));
    CHECK(error_of(rest::send_to_all(payload_view::json("{"))) == error(errc::invalid_payload));
    CHECK(error_of(rest::send_to_all(payload_view::protobuf(""))) == error(errc::not_encodable));
    for (const auto& bad : {string_map{{"a b", "v"}}, string_map{{"k", "a\r\nX-Y: z"}}, string_map{{"k", "\xC3\xBC"}},
                            string_map{{"a:b", "v"}}}) {
        CHECK(error_of(rest::send_to_all(payload_view::text("x"), {.metadata = bad})) == error(errc::invalid_metadata));
    }
}
