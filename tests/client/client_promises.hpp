// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"

#include <webpubsub/client/client.hpp>
#include <webpubsub/overloaded.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace webpubsub::tests {

/// What a client promises of its events, whatever befalls it. Is told of each event and of what was begun, and checks.
/// A copy goes on by itself, as that of a client does.
class client_promises {
public:
    client_promises() = default;

    /// In the midst of a life; what was begun is not known.
    explicit client_promises(const client& c) : knows_all_(false), connection_(c.connection_id()) {
        if (c.state() == client_state::connected) phase_ = phase::up;
        if (c.state() == client_state::recovering) phase_ = phase::recovering;
        if (c.state() == client_state::stopped) phase_ = phase::stopped;
    }

    // What happens.

    // A command was given.
    void begin_request(const result<ack_id>& id) {
        if (id && *id != ack_id{}) begun_.insert("request " + std::to_string(number_of(*id)));
    }
    void begin_invocation(const result<std::string>& id) {
        if (id) begun_.insert("invocation " + *id);
    }
    void begin_stream(const result<std::string>& id) {
        if (id) CHECK(open_streams_.insert(*id).second);
    }

    void transport_lost() { transport_ = {}; }

    /// The client's timer has fired.
    void wake(steady_time now) {
        stalls_ = std::exchange(woken_, now) == now ? stalls_ + 1 : 0;
        REQUIRE(stalls_ < 3);
    }

    void take(const client_event& event) {
        CHECK(phase_ != phase::stopped);
        visit([this](const auto& e) { note(e); }, event);
    }
    void take(const client_order& order) {
        visit([this](const auto& o) { note(o); }, order);
    }

    // What is so now.

    /// The one that the client has asked for and not closed; 0 for none.
    transport_id transport() const { return transport_; }
    /// The last URL that it asked for, or 0.
    url_request_id url_request() const { return url_request_; }
    /// Streams that are open, and those of them that the service has accepted.
    const std::set<std::string>& open_streams() const { return open_streams_; }
    const std::set<std::string>& accepted_streams() const { return accepted_streams_; }
    /// Messages of groups and of the application.
    std::uint64_t messages() const { return messages_; }
    std::uint64_t recoveries() const { return recoveries_; }

    /// When all was answered that can be.
    void check_settled(const client& c) const {
        CHECK((phase_ == phase::up) == (c.state() == client_state::connected));
        CHECK(phase_ != phase::recovering);
        CHECK(c.pending_requests() == 0);
        CHECK(c.pending_invocations() == 0);
        CHECK(c.open_streams() == open_streams_.size());
        CHECK((open_streams_.empty() || phase_ == phase::up));
        if (knows_all_) CHECK(ended_ == begun_);
    }

    void check_stopped(const client& c) const {
        CHECK(phase_ == phase::stopped);
        if (knows_all_) CHECK(ended_ == begun_);
        CHECK(c.state() == client_state::stopped);
        CHECK(c.pending_requests() + c.pending_invocations() + c.open_streams() == 0);
        CHECK_FALSE(c.poll_timeout());
    }

private:
    enum class phase { down, up, recovering, stopped };

    template <class Event>
    void note(const Event&) {}

    void note(const client_orders::open_transport& e) {
        CHECK(transport_ == transport_id{});
        transport_ = e.transport;
    }
    void note(const client_orders::close_transport& e) {
        CHECK(e.transport == transport_);
        transport_ = {};
    }
    void note(const client_orders::need_url& e) {
        CHECK(transport_ == transport_id{});
        url_request_ = e.request;
    }
    void note(const client_events::connected& e) {
        CHECK(phase_ == phase::down);
        phase_ = phase::up;
        connection_ = e.connection_id;
        received_.clear();
    }
    void note(const client_events::recovering& e) {
        CHECK(phase_ == phase::up);
        CHECK(e.connection_id == connection_);
        phase_ = phase::recovering;
    }
    void note(const client_events::recovered& e) {
        CHECK(phase_ == phase::recovering);
        CHECK(e.connection_id == connection_);
        phase_ = phase::up;
        ++recoveries_;
    }
    void note(const client_events::disconnected& e) {
        CHECK((phase_ == phase::up || phase_ == phase::recovering));
        CHECK(e.connection_id == connection_);
        phase_ = phase::down;
    }
    void note(const client_events::connect_failed& e) {
        CHECK((phase_ == phase::recovering) == (e.purpose == connect_purpose::recovery));
        CHECK(phase_ != phase::up);
    }
    void note(const client_events::stopped&) {
        CHECK(phase_ == phase::down);
        CHECK(transport_ == transport_id{});
        phase_ = phase::stopped;
    }

    void note(const client_events::request_completed& e) { end("request " + std::to_string(number_of(e.ack_id))); }
    void note(const client_events::invocation_completed& e) { end("invocation " + e.invocation_id); }
    void note(const client_events::stream_opened& e) {
        if (knows_all_) CHECK(open_streams_.contains(e.stream_id));
        CHECK(accepted_streams_.insert(e.stream_id).second);
    }
    void note(const client_events::stream_closed& e) {
        const bool was_open = open_streams_.erase(e.stream_id) == 1;
        if (knows_all_) CHECK(was_open);
        accepted_streams_.erase(e.stream_id);
    }
    void end(const std::string& what) {
        CAPTURE(what);
        CHECK(ended_.insert(what).second);
    }

    void note(const client_events::group_message& e) { receive(e.sequence_id); }
    void note(const client_events::server_message& e) { receive(e.sequence_id); }
    void receive(const std::optional<std::uint64_t>& sequence_id) {
        CHECK(phase_ == phase::up);
        ++messages_;
        if (sequence_id) CHECK(received_.insert(*sequence_id).second);
    }
    void note(const client_events::group_states_changed&) { CHECK(phase_ == phase::up); }
    void note(const client_events::stream_fragment& e) {
        CHECK(phase_ == phase::up);
        auto& last = fragments_[{e.group, e.stream_id}];
        CHECK(e.stream_sequence_id > last);
        last = e.stream_sequence_id;
    }
    void note(const client_events::stream_finished& e) {
        CHECK(phase_ == phase::up);
        fragments_.erase({e.group, e.stream_id});
    }
    void note(const client_events::stream_abandoned& e) { fragments_.erase({e.group, e.stream_id}); }

    bool knows_all_ = true;
    phase phase_ = phase::down;
    std::string connection_;
    transport_id transport_{};
    url_request_id url_request_{};
    /// Requests and invocations.
    std::set<std::string> begun_;
    std::set<std::string> ended_;
    std::set<std::string> open_streams_;
    std::set<std::string> accepted_streams_;
    /// Sequence ids on the present connection.
    std::set<std::uint64_t> received_;
    /// The last fragment of each stream of others.
    std::map<std::pair<std::string, std::string>, std::uint64_t> fragments_;
    std::uint64_t messages_ = 0;
    std::uint64_t recoveries_ = 0;
    steady_time woken_{};
    int stalls_ = 0;
};

} // namespace webpubsub::tests
