// SPDX-License-Identifier: MIT
#include <webpubsub/access/client_url.hpp>
#include <webpubsub/client/recovery_url.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

client_target with_hub(std::string_view hub) {
    client_target target;
    target.hub = hub;
    return target;
}

} // namespace

TEST_CASE("both forms of a client's target name the hub") {
    const auto* const target =
        GENERATE("/client/hubs/chat", "/client/hubs/chat/", "/client/hubs/chat?", "/client/hubs/%63hat",
                 "/client/?hub=chat", "/client?hub=chat", "/client/?HUB=chat", "/client/?hub=other&hub=chat",
                 "/client/?hub=ch%61t", "/client/?%68ub=chat", "/Client/Hubs/chat", "/client/hubs/chat?hub=other",
                 "/client/hubs/chat#f?x=1", "wss://h/client/hubs/chat", "http://h:8080/client/?hub=chat");
    CAPTURE(target);
    const auto parsed = parse_client_target(target);
    REQUIRE(parsed);
    CHECK(*parsed == with_hub("chat"));
}

TEST_CASE("the hub keeps its case and all characters it may have") {
    CHECK(parse_client_target("/client/hubs/Chat")->hub == "Chat");
    CHECK(parse_client_target("/client/hubs/a_%60,.[]9")->hub == "a_`,.[]9");
    CHECK(parse_client_target("/client/?hub=a_`%2C.%5B%5D9")->hub == "a_`,.[]9");
    CHECK(parse_client_target("/client/hubs/" + std::string(128, 'h'))->hub.size() == 128);
}

TEST_CASE("the parameters of a client's target") {
    const auto target = parse_client_target(
        "/client/hubs/chat?access_token=a.b.c&x=1&awps_connection_id=id&X=2&awps_reconnection_token=t&y"
        "&webpubsub_mode=sendToGroup&group=room+1&noEcho=true&x=%C3%BC+%2B");
    REQUIRE(target);
    client_target expected = with_hub("chat");
    expected.access_token = "a.b.c";
    expected.connection_id = "id";
    expected.reconnection_token = "t";
    expected.mode = "sendToGroup";
    expected.group = "room 1";
    expected.no_echo = true;
    expected.others = {{"x", "1"}, {"X", "2"}, {"y", ""}, {"x", "\xc3\xbc +"}};
    CHECK(*target == expected);
}

TEST_CASE("reserved parameters are matched without case and the last one counts") {
    const auto target = parse_client_target(
        "/client/hubs/chat?ACCESS_TOKEN=a&access_token=b&Awps_Connection_Id=c&AWPS_RECONNECTION_TOKEN=d"
        "&WebPubSub_Mode=sendToGroup&webpubsub_mode=&GROUP=f&group=g&NOECHO=TRUE&noecho=true");
    REQUIRE(target);
    client_target expected = with_hub("chat");
    expected.access_token = "b";
    expected.connection_id = "c";
    expected.reconnection_token = "d";
    expected.group = "g";
    expected.no_echo = true;
    CHECK(*target == expected);
}

TEST_CASE("noEcho is set by true alone") {
    struct row {
        std::string_view query;
        bool no_echo;
    };
    const auto [query, no_echo] = GENERATE(values<row>({
        {"noEcho=true", true},
        {"noEcho=True", true},
        {"noEcho=false", false},
        {"noEcho=", false},
        {"noEcho", false},
        {"noEcho=1", false},
        {"noEcho=true&noEcho=false", false},
    }));
    CAPTURE(query);
    CHECK(parse_client_target("/client/hubs/chat?" + std::string(query))->no_echo == no_echo);
}

TEST_CASE("a plus sign is a space in the query and itself in the path") {
    CHECK(parse_client_target("/client/hubs/chat?awps_reconnection_token=tokA%2F%2B%3D+%26%3F")->reconnection_token ==
          "tokA/+= &?");
    CHECK(parse_client_target("/client/hubs/a+b").error().code == errc::invalid_hub_name);
}

