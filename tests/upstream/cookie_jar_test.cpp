// SPDX-License-Identifier: MIT
#include <webpubsub/upstream/cookie_jar.hpp>

#include "support/catch.hpp"

#include <string>

using namespace webpubsub;

namespace {

const std::string here = "https://a.net";

void set(cookie_jar& jar, std::string line, const cookie_limits& limits = {}) {
    jar.store(here, {{"Content-Type", "text/plain"}, {"set-COOKIE", std::move(line)}}, limits);
}

} // namespace

TEST_CASE("cookies go back to the origin that they came from, in the order in which they were set") {
    cookie_jar jar;
    CHECK(jar.header_for(here).empty());
    jar.store(here, {{"Set-Cookie", "a=1; Path=/; Secure; HttpOnly"}, {"Set-Cookie", " b = x=y "}}, {});
    jar.store("http://a.net", {{"Set-Cookie", "c=3"}}, {});
    CHECK(jar.header_for(here) == "a=1; b=x=y");
    CHECK(jar.header_for("http://a.net") == "c=3");
    CHECK(jar.header_for("https://b.net").empty());
    set(jar, "a=2");
    CHECK(jar.header_for(here) == "a=2; b=x=y");
}

TEST_CASE("a cookie is deleted by an empty value or by an age that is not positive") {
    struct row {
        std::string line;
        bool deletes;
    };
    const auto each = GENERATE(
        row{"a=", true}, row{"a=; Path=/", true}, row{"a=2; Max-Age=0", true}, row{"a=2; max-age = 00 ; Path=/", true},
        row{"a=2;Max-Age=-1", true}, row{"a=2;Max-Age=5", false}, row{"a=2;Max-Age=x", false},
        row{"a=2;Max-Age", false}, row{"a=2;Max-Age=", false}, row{"a=2;Max-Age=0;Max-Age=9", false},
        row{"a=2;Max-Age=9;Max-Age=0", true}, row{"a=2;X-Max-Age=0", false}, row{"a=2;;", false});
    cookie_jar jar;
    set(jar, "a=1");
    set(jar, each.line);
    INFO(each.line);
    CHECK(jar.header_for(here) == (each.deletes ? "" : "a=2"));
    // What is not there is not deleted either.
    cookie_jar empty;
    set(empty, each.line);
    CHECK(empty.size() == (each.deletes ? 0 : 1));
}

TEST_CASE("what is no cookie, or no header could hold, is not taken") {
    cookie_jar jar;
    for (const auto* line : {"", ";", "a", "=1", "a b=1", "a=\x01", "a=\xC3\xA4", "a=1\r\nX: y", "\r\na=1 2\n3"}) {
        set(jar, line);
    }
    CHECK(jar.size() == 0);
}

TEST_CASE("a handler can set so many cookies of so many bytes, and no more") {
    cookie_limits limits;
    limits.max_cookies = 2;
    limits.max_bytes = 10;
    cookie_jar jar;
    set(jar, "a=1", limits);
    set(jar, "b=2", limits);
    set(jar, "c=3", limits);
    CHECK(jar.header_for(here) == "a=1; b=2");
    set(jar, "a=1234567", limits);
    CHECK(jar.header_for(here) == "a=1234567; b=2");
    set(jar, "a=12345678", limits);
    CHECK(jar.header_for(here) == "a=1234567; b=2");
    set(jar, "b=", limits);
    set(jar, "c=", limits);
    set(jar, "a=123456789", limits);
    CHECK(jar.header_for(here) == "a=123456789");
}
