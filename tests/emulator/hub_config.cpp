// SPDX-License-Identifier: MIT
#include "hub_config.hpp"

#include "hub_limits.hpp"
#include "json_place.hpp"

#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/ascii.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace emulator {

using namespace webpubsub;

namespace {

constexpr std::array<std::pair<std::string_view, canned_answer>, 4> answers{{
    {"echo", canned_answer::echo},
    {"success", canned_answer::success},
    {"failure", canned_answer::failure},
    {"none", canned_answer::none},
}};

/// Whether it is the first of two words.
bool is_first(const json_place& from, std::string_view yes, std::string_view no) {
    const auto word = from.text();
    if (word != yes && word != no) from.must_be("\"" + std::string(yes) + "\" or \"" + std::string(no) + "\"");
    return word == yes;
}

canned_answer read_answer(const json_place& from) {
    const auto word = from.text();
    const auto* const found =
        std::find_if(answers.begin(), answers.end(), [&](const auto& each) { return each.first == word; });
    if (found == answers.end()) from.must_be(R"("echo", "success", "failure" or "none")");
    return found->second;
}

user_event_pattern read_event_pattern(const json_place& from) {
    const auto read = user_event_pattern::parse(from.text());
    if (!read || *read == user_event_pattern()) from.must_be("\"*\" or names of events with commas between them");
    return *read;
}

void read_system_events(const json_place& from, upstream_handler_settings& to) {
    from.for_each_element([&](const json_place& each) {
        const auto name = each.text();
        auto* const chosen = name == "connect"        ? &to.connect
                             : name == "connected"    ? &to.connected
                             : name == "disconnected" ? &to.disconnected
                                                      : nullptr;
        if (chosen == nullptr) each.must_be(R"("connect", "connected" or "disconnected")");
        *chosen = true;
    });
}

/// `{"eventNames": ["joined", "left"], "groupFilters": ["group1", "group2*"]}`; null is none.
void read_group_events(const json_place& from, upstream_handler_settings& to) {
    if (from.is_null()) return;
    from.for_each_member([&](const std::string& key, const json_place& value) {
        if (key == "eventNames") {
            value.for_each_element([&](const json_place& name) {
                (is_first(name, "joined", "left") ? to.group_joined : to.group_left) = true;
            });
        } else if (key == "groupFilters") {
            if (value.is_null()) return;
            value.for_each_element([&](const json_place& filter) { to.group_filters.push_back(filter.text()); });
        } else {
            value.is_unknown();
        }
    });
}

variant<upstream_handler, canned_handler> read_event_handler(const json_place& from) {
    upstream_handler_settings read;
    user_event_pattern pattern;
    std::optional<canned_answer> answer;
    bool has_system_events = false;
    from.for_each_member([&](const std::string& key, const json_place& value) {
        if (key == "userEventPattern") {
            pattern = read_event_pattern(value);
            read.user_event_pattern = value.text();
        } else if (key == "answer") {
            answer = read_answer(value);
        } else if (key == "urlTemplate") {
            read.url_template = value.text();
        } else if (key == "systemEvents") {
            read_system_events(value, read);
            has_system_events = true;
        } else if (key == "groupPresenceEvents") {
            read_group_events(value, read);
            has_system_events = true;
        } else {
            value.is_unknown();
        }
    });
    if (answer.has_value() == !read.url_template.empty()) from.complain(" needs either urlTemplate or answer");
    if (answer) {
        if (read.user_event_pattern.empty() || has_system_events) {
            from.complain(" needs userEventPattern, and no other events, beside its answer");
        }
        return canned_handler{std::move(pattern), *answer};
    }
    auto made = upstream_handler::make(read);
    if (!made) from.complain(" can't be used: " + made.error().message());
    return std::move(*made);
}

void read_settings(const json_place& from, hub_settings& to) {
    from.for_each_member([&](const std::string& key, const json_place& value) {
        if (key == "anonymousConnectPolicy") {
            to.served.allow_anonymous = is_first(value, "allow", "deny");
        } else if (key == "webSocketKeepAliveIntervalInSeconds") {
            to.keep_alive_interval = std::chrono::milliseconds(static_cast<int>(value.number(0.1, 120) * 1000));
        } else if (key == "eventHandlers") {
            to.served.handlers.clear();
            value.for_each_element(
                [&](const json_place& handler) { to.served.handlers.push_back(read_event_handler(handler)); });
        } else if (key == "closeOnFailedEvent") {
            to.served.options.application.drop_on_failed_event = value.boolean();
        } else if (key == "allowRecovery") {
            to.served.options.recovery.enabled = value.boolean();
        } else if (key == "limits") {
            read_limits(value, to.served.options);
            to.served.handler_times.event = to.served.options.timeouts.answer;
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

hub_settings::hub_settings() {
    served.handlers = {canned_handler{user_event_pattern::parse("echo, message").value(), canned_answer::echo},
                       canned_handler{user_event_pattern::parse("*").value(), canned_answer::success}};
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
            } else if (key == "maxUnlistedHubs") {
                read.max_unlisted = value.whole_number(0, 1'000'000);
            } else if (key == "encodedSlashes") {
                read.keep_encoded_slashes = is_first(value, "keep", "decode");
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
  // How many of them there may be; each stays when its clients have gone, and more are refused with 503.
  "maxUnlistedHubs": 1000,
  // A slash that is escaped in the path of a REST request (%2F): "keep" it as it is written, so that it is another name
  // than that with a slash, as the service does, or "decode" it.
  "encodedSlashes": "keep",
  // How hubs are, unless it says otherwise below.
  "defaults": {
    // Clients without a token: "allow" or "deny".
    "anonymousConnectPolicy": "deny",
    // From ping to ping; a client that sends nothing from one to the next has lost its transport. From 0.1 to 120; the
    // service takes whole numbers.
    "webSocketKeepAliveIntervalInSeconds": 20,
    // Who is told of events and invocations, and answers them. The first that matches counts, for each event by itself;
    // events and invocations without one fail. urlTemplate: an HTTP server, e.g.
    //   {"urlTemplate": "http://localhost:3000/api/{hub}/{event}", "userEventPattern": "*",
    //    "systemEvents": ["connect", "connected", "disconnected"],
    //    "groupPresenceEvents": {"eventNames": ["joined", "left"], "groupFilters": ["room*"]}}
    // userEventPattern: "*", or names with commas between them. groupPresenceEvents are a preview. Or answer, in place
    // of urlTemplate: "echo" (what the event carries), "success", "failure", or "none", which fails after
    // eventTimeoutInSeconds.
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
