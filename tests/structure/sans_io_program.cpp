// SPDX-License-Identifier: MIT

// Calls everything that a client and a hub can do. It is compiled but never linked: what it needs from outside is what
// check_symbols.cmake looks at, so the codec, the time and the randomness come from somewhere else.

#include <webpubsub/client/client.hpp>
#include <webpubsub/client/pump.hpp>
#include <webpubsub/hub/hub.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

webpubsub::codec some_codec();
webpubsub::service_codec some_service_codec();
webpubsub::instant some_time();
void fill_with_random_bytes(void*, unsigned char* bytes, std::size_t size);
std::string_view some_bytes();
webpubsub::payload some_payload();
template <class T>
void use(const T& value);

namespace {

using namespace webpubsub;

template <class Id>
constexpr Id some_id{1};

struct transport {
    void open(const client_orders::open_transport& order) { use(order); }
    void close(const client_orders::close_transport& order) { use(order); }
    void need_url(const client_orders::need_url& order) { use(order); }
    void pause_reading(transport_id which) { use(which); }
    void resume_reading(transport_id which) { use(which); }
    void write(const transmit& message) { use(message.bytes()); }
    void arm(std::optional<steady_time> when) { use(when); }
};

struct application {
    template <class Event>
    void operator()(Event& event) {
        use(event);
    }
};

void drive(client& c) {
    constexpr auto it = some_id<transport_id>;
    const auto now = [] { return some_time().steady; };
    use(c.start(now()));
    use(c.provide_url(now(), some_id<url_request_id>, some_bytes()));
    c.fail_url(now(), some_id<url_request_id>);
    c.handle_opened(now(), it, some_bytes());
    c.handle_open_failed(now(), it, {401, {}, some_bytes()});
    use(c.handle_frame(now(), it, frame_kind::text, some_bytes()));
    c.handle_written(now(), it);
    c.handle_closed(now(), it, close_code::normal, some_bytes());
    c.handle_timeout(now());
    use(c.join_group(now(), some_bytes()));
    use(c.leave_group(now(), some_bytes()));
    use(c.send_to_group(now(), some_bytes(), some_payload()));
    use(c.send_event(now(), some_bytes(), some_payload()));
    use(c.open_stream(now(), some_bytes()));
    use(c.write_stream(now(), some_bytes(), some_payload()));
    use(c.end_stream(now(), some_bytes()));
    use(c.abort_stream(now(), some_bytes()));
    use(c.invoke(now(), some_bytes(), some_payload()));
    use(c.cancel_invocation(now(), some_bytes()));
    use(c.set_group_state(now(), some_bytes(), {}));
    use(c.clear_group_state(now(), some_bytes()));
    use(c.subscribe_group_state(now(), some_bytes()));
    use(c.unsubscribe_group_state(now(), some_bytes()));
    use(c.send_frame(now(), frame_kind::binary, some_bytes()));
    transport t;
    application a;
    pump loop(c, t, a);
    loop.run();
    loop.handle_timeout(now());
    use(c.state());
    use(c.connection_id());
    use(c.user_id());
    use(c.groups());
    use(c.is_in_group(some_bytes()));
    use(c.pending_requests());
    use(c.pending_invocations());
    use(c.open_streams());
    use(c.group_states(some_bytes()));
    use(c.wants_input());
    use(c.counters());
    c.finish(now(), std::nullopt);
    c.stop(now());
}

void drive_transports(hub& h) {
    constexpr auto it = some_id<transport_id>;
    use(h.admit(some_time(), connect_request{}));
    use(h.accept_connect(some_time(), some_id<admission_id>));
    use(h.refuse_connect(some_time(), some_id<admission_id>, 401));
    h.handle_abandoned(some_time(), some_id<admission_id>);
    h.handle_opened(some_time(), it);
    h.handle_frame(some_time(), it, frame_kind::text, some_bytes());
    h.handle_bad_frame(some_time(), it);
    h.handle_written(some_time(), it);
    h.handle_closed(some_time(), it);
    h.handle_timeout(some_time());
    use(h.poll_order());
    use(h.poll_event());
    use(h.poll_ready());
    use(h.poll_transmit(it));
    use(h.poll_timeout());
    use(h.wants_input(it));
}

void command(hub& h) {
    use(h.answer_event(some_time(), some_id<event_id>, some_payload()));
    use(h.fail_event(some_time(), some_id<event_id>));
    use(h.answer_invocation(some_time(), some_id<event_id>, some_payload()));
    use(h.fail_invocation(some_time(), some_id<event_id>, {}));
    use(h.release_request(some_time(), some_id<held_request_id>));
    use(h.refuse_request(some_time(), some_id<held_request_id>, {}));
    use(h.send_to_all(some_time(), some_payload()));
    use(h.send_to_user(some_time(), some_bytes(), some_payload()));
    use(h.send_to_group(some_time(), some_bytes(), some_payload()));
    use(h.send_to_connection(some_time(), some_bytes(), some_payload()));
    use(h.add_to_group(some_time(), some_bytes(), some_bytes()));
    use(h.remove_from_group(some_time(), some_bytes(), some_bytes()));
    use(h.remove_from_all_groups(some_time(), some_bytes()));
    use(h.grant(some_time(), some_bytes(), permission::send_to_group, some_bytes()));
    use(h.revoke(some_time(), some_bytes(), permission::send_to_group, some_bytes()));
    use(h.close_connection(some_time(), some_bytes()));
    use(h.close_all(some_time()));
}

void look(const hub& h) {
    use(h.connection_exists(some_bytes()));
    use(h.user_exists(some_bytes()));
    use(h.group_exists(some_bytes()));
    use(h.is_in_group(some_bytes(), some_bytes()));
    use(h.has_permission(some_bytes(), permission::join_leave_group, some_bytes()));
    use(h.connection_of(some_id<transport_id>));
    use(h.queue_of(some_bytes()));
    use(h.connection_count());
    use(h.user_count());
    use(h.group_count());
    use(h.connection_count_of_user(some_bytes()));
    use(h.connection_count_of_group(some_bytes()));
    use(h.list_connections(some_bytes(), 1));
    use(h.list_connections_of_user(some_bytes(), some_bytes(), 1));
    use(h.list_members(some_bytes(), some_bytes(), 1));
    use(h.list_users(some_bytes(), 1));
    use(h.list_groups(some_bytes(), 1));
    use(h.counters());
    use(h.slow_reader_count());
}

} // namespace

int main() {
    client c(some_codec(), 1);
    drive(c);
    auto raw = client::raw({}, 1);
    drive(raw);
    hub h({some_service_codec()}, hub_options{}, {nullptr, fill_with_random_bytes});
    drive_transports(h);
    command(h);
    look(h);
    hub copy = h;
    drive_transports(copy);
}
