// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include "structure/include_rules.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path top = WEBPUBSUB_SOURCE_DIR;

// Names relative to the top; without what was installed for the interop tests.
std::vector<std::string> files_below(const std::string& folder, const std::set<std::string>& extensions) {
    std::vector<std::string> found;
    auto entry = fs::recursive_directory_iterator(top / folder);
    for (; entry != fs::recursive_directory_iterator(); ++entry) {
        if (entry->path().filename() == "node_modules") entry.disable_recursion_pending();
        if (extensions.count(entry->path().extension().string()) == 0) continue;
        found.push_back(entry->path().lexically_relative(top).generic_string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

// The quoted names of test sources in meson.build.
std::set<std::string> tests_in_meson_build() {
    const auto text = structure::read_file(top / "meson.build");
    std::set<std::string> names;
    for (auto at = text.find("'tests/"); at != std::string::npos; at = text.find("'tests/", at + 1)) {
        const auto name = text.substr(at + 1, text.find('\'', at + 1) - at - 1);
        if (name.ends_with("_test.cpp")) names.insert(name);
    }
    return names;
}

} // namespace

TEST_CASE("each source begins with its licence, and each header is guarded") {
    for (const auto* folder : {"include", "tests", "fuzz", "proto"}) {
        for (const auto& name : files_below(folder, {".hpp", ".cpp", ".proto"})) {
            INFO(name);
            const auto text = structure::read_file(top / name);
            CHECK(text.starts_with("// SPDX-License-Identifier: MIT\n"));
            if (name.ends_with(".hpp")) CHECK(text.find("\n#pragma once\n") != std::string::npos);
        }
    }
}

TEST_CASE("meson.build names every unit test and nothing else") {
    const auto listed = tests_in_meson_build();
    std::set<std::string> present;
    for (const auto& name : files_below("tests", {".cpp"})) {
        const auto folder = (top / name).parent_path();
        // A folder with a CMakeLists.txt of its own needs more than a unit test does, and is for CMake alone.
        const bool own_build = folder != top / "tests" && fs::exists(folder / "CMakeLists.txt");
        if (name.ends_with("_test.cpp") && !own_build) present.insert(name);
    }
    for (const auto& name : present) {
        INFO("not in meson.build: " << name);
        CHECK(listed.count(name) == 1);
    }
    for (const auto& name : listed) {
        INFO("only in meson.build: " << name);
        CHECK(present.count(name) == 1);
    }
}
