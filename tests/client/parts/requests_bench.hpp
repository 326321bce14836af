// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/requests.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::tests {

inline client_acknowledgement_options calm() {
    client_acknowledgement_options options;
    options.retry_delays = {std::chrono::seconds(1), std::chrono::seconds(30), 0.0};
    return options;
}

/// Requests whose frames are their names, with a link that is up.
struct requests_bench {
    explicit requests_bench(client_acknowledgement_options options = calm(), std::size_t rejoins = 1000)
        : r(options, rejoins, 1) {
        r.handle_link(client_parts::link_change::up);
    }

    client_parts::requests r;
    steady_time now{std::chrono::hours(1)};
    client_parts::ticket last = 0;

    ack_id add(client_parts::request_kind what, std::string_view group, std::string_view name) {
        const auto id = r.next_id();
        r.add(++last, what, group, 7, {frame_kind::text, detail::shared_bytes(name)});
        return id;
    }
    ack_id event(std::string_view name) { return add(client_parts::request_kind::event, {}, name); }

    std::vector<std::string> write() {
        std::vector<std::string> written;
        while (r.next_write()) written.emplace_back(r.begin_write(now).bytes.view());
        return written;
    }
    bool ack(ack_id id, std::string_view error = {}) {
        ack_message message{number_of(id), {}};
        if (!error.empty()) message.error = service_error{std::string(error), "m"};
        return r.handle_ack(now, message);
    }
    void pass(duration time) {
        const auto end = now + time;
        for (auto next = r.deadline(); next && *next <= end; next = r.deadline()) {
            now = *next;
            r.handle_timeout(now);
        }
        now = end;
    }
    /// The next outcome in words: `1 succeeded`.
    std::string outcome() {
        const auto done = r.poll_outcome();
        if (!done) return {};
        auto words = std::to_string(number_of(done->id)) + " " + std::string(name_of(done->status));
        if (done->duplicate) words += " duplicate";
        if (done->may_be_duplicate) words += " may_be_duplicate";
        if (done->superseded) words += " superseded";
        if (done->breaks_transports) words += " breaks_transports";
        return words;
    }
    void recover() {
        r.handle_link(client_parts::link_change::down);
        r.handle_link(client_parts::link_change::recovering);
    }
    void replace(client_parts::link_change how = client_parts::link_change::replaced) {
        r.handle_link(client_parts::link_change::down);
        r.handle_link(how);
        r.handle_link(client_parts::link_change::up);
    }
};

} // namespace webpubsub::tests
