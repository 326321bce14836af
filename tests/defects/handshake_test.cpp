// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <webpubsub/service/handshake.hpp>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

/// Nothing is signed in these tests.
struct no_hmac {
    std::array<unsigned char, 32> operator()(std::string_view, std::string_view) const { return {}; }
};

bool is_let_in(std::string_view query) {
    client_request_rules rules;
    rules.endpoints = {endpoint{false, "127.0.0.1", 8080}};
    rules.allow_anonymous = true;
    const auto target = "/client/hubs/chat?webpubsub_mode=sendToGroup&group=g" + std::string(query);
    return authenticate_upgrade({target, {}, {}}, rules, wall_time(std::chrono::seconds(1'700'000'000)), no_hmac{})
        .has_value();
}

} // namespace

TEST_CASE("defect 55: a noEcho that is no boolean fails the handshake of a simple client") {
    CHECK(is_let_in(""));
    CHECK(is_let_in("&noEcho="));
    CHECK(is_let_in("&noEcho=TRUE"));
    CHECK(is_let_in("&noEcho=false"));
    CHECK_FALSE(is_let_in("&noEcho=maybe"));
    CHECK_FALSE(is_let_in("&noEcho=1"));
}
