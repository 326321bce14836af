// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/stream.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/timer_table.hpp>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A stream as its subscribers name it.
struct stream_key {
    std::string group;
    std::string stream_id;

    friend auto operator<=>(const stream_key&, const stream_key&) = default;
};

/// The subscriber's end of group streams (subprotocols.md section 9): finds out what is missing or doubled, and gives
/// up a stream of which nothing comes any more. Each operation is logarithmic in the number of streams.
class inbound_streams {
public:
    struct limits {
        /// Followed at a time. Beyond it the one that was silent longest is given up.
        std::size_t streams = 1000;
        /// A stream is given up when nothing of it comes for so long; zero is never.
        duration idle = std::chrono::seconds(300);
        /// Leave out streams whose beginning was missed.
        bool from_start = false;
    };

    enum class verdict : std::uint8_t {
        /// The first message of a stream, perhaps of one that began earlier.
        first,
        next,
        /// Fragments before this message never came.
        gap,
        /// Received before.
        duplicate,
        /// Of a stream whose beginning was missed.
        ignored,
    };

    struct placement {
        inbound_streams::verdict verdict = verdict::next;
        /// The number that was to come.
        std::uint64_t expected = 0;
    };

    explicit inbound_streams(const limits& the_limits) : limits_(the_limits) {}

    /// Takes note of a message. With its end a stream is forgotten.
    placement receive(steady_time now, const stream_key& key, const stream_position& position) {
        const auto number = position.stream_sequence_id;
        const auto found = expected_.find(key);
        placement place{verdict::next, found == expected_.end() ? number : found->second};
        if (found == expected_.end()) {
            if (limits_.from_start && number != 1) return {verdict::ignored, 1};
            place.verdict = verdict::first;
        } else if (number < place.expected) {
            place.verdict = verdict::duplicate;
        } else if (number > place.expected) {
            place.verdict = verdict::gap;
        }
        if (position.end) {
            expected_.erase(key);
            heard_.cancel(key);
            return place;
        }
        if (place.verdict == verdict::first && expected_.size() >= limits_.streams) make_room();
        if (place.verdict != verdict::duplicate) expected_[key] = number + 1;
        heard_.set(key, now);
        return place;
    }

    /// A stream that is given up now. Call it after each `receive` and at the `deadline` until there is none.
    std::optional<stream_key> give_up(steady_time now) {
        if (crowded_out_) return std::exchange(crowded_out_, std::nullopt);
        if (limits_.idle == duration::zero()) return std::nullopt;
        auto key = heard_.pop_due(now - limits_.idle);
        if (key) expected_.erase(*key);
        return key;
    }

    std::optional<steady_time> deadline() const {
        const auto heard = heard_.next();
        if (!heard || limits_.idle == duration::zero()) return std::nullopt;
        return *heard + limits_.idle;
    }

    /// Forgets them all: what comes of a stream then is its first message.
    void clear() {
        expected_.clear();
        heard_.cancel_all();
    }

private:
    void make_room() {
        crowded_out_ = heard_.pop_due(steady_time::max());
        if (crowded_out_) expected_.erase(*crowded_out_);
    }

    limits limits_;
    std::map<stream_key, std::uint64_t> expected_;
    /// When the last message of each came.
    timer_table<stream_key> heard_;
    std::optional<stream_key> crowded_out_;
};

} // namespace webpubsub
