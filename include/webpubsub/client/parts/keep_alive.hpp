// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/options.hpp>
#include <webpubsub/time.hpp>

#include <cstdint>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// Notices a dead transport: pings at an interval, and gives up when nothing at all is received for too long
/// (sessions.md section 9). After a recovery or a suspension it asks by a ping at once, and waits for a shorter time.
/// While the host was asked not to read, silence means nothing.
class keep_alive {
public:
    explicit keep_alive(const client_keep_alive_options& options) noexcept : options_(options) {}

    bool may_ping() const noexcept { return options_.interval.has_value(); }

    /// A transport is open.
    void start(steady_time now) noexcept {
        running_ = true;
        ping_due_ = false;
        reading_ = reading::on;
        ask_until_.reset();
        last_received_ = now;
        next_ping_ = add_saturating(now, options_.interval);
    }

    void stop() noexcept {
        running_ = false;
        ping_due_ = false;
        ask_until_.reset();
    }

    /// Wants something to be received within `limit`.
    void ask(steady_time now, std::optional<duration> limit) noexcept {
        if (may_ping()) ping_due_ = true;
        ask_limit_ = limit;
        ask_until_ = add_saturating(now, limit);
    }

    /// Pings at once, without a limit of its own.
    void ask_without_limit() noexcept {
        if (running_ && may_ping()) ping_due_ = true;
    }

    /// The host was asked to stop or to go on reading.
    void set_reading(bool wanted) noexcept { reading_ = wanted ? reading::resumed : reading::paused; }

    /// To be called when something was not received in time: whether that means nothing, since it may wait to be read.
    /// Then it has the same time once more.
    bool excuses_silence() noexcept {
        if (reading_ == reading::on) return false;
        if (reading_ == reading::resumed) reading_ = reading::on;
        return true;
    }

    void handle_received(steady_time now) noexcept {
        if (reading_ == reading::resumed) reading_ = reading::on;
        last_received_ = now;
        ask_until_.reset();
    }

    std::optional<steady_time> deadline() const noexcept {
        if (!running_) return std::nullopt;
        return earlier(add_saturating(last_received_, options_.timeout), earlier(next_ping_, ask_until_));
    }

    /// To be called at the deadline. True if the transport is to be given up.
    bool handle_timeout(steady_time now) noexcept {
        if (!running_) return false;
        const auto silence = add_saturating(last_received_, options_.timeout);
        if ((silence && now >= *silence) || (ask_until_ && now >= *ask_until_)) {
            if (!excuses_silence()) return true;
            last_received_ = now;
            if (ask_until_) ask_until_ = add_saturating(now, ask_limit_);
        }
        if (next_ping_ && now >= *next_ping_) {
            ping_due_ = true;
            next_ping_ = add_saturating(now, options_.interval);
        }
        return false;
    }

    bool ping_due() const noexcept { return ping_due_; }
    void begin_ping() noexcept { ping_due_ = false; }

private:
    enum class reading : std::uint8_t { on, paused, resumed };

    client_keep_alive_options options_;
    steady_time last_received_{};
    std::optional<steady_time> next_ping_;
    std::optional<steady_time> ask_until_;
    std::optional<duration> ask_limit_;
    keep_alive::reading reading_ = reading::on;
    bool running_ = false;
    bool ping_due_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
