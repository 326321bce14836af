// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include "structure/test_names.hpp"

#include <set>
#include <string>
#include <string_view>

// The README names tests as ctest does, e.g. `client/stop is final in every state`. Here it is held to them.

namespace {

namespace fs = std::filesystem;

const fs::path top = WEBPUBSUB_SOURCE_DIR;

std::set<std::string> interop_tests() {
    std::set<std::string> names;
    const auto text = structure::read_file(top / "tests" / "interop" / "CMakeLists.txt");
    constexpr std::string_view start = "webpubsub_add_interop_test(";
    for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
        const auto begin = at + start.size();
        names.insert("interop/" + text.substr(begin, text.find_first_of(" )", begin) - begin));
    }
    return names;
}

} // namespace

TEST_CASE("each test that the README names exists") {
    auto tests = structure::unit_tests(top);
    tests.merge(interop_tests());
    const auto named = structure::named_tests(structure::read_file(top / "README.md"),
                                              {"client", "codec", "hub", "interop", "simulation", "exploration"});
    CHECK(named.size() > 20);
    for (const auto& name : named) {
        INFO(name);
        CHECK(tests.contains(name));
    }
}
