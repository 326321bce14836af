// SPDX-License-Identifier: MIT
#include <webpubsub/access/connection_string.hpp>

#include "support/catch.hpp"

#include <ostream>
#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

const std::string key_text = "abcdefghijklmnopqrstuvwxyz0123456789ABC+/w==";

template <class T>
concept printable = requires(std::ostream& out, const T& value) {
    out << value;
};

} // namespace

TEST_CASE("a connection string as the portal prints it") {
    const auto parts =
        parse_connection_string("Endpoint=https://demo.webpubsub.azure.com;AccessKey=" + key_text + ";Version=1.0;");
    REQUIRE(parts);
    CHECK(parts->endpoint == endpoint{true, "demo.webpubsub.azure.com", std::nullopt});
    CHECK(parts->key.text() == key_text);
    CHECK(parts->version == "1.0");
}

TEST_CASE("spellings of a connection string that mean the same") {
    const std::string text =
        GENERATE_COPY("Endpoint=http://localhost:8080;AccessKey=" + key_text + ";Version=1.0;",
                      "Endpoint=http://localhost:8080;AccessKey=" + key_text,
                      "endpoint=http://LOCALHOST:8080/;ACCESSKEY=" + key_text + ";version=1.0",
                      "AccessKey=" + key_text + ";Endpoint=HTTP://localhost:8080///;Version=1.0",
                      ";;Endpoint=http://localhost:8080;;AccessKey=" + key_text + ";;",
                      " Endpoint = http://localhost:8080 ; AccessKey = " + key_text + " ;\r\n",
                      "Endpoint=http://localhost;Port=8080;AccessKey=" + key_text,
                      "Port=8080;Endpoint=http://localhost:1234/;AccessKey=" + key_text,
                      "Endpoint=http://localhost:8080;AccessKey=" + key_text + ";ClientCert=x;AuthType=azure;=",
                      "Unknown=a;Endpoint=http://localhost:8080;Unknown=b;AccessKey=" + key_text,
                      "garbage;Endpoint=http://localhost:8080;Port;AccessKey=" + key_text + ";AccessKey;more garbage",
                      "pOrT=8080;eNdPoInT=http://localhost;aCcEsSkEy=" + key_text + ";VERSION=1.0");
    CAPTURE(text);
    const auto parts = parse_connection_string(text);
    REQUIRE(parts);
    CHECK(format_connection_string(*parts) == "Endpoint=http://localhost:8080;AccessKey=" + key_text + ";Version=1.0;");
    CHECK(parse_connection_string(format_connection_string(*parts)) == parts);
}

TEST_CASE("an endpoint without a scheme is one of https") {
    struct row {
        std::string endpoint, origin;
    };
    const auto [text, origin] = GENERATE(values<row>({
        {"demo.webpubsub.azure.com", "https://demo.webpubsub.azure.com"},
        {"DEMO.webpubsub.azure.com/", "https://demo.webpubsub.azure.com"},
        {"localhost:8080", "https://localhost:8080"},
        {"[::1]:8080", "https://[::1]:8080"},
        {"http.example", "https://http.example"},
    }));
    CAPTURE(text);
    const auto parts = parse_connection_string("Endpoint=" + text + ";AccessKey=" + key_text);
    REQUIRE(parts);
    CHECK(http_origin(parts->endpoint) == origin);
    CHECK(http_origin(parse_connection_string("Endpoint=" + text + ";Port=9;AccessKey=" + key_text)->endpoint)
              .ends_with(":9"));
}

TEST_CASE("each pair is split at its first equals sign") {
    const auto parts = parse_connection_string("Endpoint=https://h;AccessKey=" + key_text + "===;Version=1=0");
    REQUIRE(parts);
    CHECK(parts->key.text() == key_text + "===");
    CHECK(parts->version == "1=0");
}

TEST_CASE("a connection string without an endpoint or a key says which") {
    CHECK(parse_connection_string("AccessKey=" + key_text).error().message() ==
          "A connection string needs an http(s) Endpoint and an AccessKey. (Endpoint)");
    CHECK(parse_connection_string("Endpoint=https://h;Version=1.0;").error().message() ==
          "A connection string needs an http(s) Endpoint and an AccessKey. (AccessKey)");
}

TEST_CASE("a port that is the default of the scheme is not kept") {
    CHECK(parse_connection_string("Endpoint=https://h;Port=443;AccessKey=" + key_text)->endpoint.port == std::nullopt);
    CHECK(parse_connection_string("Endpoint=http://h:81;Port=80;AccessKey=" + key_text)->endpoint.port == std::nullopt);
    CHECK(parse_connection_string("Endpoint=http://h;Port=443;AccessKey=" + key_text)->endpoint.port == 443);
}

