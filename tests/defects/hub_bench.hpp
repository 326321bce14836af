// SPDX-License-Identifier: MIT
#pragma once

#include "defects/frames.hpp"
#include "support/catch.hpp"

#include <webpubsub/codec/json.hpp>
#include <webpubsub/hub/hub.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// One hub in virtual time, with a host that the test plays. The tests of the defects see a hub through this header
// only, so that a change of its interface changes this header and not the tests.

namespace webpubsub::tests {

/// The options that the tests change. What is not set here has the library's own default.
struct hub_setup {
    std::vector<codec> codecs{json_codec(), reliable_json_codec()};
    bool ask_application = false;
    std::optional<duration> open_timeout{};
    std::optional<duration> event_timeout{};
    std::optional<duration> recovery_window{};
    std::optional<duration> stream_idle_timeout{};
    std::optional<duration> close_timeout{};
    std::optional<std::chrono::hours> token_lifetime{};
    std::optional<std::uint32_t> outbound_queue_messages{};
};

class hub_bench {
public:
    static constexpr std::string_view plain = "json.webpubsub.azure.v1";
    static constexpr std::string_view reliable = "json.reliable.webpubsub.azure.v1";

    /// The tests name their connections by numbers from 0.
    using member = std::size_t;

    explicit hub_bench(const hub_setup& setup = {}) : hub(setup.codecs, options_of(setup)) {}
    hub_bench(const hub_bench&) = delete;
    hub_bench& operator=(const hub_bench&) = delete;

    std::mt19937_64 generator{1};
    instant now{steady_time{} + std::chrono::hours(1), wall_time{} + std::chrono::hours(24 * 365 * 50)};
    webpubsub::hub hub;
    std::vector<user_event> events;
    std::vector<connect_requested> questions;

    // Admission.

    static connect_request request(std::string_view subprotocol, std::string user = {},
                                   std::vector<std::string> groups = {}) {
        connect_request made;
        if (!user.empty()) made.user_id = std::move(user);
        made.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"};
        made.groups = std::move(groups);
        made.subprotocols = {std::string(subprotocol)};
        return made;
    }

    /// Lets a client in and opens its transport. Nothing if the hub refuses it.
    std::optional<member> try_connect(const connect_request& asked) {
        const auto admission = hub.admit(now, asked);
        if (const auto* in = std::get_if<accepted>(&admission)) return open(in->transport);
        return std::nullopt;
    }
    member connect(std::string_view subprotocol, std::string user = {}, std::vector<std::string> groups = {}) {
        const auto connected = try_connect(request(subprotocol, std::move(user), std::move(groups)));
        REQUIRE(connected);
        return *connected;
    }
    /// A client whose admission the application decides, with that user id. Nothing if the hub refuses.
    std::optional<member> connect_as(std::string user) {
        const auto admission = hub.admit(now, request(plain));
        const auto* asked = std::get_if<waiting>(&admission);
        REQUIRE(asked != nullptr);
        connect_overrides overrides;
        overrides.user_id = std::move(user);
        if (!hub.accept_connect(now, asked->id, std::move(overrides))) return std::nullopt;
        drain();
        if (!admitted_) return std::nullopt;
        return open(*std::exchange(admitted_, std::nullopt));
    }
    /// Asks for the recovery of a connection whose transport is gone, and opens its transport.
    member recover(member old) {
        auto asked = request(reliable);
        asked.recovery = recovery_request{members_[old].connection_id, members_[old].token};
        const auto recovered = try_connect(asked);
        REQUIRE(recovered);
        return *recovered;
    }
    /// Asks to be let in and does not open the transport.
    member admit_only() {
        const auto admission = hub.admit(now, request(plain));
        const auto* in = std::get_if<accepted>(&admission);
        REQUIRE(in != nullptr);
        return add(in->transport);
    }

    // What clients and their transports do.

