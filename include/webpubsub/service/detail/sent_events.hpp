// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/number_index.hpp>
#include <webpubsub/support/record_table.hpp>
#include <webpubsub/upstream/event.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// What a hub waits for, by the number of the id that the hub has given it.
struct hub_question {
    enum class kind : std::uint8_t { none, admission, event, invocation };

    kind about = kind::none;
    std::uint64_t number = 0;

    bool is_one() const noexcept { return about != kind::none; }
};

/// An event on its way, and everything that its repetitions have in common.
struct sent_event {
    /// A key of `sender_connections`.
    std::uint64_t connection = 0;
    std::size_t handler = 0;
    hub_question question{};
    /// Its number in the connection.
    std::string id{};
    std::string name{};
    std::string time{};
    std::string request_id{};
    upstream_event event{};
    std::size_t bytes = 0;
};

/// The events on their way, by number in the order in which they came.
class sent_events {
public:
    std::uint64_t add(sent_event&& event) {
        const auto key = ++last_key_;
        of_connections_.set({event.connection, key});
        if (event.question.is_one()) questions_.set(key_of(event.question), key);
        bytes_ += event.bytes;
        records_.add(key, std::move(event));
        return key;
    }
    void erase(std::uint64_t key) {
        const auto& event = *records_.find(key);
        of_connections_.erase({event.connection, key});
        questions_.erase(key_of(event.question));
        bytes_ -= event.bytes;
        records_.erase(key);
    }

    const sent_event* find(std::uint64_t key) const { return records_.find(key); }
    /// The key of the event that is to answer this; 0 if there is none.
    std::uint64_t find(const hub_question& question) const noexcept {
        const auto* const found = questions_.find(key_of(question));
        return found != nullptr ? *found : 0;
    }
    /// The least key, not less than `from`, of an event of this connection; 0 if there is none.
    std::uint64_t next_of(std::uint64_t connection, std::uint64_t from) const noexcept {
        number_index::entry found;
        const bool any = of_connections_.find_from({connection, from}, found) && found.key.first == connection;
        return any ? found.key.second : 0;
    }

    std::size_t size() const noexcept { return records_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }

private:
    static number_index::key key_of(const hub_question& question) noexcept {
        return {static_cast<std::uint64_t>(question.about), question.number};
    }

    std::uint64_t last_key_ = 0;
    std::size_t bytes_ = 0;
    record_table<sent_event> records_;
    number_index of_connections_;
    number_index questions_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
