// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/fan_out.hpp>
#include <webpubsub/hub/parts/turn.hpp>

#include "hub/parts/lower_floor.hpp"
#include "support/catch.hpp"

#include <stdexcept>
#include <string>
#include <vector>

using namespace hub_parts_tests;

TEST_CASE("a message is encoded once for each encoding that somebody has, and counted for all of them") {
    fan_out fan;
    const std::vector<service_codec> encodings{json_service_codec()};
    const service_message message = group_data_message{{}, "g", text_payload("x"), {}, {}, {}};
    frame_owner first;
    frame_owner second;
    {
        fan_out::shared_message shared(fan, encodings, message, payload_view::text("x"), steady_time::max());
        CHECK(shared.is_for(0));
        auto& json = shared.in_encoding(1);
        CHECK(&shared.in_encoding(1) == &json);
        CHECK(json.size == json.frame->size());
        json.receivers = 2;
        first = frame_owner(json.frame.get());
        second = frame_owner(json.frame.get());
        CHECK(shared.in_encoding(0).frame->bytes() == "x");
    }
    CHECK(first->references == 2);
    {
        // The variants of the message before are forgotten.
        fan_out::shared_message shared(fan, encodings, message, std::nullopt, steady_time::max());
        CHECK_FALSE(shared.is_for(0));
        CHECK(shared.is_for(1));
        CHECK(shared.in_encoding(1).frame.get() != first.get());
    }
}

TEST_CASE("a filter chooses among the receivers, and one that throws leaves nobody excluded") {
    lower_floor f;
    const auto a = f.connect("a", {"g", "h"});
    const auto b = f.connect("b");
    const auto c = f.connect("c");
    const auto all = f.connections.groups().members("g");
    const std::vector<std::string> except{"c", "nobody"};
    send_options how;
    how.except = except;
    const auto is_in_h = [](const connection_view& who) {
        return who.is_in_group("h") && who.user_id() == "u-a" && who.connection_id() == "a" &&
               who.subprotocol() == "json.webpubsub.azure.v1";
    };
    how.filter = is_in_h;
    CHECK(f.during.send(all, "g", payload_view::text("x"), how) == 1u);
    const auto broken = [](const connection_view&) -> bool { throw std::runtime_error("no"); };
    how.filter = broken;
    CHECK_THROWS_AS(f.during.send(all, "g", payload_view::text("x"), how), std::runtime_error);
    CHECK(f.during.send(all, "g", payload_view::text("y"), {}) == 3u);
    CHECK(f.sent(a).size() == 2);
    CHECK(f.sent(b).size() == 1);
    CHECK(f.sent(c).size() == 1);
}

TEST_CASE("what the application sends for a connection names its user, and need not come back to it") {
    lower_floor f;
    const auto a = f.connect("a");
    const auto b = f.connect("b");
    send_options how;
    how.sender = "a";
    how.no_echo = true;
    CHECK(f.during.send(f.connections.groups().members("g"), "g", payload_view::text("x"), how) == 1u);
    CHECK(f.sent(a).empty());
    CHECK(f.sent(b) == messages{group_data_message{{}, "g", text_payload("x"), "u-a", {}, {}}});
    how.no_echo = false;
    how.sender = "unknown";
    CHECK(f.during.send(f.connections.groups().members("g"), "g", payload_view::text("x"), how) == 2u);
    CHECK(get<group_data_message>(f.sent(b).at(0)).from_user_id.empty());
}