    void text(member from, std::string_view frame) {
        hub.handle_frame(now, members_[from].transport, frame_kind::text, frame);
        drain();
    }
    void binary(member from, std::string_view frame) {
        hub.handle_frame(now, members_[from].transport, frame_kind::binary, frame);
        drain();
    }
    void gone(member which, std::uint16_t code = close_code::abnormal) {
        hub.handle_closed(now, members_[which].transport, code);
        members_[which].ended = true;
        drain();
    }
    /// From now on writes to this one are begun and never completed.
    void stall(member which) { members_[which].stalled = true; }

    /// Its writes are completed again, those first that have waited.
    void resume(member which) {
        auto& to = members_[which];
        to.stalled = false;
        while (const auto frame = hub.poll_transmit(to.transport)) {
            to.received.push_back(std::string(frame->prefix).append(frame->body));
            hub.handle_written(now, to.transport);
        }
        drain();
    }

    /// Bytes that a host was given to write, and what they were when it got them.
    struct held_write {
        delivery given;
        std::string as_given;

        bool is_intact() const { return std::string(given.prefix).append(given.body) == as_given; }
    };
    /// Takes the next write of a stalled member and keeps it under way.
    held_write hold_write(member which) {
        auto given = hub.poll_transmit(members_[which].transport);
        REQUIRE(given);
        auto bytes = std::string(given->prefix).append(given->body);
        return {std::move(*given), std::move(bytes)};
    }

    // What the application does.

    bool close_connection(member which) {
        return after(hub.close_connection(now, members_[which].connection_id).has_value());
    }
    bool send_to_group(std::string_view group, std::string text) {
        return after(hub.send_to_group(now, group, text_payload(std::move(text))).has_value());
    }
    bool send_to_group_except(std::string_view group, std::string text, member except) {
        const std::vector<std::string> ids{members_[except].connection_id};
        send_options options;
        options.except = ids;
        return after(hub.send_to_group(now, group, text_payload(std::move(text)), options).has_value());
    }
    bool send_to_all(std::string text, string_map metadata) {
        send_options options;
        options.metadata = std::move(metadata);
        return after(hub.send_to_all(now, text_payload(std::move(text)), std::move(options)).has_value());
    }
    bool is_in_group(member which, std::string_view group) const {
        return hub.is_in_group(members_[which].connection_id, group);
    }
    bool exists(member which) const { return hub.connection_exists(members_[which].connection_id); }

    // Time.

    void pass(duration by) {
        now.steady += by;
        now.wall += std::chrono::duration_cast<wall_time::duration>(by);
        hub.handle_timeout(now);
        drain();
    }

    // What has happened.

    /// The frames that this one has received since the test has asked last.
    std::vector<std::string> take(member which) { return std::exchange(members_[which].received, {}); }
    std::size_t received_count(member which) const { return members_[which].received.size(); }
    /// The code with which the hub has closed its transport; nothing while it has not.
    std::optional<std::uint16_t> close_code_of(member which) const { return members_[which].closed_with; }
    /// Whether the connection has ended, whatever its transport does.
    std::optional<std::string> end_of(member which) const {
        for (const auto& [id, reason] : ends_) {
            if (id == members_[which].connection_id) return reason;
        }
        return std::nullopt;
    }

    /// Takes what the hub has to say, and writes at once whatever it gives, but for those that are stalled.
    void drain() {
        take_orders();
        while (const auto ready = hub.poll_ready()) {
            auto* const to = find(*ready);
            REQUIRE(to != nullptr);
            if (to->stalled) continue;
            while (const auto frame = hub.poll_transmit(*ready)) {
                to->received.push_back(std::string(frame->prefix).append(frame->body));
                hub.handle_written(now, *ready);
            }
            take_orders();
        }
    }

    // A plain host whose sockets have buffers: in each turn of its loop it reads what has come, and the writes that it
    // has begun in a turn are completed at the end of it.

