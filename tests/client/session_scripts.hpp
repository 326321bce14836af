// SPDX-License-Identifier: MIT
#pragma once

#include <boost/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace webpubsub::tests {

/// The scripts in tests/vectors/sessions by their names.
inline std::map<std::string, boost::json::object> session_scripts() {
    std::map<std::string, boost::json::object> found;
    for (const auto& entry : std::filesystem::directory_iterator(WEBPUBSUB_TEST_VECTORS "/sessions")) {
        if (entry.path().extension() != ".json") continue;
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        found[entry.path().stem().string()] = boost::json::parse(text.str()).as_object();
    }
    return found;
}

} // namespace webpubsub::tests
