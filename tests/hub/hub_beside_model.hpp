// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/json.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/overloaded.hpp>

#include "hub/hub_model.hpp"
#include "hub/hub_model_choices.hpp"
#include "support/chance.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hub_models {

using namespace webpubsub::hub_events;

inline void require(bool holds, std::string_view what) {
    if (!holds) throw std::runtime_error(std::string(what));
}

/// A hub and its model, a host that reads for both, and what has to be the same of them. A `Hub` is made as a hub is,
/// and of its shape if it has one.
template <class Hub>
class hub_beside_model {
public:
    template <class... Shape>
    explicit hub_beside_model(std::uint64_t seed, const Shape&... shape)
        : model(options_of(seed)), ids_(seed), the_hub(all_service_codecs(), options_of(seed), random(), shape...) {}
    hub_beside_model(const hub_beside_model&) = delete;
    hub_beside_model& operator=(const hub_beside_model&) = delete;

    struct reader {
        std::optional<codec> protocol;
        std::optional<send_to_group_mode> publishes_to;
        bool stalled = false;
        bool writing = false;
        std::uint64_t last_sequence_id = 0;
    };

    /// A host knows the next deadline, but none of the messages' times to live.
    void pass(duration time) {
        const auto end = now.steady + time;
        for (auto due = the_hub.poll_timeout(); is_punctual && due && *due < end; due = the_hub.poll_timeout()) {
            pass_at_once(*due - now.steady);
        }
        pass_at_once(end - now.steady);
    }

    /// Each frame and each event that there is, for those that are not stalled.
    void drain() {
        model.published.settle();
        take_events();
        while (const auto ready = the_hub.poll_ready()) {
            auto& it = readers.at(*ready);
            require(!it.writing, "a transport is named that is writing");
            const auto frame = the_hub.poll_transmit(*ready);
            require(frame.has_value(), "a transport is named without output");
            const auto expected = model.take(*ready);
            const auto received = read(it, *frame);
            require(expected == received, "transport " + std::to_string(number_of(*ready)) + " was given " +
                                              print(received) + " and not " + print(expected));
            it.writing = it.stalled;
            if (it.writing) continue;
            the_hub.handle_written(now, *ready);
            model.written(*ready);
            take_events();
        }
        for (const auto& [transport, it] : readers) {
            const auto missing = model.take(transport);
            require(!missing, "transport " + std::to_string(number_of(transport)) + " was not given " + print(missing));
        }
    }

    /// What they say of themselves, and what `one` may do.
    void compare(const std::string& one) {
        for (const auto& event : told_) {
            require(model.told.contains(event), "the application was told \"" + event + '"');
        }
        for (const auto& event : model.told)
            require(told_.contains(event), "the application was not told \"" + event + '"');
        require(told_.size() == model.told.size(), "the application was told something twice");
        told_.clear();
        model.told.clear();
        require(the_hub.counters() == model.counters, "the counters differ");
        require(the_hub.poll_timeout() == model.next_deadline(), "the next deadline differs");
        compare_connections();
        compare_permissions(one);
    }

    hub_model model;
    /// Whether the host's timer is never late.
    bool is_punctual = false;
    instant now{steady_time{} + std::chrono::hours(1), wall_time{} + std::chrono::hours{24 * 365 * 50}};
    std::map<transport_id, reader> readers;
    /// What the host was told to close, and has not.
    std::set<transport_id> closing;
    /// The hub's ids of all events so far, in their order.
    std::vector<event_id> events;
    /// What the source of random bytes gave last, as text.
    std::string last_random;

private:
    test::seeded_chance ids_;

public:
    /// Draws its random bytes from the members above.
    Hub the_hub;

private:
    void pass_at_once(duration time) {
        now.steady += time;
        now.wall += std::chrono::duration_cast<wall_time::duration>(time);
        model.now = now;
        if (const auto due = the_hub.poll_timeout(); !due || *due > now.steady) return;
        the_hub.handle_timeout(now);
        model.timeout();
        drain();
    }

