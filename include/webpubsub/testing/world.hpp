// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/testing/clock.hpp>
#include <webpubsub/testing/link.hpp>
#include <webpubsub/testing/random.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::testing {

/// Clients and a hub in virtual time, joined by links with latency: an in-memory double of the service for the tests of
/// an application, which run for hours of that time in a moment and are the same each time.
///
///     testing::world w(1, all_service_codecs());
///     const auto ada = w.add_client(client(reliable_json_codec(), 1, w.options()), w.request("ada"));
///     w.start(ada);
///     w.client(ada).join_group(w.now().steady, "room").value();
///     w.run_for(std::chrono::seconds(1));
///     while (auto event = w.poll_event(ada)) ...
///
/// A link can be cut, hung and slowed, and the service can refuse and be down. After a command to a client or to the
/// hub call `settle`, or let time pass with `run_for`, which does it as well. The hub's application is the test: it
/// takes events from `poll_hub_event` and answers them by the hub's commands, or leaves that to `answer_events`.
///
/// A `Hub` is a `hub`, or what can be used as one.
template <class Hub>
class basic_world {
public:
    /// The seed decides latencies, ids and tokens. What comes behind the options is given to a `Hub` that wants more
    /// than a hub.
    template <class... More>
    basic_world(std::uint64_t seed, const std::vector<service_codec>& codecs, const hub_options& options = {},
                const More&... more)
        : random_(seed),
          secrets_(~seed),
          codecs_(codecs),
          hub_(codecs, options, testing::random::source(secrets_), more...) {}
    basic_world(const basic_world&) = delete;
    basic_world& operator=(const basic_world&) = delete;

    instant now() const noexcept { return clock_.now(); }
    Hub& hub() noexcept { return hub_; }
    testing::random& random() noexcept { return random_; }
    std::size_t client_count() const noexcept { return members_.size(); }
    webpubsub::client& client(std::size_t which) noexcept { return members_[which].client; }
    const std::deque<link>& links() const noexcept { return links_; }

    /// Client options with a URL that this world understands.
    static client_options options();
    /// What a client is let in with: a user that may join and send to any group.
    static connect_request request(std::string user_id);

    /// Adds a client and returns its number. The subprotocols of the request are those that the client offers.
    std::size_t add_client(webpubsub::client added, connect_request request);
    /// Starts a client that is there; `start` has to succeed.
    void start(std::size_t which);

    // How the network behaves. All of it can be changed at any time.

    /// For what is sent from now on by all clients and to them.
    link_options network{};
    /// The share of attempts to connect that are answered with 503.
    double refusal_rate = 0;
    /// While it is set, no attempt to connect is answered.
    bool unreachable = false;
    /// After a cut, the share of clients that are never told, and of hubs that learn of it by their pings only.
    double half_open_rate = 0.2;
    /// Answers user events and invocations as soon as they come, with what they carry, and lets everybody in.
    bool answer_events = true;

    /// Cuts the client's link, if it has one: any suffix of what is on its way in each direction is lost.
    void cut(std::size_t which);
    /// Nothing arrives over the client's link until it goes on; nobody is told.
    void hang(std::size_t which, bool hung = true);
    /// Closes the client's WebSocket from the service's side, as a proxy may.
    void close(std::size_t which, std::uint16_t code, std::string_view reason = {});

    // Time.

    /// Carries orders and messages to where they belong. Takes no time.
    void settle();
    /// Lets time pass, in steps from one thing that happens to the next.
    void run_for(duration time);
    /// Lets time pass until `done()` or for at most `limit`; tells whether it is done.
    template <class Done>
    bool run_until(Done&& done, duration limit) {
        const auto end = add_saturating(now().steady, limit);
        settle();
        while (!done()) {
            if (!step(end)) return done();
        }
        return true;
    }
    /// When something happens next by itself.
    std::optional<steady_time> next_step() const;

    // What was told.

    polled<client_event> poll_event(std::size_t which) noexcept { return members_[which].events.poll(); }
    std::optional<hub_event> poll_hub_event();

    /// Told in the moment in which things happen, for tests that need the order among clients. An observer that takes
    /// an event returns true; then it is not queued.
    class observer {
    public:
        virtual bool handle_client_event(std::size_t, client_event&) { return false; }
        virtual bool handle_hub_event(hub_event&) { return false; }
        /// What the hub sends to a transport that the test has admitted by itself.
        virtual void handle_other_delivery(transport_id, std::string_view) {}
        /// A client has handed a message to its transport.
        virtual void handle_sent(std::size_t, std::string_view) {}
        /// Whether the service fails this message of a client instead of executing it, for a reason that passes. Asked
        /// for every message that has a `passing_failure`, when it arrives.
        virtual bool fails(std::size_t, const client_message&) { return false; }
        /// Around every frame that reaches the hub, with the connection that sent it.
        virtual void before_frame(std::string_view) {}
        virtual void after_frame() {}
        /// Around the hub's timers.
        virtual void before_timeout() {}
        virtual void after_timeout() {}

    protected:
        ~observer() = default;
    };
    /// Null for none.
    observer* watched_by = nullptr;

    /// Times that a link was cut and the client was never told.
    std::uint64_t half_open_cuts() const noexcept { return half_open_; }

private:
    struct member {
        webpubsub::client client;
        connect_request request;
        detail::queue<client_event> events{};
    };

    link* link_of(std::size_t which, transport_id transport);
    link* link_of_hub(transport_id transport);
    link* present_link(std::size_t which);
    bool settle_client(std::size_t which);
    bool settle_hub();
    bool settle_writes();
    void obey(std::size_t which, const client_order& order);
    void obey(const hub_order& order);
    void take(hub_event event);
    /// The next thing that happens, if it does by `end`; otherwise only the time passes.
    bool step(steady_time end);
    void decide(link& over, const admission& outcome);
    bool deliver_up(link& over);
    bool fail(link& over, const std::string& frame);
    bool deliver_down(link& over);
    void open(link& over, std::string_view url);
    void client_learns(link& of);
    void hub_learns(link& of);
    void end_at_hub(link& of, std::uint16_t code, std::string_view reason);

    clock clock_;
    testing::random random_;
    /// Of the hub's, so that latencies do not depend on what it draws.
    testing::random secrets_;
    std::vector<service_codec> codecs_;
    Hub hub_;
    std::deque<member> members_;
    std::deque<link> links_;
    std::deque<hub_event> hub_events_;
    std::uint64_t half_open_ = 0;
};

/// The one whose functions a compiled library has; those of another are in testing/impl.
using world = basic_world<hub>;

} // namespace webpubsub::inline WEBPUBSUB_MODE::testing

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/testing/impl/world.ipp>
#include <webpubsub/testing/impl/world_time.ipp>
#endif