    void arrive(member from, std::string frame) { members_[from].inbox.push_back(std::move(frame)); }
    /// Returns whether there was anything to do.
    bool turn(std::size_t frames_a_read) {
        bool busy = false;
        for (auto& from : members_) {
            for (std::size_t i = 0; i < frames_a_read && !from.inbox.empty() && may_read(from); ++i) {
                const auto frame = std::move(from.inbox.front());
                from.inbox.pop_front();
                hub.handle_frame(now, from.transport, frame_kind::text, frame);
                busy = true;
                begin_writes();
            }
        }
        begin_writes();
        for (auto& to : members_) {
            for (const auto writes = std::exchange(to.writing, 0); to.writing < writes; ++to.writing) {
                if (!to.ended) hub.handle_written(now, to.transport);
                busy = true;
            }
            to.writing = 0;
        }
        now.steady += std::chrono::milliseconds(1);
        return busy;
    }

private:
    struct connection_record {
        transport_id transport{};
        std::string connection_id{};
        std::string token{};
        std::vector<std::string> received{};
        std::optional<std::uint16_t> closed_with{};
        bool stalled = false;
        bool ended = false;
        std::deque<std::string> inbox{};
        std::size_t writing = 0;
    };

    hub_options options_of(const hub_setup& setup) {
        hub_options options;
        options.random = {&generator, [](void* context, unsigned char* bytes, std::size_t size) {
                              auto& source = *static_cast<std::mt19937_64*>(context);
                              std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(source()); });
                          }};
        options.ask_application = setup.ask_application;
        const auto set = [](auto& option, const auto& value) {
            if (value) option = *value;
        };
        set(options.open_timeout, setup.open_timeout);
        set(options.event_timeout, setup.event_timeout);
        set(options.recovery_window, setup.recovery_window);
        set(options.stream_idle_timeout, setup.stream_idle_timeout);
        set(options.close_timeout, setup.close_timeout);
        set(options.token_lifetime, setup.token_lifetime);
        if (setup.outbound_queue_messages) {
            options.outbound_queue = {*setup.outbound_queue_messages, std::uint32_t{64} << 20};
        }
        return options;
    }

    member add(transport_id transport) {
        members_.push_back({});
        members_.back().transport = transport;
        return members_.size() - 1;
    }

    member open(transport_id transport) {
        const auto added = add(transport);
        hub.handle_opened(now, transport);
        drain();
        auto& record = members_[added];
        if (!record.received.empty()) {
            record.connection_id = text_field(record.received.front(), "connectionId");
            record.token = text_field(record.received.front(), "reconnectionToken");
            record.received.erase(record.received.begin());
        }
        return added;
    }

    connection_record* find(transport_id transport) {
        for (auto& each : members_) {
            if (each.transport == transport) return &each;
        }
        return nullptr;
    }

    bool may_read(const connection_record& from) const { return !from.closed_with; }

    void begin_writes() {
        take_orders();
        while (const auto ready = hub.poll_ready()) {
            auto* const to = find(*ready);
            while (const auto frame = hub.poll_transmit(*ready)) {
                to->received.push_back(std::string(frame->prefix).append(frame->body));
                ++to->writing;
            }
        }
    }

    void take_orders() {
        while (auto event = hub.poll_event()) {
            if (const auto* close = std::get_if<close_transport>(&*event)) {
                if (auto* const which = find(close->transport)) which->closed_with = close->code;
            } else if (auto* const raised = std::get_if<user_event>(&*event)) {
                events.push_back(std::move(*raised));
            } else if (auto* const asked = std::get_if<connect_requested>(&*event)) {
                questions.push_back(std::move(*asked));
            } else if (const auto* outcome = std::get_if<admitted>(&*event)) {
                if (const auto* in = std::get_if<accepted>(&outcome->outcome)) admitted_ = in->transport;
            } else if (const auto* ended = std::get_if<client_disconnected>(&*event)) {
                ends_.emplace_back(ended->connection_id, ended->reason);
            }
        }
    }

    bool after(bool done) {
        drain();
        return done;
    }

    std::vector<connection_record> members_;
    std::vector<std::pair<std::string, std::string>> ends_;
    std::optional<transport_id> admitted_;
};

} // namespace webpubsub::tests
