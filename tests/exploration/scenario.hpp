// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/options.hpp>
#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/options.hpp>
#include <webpubsub/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::tests {

/// The groups of a small world. The witness is in both, and streams are in the first.
constexpr std::string_view the_group = "g";
constexpr std::string_view other_group = "h";

/// What an application asks its client for.
struct operation {
    enum class verb : std::uint8_t {
        join,
        leave,
        send,
        send_forbidden,
        event,
        invoke,
        /// The oldest invocation without an answer.
        cancel,
        open,
        write,
        end,
        abort,
        set_state,
        subscribe,
        unsubscribe
    };

    verb what{};
    /// The group; for a stream, its id.
    std::string_view where = the_group;
    /// Of a message: not to its sender.
    bool no_echo = false;
    /// The application asks for it in the same step as for the one before, if it can.
    bool at_once = false;

    /// Whether the service answers it with an ack.
    bool is_request() const noexcept { return what < verb::invoke || what >= verb::set_state; }
    bool is_of_stream() const noexcept { return what >= verb::open && what <= verb::abort; }
    bool is_message() const noexcept {
        return what == verb::send || what == verb::send_forbidden || what == verb::event;
    }
    bool needs_membership() const noexcept { return what >= verb::set_state; }
};

constexpr std::string_view name_of(operation::verb what) noexcept {
    constexpr std::string_view names[] = {"join",         "leave",
                                          "send to",      "send where it is forbidden to",
                                          "send event",   "invoke",
                                          "cancel",       "open",
                                          "write to",     "end",
                                          "abort",        "set state",
                                          "subscribe to", "unsubscribe from"};
    return names[static_cast<std::size_t>(what)];
}

namespace ask {

using verb = operation::verb;

constexpr operation join(std::string_view group = the_group) { return {verb::join, group}; }
constexpr operation leave(std::string_view group = the_group) { return {verb::leave, group}; }
constexpr operation send(std::string_view group = the_group) { return {verb::send, group}; }
constexpr operation send_forbidden() { return {verb::send_forbidden, "forbidden"}; }
constexpr operation event() { return {verb::event, "e"}; }
constexpr operation invoke() { return {verb::invoke, "e"}; }
constexpr operation cancel() { return {verb::cancel, "e"}; }
constexpr operation open(std::string_view id = "s") { return {verb::open, id}; }
constexpr operation write(std::string_view id = "s") { return {verb::write, id}; }
constexpr operation end(std::string_view id = "s") { return {verb::end, id}; }
constexpr operation abort(std::string_view id = "s") { return {verb::abort, id}; }
constexpr operation set_state(std::string_view group = the_group) { return {verb::set_state, group}; }
constexpr operation subscribe(std::string_view group = the_group) { return {verb::subscribe, group}; }
constexpr operation unsubscribe(std::string_view group = the_group) { return {verb::unsubscribe, group}; }

/// Nothing happens between the operations of a burst.
inline std::vector<operation> bursts(std::initializer_list<std::initializer_list<operation>> script) {
    std::vector<operation> operations;
    for (const auto& burst : script) {
        for (const auto& what : burst) {
            operations.push_back(what);
            operations.back().at_once = &what != burst.begin();
        }
    }
    return operations;
}

} // namespace ask

/// Short times, and nothing left to chance.
inline client_options small_client_options() {
    client_options o;
    o.url = "ws://small/client/hubs/chat?access_token=x";
    o.connect.stable_time = std::chrono::seconds(1);
    o.connect.handshake_timeout = std::chrono::seconds(8);
    o.connect.first_delay = duration::zero();
    o.connect.delays.jitter = 0;
    o.recovery.window = std::chrono::seconds(12);
    o.recovery.first_delay = duration::zero();
    o.recovery.delays.jitter = 0;
    o.keep_alive.interval = std::chrono::seconds(10);
    o.keep_alive.timeout = std::chrono::seconds(15);
    o.requests.retry_delays.jitter = 0;
    o.publisher.rewind_delays.jitter = 0;
    return o;
}

/// The hub waits for a recovery for less time than the client tries, so that some are refused.
inline hub_options small_hub_options() {
    hub_options o;
    o.recovery.window = std::chrono::seconds(5);
    o.timeouts.answer = std::chrono::seconds(7);
    o.application.report_memberships = true;
    return o;
}

struct scenario {
    struct member {
        codec form;
        std::vector<operation> script{};
        /// By its token, on each of its connections.
        bool is_in_group = false;
        /// `client_acknowledgement_options::resend_on_new_connection`.
        bool resends = false;
        /// What is under way to and from it arrives at once, and its link is never cut.
        bool prompt = false;

        explicit member(codec f, std::vector<operation> s = {}, bool in_group = false)
            : form(f), script(std::move(s)), is_in_group(in_group) {}
        member resending() && { return resends = true, *this; }
        member promptly() && { return prompt = true, *this; }
    };

    std::vector<member> members;
    /// How often a link may be cut.
    std::uint8_t cuts = 1;
    /// How often time may pass although something else could happen before.
    std::uint8_t early_timeouts = 0;
    /// How often a request or a fragment is answered by a failure that passes, without having been executed.
    std::uint8_t failures = 0;
    /// How often the application answers with a failure.
    std::uint8_t refusals = 0;
    /// Otherwise the application answers at any time or never.
    bool answers_at_once = true;
    /// How many questions it does not answer at once, if not all.
    std::optional<std::size_t> late_answers{};
    /// Whether a cut may also go unnoticed at the client's side.
    bool half_open = true;
    client_options client = small_client_options();
    hub_options hub = small_hub_options();
    /// The longest time from a call to its outcome: a recovery, retries, and a request's time limit.
    duration outcome_bound = std::chrono::seconds(200);
    /// Whether the options leave it to the machines to come to rest, connected, with everything done.
    bool settles = true;
};

} // namespace webpubsub::tests
