// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/ids.hpp>
#include <webpubsub/messages/frame.hpp>

#include "exploration/fingerprint.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::tests {

struct packet {
    enum class what : std::uint8_t { open, opened, frame, close };
    what kind = what::frame;
    frame_kind frame = frame_kind::text;
    /// A close code.
    unsigned code = 0;
    /// A frame, a URL, a subprotocol or a close reason. Shared by the copies of a state.
    std::shared_ptr<const std::string> bytes;
    std::uint64_t print = 0;

    packet(what k, frame_kind f, unsigned c, std::string b)
        : kind(k),
          frame(f),
          code(c),
          bytes(std::make_shared<const std::string>(std::move(b))),
          print(fingerprint()
                    .add(static_cast<std::uint64_t>(k) << 32 | static_cast<std::uint64_t>(f) << 24 | c)
                    .add(*bytes)
                    .value()) {}
};

/// A transport between a client and the hub: what is under way, in order, and what the ends know.
///
/// Once it is cut nothing new gets on the way, and what is under way arrives until the end learns of the cut; the rest
/// is lost. An end may learn at any time, so every suffix may be lost, in each direction for itself. If the client is
/// never to learn, what it would not get is lost at once: that is no other world than one in which the rest has arrived
/// before.
struct link {
    enum class end : std::uint8_t { not_yet, open, gone };

    std::size_t client = 0;
    transport_id client_side{};
    transport_id hub_side{};
    std::vector<packet> up{};
    std::vector<packet> down{};
    bool cut = false;
    bool half_open = false;
    bool opened_at_client = false;
    /// Unless the hub has asked its host to stop reading.
    bool hub_reads = true;
    /// Never `not_yet`.
    end client_end = end::open;
    end hub_end = end::not_yet;

    bool client_has_it() const noexcept { return client_end == end::open; }
    bool hub_has_it() const noexcept { return hub_end == end::open; }

    void send_up(packet p) {
        if (!cut && hub_end != end::gone) up.push_back(std::move(p));
    }
    void send_down(packet p) {
        if (!cut && client_has_it()) down.push_back(std::move(p));
    }

    /// Nothing that arrives there matters any more.
    void drop_client() {
        client_end = end::gone;
        down.clear();
    }
    void drop_hub() {
        hub_end = end::gone;
        up.clear();
    }

    bool client_can_learn() const noexcept { return cut && !half_open && client_has_it(); }
    bool hub_can_learn() const noexcept { return cut && hub_end != end::gone; }
    bool is_over() const noexcept { return !client_has_it() && hub_end == end::gone; }

    void add_to(fingerprint& f) const {
        f.add(client).add(number_of(client_side)).add(number_of(hub_side));
        f.add(static_cast<std::uint64_t>(cut) | static_cast<std::uint64_t>(half_open) << 1 |
              static_cast<std::uint64_t>(opened_at_client) << 2 | static_cast<std::uint64_t>(hub_reads) << 3 |
              static_cast<std::uint64_t>(client_end) << 8 | static_cast<std::uint64_t>(hub_end) << 16 |
              static_cast<std::uint64_t>(up.size()) << 24 | static_cast<std::uint64_t>(down.size()) << 40);
        for (const auto& p : up) f.add(p.print);
        for (const auto& p : down) f.add(p.print);
    }
};

} // namespace webpubsub::tests
