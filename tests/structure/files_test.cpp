// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include "structure/include_rules.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

const fs::path top = WEBPUBSUB_SOURCE_DIR;

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
        for (const auto& name : structure::files_below(top, folder, {".hpp", ".ipp", ".cpp", ".proto"})) {
            INFO(name);
            const auto text = structure::read_file(top / name);
            CHECK(text.starts_with("// SPDX-License-Identifier: MIT\n"));
            if (name.ends_with("pp") && !name.ends_with(".cpp"))
                CHECK(text.find("\n#pragma once\n") != std::string::npos);
        }
    }
}

TEST_CASE("each script and each part of the builds begins with its licence") {
    for (const auto* folder : {"tests", "fuzz", "proto"}) {
        for (const auto& name : structure::files_below(top, folder, {".py", ".cmake", ".sh", ".txt"})) {
            INFO(name);
            const auto text = structure::read_file(top / name);
            const auto begin = text.starts_with("#!") ? text.find('\n') + 1 : 0;
            CHECK(text.substr(begin).starts_with("# SPDX-License-Identifier: MIT\n"));
        }
    }
    for (const auto* name : {"CMakeLists.txt", "meson.build"}) {
        CHECK(structure::read_file(top / name).starts_with("# SPDX-License-Identifier: MIT\n"));
    }
    CHECK(structure::read_file(top / "LICENSE").find("MIT License") != std::string::npos);
}

TEST_CASE("no file of C++ has more than 400 lines") {
    for (const auto* folder : {"include", "tests", "fuzz"}) {
        for (const auto& name : structure::files_below(top, folder, {".hpp", ".ipp", ".cpp"})) {
            const auto text = structure::read_file(top / name);
            INFO(name);
            CHECK(std::count(text.begin(), text.end(), '\n') <= 400);
        }
    }
}

TEST_CASE("meson.build names every unit test and nothing else") {
    const auto listed = tests_in_meson_build();
    std::set<std::string> present;
    for (const auto& name : structure::files_below(top, "tests", {".cpp"})) {
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
