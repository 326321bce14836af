// SPDX-License-Identifier: MIT
#include "defects/client_bench.hpp"

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/text/websocket_address.hpp>

// What somebody meets who uses the library for the first time.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

std::string a_url_without_sense() {
    return GENERATE(as<std::string>{}, "not a URL", "ftp://example.test/client/hubs/chat", "wss://",
                    "wss://example.test:99999/client/hubs/chat", "wss://example.test/client/hubs/chat\r\nX: y");
}

} // namespace

TEST_CASE("defect 41: a client does not start with a URL that can't be parsed") {
    const auto url = a_url_without_sense();
    CAPTURE(url);
    client_bench b(client_setup{.url = url});
    CHECK_FALSE(b.start());
    CHECK(b.opens.empty());
}

TEST_CASE("defect 41: a client takes no URL that can't be parsed") {
    const auto url = a_url_without_sense();
    CAPTURE(url);
    client_bench b(client_setup{.url = ""});
    REQUIRE(b.start());
    CHECK_FALSE(b.give_url(url));
    CHECK(b.opens.empty());
    // The question is still there.
    CHECK(b.give_url("wss://example.test/client/hubs/chat"));
    CHECK(b.opens.size() == 1);
}

TEST_CASE("defect 41: a fixed URL that is refused ends the client with its reason") {
    const unsigned status = GENERATE(401u, 403u);
    CAPTURE(status);
    client_bench b;
    SECTION("the first time") { REQUIRE(b.start()); }
    SECTION("when a connection is to be replaced") {
        b.connect();
        b.pass(1min);
        b.closed(close_code::policy_violation);
        b.await_open();
    }
    const auto attempts = b.opens.size();
    b.open_failed(status);
    b.pass(1h);
    CHECK(b.opens.size() == attempts);
    CHECK(b.is_stopped());
    CHECK(b.count<stopped>() == 1);
    REQUIRE(b.last<connect_failed>() != nullptr);
    CHECK(b.last<connect_failed>()->http_status == status);
    CHECK_FALSE(b.last<connect_failed>()->retry_in);
}

TEST_CASE("defect 42: a write that is never completed is told") {
    client_bench b;
    b.connect();
    b.writes_complete = false;
    b.send("a");
    b.send("b");
    const auto before = b.told.size();
    for (int i = 0; i < 100; ++i) {
        b.pass(1s);
        b.receive(R"({"type":"pong"})");
    }
    CHECK(b.told.size() > before);
    CHECK(b.is_connected());
}

TEST_CASE("defect 43: a client that was moved from is stopped") {
    client_bench b;
    b.connect();
    const client taken(std::move(b.c));
    CHECK(taken.state() == client_state::connected);
    CHECK(b.is_stopped());
    CHECK_FALSE(b.send("e"));
    CHECK(b.wire.empty());
    CHECK_FALSE(b.c.poll_timeout());
}

namespace {

template <class Error>
constexpr bool prints_itself = requires(const Error& e) {
    std::string(e.message());
};

} // namespace

TEST_CASE("defect 44: an error prints itself") { CHECK(prints_itself<error>); }

TEST_CASE("defect 48: line breaks do not come from a URL into the line of a request") {
    const std::string url = GENERATE(as<std::string>{}, "wss://example.test/a\r\nX: y", "wss://example.test/a\nb",
                                     "wss://example.test/a?b=\rc");
    CAPTURE(url);
    CHECK_FALSE(parse_websocket_address(url));
}

TEST_CASE("defect 49: the first ping comes before a gateway's idle limit of 20 s") {
    client_bench b;
    b.connect();
    b.pass(15s);
    CHECK(b.writings("ping") == 1);
}

TEST_CASE("defect 50: a client without a JSON parser checks JSON too") {
    const std::string json = GENERATE(as<std::string>{}, R"({"a":)", "", "{} {}", "nul", "[1,]", "\"\xff\"");
    CAPTURE(json);
    client_bench b(client(protobuf_codec(), 1, options_of({})));
    REQUIRE(b.start());
    auto data = json_payload(json);
    CHECK_FALSE(b.send_data("e", data));
    data = json_payload(R"({"a":[1,2.5e3,"b",null]})");
    CHECK(b.send_data("e", data));
}

TEST_CASE("defect 51: a raw client's text frame is UTF-8") {
    client_bench b(client::raw({}, 1, options_of({})));
    REQUIRE(b.start());
    b.opened();
    REQUIRE(b.is_connected());
    CHECK_FALSE(b.send_raw("\xff"));
    CHECK(b.wire.empty());
    CHECK(b.send_raw("text"));
}

TEST_CASE("defect 54: the next attempt respects Retry-After") {
    client_bench b;
    std::size_t attempts = 0;
    SECTION("to connect") {
        REQUIRE(b.start());
        attempts = b.opens.size();
    }
    SECTION("to recover") {
        b.connect();
        b.closed();
        attempts = b.opens.size();
    }
    const unsigned status = GENERATE(429u, 503u);
    b.open_failed(status, 10s);
    b.pass(9s);
    CHECK(b.opens.size() == attempts);
    b.pass(20s);
    CHECK(b.opens.size() > attempts);
}

TEST_CASE("defect 55c: an error about a limit says which limit it is and how long the frame was") {
    client_bench b;
    b.connect();
    const auto text = b.refusal_of("e", std::string(std::size_t{2} << 20, 'x'));
    CAPTURE(text);
    CHECK(text.find("1048576") != std::string::npos);
    // The data is too long by itself, whatever a frame adds to it.
    CHECK(text.find("2097152") != std::string::npos);
}
