// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/options.hpp>
#include <webpubsub/time.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::tests {

constexpr std::size_t client_count = 2;
constexpr std::string_view the_group = "g";

/// What an application asks its client for. All of it is about `the_group` but `send_forbidden`.
enum class operation : std::uint8_t { join, leave, send, send_forbidden };

constexpr std::string_view name_of(operation what) noexcept {
    switch (what) {
    case operation::join: return "join";
    case operation::leave: return "leave";
    case operation::send: return "send";
    case operation::send_forbidden: break;
    }
    return "send where it is forbidden";
}

struct scenario {
    struct member {
        codec form;
        std::vector<operation> script;
        /// By its token, on each of its connections.
        bool is_in_group = false;
        /// `client_acknowledgement_options::resend_on_new_connection`.
        bool resends = false;
    };

    std::array<member, client_count> members;
    /// How often a link may be cut.
    std::uint8_t cuts = 2;
    /// How often time may pass although something else could happen before.
    std::uint8_t early_timeouts = 1;
    /// Whether a cut may also go unnoticed at the client's side.
    bool half_open = true;
    /// How long the hub waits for a recovery. The client gives a silent transport up after 15 s.
    duration recovery_window = std::chrono::seconds(5);
};

} // namespace webpubsub::tests
