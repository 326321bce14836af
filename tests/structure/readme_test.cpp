// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include "structure/include_rules.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

// The README names tests as ctest does, e.g. `client/stop is final in every state`. Here it is held to them.

namespace {

namespace fs = std::filesystem;

const fs::path top = WEBPUBSUB_SOURCE_DIR;

/// The literal behind each `TEST_CASE(`, with its folder in front.
std::set<std::string> unit_tests() {
    std::set<std::string> names;
    for (const auto& name : structure::files_below(top, "tests", {".cpp"})) {
        const auto folder = fs::path(name).parent_path().filename().string();
        const auto text = structure::read_file(top / name);
        constexpr std::string_view start = "TEST_CASE(";
        for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
            const auto begin = text.find('"', at) + 1;
            names.insert(folder + "/" + text.substr(begin, text.find('"', begin) - begin));
        }
    }
    return names;
}

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

/// What stands between backquotes and begins with one of `folders`, but for paths of files.
std::vector<std::string> named_tests(const std::string& text, const std::set<std::string>& folders) {
    std::vector<std::string> names;
    for (auto begin = text.find('`'); begin != std::string::npos;) {
        const auto end = text.find('`', begin + 1);
        if (end == std::string::npos) break;
        const auto name = text.substr(begin + 1, end - begin - 1);
        const auto slash = name.find('/');
        const bool is_test = slash != std::string::npos && folders.contains(name.substr(0, slash));
        if (is_test && name.find('.') == std::string::npos) names.push_back(name);
        begin = text.find('`', end + 1);
    }
    return names;
}

} // namespace

TEST_CASE("each test that the README names exists") {
    auto tests = unit_tests();
    tests.merge(interop_tests());
    const auto named = named_tests(structure::read_file(top / "README.md"),
                                   {"client", "codec", "hub", "interop", "simulation", "exploration", "track"});
    CHECK(named.size() > 20);
    for (const auto& name : named) {
        INFO(name);
        CHECK(tests.contains(name));
    }
}
