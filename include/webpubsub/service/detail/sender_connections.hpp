// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/name_index.hpp>
#include <webpubsub/support/record_table.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/upstream/cookie_jar.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// What goes with every event of one connection (upstream.md sections 3 and 4).
struct sender_connection {
    std::string id;
    std::string signature;
    std::optional<std::string> user_id{};
    std::string subprotocol{};
    std::optional<std::string> state{};
    /// What the last answer to a question has set the state from.
    struct {
        std::uint64_t question = 0;
        std::optional<std::string> state{};
    } before{};
    cookie_jar cookies{};
    /// The number of the next event; 0 is that of the connect event, whether or not there is one.
    std::uint64_t next_event = 1;
    /// It is there, not only let in.
    bool has_opened = false;
    /// No event of it comes any more.
    bool has_ended = false;
};

/// The connections that a sender knows: from their first event until the last one that is about them has been sent.
class sender_connections {
public:
    /// The key of the connection that has not ended; 0 if there is none.
    std::uint64_t find(std::string_view id) const noexcept {
        const auto* const found = keys_.find(id);
        return found != nullptr ? *found : 0;
    }
    /// Of a key that was not erased.
    sender_connection& operator[](std::uint64_t key) const noexcept { return *records_.find(key); }

    std::uint64_t begin(std::string_view id, std::string&& signature) {
        records_.add(++last_key_, sender_connection{std::string(id), std::move(signature)});
        keys_.set(id, last_key_);
        return last_key_;
    }
    /// Its id names it no more.
    void end(std::uint64_t key) {
        auto& connection = (*this)[key];
        if (std::exchange(connection.has_ended, true)) return;
        keys_.erase(connection.id);
        openings_.cancel(key);
    }
    void erase(std::uint64_t key) {
        end(key);
        records_.erase(key);
    }

    /// It was let in: it will open until then, or never. Without a time there is no limit.
    void await_opening(std::uint64_t key, const std::optional<steady_time>& until) {
        const auto& connection = (*this)[key];
        if (!connection.has_opened && !connection.has_ended) openings_.set(key, until);
    }
    void handle_opened(std::uint64_t key) {
        (*this)[key].has_opened = true;
        openings_.cancel(key);
    }
    std::optional<steady_time> poll_timeout() const { return openings_.next(); }
    /// Forgets those that have not opened in time.
    void handle_timeout(steady_time now) {
        while (const auto late = openings_.pop_due(now)) erase(*late);
    }

    std::size_t size() const noexcept { return records_.size(); }

private:
    std::uint64_t last_key_ = 0;
    record_table<sender_connection> records_;
    name_index keys_;
    timer_table openings_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
