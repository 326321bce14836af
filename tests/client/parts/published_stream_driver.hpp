// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/published_stream.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace webpubsub::tests {

using namespace client_parts;
using namespace std::chrono_literals;

using strings = std::vector<std::string>;

/// A stream with an idle timeout of 30 s, and the frames that it writes.
struct published_stream_driver {
    explicit published_stream_driver(const client_publisher_options& the_options = {}) : options(the_options) {}

    client_publisher_options options;
    published_stream stream{webpubsub::detail::shared_bytes("start"), 10s};
    steady_time now{std::chrono::hours(1)};
    webpubsub::detail::jitter_source jitter{1};
    /// The outcome of the last answer: `opened writable closed`, with a `!` for what the service can't mean.
    std::string last;

    strings written() {
        strings lines;
        while (stream.next() != published_stream::writing::nothing) lines.push_back(write_one());
        return lines;
    }
    std::string write_one() {
        const auto frame = stream.begin_write(now);
        return frame ? std::string(frame.view()) : "alive";
    }

    result<void> room(const std::string& text) { return stream.check_room(text.size(), options); }
    void write(const std::string& text) {
        REQUIRE(room(text));
        stream.write(webpubsub::detail::shared_bytes(text));
    }
    void end() { stream.end(webpubsub::detail::shared_bytes("end")); }
    void abort() { stream.abort(webpubsub::detail::shared_bytes("abort")); }

    void open() {
        CHECK(written() == strings{"start"});
        CHECK(ack(1) == "opened");
    }

    std::string text(const published_stream::change& change) {
        std::string out;
        const auto add = [&](bool is_set, const char* word) {
            if (is_set) out += out.empty() ? word : std::string(" ") + word;
        };
        add(change.opened, "opened");
        add(change.writable, "writable");
        add(change.closed, "closed");
        add(change.unknown_as_expected, "as expected");
        add(change.violation, "violation");
        return out;
    }
    std::string ack(std::uint64_t expected) { return text(stream.handle_ack(expected, options)); }
    std::string nack(std::uint64_t expected) { return text(stream.handle_nack(now, expected, options, jitter)); }
    std::string closed() { return text(stream.handle_closed(false)); }
    std::string not_found() { return text(stream.handle_closed(true)); }

    /// Lets the time pass, and collects what is written at each deadline.
    strings wait(duration time) {
        strings lines;
        const auto end = now + time;
        for (auto next = stream.deadline(); next && *next <= end; next = stream.deadline()) {
            now = std::max(now, *next);
            stream.handle_timeout(now);
            const auto more = written();
            lines.insert(lines.end(), more.begin(), more.end());
        }
        now = end;
        return lines;
    }
};

} // namespace webpubsub::tests
