// SPDX-License-Identifier: MIT
#pragma once

#include "structure/include_rules.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// Tests are named in prose as ctest names them, e.g. `client/stop is final in every state`.

namespace structure {

/// The literal behind each `TEST_CASE(`, with its folder in front.
inline std::set<std::string> unit_tests(const std::filesystem::path& top) {
    std::set<std::string> names;
    for (const auto& name : files_below(top, "tests", {".cpp"})) {
        // tests/<layer>/ or tests/<layer>/parts/.
        const auto parent = std::filesystem::path(name).parent_path();
        const auto folder = (parent.filename() == "parts" ? parent.parent_path() : parent).filename().string();
        const auto text = read_file(top / name);
        constexpr std::string_view start = "TEST_CASE(";
        for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
            const auto begin = text.find('"', at) + 1;
            names.insert(folder + "/" + text.substr(begin, text.find('"', begin) - begin));
        }
    }
    return names;
}

/// What stands between backquotes.
inline std::vector<std::string> quoted(std::string_view text) {
    std::vector<std::string> found;
    for (auto begin = text.find('`'); begin != std::string_view::npos;) {
        const auto end = text.find('`', begin + 1);
        if (end == std::string_view::npos) break;
        found.emplace_back(text.substr(begin + 1, end - begin - 1));
        begin = text.find('`', end + 1);
    }
    return found;
}

/// What is quoted and begins with one of `folders`, but for names of files.
inline std::vector<std::string> named_tests(std::string_view text, const std::set<std::string>& folders) {
    auto names = quoted(text);
    std::erase_if(names, [&](const std::string& name) {
        const bool is_file = name.ends_with(".hpp") || name.ends_with(".cpp") || name.ends_with(".proto");
        const auto slash = name.find('/');
        return is_file || slash == std::string::npos || !folders.contains(name.substr(0, slash));
    });
    return names;
}

} // namespace structure
