// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include "structure/test_names.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// A page in tests/ says which test holds which pair of features. Here it is held to the tests.

namespace {

namespace fs = std::filesystem;

const fs::path top = WEBPUBSUB_SOURCE_DIR;

/// Apart, so that this file does not cite what is no page of the protocol.
const std::string md = ".md";

using cells = std::vector<std::string>;

/// `| a | b |` is `a` and `b`; nothing for what is no row.
cells cells_of(const std::string& line) {
    cells found;
    if (!line.starts_with("|") || line.starts_with("|---")) return found;
    for (std::size_t begin = 1, end = 0; (end = line.find('|', begin)) != std::string::npos; begin = end + 1) {
        auto cell = line.substr(begin, end - begin);
        cell.erase(0, cell.find_first_not_of(' ') == std::string::npos ? cell.size() : cell.find_first_not_of(' '));
        cell.erase(cell.find_last_not_of(' ') + 1);
        found.push_back(cell);
    }
    return found;
}

/// The rows below a heading, the head of the table first.
std::map<std::string, std::vector<cells>> tables_of(const std::string& page) {
    std::map<std::string, std::vector<cells>> found;
    std::string heading;
    std::istringstream in(page);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("## ")) heading = line.substr(3);
        if (auto row = cells_of(line); !row.empty()) found[heading].push_back(std::move(row));
    }
    return found;
}

std::set<std::string> split(const std::string& list) {
    std::set<std::string> parts;
    std::istringstream in(list);
    for (std::string part; std::getline(in, part, ',');) parts.insert(part.substr(part.find_first_not_of(' ')));
    return parts;
}

struct pairs {
    std::vector<std::string> features;
    std::map<char, std::string> tests;
    /// Empty for all.
    std::map<char, std::set<std::string>> held;
    /// Whose every state is seen.
    std::set<char> searched_to_the_end;
    std::vector<cells> rows;
};

pairs read_pairs(const std::string& page) {
    pairs read;
    const auto tables = tables_of(page);
    for (std::size_t i = 1; i < tables.at("Features").size(); ++i) read.features.push_back(tables.at("Features")[i][0]);
    for (std::size_t i = 1; i < tables.at("Worlds").size(); ++i) {
        const auto& row = tables.at("Worlds")[i];
        read.tests[row[0].front()] = structure::quoted(row[1]).front();
        read.held[row[0].front()] = row[2] == "all" ? std::set<std::string>() : split(row[2]);
        if (row[3] == "to the end") read.searched_to_the_end.insert(row[0].front());
    }
    read.rows = tables.at("Pairs");
    return read;
}

const pairs& feature_pairs() {
    static const auto read = read_pairs(structure::read_file(top / "tests" / ("feature_pairs" + md)));
    return read;
}

} // namespace

TEST_CASE("each world of the table of feature pairs is a test, of features that are listed") {
    const auto tests = structure::unit_tests(top);
    const auto& read = feature_pairs();
    const std::set<std::string> known(read.features.begin(), read.features.end());
    CHECK(read.features.size() > 15);
    for (const auto& [letter, name] : read.tests) {
        INFO(letter << ": " << name);
        CHECK(tests.contains(name));
        for (const auto& feature : read.held.at(letter)) {
            INFO(feature);
            CHECK(known.contains(feature));
        }
        // Two at a time would be no more than the tests of old.
        CHECK((read.held.at(letter).empty() || read.held.at(letter).size() >= 5));
        CHECK(read.searched_to_the_end.contains(letter) == name.starts_with("exploration/every state of "));
    }
}

TEST_CASE("each pair of features is held by a test whose world has both") {
    const auto& read = feature_pairs();
    const auto& features = read.features;
    REQUIRE(read.rows.size() == features.size() + 1);
    for (std::size_t i = 0; i < features.size(); ++i) {
        const auto& row = read.rows[i + 1];
        REQUIRE(row.size() == features.size() + 1);
        CHECK(row[0] == features[i]);
        CHECK(read.rows[0][i + 1] == features[i]);
        for (auto j = i + 1; j < features.size(); ++j) {
            INFO(features[i] << " and " << features[j] << ": " << row[j + 1]);
            CHECK_FALSE(row[j + 1].empty());
            for (const char letter : row[j + 1]) {
                REQUIRE(read.held.contains(letter));
                const auto& held = read.held.at(letter);
                CHECK((held.empty() || (held.contains(features[i]) && held.contains(features[j]))));
            }
            CHECK(std::any_of(row[j + 1].begin(), row[j + 1].end(),
                              [&](char letter) { return read.searched_to_the_end.contains(letter); }));
        }
    }
}
