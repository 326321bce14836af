// SPDX-License-Identifier: MIT
#pragma once

#include "structure/include_rules.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// What the parts of the client and of the hub may know of each other, and where functions are defined. All of it looks
// at a tree of headers: their texts by their paths below include/webpubsub/.

namespace structure {

using tree = std::map<std::string, std::string>;

struct facade {
    std::string header;
    std::string folder;
    /// The parts, lowest floor first. Whatever else is in `folder` belongs to none: values that parts share.
    std::vector<std::vector<std::string_view>> floors;
};

inline const std::vector<facade>& facades() {
    static const std::vector<facade> table{
        {"client/client.hpp",
         "client/parts/",
         {{"link", "outbox", "requests", "memberships", "publisher", "subscriber", "invocations", "group_states"}}},
        {"hub/hub.hpp",
         "hub/parts/",
         {{"roster", "outputs", "fan_out", "waiting_senders"},
          {"admissions", "requests", "streams", "group_states", "invocations"}}},
        {"cluster/cluster_member.hpp",
         "cluster/parts/",
         {{"bus_line", "node_life", "bus_waits"},
          {"echoes", "publications", "relays", "state_exchange", "slow_members", "sending_room", "calls"}}},
    };
    return table;
}

/// The floor of a part, counted from 0; -1 for a header that is none.
inline int floor_of(const facade& whole, std::string_view path) {
    if (!path.starts_with(whole.folder) || !path.ends_with(".hpp")) return -1;
    const auto name = path.substr(whole.folder.size(), path.size() - whole.folder.size() - 4);
    for (std::size_t floor = 0; floor < whole.floors.size(); ++floor) {
        const auto& parts = whole.floors[floor];
        if (std::find(parts.begin(), parts.end(), name) != parts.end()) return static_cast<int>(floor);
    }
    return -1;
}

/// A part reaches neither the facade nor a part of its own floor or of a higher one.
inline std::vector<std::string> check_parts(const tree& files) {
    std::vector<std::string> violations;
    for (const auto& whole : facades()) {
        for (const auto& [path, text] : files) {
            if (!path.starts_with(whole.folder)) continue;
            const int floor = floor_of(whole, path);
            for (const auto& other : reachable_from(files, path)) {
                if (other == whole.header) violations.push_back(path + " reaches the facade");
                if (floor >= 0 && other != path && floor_of(whole, other) >= floor) {
                    violations.push_back(path + " reaches the part " + other + ", which is not below it");
                }
            }
        }
    }
    return violations;
}

/// Why the definitions of one .ipp are not where they must be.
inline std::vector<std::string> check_definitions_of(const tree& files, const std::string& ipp) {
    std::vector<std::string> violations;
    const auto include = "#include <webpubsub/" + ipp + ">\n";
    std::size_t headers = 0;
    bool in_src = false;
    for (const auto& [path, text] : files) {
        if (text.find(include) == std::string::npos) continue;
        if (path == "src.hpp") {
            in_src = true;
            continue;
        }
        ++headers;
        if (!path.ends_with(".hpp")) violations.push_back(ipp + " is included by " + path + ", which is no header");
        if (layer_of(path) != layer_of(ipp)) violations.push_back(ipp + " is included by another layer: " + path);
        if (!text.ends_with("#endif\n") || text.find("\n#ifndef WEBPUBSUB_COMPILED\n#include") == std::string::npos) {
            violations.push_back(path + " does not end with #ifndef WEBPUBSUB_COMPILED and its definitions");
        }
    }
    if (ipp.find("impl/") == std::string::npos) violations.push_back(ipp + " is in no folder impl/");
    if (headers != 1) violations.push_back(ipp + " is included by " + std::to_string(headers) + " headers");
    if (!in_src) violations.push_back(ipp + " is missing in src.hpp");
    return violations;
}

/// Each .ipp is included by one header of its layer, in header-only mode, and by src.hpp. A component's functions are
/// not in the compiled library, so they are inline in both modes.
inline std::vector<std::string> check_definitions(const tree& files) {
    std::vector<std::string> violations;
    for (const auto& [path, text] : files) {
        if (is_component(path)) {
            if (path.ends_with(".ipp") || text.find("WEBPUBSUB_DECL") != std::string::npos) {
                violations.push_back(path + " belongs to a component, whose functions are inline");
            }
        } else if (path.ends_with(".ipp")) {
            const auto found = check_definitions_of(files, path);
            violations.insert(violations.end(), found.begin(), found.end());
        }
    }
    return violations;
}

/// The names of the data members in a text, by the house's style: declared in a line of their own, or behind a comma,
/// and with an underscore at the end. What holds options, events or counters is plain data and does not count.
inline std::vector<std::string> data_members_in(const std::string& text) {
    std::vector<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find_first_not_of(' ');
        const auto end = line.find_last_not_of(' ');
        if (begin == std::string::npos || line[end] != ';') continue;
        auto words = std::string_view(line).substr(begin, end - begin);
        words = words.substr(0, std::min(words.find(" = "), words.find('{')));
        if (words.find_first_of("()=+-.\"") != std::string_view::npos || words.find(' ') == std::string_view::npos ||
            words.starts_with("return ") || words.starts_with("using ") || words.starts_with("static ") ||
            words.starts_with("delete ") || words.starts_with("throw ") || words.starts_with("++")) {
            continue;
        }
        for (auto at = words.find("_,"); at != std::string_view::npos; at = words.find("_,", at + 1)) {
            found.emplace_back(words.substr(words.rfind(' ', at) + 1, at - words.rfind(' ', at)));
        }
        if (words.ends_with('_')) found.emplace_back(words.substr(words.rfind(' ') + 1));
    }
    std::erase_if(
        found, [](const std::string& name) { return name == "options_" || name == "events_" || name == "counters_"; });
    return found;
}

} // namespace structure
