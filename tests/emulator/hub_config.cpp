// SPDX-License-Identifier: MIT
#include "hub_config.hpp"

#include "hub_limits.hpp"
#include "json_place.hpp"

#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/ascii.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace emulator {

using namespace webpubsub;

namespace {

constexpr std::array<std::pair<std::string_view, event_answer>, 4> answers{{
    {"echo", event_answer::echo},
    {"success", event_answer::success},
    {"failure", event_answer::failure},
    {"none", event_answer::none},
}};

/// Whether it is the first of two words.
bool is_first(const json_place& from, std::string_view yes, std::string_view no) {
    const auto word = from.text();
    if (word != yes && word != no) from.must_be("\"" + std::string(yes) + "\" or \"" + std::string(no) + "\"");
    return word == yes;
}

event_answer read_answer(const json_place& from) {
    const auto word = from.text();
    const auto* const found =
        std::find_if(answers.begin(), answers.end(), [&](const auto& each) { return each.first == word; });
    if (found == answers.end()) from.must_be(R"("echo", "success", "failure" or "none")");
    return found->second;
}

/// `*`, a name, or names with commas and perhaps blanks between them (upstream.md section 1).
std::vector<std::string> read_event_pattern(const json_place& from) {
    std::vector<std::string> names;
    const auto text = from.text() + ',';
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find(',', at);
        const auto first = std::min(text.find_first_not_of(' ', at), end);
        const auto last = first == end ? end : text.find_last_not_of(' ', end - 1) + 1;
        auto name = text.substr(first, last - first);
        if (name != "*" && !is_valid_event_name(name))
            from.must_be("\"*\" or names of events with commas between them");
        names.push_back(std::move(name));
        at = end + 1;
    }
    return names;
}

event_handler read_event_handler(const json_place& from) {
    event_handler read;
    bool has_answer = false;
    from.for_each_member([&](const std::string& key, const json_place& value) {
        if (key == "userEventPattern") {
            read.events = read_event_pattern(value);
        } else if (key == "answer") {
            read.answer = read_answer(value);
            has_answer = true;
        } else {
            value.is_unknown();
        }
    });
    if (read.events.empty() || !has_answer) from.complain(" needs userEventPattern and answer");
    return read;
}

void read_settings(const json_place& from, hub_settings& to) {
    from.for_each_member([&](const std::string& key, const json_place& value) {
        if (key == "anonymousConnectPolicy") {
            to.allow_anonymous = is_first(value, "allow", "deny");
        } else if (key == "webSocketKeepAliveIntervalInSeconds") {
            to.keep_alive_interval = std::chrono::milliseconds(static_cast<int>(value.number(0.1, 120) * 1000));
        } else if (key == "eventHandlers") {
            to.event_handlers.clear();
            value.for_each_element(
                [&](const json_place& handler) { to.event_handlers.push_back(read_event_handler(handler)); });
        } else if (key == "closeOnFailedEvent") {
            to.options.application.drop_on_failed_event = value.boolean();
        } else if (key == "allowRecovery") {
            to.options.recovery.enabled = value.boolean();
        } else if (key == "limits") {
            read_limits(value, to.options);
        } else {
            value.is_unknown();
        }
    });
}

void read_hub(const std::string& name, const json_place& from, hub_config& to) {
    if (!is_valid_hub_name(name)) from.complain(" is not a hub's name");
    const auto [added, is_new] = to.hubs.emplace(to_lower(name), to.defaults);
    if (!is_new) from.complain(" is the same hub as another one");
    read_settings(from, added->second);
}

} // namespace

event_answer hub_settings::answer_to(std::string_view event) const {
    for (const auto& handler : event_handlers) {
        for (const auto& name : handler.events) {
            if (name == "*" || equal_ignoring_case(name, event)) return handler.answer;
        }
    }
    return event_answer::failure;
}

const hub_settings* hub_config::find(std::string_view hub) const {
    const auto found = hubs.find(hub);
    if (found != hubs.end()) return &found->second;
    return serve_unlisted ? &defaults : nullptr;
}

hub_config read_hub_config(const std::string& file, const hub_settings& defaults) {
    hub_config read;
    read.defaults = defaults;
    read_json_file(file, [&](const json_place& all) {
        // The hubs last, for each begins with the defaults.
        all.for_each_member([&](const std::string& key, const json_place& value) {
            if (key == "unlistedHubs") {
                read.serve_unlisted = is_first(value, "serve", "refuse");
            } else if (key == "defaults") {
                read_settings(value, read.defaults);
            } else if (key != "hubs") {
                value.is_unknown();
            }
        });
        all.for_each_member([&](const std::string& key, const json_place& value) {
            if (key != "hubs") return;
            value.for_each_member([&](const std::string& name, const json_place& hub) { read_hub(name, hub, read); });
        });
    });
    return read;
}

std::string write_hub_config() {
    return R"({
  // Hubs that are not listed below: "serve", as soon as a client connects to one, or "refuse" with 404.
  "unlistedHubs": "serve",
  // How hubs are, unless it says otherwise below.
  "defaults": {
    // Clients without a token: "allow" or "deny".
    "anonymousConnectPolicy": "deny",
    // From ping to ping; a client that sends nothing from one to the next has lost its transport. From 0.1 to 120; the
    // service takes whole numbers.
    "webSocketKeepAliveIntervalInSeconds": 20,
    // What the application does with events and invocations. The first that matches counts; without one they fail.
    // userEventPattern: "*", or names with commas between them. answer: "echo" (what the event carries), "success",
    // "failure", or "none", which fails after eventTimeoutInSeconds.
    "eventHandlers": [
      {"userEventPattern": "echo, message", "answer": "echo"},
      {"userEventPattern": "*", "answer": "success"}
    ],
    // Whether an event that fails closes connections of PubSub clients too (1011).
    "closeOnFailedEvent": false,
    // Whether reliable clients that lose their transport may come back. Otherwise their connections end with it.
    "allowRecovery": true,
    // Where a limit may be null it then does not exist.
    "limits": {
)" + write_limits(hub_options(), "      ") +
           R"(    }
  },
  // What is different at some hubs: {"chat": {"anonymousConnectPolicy": "allow", "limits": {"maxStreams": 1}}}
  "hubs": {}
}
)";
}

} // namespace emulator
