// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/stream.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/timer_table.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The service's end of one stream that a client publishes.
struct published_stream {
    enum class verdict : std::uint8_t {
        /// To be delivered.
        next,
        /// Delivered before.
        repeated,
        /// Others are missing before it.
        ahead,
    };

    std::string id;
    std::string group;
    bool no_echo = false;
    /// Goes with each of its messages.
    string_map metadata;
    duration idle_timeout{};
    /// The number of the next fragment.
    std::uint64_t expected = 1;
    /// When the last fragment that counted, or keep-alive, came.
    steady_time heard{};

    verdict receive(steady_time now, std::uint64_t number) noexcept {
        if (number != expected) return number < expected ? verdict::repeated : verdict::ahead;
        ++expected;
        heard = now;
        return verdict::next;
    }

    void keep_alive(steady_time now) noexcept { heard = now; }

    /// Of the last message to the subscribers.
    stream_position end(std::optional<stream_error> error = std::nullopt) const {
        return {id, expected, stream_end{std::move(error)}};
    }
};

/// The open streams of one logical connection (subprotocols.md section 9). Each operation is logarithmic in their
/// number, and a fragment moves no timer: a stream is looked at again when it would have been idle without it.
class published_streams {
public:
    bool empty() const noexcept { return open_.empty(); }
    std::size_t size() const noexcept { return open_.size(); }

    /// Null for one that is not open. Valid until streams are closed.
    published_stream* find(std::string_view id) {
        const auto found = open_.find(id);
        return found == open_.end() ? nullptr : &found->second;
    }

    /// False if a stream with its id is open.
    bool open(steady_time now, start_stream_message&& start, duration default_idle_timeout) {
        auto& id = start.stream.stream_id;
        const auto [added, is_new] = open_.try_emplace(id);
        if (!is_new) return false;
        const auto& given = start.stream.idle_timeout_ms;
        auto& it = added->second;
        it.idle_timeout = given ? duration(std::chrono::milliseconds(*given)) : default_idle_timeout;
        it.id = std::move(id);
        it.group = std::move(start.group);
        it.no_echo = start.no_echo;
        it.metadata = std::move(start.metadata);
        it.heard = now;
        look_again_.set(it.id, now + it.idle_timeout);
        return true;
    }

    std::optional<published_stream> close(std::string_view id) {
        const auto found = open_.find(id);
        if (found == open_.end()) return std::nullopt;
        look_again_.cancel(found->first);
        return std::move(open_.extract(found).mapped());
    }

    /// Closes one of which nothing was heard for its idle time.
    std::optional<published_stream> close_idle(steady_time now) {
        while (const auto id = look_again_.pop_due(now)) {
            const auto found = open_.find(*id);
            const auto idle_at = found->second.heard + found->second.idle_timeout;
            if (idle_at <= now) return std::move(open_.extract(found).mapped());
            look_again_.set(*id, idle_at);
        }
        return std::nullopt;
    }

    /// Closes one, whichever.
    std::optional<published_stream> close_any() {
        if (open_.empty()) return std::nullopt;
        return close(open_.begin()->first);
    }

    /// When to call `close_idle`; perhaps sooner than a stream is idle.
    std::optional<steady_time> deadline() const { return look_again_.next(); }

private:
    std::map<std::string, published_stream, std::less<>> open_;
    timer_table<std::string> look_again_;
};

} // namespace webpubsub
