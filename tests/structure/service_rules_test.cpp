// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include "structure/test_names.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A page in tests/ says which test shows which statement of the protocol's pages. Here it is held to both.

namespace {

namespace fs = std::filesystem;

const fs::path top = WEBPUBSUB_SOURCE_DIR;

/// Apart, so that this file does not cite what is no page of the protocol.
const std::string md = ".md";

constexpr std::array<std::string_view, 5> pages{"sessions.md", "subprotocols.md", "permissions.md", "upstream.md",
                                                 "rest.md"};

using sections = std::set<std::string>;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// The number of a heading such as `## 7 Recovery` or `### 7.1 Rules`; empty for any other line.
std::string number_of(std::string_view line) {
    const auto hashes = line.find_first_not_of('#');
    if (hashes == 0 || hashes == std::string_view::npos || line[hashes] != ' ') return {};
    line.remove_prefix(hashes + 1);
    return std::string(line.substr(0, std::min(line.find_first_not_of("0123456789."), line.size())));
}

/// Those that have a text of their own.
sections numbered_sections(const std::string& page) {
    sections found;
    std::string current;
    for (const auto& line : lines_of(page)) {
        if (line.starts_with('#')) {
            current = number_of(line);
        } else if (!current.empty() && !line.empty()) {
            found.insert(current);
        }
    }
    return found;
}

using cells = std::vector<std::string>;

/// `| a | b |` is `a` and `b`; nothing for what is no row, for heads of tables and for what is below them.
cells cells_of(const std::string& line) {
    cells found;
    if (!line.starts_with("| ") || line.starts_with("| § ") || line.starts_with("| page ")) return found;
    for (std::size_t begin = 1, end = 0; (end = line.find('|', begin)) != std::string::npos; begin = end + 1) {
        auto cell = line.substr(begin, end - begin);
        cell.erase(0, cell.find_first_not_of(' '));
        cell.erase(cell.find_last_not_of(' ') + 1);
        found.push_back(cell);
    }
    return found;
}

struct row {
    std::string section;
    std::string shown_by;
};

struct rules {
    std::map<std::string, std::vector<row>> rows;
    std::map<std::string, sections> about_others;
};

rules read_rules(const std::string& text) {
    rules read;
    std::string heading;
    for (const auto& line : lines_of(text)) {
        if (line.starts_with("## ")) heading = line.substr(3);
        const auto columns = cells_of(line);
        if (columns.size() != 3) continue;
        if (heading == "Not about the service") {
            read.about_others[columns[0]].insert(columns[1]);
        } else {
            read.rows[heading].push_back({columns[0], columns[2]});
        }
    }
    return read;
}

/// Why a row without a test is one.
bool has_reason(const std::string& shown_by) {
    constexpr std::array<std::string_view, 4> reasons{"not implemented", "not this library's",
                                                      "decided otherwise:", "decided:"};
    return std::any_of(reasons.begin(), reasons.end(), [&](auto reason) { return shown_by.starts_with(reason); });
}

const rules& service_rules() {
    static const rules read = read_rules(structure::read_file(top / "tests" / ("service_rules" + md)));
    return read;
}

/// Of tests that may be named.
const std::set<std::string> folders{"access", "codec", "emulator", "filter",  "hub",     "messages",
                                    "proto",  "rest",  "rules",    "service", "upstream"};

} // namespace

TEST_CASE("each statement about the service names tests that exist, or says why there is none") {
    const auto tests = structure::unit_tests(top);
    std::size_t named = 0;
    for (const auto& [page, rows] : service_rules().rows) {
        CHECK(std::find(pages.begin(), pages.end(), page) != pages.end());
        for (const auto& each : rows) {
            INFO(page << " section " << each.section << ": " << each.shown_by);
            const auto names = structure::named_tests(each.shown_by, folders);
            CHECK((!names.empty() || has_reason(each.shown_by)));
            const auto quoted = structure::quoted(each.shown_by);
            CHECK(std::count_if(quoted.begin(), quoted.end(), [](const std::string& text) {
                      return text.find('/') != std::string::npos;
                  }) == std::ssize(names));
            for (const auto& name : names) {
                INFO(name);
                CHECK(tests.contains(name));
                ++named;
            }
        }
    }
    CHECK(named > 300);
}

TEST_CASE("each section of the protocol's pages is about others, or has a test that shows it") {
    for (const auto page : pages) {
        const std::string name(page);
        const auto present = numbered_sections(structure::read_file(top / "proto/protocol" / name));
        CHECK(present.size() > 5);
        auto listed = service_rules().about_others.contains(name) ? service_rules().about_others.at(name) : sections();
        for (const auto& each : service_rules().rows.at(name)) listed.insert(each.section);
        for (const auto& section : present) {
            INFO(name << " section " << section << " is left out");
            CHECK(listed.contains(section));
        }
        for (const auto& section : listed) {
            INFO(name << " has no section " << section);
            CHECK(present.contains(section));
        }
    }
}

TEST_CASE("a table of rules is read row by row") {
    const auto page = "a" + md;
    const auto read = read_rules("# T\n\n`hub/x` | no row |\n\n## " + page +
                                 "\n\n| § | x | y |\n|---|---|---|\n| 1 | one | `hub/a b`; `rules/c` |\n"
                                 "| 2.1 | two | not implemented |\n\n## Not about the service\n\n"
                                 "| page | § | y |\n|---|---|---|\n| " +
                                 page + " | 3 | z |\n");
    REQUIRE(read.rows.size() == 1);
    const auto& rows = read.rows.at(page);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].section == "1");
    CHECK(structure::named_tests(rows[0].shown_by, folders) == std::vector<std::string>{"hub/a b", "rules/c"});
    CHECK(rows[1].section == "2.1");
    CHECK(has_reason(rows[1].shown_by));
    CHECK_FALSE(has_reason(rows[0].shown_by));
    CHECK(read.about_others.at(page) == sections{"3"});
    CHECK(numbered_sections("# T\n\ntext\n\n## 1 One\n\n### 1.1 Sub\n\ntext\n\n## Two\n\ntext\n") == sections{"1.1"});
    CHECK(structure::named_tests("`hub/hub.hpp`, `other/x` and `hub/y (section 1.2)`", folders) ==
          std::vector<std::string>{"hub/y (section 1.2)"});
}
