// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>
#include <webpubsub/track/outbound_stream.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The streams that a client publishes, which take turns in writing. Each operation is linear in their number.
class outbound_streams {
public:
    struct entry {
        outbound_stream stream;
        /// The caller's.
        std::uint64_t tag = 0;
    };

    bool contains(std::string_view id) const { return streams_.contains(id); }
    std::size_t size() const noexcept { return streams_.size(); }

    void add(std::string id, outbound_stream stream, std::uint64_t tag) {
        streams_.emplace(std::move(id), entry{std::move(stream), tag});
    }

    /// Null for none. Valid until it is removed.
    entry* find(std::string_view id) {
        const auto found = streams_.find(id);
        return found == streams_.end() ? nullptr : &found->second;
    }

    void remove(std::string_view id) {
        if (const auto found = streams_.find(id); found != streams_.end()) streams_.erase(found);
    }

    /// Any of them; there is one.
    const std::string& first_id() const { return streams_.begin()->first; }

    /// The next frame to write, null for none; `written` tells when it is.
    outbound_stream::frame take_next() {
        auto it = streams_.upper_bound(last_);
        for (std::size_t left = streams_.size(); left != 0; --left, ++it) {
            if (it == streams_.end()) it = streams_.begin();
            if (!it->second.stream.has_next()) continue;
            last_ = it->first;
            return it->second.stream.take_next();
        }
        return nullptr;
    }

    /// What `take_next` gave last is written.
    void written(steady_time now) {
        if (auto* const writer = find(last_)) writer->stream.written(now);
    }

    void pause() {
        for (auto& [id, each] : streams_) each.stream.pause();
    }
    void resume() {
        for (auto& [id, each] : streams_) each.stream.resume();
    }

    std::optional<steady_time> deadline() const {
        std::optional<steady_time> earliest;
        for (const auto& [id, each] : streams_) {
            const auto deadline = each.stream.deadline();
            if (deadline && (!earliest || *deadline < *earliest)) earliest = deadline;
        }
        return earliest;
    }

    void handle_timeout(steady_time now) {
        for (auto& [id, each] : streams_) each.stream.handle_timeout(now);
    }

private:
    std::map<std::string, entry, std::less<>> streams_;
    /// Who wrote last.
    std::string last_;
};

} // namespace webpubsub
