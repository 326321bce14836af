// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include "structure/include_rules.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// Comments cite the pages in proto/protocol/ by page and section. Here each citation is held to the headings there.

namespace {

namespace fs = std::filesystem;

const fs::path top = WEBPUBSUB_SOURCE_DIR;

constexpr std::string_view digits = "0123456789";

/// `page` is the file's name without its extension. Without a section the page as a whole is cited.
struct citation {
    std::string page;
    std::string section{};
    /// Of the section's numbered list: the 5 of "section 7.1 (5)".
    std::string item{};

    friend bool operator==(const citation&, const citation&) = default;
};

std::ostream& operator<<(std::ostream& out, const citation& cited) {
    out << cited.page << ".md";
    if (!cited.section.empty()) out << " section " << cited.section;
    if (!cited.item.empty()) out << " (" << cited.item << ")";
    return out;
}

/// The text below each numbered heading of a page, by number.
using page = std::map<std::string, std::string>;
using pages = std::map<std::string, page>;

bool remove_prefix_if(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::string take_digits(std::string_view& text) {
    const auto size = std::min(text.find_first_not_of(digits), text.size());
    std::string taken(text.substr(0, size));
    text.remove_prefix(size);
    return taken;
}

/// `7` or `7.1`; empty if there is none. A full stop that ends a sentence stays.
std::string take_section(std::string_view& text) {
    auto number = take_digits(text);
    while (!number.empty() && text.size() > 1 && text[0] == '.' && digits.find(text[1]) != std::string_view::npos) {
        text.remove_prefix(1);
        number += '.' + take_digits(text);
    }
    return number;
}

/// Lines joined by a space each, without what begins a line of a comment.
std::string joined_lines(std::string_view text) {
    std::string joined;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.starts_with("//")) line.remove_prefix(std::min(line.find_first_not_of("/ "), line.size()));
        joined.append(line).append(" ");
    }
    return joined;
}

/// From "section 2", "sections 2, 5 and 13", "sections 7.1 to 7.3" or "section 7.1 (5)"; what lies between the two ends
/// of a range is there if they are.
std::vector<citation> take_sections(std::string_view text, const std::string& name) {
    std::vector<citation> found;
    if (!remove_prefix_if(text, " sections ") && !remove_prefix_if(text, " section ")) return found;
    for (;;) {
        citation cited{name, take_section(text)};
        if (cited.section.empty()) return found;
        if (auto rest = text; remove_prefix_if(rest, " (")) {
            const auto item = take_digits(rest);
            if (!item.empty() && remove_prefix_if(rest, ")")) {
                cited.item = item;
                text = rest;
            }
        }
        found.push_back(std::move(cited));
        const bool more = remove_prefix_if(text, ", and ") || remove_prefix_if(text, ", ") ||
                          remove_prefix_if(text, " and ") || remove_prefix_if(text, " to ");
        if (!more) return found;
    }
}

/// In the order of the text.
std::vector<citation> citations_in(std::string_view source) {
    constexpr std::string_view extension = ".md";
    constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const auto text = joined_lines(source);
    std::vector<citation> found;
    for (auto at = text.find(extension); at != std::string::npos; at = text.find(extension, at + 1)) {
        auto begin = at;
        while (begin > 0 && name_characters.find(text[begin - 1]) != std::string_view::npos) --begin;
        const auto end = at + extension.size();
        if (begin == at || (end < text.size() && name_characters.find(text[end]) != std::string_view::npos)) continue;
        const auto name = text.substr(begin, at - begin);
        auto sections = take_sections(std::string_view(text).substr(end), name);
        if (sections.empty()) sections.push_back({name});
        found.insert(found.end(), sections.begin(), sections.end());
    }
    return found;
}

/// What a page cites of itself: each section sign with its number.
std::vector<citation> own_citations_in(std::string_view text, const std::string& name) {
    constexpr std::string_view sign = "\xC2\xA7";
    std::vector<citation> found;
    for (auto at = text.find(sign); at != std::string_view::npos; at = text.find(sign, at + 1)) {
        auto rest = text.substr(at + sign.size());
        if (auto section = take_section(rest); !section.empty()) found.push_back({name, std::move(section)});
    }
    return found;
}

page read_page(std::string_view text) {
    page sections;
    std::string current;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.starts_with('#')) {
            auto heading = line.substr(std::min(line.find_first_not_of('#'), line.size()));
            current = remove_prefix_if(heading, " ") ? take_section(heading) : std::string();
            if (!current.empty()) sections[current];
        } else if (!current.empty()) {
            sections[current].append("\n").append(line);
        }
    }
    return sections;
}

