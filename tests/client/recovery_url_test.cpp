// SPDX-License-Identifier: MIT
#include <webpubsub/client/recovery_url.hpp>
#include <webpubsub/text/percent.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace webpubsub;

TEST_CASE("the recovery URL is the URL with two more parameters") {
    struct row {
        std::string_view url, recovery;
    };
    const auto [url, recovery] = GENERATE(values<row>({
        {"wss://h/client/hubs/chat", "wss://h/client/hubs/chat?awps_connection_id=conn-A&awps_reconnection_token=tokA"},
        {"wss://h/client/hubs/chat?",
         "wss://h/client/hubs/chat?awps_connection_id=conn-A&awps_reconnection_token=tokA"},
        {"ws://127.0.0.1:37133/client/hubs/chat?access_token=a.b-c_d",
         "ws://127.0.0.1:37133/client/hubs/chat?access_token=a.b-c_d&awps_connection_id=conn-A"
         "&awps_reconnection_token=tokA"},
        {"wss://h/client/?hub=chat&x=%c3%BC+%zz&y=a=b&z",
         "wss://h/client/?hub=chat&x=%c3%BC+%zz&y=a=b&z&awps_connection_id=conn-A&awps_reconnection_token=tokA"},
        {"wss://h/c?&a=1&&b=2&", "wss://h/c?a=1&b=2&awps_connection_id=conn-A&awps_reconnection_token=tokA"},
        {"wss://h/c?a=1&b?", "wss://h/c?a=1&b?&awps_connection_id=conn-A&awps_reconnection_token=tokA"},
        {"wss://h/c??", "wss://h/c??&awps_connection_id=conn-A&awps_reconnection_token=tokA"},
        {"wss://h/c?a=1#part", "wss://h/c?a=1&awps_connection_id=conn-A&awps_reconnection_token=tokA#part"},
        {"wss://h/c#part?a=1", "wss://h/c?awps_connection_id=conn-A&awps_reconnection_token=tokA#part?a=1"},
    }));
    CHECK(recovery_url(url, "conn-A", "tokA") == recovery);
}

TEST_CASE("the parameters of an earlier recovery are dropped in every spelling") {
    const auto* const url =
        GENERATE("wss://h/c?a=1&awps_connection_id=old&awps_reconnection_token=old&b=2",
                 "wss://h/c?awps_reconnection_token=old&a=1&b=2&awps_connection_id=old",
                 "wss://h/c?AWPS_CONNECTION_ID=old&a=1&Awps_Reconnection_Token=&b=2",
                 "wss://h/c?a=1&awps%5Fconnection%5fid=old&b=2&awps_connection_id&awps_connection_id=older");
    CAPTURE(url);
    CHECK(recovery_url(url, "new", "t") == "wss://h/c?a=1&b=2&awps_connection_id=new&awps_reconnection_token=t");
}

TEST_CASE("parameters that only resemble those of a recovery stay") {
    CHECK(recovery_url("wss://h/c?awps_connection_id2=a&x=awps_connection_id=b&awps_=c", "i", "t") ==
          "wss://h/c?awps_connection_id2=a&x=awps_connection_id=b&awps_=c&awps_connection_id=i"
          "&awps_reconnection_token=t");
}

TEST_CASE("connection id and token are escaped so that form decoders read them back") {
    const std::string id = "a b+c/\xc3\xbc";
    const std::string token = "tokA/+= &?#%";
    const auto url = recovery_url("wss://h/c?a=1", id, token);
    CHECK(url == "wss://h/c?a=1&awps_connection_id=a%20b%2Bc%2F%C3%BC&awps_reconnection_token="
                 "tokA%2F%2B%3D%20%26%3F%23%25");

    std::vector<std::pair<std::string, std::string>> read;
    REQUIRE(for_each_query_parameter(split_request_target(url).query, [&read](auto name, auto value) {
        read.emplace_back(std::string(name), std::string(value));
    }));
    CHECK(read == std::vector<std::pair<std::string, std::string>>{
                      {"a", "1"}, {"awps_connection_id", id}, {"awps_reconnection_token", token}});
}

TEST_CASE("a recovery URL can be the base of the next one") {
    const auto base = recovery_url("wss://h/c?access_token=t", "one", "tok1");
    CHECK(recovery_url(base, "two", "tok2") == recovery_url("wss://h/c?access_token=t", "two", "tok2"));
}
