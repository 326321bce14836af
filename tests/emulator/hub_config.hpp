// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/service/hub_settings.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace emulator {

struct hub_settings {
    std::chrono::milliseconds keep_alive_interval = std::chrono::seconds(20);
    webpubsub::hub_settings served;

    /// Events `echo` and `message` are answered with what they carry, all others with success.
    hub_settings();
};

struct hub_config {
    bool serve_unlisted = true;
    std::size_t max_unlisted = 1000;
    /// Whether a slash that is escaped in the path of a REST request stays as it is written.
    bool keep_encoded_slashes = true;
    /// Of hubs that are not listed.
    hub_settings defaults;
    /// By their names in lower case.
    std::map<std::string, hub_settings, std::less<>> hubs;

    /// Null for a hub that is not served.
    const hub_settings* find(std::string_view hub) const;
};

/// What `--hub-config` names. Throws `bad_files`.
hub_config read_hub_config(const std::string& file, const hub_settings& defaults);

/// A file with every key, its meaning and its default.
std::string write_hub_config();

} // namespace emulator
