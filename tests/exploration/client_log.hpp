// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>

#include "exploration/client_observations.hpp"
#include "exploration/scenario.hpp"
#include "exploration/wire_log.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace webpubsub::tests {

/// The application of a client: what it asks for, and what it and the wire saw.
struct client_log {
    std::string name;
    client_observations seen{};
    wire_log wire{};

    client_log(std::size_t which, bool strict) : name(1, static_cast<char>('A' + which)) { seen.strict = strict; }

    /// Whether the application can ask for that now.
    bool may_ask(const client& machine, const operation& what) const {
        using verb = operation::verb;
        switch (what.what) {
        case verb::open: {
            const auto* const before = seen.open_stream(what.where);
            return machine.state() == client_state::connected && (before == nullptr || !before->ending);
        }
        case verb::invoke: return machine.state() == client_state::connected;
        default: return true;
        }
    }

    std::string next_payload() const {
        return std::string(1, static_cast<char>(name[0] - 'A' + 'a')).append(std::to_string(seen.operations));
    }

    void ask(client& machine, steady_time now, const operation& what) {
        using verb = operation::verb;
        auto payload = next_payload();
        ++seen.operations;
        const auto text = payload_view::text(payload);
        message_options how;
        how.no_echo = what.no_echo;
        client_observations::call made{what, payload};
        made.asked = now;
        switch (what.what) {
        case verb::join: made.id = taken(machine.join_group(now, what.where)); break;
        case verb::leave:
            wire.leave(what.where);
            made.id = taken(machine.leave_group(now, what.where));
            break;
        case verb::send:
        case verb::send_forbidden: made.id = taken(machine.send_to_group(now, what.where, text, how)); break;
        case verb::event: made.id = taken(machine.send_event(now, what.where, text)); break;
        case verb::set_state: made.id = taken(machine.set_group_state(now, what.where, {{"k", payload}})); break;
        case verb::subscribe:
            wire.subscribe(what.where);
            made.id = taken(machine.subscribe_group_state(now, what.where));
            break;
        case verb::unsubscribe:
            wire.subscribe(what.where);
            made.id = taken(machine.unsubscribe_group_state(now, what.where));
            break;
        case verb::invoke: made.name = taken(machine.invoke(now, what.where, text)); break;
        case verb::open: {
            stream_options named;
            named.stream_id = what.where;
            if (seen.open_stream(what.where) != nullptr) {
                require(!machine.open_stream(now, the_group, named), "the id of an open stream is not used again");
                return;
            }
            made.name = taken(machine.open_stream(now, the_group, named));
            break;
        }
        case verb::cancel: {
            auto* const invocation = seen.waiting_invocation();
            if (invocation == nullptr) return;
            invocation->cancelled = true;
            require(machine.cancel_invocation(now, invocation->name).has_value(), "an invocation can be cancelled");
            return;
        }
        default: return ask_stream(machine, now, what, std::move(payload));
        }
        seen.calls.push_back(std::move(made));
    }

private:
    template <class T>
    static T taken(result<T> id) {
        require(id.has_value(), "a call within the limits is taken");
        return *std::move(id);
    }

    /// Of a stream that was lost nothing more can be asked for.
    void ask_stream(client& machine, steady_time now, const operation& what, std::string payload) {
        auto* const stream = seen.open_stream(what.where);
        const bool goes_on = stream != nullptr && !stream->ending;
        if (what.what == operation::verb::write) {
            const auto done = machine.write_stream(now, what.where, payload_view::text(payload));
            require(done.has_value() == goes_on || (goes_on && done.error().code == errc::queue_full),
                    "an open stream can be written to");
            if (done) stream->written.push_back(std::move(payload));
        } else {
            const bool end = what.what == operation::verb::end;
            const bool done =
                (end ? machine.end_stream(now, what.where) : machine.abort_stream(now, what.where)).has_value();
            require(!goes_on || done, "an open stream can be ended");
            if (stream != nullptr && done) stream->ending = true;
        }
    }
};

} // namespace webpubsub::tests
