// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/scenario.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub::tests {

inline std::string client_name(std::size_t i) { return std::string(1, static_cast<char>('A' + i)); }

inline std::string text_of(const operation& what) {
    return std::string(name_of(what.what)).append(" ").append(what.where);
}

/// What had been seen in the end.
template <class World>
std::string describe_seen(const World& world) {
    std::string text = "the witness saw:";
    for (const auto& m : world.seen_by_hub().witnessed) text.append(" ").append(m.group).append(":").append(m.text);
    text += "; executed:";
    for (const auto& payload : world.seen_by_hub().executed) text.append(" ").append(payload);
    text += "\n";
    for (std::size_t i = 0; i < world.client_count(); ++i) {
        for (const auto& e : world.seen_by_client(i).epochs) {
            text += client_name(i) + " on " + e.connection.substr(0, 4) + (e.lost ? " (lost):" : ":");
            for (const auto& received : e.received) text.append(" ").append(received);
            text += "\n";
        }
        for (const auto& c : world.seen_by_client(i).calls) {
            text += client_name(i) + " " + text_of(c.what) + ", " + c.payload + ": ";
            text += c.outcome  ? name_of(c.outcome->status)
                    : c.answer ? name_of(c.answer->status)
                    : c.closed ? name_of(c.closed->status)
                               : std::string_view("no outcome");
            text += "\n";
        }
    }
    return text;
}

} // namespace webpubsub::tests
