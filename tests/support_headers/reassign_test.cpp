// SPDX-License-Identifier: MIT
#include <webpubsub/support/reassign.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using webpubsub::detail::reassign;

TEST_CASE("a string that is assigned again holds what it is given, shorter, longer or as long") {
    std::string out;
    const std::string longer(300, 'x');
    for (const std::string_view text : {std::string_view("abc"), std::string_view("abd"), std::string_view("a"),
                                        std::string_view(longer), std::string_view("\0b", 2), std::string_view()}) {
        reassign(out, text.data(), text.size());
        CHECK(out == text);
        CHECK(out.data()[out.size()] == '\0');
    }
}

TEST_CASE("a string that is assigned again keeps its memory") {
    std::string out(300, 'x');
    const char* const memory = out.data();
    reassign(out, "abc", 3);
    const std::string as_long(300, 'y');
    reassign(out, as_long.data(), as_long.size());
    CHECK(out == as_long);
    CHECK(out.data() == memory);
}
