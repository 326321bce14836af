// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/ids.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/testing/random.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::testing {

/// How a link treats what is sent over it.
struct link_options {
    /// What is sent arrives after a random time between these, in order.
    duration min_latency = std::chrono::milliseconds(1);
    duration max_latency = std::chrono::milliseconds(40);
    /// Bytes that arrive in a second; without a value as many as are sent.
    std::optional<std::uint64_t> bytes_per_second{};
    /// A write completes when no more than this many bytes are on their way.
    std::size_t buffer = 64 * 1024;
};

/// One direction of a link: packets on their way.
class pipe {
public:
    struct packet {
        enum class what : std::uint8_t { open, opened, open_failed, frame, close };
        packet::what kind = what::frame;
        frame_kind frames = frame_kind::text;
        /// The HTTP status or the close code.
        unsigned code = 0;
        /// The frame, the URL, the subprotocol or the reason.
        std::string bytes{};
        steady_time arrives{};
    };

    void send(steady_time now, random& chance, const link_options& options, packet sent);

    /// When the next packet arrives; never while the pipe hangs.
    std::optional<steady_time> next() const noexcept;
    /// The packet that has arrived by `now`, if there is one.
    std::optional<packet> receive(steady_time now);
    /// When the last packet arrives, at the earliest `now`.
    steady_time emptied(steady_time now) const noexcept;

    /// Writes that have completed since the last call.
    std::size_t take_written(const link_options& options) noexcept;

    /// Loses the last packets, so that `keep` are left.
    void lose(std::size_t keep);
    std::size_t size() const noexcept { return packets_.size(); }
    bool empty() const noexcept { return packets_.empty(); }

    /// While it hangs nothing arrives, and nothing is lost.
    void hang(bool hung) noexcept { hangs_ = hung; }
    /// From now on what is sent vanishes.
    void close() noexcept { closed_ = true; }

private:
    std::deque<packet> packets_;
    /// Bytes that were ever sent, and that arrived or were lost.
    std::uint64_t sent_ = 0;
    std::uint64_t gone_ = 0;
    /// What `sent_` was behind each frame whose write has not completed.
    std::deque<std::uint64_t> unwritten_;
    steady_time last_arrival_{};
    bool hangs_ = false;
    bool closed_ = false;
};

/// A WebSocket between a client and a hub.
struct link {
    std::size_t client = 0;
    transport_id client_side{};
    transport_id hub_side{};
    /// The application is asked whether to let the client in.
    std::optional<admission_id> admission{};
    pipe up{};
    pipe down{};
    bool opened_at_client = false;
    /// Whether each end still counts on it.
    bool client_has_it = true;
    bool hub_has_it = false;
    /// The link is cut: nothing more is sent, and each end learns of it at its time.
    bool cut = false;
    std::optional<steady_time> client_learns{};
    std::optional<steady_time> hub_learns{};
    /// The hub has asked its host not to read, or the client has.
    bool hub_reads = true;
    bool client_reads = true;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::testing

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/testing/impl/link.ipp>
#endif
