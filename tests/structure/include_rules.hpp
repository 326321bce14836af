// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

// What each header of include/webpubsub/ may include. The layers form the order of the library: whatever is not listed
// below a layer is above it or beside it.

namespace structure {

struct layer {
    std::string_view name;
    /// The layers whose headers this one may include besides its own, with all that these may include.
    std::vector<std::string_view> below;
    /// Headers from outside, by their beginning, apart from the standard library's.
    std::vector<std::string_view> outside;
};

inline const std::vector<layer>& layers() {
    static const std::vector<layer> table{
        // The part of <chrono> without calendars and time zones, where the standard library has it apart.
        {"base", {}, {"bits/chrono.h"}},
        {"text", {"base"}, {"emmintrin.h", "immintrin.h", "tmmintrin.h"}},
        {"support", {"text"}, {"emmintrin.h"}},
        {"messages", {"text"}, {}},
        {"rules", {"messages"}, {}},
        {"codec", {"messages", "support"}, {}},
        {"codec/json", {"codec"}, {}},
        {"codec/protobuf", {"codec"}, {}},
        {"codec/all", {"codec/json", "codec/protobuf"}, {}},
        {"client", {"rules", "codec"}, {}},
        {"hub", {"rules", "codec"}, {}},
        {"testing", {"client", "hub", "codec/all"}, {}},
        {"filter", {"rules"}, {}},
        {"filter/hub", {"filter", "hub"}, {}},
        {"cluster", {"filter/hub", "codec/protobuf"}, {}},
        {"access", {"rules"}, {}},
        {"access/openssl", {"access"}, {"openssl/"}},
        {"json", {"messages"}, {"boost/json"}},
        {"access/tokens", {"access", "json"}, {"boost/json"}},
        {"http", {"messages"}, {}},
        {"rest", {"access/tokens", "http", "support"}, {"boost/json"}},
        {"upstream", {"access/tokens", "http"}, {"boost/json"}},
        {"service", {"filter/hub", "rest", "upstream"}, {"boost/json"}},
        {"service/cluster", {"service", "cluster"}, {"boost/json"}},
        {"proto", {"codec/protobuf"}, {"google/protobuf/", "webpubsub.v1.pb.h"}},
        {"umbrella", {"client", "hub", "access", "codec/all", "filter"}, {}},
        {"src", {"umbrella", "cluster", "testing"}, {}},
    };
    return table;
}

/// What is installed by a component of its own, since it needs a library.
inline constexpr std::array component_layers{std::string_view("json"),
                                             std::string_view("access/tokens"),
                                             std::string_view("rest"),
                                             std::string_view("upstream"),
                                             std::string_view("service"),
                                             std::string_view("access/openssl"),
                                             std::string_view("service/cluster"),
                                             std::string_view("proto")};

/// What a library without I/O, threads and clocks has no use for, or what is too heavy for everyone's headers.
inline constexpr std::array forbidden_standard_headers{
    std::string_view("iostream"),  std::string_view("fstream"),      std::string_view("sstream"),
    std::string_view("regex"),     std::string_view("functional"),   std::string_view("thread"),
    std::string_view("mutex"),     std::string_view("shared_mutex"), std::string_view("future"),
    std::string_view("semaphore"), std::string_view("stop_token"),   std::string_view("condition_variable")};

/// What config.hpp includes to stop compilers that are too old; there is no such file.
inline constexpr std::string_view no_such_header = "webpubsub needs C++20";

inline bool starts_with_one_of(std::string_view text, std::span<const std::string_view> beginnings) {
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [&](std::string_view beginning) { return text.starts_with(beginning); });
}

inline const layer* layer_named(std::string_view name) {
    const auto& table = layers();
    const auto found = std::find_if(table.begin(), table.end(), [&](const layer& each) { return each.name == name; });
    return found != table.end() ? &*found : nullptr;
}

/// Whether `upper` may include `lower`: it is named below it, or below what is.
inline bool is_below(std::string_view lower, const layer& upper) {
    return std::any_of(upper.below.begin(), upper.below.end(), [&](std::string_view name) {
        const auto* next = layer_named(name);
        return name == lower || (next != nullptr && is_below(lower, *next));
    });
}

/// The layer of a header or of an .ipp, named by its path below include/webpubsub/; null for a path that belongs to
/// none. The folders detail/, impl/ and parts/ belong to the layer that they are in.
inline const layer* layer_of(std::string_view path) {
    const auto slash = path.find('/');
    if (path == "webpubsub.hpp") return layer_named("umbrella");
    if (path == "src.hpp") return layer_named("src");
    if (slash == std::string_view::npos || path.starts_with("impl/")) return layer_named("base");
    const auto folder = path.substr(0, slash);
    const auto file = path.substr(path.rfind('/') + 1);
    if (folder == "codec" && file.starts_with("json")) return layer_named("codec/json");
    if (folder == "codec" && file.starts_with("protobuf")) return layer_named("codec/protobuf");
    if (folder == "codec" && file.starts_with("all_")) return layer_named("codec/all");
    if (folder == "filter" && file.starts_with("connection_")) return layer_named("filter/hub");
    if (folder == "service" && file.starts_with("clustered_")) return layer_named("service/cluster");
    if (folder == "access") {
        static constexpr std::array tokens{std::string_view("jwt"), std::string_view("client_token"),
                                           std::string_view("client_claims"), std::string_view("client_request")};
        if (file.starts_with("openssl_")) return layer_named("access/openssl");
        if (starts_with_one_of(file, tokens)) return layer_named("access/tokens");
    }
    return layer_named(folder);
}