/// Why there is nothing that a citation could mean; empty if there is.
std::string objection(const citation& cited, const pages& known) {
    const auto found = known.find(cited.page);
    if (found == known.end()) return "there is no such page";
    if (cited.section.empty()) return {};
    const auto section = found->second.find(cited.section);
    if (section == found->second.end()) return "the page has no such section";
    const bool has_item = cited.item.empty() || section->second.find("\n" + cited.item + ". ") != std::string::npos;
    return has_item ? "" : "the section has no such item";
}

const pages& protocol_pages() {
    static const pages all = [] {
        pages found;
        for (const auto& entry : fs::directory_iterator(top / "proto/protocol")) {
            if (entry.path().extension() != ".md") continue;
            found.emplace(entry.path().stem().string(), read_page(structure::read_file(entry.path())));
        }
        return found;
    }();
    return all;
}

/// In pieces, so that this file does not cite what is made up here.
std::string cite(const std::string& name, const std::string& rest = {}) { return name + ".md" + rest; }

} // namespace

TEST_CASE("each citation of a protocol page names a section that is there") {
    std::size_t count = 0;
    for (const auto* folder : {"include", "proto", "tests", "fuzz"}) {
        for (const auto& name : structure::files_below(top, folder, {".hpp", ".cpp", ".proto"})) {
            for (const auto& cited : citations_in(structure::read_file(top / name))) {
                INFO(name << " cites " << cited);
                CHECK(objection(cited, protocol_pages()).empty());
                ++count;
            }
        }
    }
    CHECK(count > 80);
}

TEST_CASE("the protocol pages cite one another and themselves by sections that are there") {
    std::size_t count = 0;
    for (const auto& [name, sections] : protocol_pages()) {
        const auto text = structure::read_file(top / "proto/protocol" / (name + ".md"));
        auto citations = citations_in(text);
        const auto own = own_citations_in(text, name);
        citations.insert(citations.end(), own.begin(), own.end());
        for (const auto& cited : citations) {
            INFO(name << " cites " << cited);
            CHECK(objection(cited, protocol_pages()).empty());
            ++count;
        }
    }
    CHECK(count > 40);
}

TEST_CASE("a citation is found in every form that comments use") {
    struct row {
        std::string text;
        std::vector<citation> expected;
    };
    const auto each = GENERATE(
        row{"// Nothing (RFC 6455 section 5.5).", {}}, row{cite("a"), {{"a"}}}, row{cite("a", "x section 1"), {}},
        row{"(" + cite("a", " section 5.2)."), {{"a", "5.2"}}}, row{"/// " + cite("a", " section 7."), {{"a", "7"}}},
        row{cite("a", " section 7.1 (5)."), {{"a", "7.1", "5"}}}, row{cite("a", " section 7 (five)"), {{"a", "7"}}},
        row{cite("a", " sections 2, 5 and 13, ") + cite("b-c", " section 1"),
            {{"a", "2"}, {"a", "5"}, {"a", "13"}, {"b-c", "1"}}},
        row{cite("a", " sections 7.1 to 7.3, in"), {{"a", "7.1"}, {"a", "7.3"}}},
        row{cite("a", " sections 2 and 9 to 13: "), {{"a", "2"}, {"a", "9"}, {"a", "13"}}},
        row{"    /// (" + cite("a", "\n    /// section 5.2).\n"), {{"a", "5.2"}}},
        row{"// " + cite("a", " section\n// 4.1). A value"), {{"a", "4.1"}}}, row{"// x/" + cite("a", " A4"), {{"a"}}});
    INFO(each.text);
    CHECK(citations_in(each.text) == each.expected);
    CHECK(own_citations_in("see \xC2\xA7"
                           "5.2, \xC2\xA7"
                           "7.",
                           "a") == std::vector<citation>{{"a", "5.2"}, {"a", "7"}});
}

TEST_CASE("a citation of what is not there is found out") {
    const pages known{
        {"a", read_page("# Title\n\n## 1 One\n\n### 1.2 Two\n\n1. first\n2. second\n\n## Three\n\n3. third\n")}};
    const auto objection_to = [&](const std::string& text) { return objection(citations_in(text).at(0), known); };
    CHECK(objection_to(cite("a")).empty());
    CHECK(objection_to(cite("a", " section 1")).empty());
    CHECK(objection_to(cite("a", " section 1.2 (2)")).empty());
    CHECK(objection_to(cite("made-up", " section 1")) == "there is no such page");
    CHECK(objection_to(cite("a", " section 2")) == "the page has no such section");
    CHECK(objection_to(cite("a", " section 1.1")) == "the page has no such section");
    CHECK(objection_to(cite("a", " section 1.2 (3)")) == "the section has no such item");
    CHECK(objection_to(cite("a", " section 1 (1)")) == "the section has no such item");
    CHECK_FALSE(objection({"subprotocols", "99"}, protocol_pages()).empty());
    CHECK_FALSE(objection({"made-up"}, protocol_pages()).empty());
}