TEST_CASE("a version other than 1.0 is kept") {
    const auto parts = parse_connection_string("Endpoint=https://h;AccessKey=" + key_text + ";Version=2.0-preview");
    REQUIRE(parts);
    CHECK(parts->version == "2.0-preview");
    CHECK(format_connection_string(*parts) == "Endpoint=https://h;AccessKey=" + key_text + ";Version=2.0-preview;");
}

TEST_CASE("unusable connection strings") {
    struct row {
        std::string text;
        error failure;
    };
    const auto wrong = [](const char* name, std::size_t at) {
        return error::about(errc::invalid_connection_string, name, at);
    };
    const auto missing = [](const char* name) { return error::about(errc::invalid_connection_string, name); };
    const auto [text, failure] = GENERATE_COPY(values<row>({
        {"", missing("Endpoint")},
        {";", missing("Endpoint")},
        {"garbage", missing("Endpoint")},
        {"AccessKey=" + key_text, missing("Endpoint")},
        {"Endpoint;AccessKey=" + key_text, missing("Endpoint")},
        {"Endpoint=https://h", missing("AccessKey")},
        {"Endpoint=https://h;AccessKey", missing("AccessKey")},
        {"Endpoint=https://h;AccessKey=", wrong("AccessKey", 19)},
        {"Endpoint=https://h;AccessKey= ;", wrong("AccessKey", 19)},
        {"Endpoint=;AccessKey=" + key_text, wrong("Endpoint", 0)},
        {"Endpoint=https://h;Endpoint=https://h;AccessKey=" + key_text, wrong("Endpoint", 19)},
        {"Endpoint=https://h;AccessKey=" + key_text + ";accesskey=" + key_text, wrong("AccessKey", 74)},
        {"AccessKey=" + key_text + ";Endpoint=wss://h", wrong("Endpoint", 55)},
        {"Endpoint=ws://h;AccessKey=" + key_text, wrong("Endpoint", 0)},
        {"Endpoint=ftp://h;AccessKey=" + key_text, wrong("Endpoint", 0)},
        {"Endpoint=://h;AccessKey=" + key_text, wrong("Endpoint", 0)},
        {"Endpoint=https://;AccessKey=" + key_text, wrong("Endpoint", 0)},
        {"Endpoint=h/path;AccessKey=" + key_text, wrong("Endpoint", 0)},
        {"Endpoint=https://h/path;AccessKey=" + key_text, wrong("Endpoint", 0)},
        {"Endpoint=https://u:p@h;AccessKey=" + key_text, wrong("Endpoint", 0)},
        {"Endpoint=https://h;Port=0;AccessKey=" + key_text, wrong("Port", 19)},
        {"Endpoint=https://h;Port=65536;AccessKey=" + key_text, wrong("Port", 19)},
        {"Endpoint=https://h;Port=;AccessKey=" + key_text, wrong("Port", 19)},
        {"Endpoint=https://h;Port=80 80;AccessKey=" + key_text, wrong("Port", 19)},
        {"Endpoint=https://h;AccessKey=0123456789012345678901234567890", error(errc::key_too_short, 19)},
    }));
    CAPTURE(text);
    const auto parts = parse_connection_string(text);
    REQUIRE_FALSE(parts);
    CHECK(parts.error() == failure);
}

TEST_CASE("a connection string shows its key only when asked to") {
    STATIC_REQUIRE_FALSE(printable<connection_string>);
    const auto parts = parse_connection_string("Endpoint=https://h:8443;AccessKey=" + key_text + ";Version=1.0;");
    REQUIRE(parts);
    CHECK(redacted(*parts) == "Endpoint=https://h:8443;AccessKey=REDACTED;Version=1.0;");
}

TEST_CASE("defect 48: a key with blanks, line breaks or quotes is refused with its place") {
    const std::string endpoint = "Endpoint=https://demo.webpubsub.azure.com;";
    const std::string start = "AccessKey=abcdefghijklmnopqrstuvwxyz";
    const std::string between = GENERATE(as<std::string>{}, "\n", "\r\n", " ", "\"", "\t", "'");
    const auto text = endpoint + start + between + "0123456789ABC+/w==;Version=1.0;";
    CAPTURE(text);
    const auto parsed = parse_connection_string(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error() == error::about(errc::invalid_connection_string, "AccessKey", endpoint.size() + start.size()));
    // In quotes as a whole, as shells and settings have it.
    CHECK_FALSE(parse_connection_string(endpoint + "AccessKey=\"abcdefghijklmnopqrstuvwxyz0123456789ABC+/w==\""));
}