inline bool is_component(std::string_view path) {
    const auto* own = layer_of(path);
    return own != nullptr &&
           std::find(component_layers.begin(), component_layers.end(), own->name) != component_layers.end();
}

/// The names between the angle brackets or quotes of each #include, with their delimiters.
inline std::vector<std::string> includes_of(const std::string& text) {
    std::vector<std::string> includes;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::string_view rest = line;
        const auto skip = [&] { rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size())); };
        skip();
        if (!rest.starts_with('#')) continue;
        rest.remove_prefix(1);
        skip();
        if (!rest.starts_with("include")) continue;
        rest.remove_prefix(7);
        skip();
        const auto end = rest.find_first_of(">\"", 1);
        includes.emplace_back(rest.substr(0, end == std::string_view::npos ? end : end + 1));
    }
    return includes;
}

/// Why a header of `own` must not have that include; empty if it may.
inline std::string objection(const layer& own, const std::string& include) {
    if (include.size() < 3 || include.front() != '<') return "is not written <webpubsub/...> or <header>";
    const auto name = std::string_view(include).substr(1, include.size() - 2);
    if (name.starts_with("webpubsub/")) {
        const auto* other = layer_of(name.substr(10));
        if (other == nullptr) return "belongs to no layer";
        if (other->name == own.name) return {};
        return is_below(other->name, own)
                   ? ""
                   : "is in layer " + std::string(other->name) + ", which is not below " + std::string(own.name);
    }
    if (starts_with_one_of(name, own.outside) || name == no_such_header) return {};
    if (name.find_first_of("/.") != std::string_view::npos) return "is not for layer " + std::string(own.name);
    const auto& forbidden = forbidden_standard_headers;
    if (std::find(forbidden.begin(), forbidden.end(), name) != forbidden.end()) return "is not for any header";
    return {};
}

/// One sentence for each include of a header that must not be there.
inline std::vector<std::string> check_header(const std::string& path, const std::string& text) {
    const auto* own = layer_of(path);
    if (own == nullptr) return {path + " belongs to no layer"};
    std::vector<std::string> violations;
    for (const auto& include : includes_of(text)) {
        const auto reason = objection(*own, include);
        if (!reason.empty()) violations.push_back(path + ": " + include + " " + reason);
    }
    return violations;
}

inline std::string read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

/// The files with one of these extensions in a folder below `top`, relative to it; without what was installed for the
/// interop tests.
inline std::vector<std::string> files_below(const std::filesystem::path& top, const std::string& folder,
                                            const std::set<std::string>& extensions) {
    std::vector<std::string> found;
    auto entry = std::filesystem::recursive_directory_iterator(top / folder);
    for (; entry != std::filesystem::recursive_directory_iterator(); ++entry) {
        if (entry->path().filename() == "node_modules") entry.disable_recursion_pending();
        if (!extensions.contains(entry->path().extension().string())) continue;
        found.push_back(entry->path().lexically_relative(top).generic_string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// The headers below a folder and their texts, named by their paths in it.
inline std::map<std::string, std::string> read_tree(const std::filesystem::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() != ".hpp" && entry.path().extension() != ".ipp") continue;
        files.emplace(entry.path().lexically_relative(folder).generic_string(), read_file(entry.path()));
    }
    return files;
}

inline std::vector<std::string> check_tree(const std::map<std::string, std::string>& files) {
    std::vector<std::string> violations;
    for (const auto& [path, text] : files) {
        const auto found = check_header(path, text);
        violations.insert(violations.end(), found.begin(), found.end());
    }
    return violations;
}

/// The paths that a header reaches through its includes, itself among them.
inline std::vector<std::string> reachable_from(const std::map<std::string, std::string>& files,
                                               const std::string& start) {
    std::vector<std::string> reached{start};
    for (std::size_t next = 0; next < reached.size(); ++next) {
        const auto file = files.find(reached[next]);
        if (file == files.end()) continue;
        for (const auto& include : includes_of(file->second)) {
            if (!include.starts_with("<webpubsub/")) continue;
            const auto path = include.substr(11, include.size() - 12);
            if (std::find(reached.begin(), reached.end(), path) == reached.end()) reached.push_back(path);
        }
    }
    return reached;
}

} // namespace structure
