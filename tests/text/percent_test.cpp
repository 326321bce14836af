// SPDX-License-Identifier: MIT
#include <webpubsub/text/percent.hpp>

#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace std::string_view_literals;

namespace {

using parameters = std::vector<std::pair<std::string, std::string>>;

std::string encoded(std::string_view component) {
    std::string out;
    percent_encode_append(component, out);
    return out;
}

parameters read_query(std::string_view query) {
    parameters read;
    REQUIRE(for_each_query_parameter(query, [&read](std::string_view name, std::string_view value) {
                read.emplace_back(name, value);
            }).has_value());
    return read;
}

std::string with_parameter(std::string url, std::string_view name, std::string_view value) {
    append_query_parameter(url, name, value);
    return url;
}

} // namespace

TEST_CASE("Percent-encoding keeps the unreserved characters and escapes every other byte in upper case") {
    const std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    CHECK(encoded(unreserved) == unreserved);
    for (int i = 0; i < 256; ++i) {
        CAPTURE(i);
        const char c = static_cast<char>(static_cast<unsigned char>(i));
        const std::string text = encoded(std::string_view(&c, 1));
        if (unreserved.find(c) == std::string_view::npos) {
            REQUIRE(text.size() == 3);
            CHECK(text[0] == '%');
            CHECK(text.find_first_not_of("0123456789ABCDEF", 1) == std::string::npos);
            CHECK(std::stoi(text.substr(1), nullptr, 16) == i);
        }
        std::string path;
        std::string query;
        REQUIRE(percent_decode_append(text, path).has_value());
        REQUIRE(query_decode_append(text, query).has_value());
        CHECK(path == std::string(1, c));
        CHECK(query == std::string(1, c));
    }
}

TEST_CASE("Percent-encoding writes spaces, plus signs and UTF-8 so that every decoder reads them alike") {
    CHECK(encoded("room 1/\xC3\xA4") == "room%201%2F%C3%A4");
    CHECK(encoded("a+b&c=d?e#f%") == "a%2Bb%26c%3Dd%3Fe%23f%25");
    std::string out = "/api/";
    percent_encode_append("\0\x7F\xFF"sv, out);
    CHECK(out == "/api/%00%7F%FF");
}

TEST_CASE("Percent-decoding reads escapes of either case once, and takes the rest as it is") {
    struct row {
        std::string_view text;
        std::string_view path;
        std::string_view query;
    };
    constexpr auto rows = std::to_array<row>({{"", "", ""},
                                              {"plain", "plain", "plain"},
                                              {"%41%4a%4A", "AJJ", "AJJ"},
                                              {"%252F", "%2F", "%2F"},
                                              {"a+b", "a+b", "a b"},
                                              {"a%2Bb", "a+b", "a+b"},
                                              {"a%20b", "a b", "a b"},
                                              {"\xC3\xA4 =&", "\xC3\xA4 =&", "\xC3\xA4 =&"},
                                              {"%ff", "\xFF", "\xFF"}});
    for (const auto& [text, path, query] : rows) {
        CAPTURE(text);
        std::string out = "x";
        REQUIRE(percent_decode_append(text, out).has_value());
        CHECK(out == "x" + std::string(path));
        out = "x";
        REQUIRE(query_decode_append(text, out).has_value());
        CHECK(out == "x" + std::string(query));
    }
}

TEST_CASE("A bad escape is refused where its percent sign stands, and the output is left alone") {
    struct row {
        std::string_view text;
        std::size_t offset;
    };
    constexpr auto rows = std::to_array<row>({{"%", 0},
                                              {"%4", 0},
                                              {std::string_view("%41").substr(0, 2), 0},
                                              {std::string_view("%41").substr(0, 1), 0},
                                              {"abc%", 3},
                                              {"abc%4", 3},
                                              {"%4G", 0},
                                              {"%G4", 0},
                                              {"%%41", 0},
                                              {"% 41", 0},
                                              {"%+41", 0},
                                              {"%-1x", 0},
                                              {"a%41%zz", 4},
                                              {"%C3%4\xFF", 3}});
    for (const auto& [text, offset] : rows) {
        CAPTURE(text);
        for (const auto decode : {percent_decode_append, query_decode_append, percent_decode_but_slashes_append}) {
            std::string out = "before";
            const auto decoded = decode(text, out);
            REQUIRE_FALSE(decoded.has_value());
            CHECK(decoded.error().code == errc::invalid_percent_encoding);
            CHECK(decoded.error().offset == offset);
            CHECK(out == "before");
        }
    }
}

TEST_CASE("An escaped slash may be left as it is written") {
    struct row {
        std::string_view text;
        std::string_view decoded;
    };
    constexpr auto rows = std::to_array<row>({{"", ""},
                                              {"%2F", "%2F"},
                                              {"%2f", "%2f"},
                                              {"a%2Fb%2fc/d", "a%2Fb%2fc/d"},
                                              {"%20%2F%2b%2F", " %2F+%2F"},
                                              {"%252F", "%2F"},
                                              {"a+b", "a+b"}});
    for (const auto& [text, decoded] : rows) {
        CAPTURE(text);
        std::string out = "x";
        REQUIRE(percent_decode_but_slashes_append(text, out).has_value());
        CHECK(out == "x" + std::string(decoded));
    }
    std::string out = "before";
    const auto bad = percent_decode_but_slashes_append("a%2Fb%4", out);
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error().offset == 5);
    CHECK(out == "before");
}

