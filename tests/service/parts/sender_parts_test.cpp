// SPDX-License-Identifier: MIT
#include "service/sender_bench.hpp"

#include <webpubsub/service/detail/calls_under_way.hpp>
#include <webpubsub/service/detail/handler_validations.hpp>
#include <webpubsub/service/detail/request_guid.hpp>
#include <webpubsub/service/detail/sender_connections.hpp>
#include <webpubsub/service/detail/sent_events.hpp>

using namespace webpubsub;
using namespace webpubsub::tests;
using detail::hub_question;

namespace {

constexpr steady_time at(int second) { return steady_time(seconds(second)); }

detail::sent_event event_of(std::uint64_t connection, hub_question question = {}, std::size_t bytes = 0) {
    detail::sent_event event;
    event.connection = connection;
    event.question = question;
    event.bytes = bytes;
    return event;
}

} // namespace

TEST_CASE("a call is known until it ends, and only one that has not ended is cancelled") {
    detail::calls_under_way calls;
    const auto first = calls.begin({false, 7});
    const auto second = calls.begin({true, 0});
    CHECK(first != second);
    CHECK(calls.find(first)->number == 7);
    CHECK_FALSE(calls.find(first)->is_validation);
    CHECK(calls.find(second)->is_validation);
    CHECK(calls.size() == 2);
    calls.end(first);
    calls.cancel(first);
    CHECK_FALSE(calls.find(first));
    CHECK_FALSE(calls.poll_cancel());
    calls.cancel(second);
    calls.cancel(second);
    CHECK(calls.poll_cancel() == second);
    CHECK_FALSE(calls.poll_cancel());
    CHECK(calls.size() == 0);
    calls.cancel({});
    CHECK_FALSE(calls.poll_cancel());
}

TEST_CASE("a connection has its id until it ends, and what is kept of it until it is erased") {
    detail::sender_connections connections;
    const auto first = connections.begin("a", "s1");
    const auto second = connections.begin("b", "s2");
    CHECK(connections.find("a") == first);
    CHECK(connections.find("c") == 0);
    CHECK(connections[second].signature == "s2");
    connections.end(first);
    CHECK(connections.find("a") == 0);
    CHECK(connections[first].signature == "s1");
    // Another of that id is another one.
    const auto third = connections.begin("a", "s3");
    connections.end(first);
    CHECK(connections.find("a") == third);
    connections.erase(first);
    connections.erase(second);
    CHECK(connections.find("a") == third);
    CHECK(connections.size() == 1);
}

TEST_CASE("a connection that was let in is kept until its time to open is over") {
    detail::sender_connections connections;
    const auto late = connections.begin("late", "");
    const auto opened = connections.begin("opened", "");
    const auto unlimited = connections.begin("unlimited", "");
    connections.await_opening(late, at(10));
    connections.await_opening(opened, at(10));
    connections.await_opening(unlimited, std::nullopt);
    connections.handle_opened(opened);
    // One that has opened does not open again.
    connections.await_opening(opened, at(5));
    CHECK(connections.poll_timeout() == at(10));
    connections.handle_timeout(at(9));
    CHECK(connections.find("late") == late);
    connections.handle_timeout(at(10));
    CHECK(connections.find("late") == 0);
    CHECK(connections.find("opened") == opened);
    CHECK(connections.find("unlimited") == unlimited);
    CHECK(connections.poll_timeout() == std::nullopt);
}

TEST_CASE("events are found by what they are to answer, and by their connection in order") {
    detail::sent_events events;
    const hub_question admission{hub_question::kind::admission, 1};
    const hub_question invocation{hub_question::kind::invocation, 1};
    const auto first = events.add(event_of(5, admission, 10));
    const auto second = events.add(event_of(6, invocation, 20));
    const auto third = events.add(event_of(5, {}, 30));
    CHECK(events.find(admission) == first);
    CHECK(events.find(invocation) == second);
    CHECK(events.find({hub_question::kind::event, 1}) == 0);
    CHECK(events.find({hub_question::kind::none, 0}) == 0);
    CHECK(events.next_of(5, 0) == first);
    CHECK(events.next_of(5, first + 1) == third);
    CHECK(events.next_of(5, third + 1) == 0);
    CHECK(events.next_of(4, 0) == 0);
    CHECK(events.bytes() == 60);
    events.erase(first);
    CHECK(events.find(admission) == 0);
    CHECK(events.next_of(5, 0) == third);
    CHECK(events.size() == 2);
    CHECK(events.bytes() == 50);
}

TEST_CASE("a handler is asked when it is wanted, and not again while that goes on") {
    using state = detail::handler_validations::state;
    detail::handler_validations all(2, "a.net", {seconds(10), {seconds(1)}, seconds(2), seconds(4)});
    CHECK_FALSE(all.poll_ready(at(0)));
    CHECK(all.want(at(0), 1) == state::ready);
    CHECK(all.want(at(0), 1) == state::ready);
    CHECK(all.poll_ready(at(0)) == 1);
    CHECK_FALSE(all.poll_ready(at(0)));
    CHECK(all.want(at(0), 1) == state::asking);
    CHECK(all.method_of(1) == http_method::options);
    CHECK(all.poll_timeout() == at(10));
    CHECK(all.handle_failure(at(0), 1, call_failure::network) == state::waiting);
    CHECK(all.poll_timeout() == at(1));
    CHECK(all.pop_due(at(1)) == 1);
    CHECK(all.handle_timeout(at(1), 1) == state::ready);
    CHECK(all.poll_ready(at(1)) == 1);
    CHECK(all.handle_response(at(1), 1, status(403)) == state::invalid);
    CHECK(all.failures() == 1);
    CHECK(all.want(at(2), 1) == state::invalid);
    CHECK(all.want(at(3), 1) == state::ready);
    CHECK(all.poll_ready(at(3)) == 1);
    CHECK(all.handle_response(at(3), 1, allowed()) == state::valid);
    CHECK(all.want(at(1000), 1) == state::valid);
    CHECK(all.want(at(1000), 0) == state::ready);
    CHECK(all.failures() == 1);
}

TEST_CASE("a GUID is random but for its version and its variant") {
    const secure_random ones{nullptr, [](void*, unsigned char* bytes, std::size_t size) {
                                 for (std::size_t i = 0; i < size; ++i) bytes[i] = 0xFF;
                             }};
    const secure_random zeros{nullptr, [](void*, unsigned char* bytes, std::size_t size) {
                                  for (std::size_t i = 0; i < size; ++i) bytes[i] = 0;
                              }};
    CHECK(detail::random_guid(ones) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
    CHECK(detail::random_guid(zeros) == "00000000-0000-4000-8000-000000000000");
}
