// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/options.hpp>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

/// What the application behind the service does with an event or an invocation.
enum class event_answer {
    /// Succeeds, with what the event carries.
    echo,
    /// Succeeds, with nothing.
    success,
    failure,
    none,
};

struct event_handler {
    /// Names of events; `*` is every name.
    std::vector<std::string> events;
    event_answer answer;
};

struct hub_settings {
    bool allow_anonymous = false;
    std::chrono::milliseconds keep_alive_interval = std::chrono::seconds(20);
    /// The first that names an event handles it (upstream.md section 1).
    std::vector<event_handler> event_handlers{{{"echo", "message"}, event_answer::echo},
                                              {{"*"}, event_answer::success}};
    webpubsub::hub_options options;

    /// An event without a handler fails (sessions.md section 5).
    event_answer answer_to(std::string_view event) const;
};

struct hub_config {
    bool serve_unlisted = true;
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