TEST_CASE("A request target is split at its first question mark, without a fragment") {
    struct row {
        std::string_view target;
        std::string_view path;
        std::string_view query;
    };
    constexpr auto rows = std::to_array<row>({{"", "", ""},
                                              {"/", "/", ""},
                                              {"/client/hubs/chat", "/client/hubs/chat", ""},
                                              {"/client/?hub=chat", "/client/", "hub=chat"},
                                              {"/a?", "/a", ""},
                                              {"/a?b?c", "/a", "b?c"},
                                              {"?x", "", "x"},
                                              {"/a#f?x", "/a", ""},
                                              {"/a?x#f", "/a", "x"},
                                              {"wss://h/client/hubs/c?x=1", "wss://h/client/hubs/c", "x=1"}});
    for (const auto& [target, path, query] : rows) {
        CAPTURE(target);
        const auto split = split_request_target(target);
        CHECK(split.path == path);
        CHECK(split.query == query);
    }
}

TEST_CASE("The parameters of a query are visited in order, decoded") {
    CHECK(read_query("").empty());
    CHECK(read_query("&&&").empty());
    CHECK((read_query("k") == parameters{{"k", ""}}));
    CHECK((read_query("k=") == parameters{{"k", ""}}));
    CHECK((read_query("k=v") == parameters{{"k", "v"}}));
    CHECK((read_query("=v") == parameters{{"", "v"}}));
    CHECK((read_query("=") == parameters{{"", ""}}));
    CHECK((read_query("k=a=b==") == parameters{{"k", "a=b=="}}));
    CHECK((read_query("&a=1&&b&") == parameters{{"a", "1"}, {"b", ""}}));
    CHECK((read_query("a=1&A=2&a=3") == parameters{{"a", "1"}, {"A", "2"}, {"a", "3"}}));
    CHECK((read_query("a;b=c") == parameters{{"a;b", "c"}}));
    CHECK((read_query("my+key%3D=a%26b+c%2B") == parameters{{"my key=", "a&b c+"}}));
    CHECK((read_query("long=0123456789&s=1&e") == parameters{{"long", "0123456789"}, {"s", "1"}, {"e", ""}}));
}

TEST_CASE("A bad escape ends a query with its offset in the whole of it") {
    struct row {
        std::string_view query;
        std::size_t offset;
        std::size_t visited;
    };
    constexpr auto rows =
        std::to_array<row>({{"%", 0, 0}, {"a=%4", 2, 0}, {"a=1&b%zz=2&c=3", 5, 1}, {"a=1&b=2&c=x%", 11, 2}});
    for (const auto& [query, offset, visited] : rows) {
        CAPTURE(query);
        std::size_t count = 0;
        const auto read = for_each_query_parameter(query, [&count](std::string_view, std::string_view) { ++count; });
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().code == errc::invalid_percent_encoding);
        CHECK(read.error().offset == offset);
        CHECK(count == visited);
    }
}

TEST_CASE("A parameter is added to a URL with and without a query, before a fragment") {
    struct row {
        std::string_view url;
        std::string_view expected;
    };
    constexpr auto rows = std::to_array<row>({{"wss://h/c", "wss://h/c?k=v"},
                                              {"wss://h/c?", "wss://h/c?k=v"},
                                              {"wss://h/c?a=1", "wss://h/c?a=1&k=v"},
                                              {"wss://h/c?a=1&", "wss://h/c?a=1&k=v"},
                                              {"wss://h/c?a?", "wss://h/c?a?&k=v"},
                                              {"wss://h/c#f", "wss://h/c?k=v#f"},
                                              {"wss://h/c?a#f?g", "wss://h/c?a&k=v#f?g"},
                                              {"wss://h/c#f?g", "wss://h/c?k=v#f?g"},
                                              {"", "?k=v"}});
    for (const auto& [url, expected] : rows) {
        CAPTURE(url);
        CHECK(with_parameter(std::string(url), "k", "v") == expected);
    }
    CHECK(with_parameter("/c?a", "my key", "a+b/=&") == "/c?a&my%20key=a%2Bb%2F%3D%26");
    CHECK(with_parameter("/c", "k", "") == "/c?k=");
}

TEST_CASE("What is added to a query is read back from it") {
    const parameters given{{"access_token", "eyJ.a-b_c~.d"},
                           {"awps_reconnection_token", "+/=&?#%"},
                           {" ", ""},
                           {"\xF0\x9F\x98\x80", "\n"}};
    std::string url = "wss://example.com/client/hubs/chat";
    for (const auto& [name, value] : given) append_query_parameter(url, name, value);
    CHECK((read_query(split_request_target(url).query) == given));
}