TEST_CASE("targets that are not a client's") {
    struct row {
        std::string target;
        errc code;
    };
    const auto [target, code] = GENERATE(values<row>({
        {"", errc::invalid_url},
        {"/", errc::invalid_url},
        {"client/hubs/chat", errc::invalid_url},
        {"*", errc::invalid_url},
        {"?hub=chat", errc::invalid_url},
        {"/api/hubs/chat", errc::invalid_url},
        {"/clients/mqtt/hubs/chat", errc::invalid_url},
        {"/clients/socketio/hubs/chat", errc::invalid_url},
        {"/clienthubs/chat", errc::invalid_url},
        {"/client/hub/chat", errc::invalid_url},
        {"/client/hubsx/chat", errc::invalid_url},
        {"/client/hubsxchat", errc::invalid_url},
        {"/client/chat", errc::invalid_url},
        {"//client/hubs/chat", errc::invalid_url},
        {"/client//hubs/chat", errc::invalid_url},
        {"/client/hubs/chat/more", errc::invalid_url},
        {"/client/hubs/chat//", errc::invalid_url},
        {"ftp://h/client/hubs/chat", errc::invalid_url},
        {"wss://h", errc::invalid_url},
        {"wss://h?hub=chat", errc::invalid_url},
        {"/client", errc::invalid_hub_name},
        {"/client/", errc::invalid_hub_name},
        {"/client/?hub=", errc::invalid_hub_name},
        {"/client/?hub=chat&hub=", errc::invalid_hub_name},
        {"/client/?hub=%20", errc::invalid_hub_name},
        {"/client/?x=chat", errc::invalid_hub_name},
        {"/client/hubs", errc::invalid_hub_name},
        {"/client/hubs/", errc::invalid_hub_name},
        {"/client/hubs/?hub=chat", errc::invalid_hub_name},
        {"/client/hubs/1chat", errc::invalid_hub_name},
        {"/client/hubs/_chat", errc::invalid_hub_name},
        {"/client/hubs/a%2Fb", errc::invalid_hub_name},
        {"/client/hubs/a%00", errc::invalid_hub_name},
        {"/client/hubs/a%25", errc::invalid_hub_name},
        {"/client/hubs/%C3%BC", errc::invalid_hub_name},
        {"/client/hubs/a-b", errc::invalid_hub_name},
        {"/client/hubs/" + std::string(129, 'h'), errc::invalid_hub_name},
        {"/client/hubs/chat%", errc::invalid_percent_encoding},
        {"/client/hubs/%zz", errc::invalid_percent_encoding},
        {"/client/hubs/chat?x=%4", errc::invalid_percent_encoding},
        {"/client/hubs/chat?%g0=1", errc::invalid_percent_encoding},
        {"/client/hubs/chat?x=%FF", errc::invalid_utf8},
        {"/client/hubs/chat?%C3=1", errc::invalid_utf8},
        {"/client/hubs/chat?group=%ED%A0%80", errc::invalid_utf8},
        {"/client/hubs/chat?access_token=\xff", errc::invalid_utf8},
    }));
    CAPTURE(target);
    const auto parsed = parse_client_target(target);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == code);
}

TEST_CASE("a client's URL has an endpoint and a target") {
    const auto url = parse_client_url("wss://Demo.webpubsub.azure.com/client/hubs/chat?access_token=a.b.c");
    REQUIRE(url);
    CHECK(url->endpoint == endpoint{true, "demo.webpubsub.azure.com", {}});
    CHECK(url->target.hub == "chat");
    CHECK(url->target.access_token == "a.b.c");

    CHECK(parse_client_url("http://[::1]:8080/client/?hub=chat")->endpoint == endpoint{false, "[::1]", 8080});
    CHECK(parse_client_url("/client/hubs/chat").error().code == errc::invalid_url);
    CHECK(parse_client_url("wss://h").error().code == errc::invalid_url);
    CHECK(parse_client_url("wss://h/client/hubs/").error().code == errc::invalid_hub_name);
    CHECK(parse_client_url("wss://u:p@h/client/hubs/chat").error().code == errc::invalid_url);
}

TEST_CASE("client URLs are made of endpoint, hub and token") {
    CHECK(make_client_url({true, "h", {}}, "chat", "a.b-c_d").value() ==
          "wss://h/client/hubs/chat?access_token=a.b-c_d");
    CHECK(make_client_url({false, "127.0.0.1", 37133}, "Chat").value() == "ws://127.0.0.1:37133/client/hubs/Chat");
    CHECK(make_client_url({true, "h", {}}, "a`b[c]", "t+/=").value() ==
          "wss://h/client/hubs/a%60b%5Bc%5D?access_token=t%2B%2F%3D");
    CHECK(make_client_url({true, "h", {}}, "").error() == error(errc::invalid_hub_name));
    CHECK(make_client_url({true, "h", {}}, "a/b").error() == error(errc::invalid_hub_name));
    CHECK(make_client_url({true, "h", {}}, "a?b=c").error() == error(errc::invalid_hub_name));
}

TEST_CASE("a client URL with everything in it is read back as it was") {
    client_url url{{false, "h", 8080}, with_hub("a_`,.[]9")};
    url.target.access_token = "a b+c";
    url.target.connection_id = "id/1";
    url.target.reconnection_token = "tokA/+= &?#%";
    url.target.mode = "sendToGroup";
    url.target.group = "r\xc3\xa4um 1&2";
    url.target.no_echo = true;
    url.target.others = {{"x", "1"}, {"X y", "a=b+c%"}, {"x", ""}, {"\xf0\x9f\x98\x80", "\r\n"}};
    const auto text = format_client_url(url);
    REQUIRE(text);
    CHECK(text->find(' ') == std::string::npos);
    CHECK(text->find('+') == std::string::npos);
    CHECK(parse_client_url(*text).value() == url);
}

TEST_CASE("the URL of a recovery is read with its connection id and its token") {
    const auto url = recovery_url("wss://h/client/?hub=chat&access_token=old", "conn A+", "tok/=");
    const auto parsed = parse_client_url(url);
    REQUIRE(parsed);
    CHECK(parsed->target.connection_id == "conn A+");
    CHECK(parsed->target.reconnection_token == "tok/=");
    CHECK(parsed->target.access_token == "old");
    CHECK(parsed->target.others.empty());
}
