// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/publisher.hpp>

#include "client/parts/line_codec.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace webpubsub::tests {

using namespace client_parts;
using namespace client_events;
using namespace std::chrono_literals;

using strings = std::vector<std::string>;

inline stream_options named(std::string id, std::uint64_t tag = 0) {
    stream_options options;
    options.stream_id = std::move(id);
    options.tag = tag;
    return options;
}

struct publisher_driver {
    explicit publisher_driver(const client_publisher_options& options = {}, std::size_t max_sent_size = 1 << 20)
        : streams(options, line_codec(), max_sent_size, 1) {
        streams.handle_link(now, link_change::up);
    }

    publisher streams;
    steady_time now{std::chrono::hours(1)};
    std::uint64_t last_ticket = 0;

    result<std::string> open(std::string_view group, const stream_options& options = {}) {
        return streams.open(now, at(++last_ticket), "c1", group, options);
    }
    /// A stream `id` to the group `g`, which is accepted.
    void open_accepted(const std::string& id) {
        REQUIRE(open("g", named(id)));
        CHECK(written() == strings{"start g/" + id});
        ack(id, 1);
        CHECK(events() == strings{"opened " + id + " 0"});
    }
    result<std::uint64_t> write(std::string_view id, std::string_view text) {
        return streams.write(now, id, payload_view::text(text));
    }

    strings written() {
        strings lines;
        while (streams.next_write()) lines.emplace_back(streams.begin_write(now).view());
        return lines;
    }

    bool ack(std::string id, std::uint64_t expected) { return streams.handle_ack(now, {std::move(id), expected}); }
    bool nack(std::string id, std::uint64_t expected) {
        return streams.handle_nack(now, {std::move(id), expected, "InvalidSequenceId", ""});
    }
    bool closed(std::string id, std::string error = {}) {
        stream_closed_message message{std::move(id), {}};
        if (!error.empty()) message.error = service_error{std::move(error), ""};
        return streams.handle_closed(now, message);
    }
    void link(std::initializer_list<link_change> changes) {
        for (const auto change : changes) streams.handle_link(now, change);
    }
    void recover() { link({link_change::down, link_change::recovering, link_change::recovered}); }

    strings events() {
        strings lines;
        while (const auto event = streams.poll_event()) {
            if (const auto* opened = get_if<stream_opened>(&*event)) {
                lines.push_back("opened " + opened->stream_id + " " + std::to_string(opened->tag));
            } else if (const auto* writable = get_if<stream_writable>(&*event)) {
                lines.push_back("writable " + writable->stream_id);
            } else if (const auto* closed = get_if<stream_closed>(&*event)) {
                lines.push_back("closed " + closed->stream_id + " " + std::to_string(closed->tag) + " " +
                                std::string(name_of(closed->status)) +
                                (closed->error.name.empty() ? "" : " " + closed->error.name));
            } else if (const auto* wrong = get_if<protocol_error>(&*event)) {
                lines.push_back(wrong->error.message());
            } else {
                lines.emplace_back("?");
            }
        }
        return lines;
    }

    /// Lets the time pass, and collects what is written at each deadline.
    strings wait(duration time) {
        strings lines;
        const auto end = now + time;
        for (auto next = streams.deadline(); next && *next <= end; next = streams.deadline()) {
            now = std::max(now, *next);
            streams.handle_timeout(now);
            const auto more = written();
            lines.insert(lines.end(), more.begin(), more.end());
        }
        now = end;
        return lines;
    }
};

} // namespace webpubsub::tests
