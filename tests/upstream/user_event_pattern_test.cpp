// SPDX-License-Identifier: MIT
#include <webpubsub/upstream/user_event_pattern.hpp>

#include "support/catch.hpp"

using namespace webpubsub;

TEST_CASE("a pattern of user events is a star, one name or a list of names, without case") {
    struct row {
        std::string_view pattern;
        std::string_view event;
        bool matches;
    };
    const auto each =
        GENERATE(row{"*", "anything", true}, row{" * ", "anything", true}, row{"message", "message", true},
                 row{"Message", "mESSAGE", true}, row{"message", "messages", false}, row{"a, b ,c", "b", true},
                 row{"a, b ,c", "B", true}, row{"a,,b,", "b", true}, row{"a,b", "c", false}, row{"a,b", "a,b", false},
                 row{"", "message", false}, row{" , ", "message", false}, row{"", "", false},
                 row{"connected", "connected", true}, row{"a.b_c-d", "a.b_c-d", true});
    INFO(each.pattern << " and " << each.event);
    const auto parsed = user_event_pattern::parse(each.pattern);
    REQUIRE(parsed);
    CHECK(parsed->matches(each.event) == each.matches);
}

TEST_CASE("a pattern of no name is that of no event") {
    CHECK(*user_event_pattern::parse("") == user_event_pattern());
    CHECK(*user_event_pattern::parse(" ,") == user_event_pattern());
    CHECK_FALSE(*user_event_pattern::parse("a") == user_event_pattern());
}

TEST_CASE("a name that no event can have is refused, with its place") {
    CHECK(user_event_pattern::parse("a, b*").error() == error(errc::invalid_event_name, 3));
    CHECK(user_event_pattern::parse("a,*").error() == error(errc::invalid_event_name, 2));
    CHECK(user_event_pattern::parse("**").error() == error(errc::invalid_event_name, 0));
    CHECK(user_event_pattern::parse("a b").error() == error(errc::invalid_event_name, 0));
    CHECK(user_event_pattern::parse("a,\xC3\xA4").error() == error(errc::invalid_event_name, 2));
}