    /// Ids and tokens of digits, the last of which is known here.
    secure_random random() {
        return {this, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& self = *static_cast<hub_beside_model*>(context);
                    self.last_random.clear();
                    for (std::size_t i = 0; i < size; ++i) {
                        const auto digit = self.ids_.below(10);
                        bytes[i] = static_cast<unsigned char>(digit * 0x11);
                        self.last_random.append(2, static_cast<char>('0' + digit));
                    }
                }};
    }

    /// Without the texts of errors and reasons. The frame of a simple client reads as a message from the application.
    static std::optional<service_message> read(reader& from, const delivery& frame) {
        const auto bytes = std::string(frame.prefix()).append(frame.body());
        if (!from.protocol) {
            return server_data_message{{},
                                       frame.kind() == frame_kind::text ? text_payload(bytes) : binary_payload(bytes)};
        }
        require(frame.kind() == from.protocol->protocol().frames(), "a frame of the wrong kind");
        service_message message;
        require(from.protocol->decode(bytes, message).has_value(), "no message of the service");
        if (auto* ack = get_if<ack_message>(&message); ack != nullptr && ack->error) ack->error->message.clear();
        if (auto* goodbye = get_if<disconnected_message>(&message)) goodbye->message.clear();
        visit(
            [&](const auto& it) {
                if constexpr (requires { it.sequence_id; }) {
                    from.last_sequence_id = it.sequence_id.value_or(from.last_sequence_id);
                }
            },
            message);
        return message;
    }

    static std::string print(const std::optional<service_message>& message) {
        std::string text;
        if (message) (void)json_service_codec().encode(*message, text);
        return message ? text : "nothing";
    }

    void take_events() {
        while (const auto order = the_hub.poll_order()) {
            // When to read is no matter of the model, which lets clients send at any time.
            if (holds_alternative<hub_orders::pause_reading>(*order)) continue;
            if (holds_alternative<hub_orders::resume_reading>(*order)) continue;
            const auto* const close = get_if<hub_orders::close_transport>(&*order);
            require(close != nullptr, "an order of another kind");
            told_.insert("close " + std::to_string(number_of(close->transport)) + " " + std::to_string(close->code));
            closing.insert(close->transport);
        }
        while (const auto event = the_hub.poll_event()) {
            visit(overloaded{
                      [&](const client_connected& it) {
                          told_.insert("connected " + it.connection_id + " " + it.user_id + " " +
                                       std::to_string(number_of(it.transport)));
                      },
                      [&](const client_disconnected& it) { told_.insert("disconnected " + it.connection_id); },
                      [&](const group_joined& it) { told_.insert("joined " + it.connection_id + " " + it.group); },
                      [&](const group_left& it) { told_.insert("left " + it.connection_id + " " + it.group); },
                      [&](const user_event& it) {
                          events.push_back(it.id);
                          told_.insert("event " + it.connection_id + " " + it.user_id + " " + it.event + " " +
                                       it.data.bytes);
                      },
                      [](const auto&) { require(false, "an event of another kind"); },
                  },
                  *event);
        }
    }

    void compare_connections() const {
        require(the_hub.connection_count() == model.connections.size(), "the number of connections differs");
        std::map<std::string, std::size_t> users;
        std::map<std::string, std::size_t> groups;
        for (const auto& [name, c] : model.connections) {
            if (!c.user.empty()) ++users[c.user];
            require(the_hub.connection_exists(name), name + " is missing");
            for (const auto& group : all_groups) {
                const bool is_member = c.groups.contains(group);
                if (is_member) ++groups[group];
                require(the_hub.is_in_group(name, group) == is_member, "membership of " + name + " in " + group);
            }
        }
        require(the_hub.user_count() == users.size() && the_hub.group_count() == groups.size(),
                "numbers of users and groups");
        for (const std::string user : {"ann", "bob", ""}) {
            require(the_hub.connection_count_of_user(user) == users[user], "connections of " + user);
            require(the_hub.user_exists(user) == (users[user] != 0), "whether there is " + user);
        }
        for (const auto& group : all_groups) {
            require(the_hub.connection_count_of_group(group) == groups[group], "members of " + group);
            require(the_hub.group_exists(group) == (groups[group] != 0), "whether there is " + group);
        }
        for (const auto& [transport, it] : model.transports) {
            require(the_hub.connection_of(transport) == it.connection,
                    "what " + std::to_string(number_of(transport)) + " carries");
        }
    }

    void compare_permissions(const std::string& name) const {
        const auto known = model.connections.find(name);
        require(the_hub.connection_exists(name) == (known != model.connections.end()), "whether there is " + name);
        for (std::size_t i = 0; i < permission_count * all_groups.size(); ++i) {
            const auto what = static_cast<permission>(i % permission_count);
            const auto& group = all_groups[i / permission_count];
            const bool allowed = known != model.connections.end() && known->second.allows(what, group);
            require(the_hub.has_permission(name, what, group) == allowed,
                    name + " and " + std::string(name_of(what)) + " in " + group);
        }
    }

    std::multiset<std::string> told_;
};

} // namespace hub_models
