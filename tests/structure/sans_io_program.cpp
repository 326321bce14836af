// SPDX-License-Identifier: MIT

// Calls everything that a client and a hub can do. It is compiled but never linked: what it needs from outside is what
// check_symbols.cmake looks at, so the codec, the time and the randomness come from somewhere else.

#include <webpubsub/client/client.hpp>
#include <webpubsub/client/pump.hpp>
#include <webpubsub/hub/hub.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

webpubsub::codec some_codec();
webpubsub::instant some_time();
void fill_with_random_bytes(void*, unsigned char* bytes, std::size_t size);
std::string_view some_bytes();
webpubsub::payload some_payload();
template <class T>
void use(const T& value);

namespace {

using namespace webpubsub;

struct transport {
    void open(const client_events::open_transport& event) { use(event); }
    void close(const client_events::close_transport& event) { use(event); }
    void write(const transmit& message) { use(message.bytes()); }
    void arm(std::optional<steady_time> when) { use(when); }
};

void drive(client& c) {
    const auto now = [] { return some_time().steady; };
    use(c.start(now()));
    c.provide_url(now(), 1, std::string(some_bytes()));
    c.fail_url(now(), 1);
    c.handle_opened(now(), 1, some_bytes());
    c.handle_open_failed(now(), 1, 401);
    use(c.handle_frame(now(), 1, frame_kind::text, some_bytes()));
    c.handle_written(now(), 1);
    c.handle_closed(now(), 1, close_code::normal, some_bytes());
    c.handle_timeout(now());
    use(c.join_group(now(), some_bytes()));
    use(c.leave_group(now(), some_bytes()));
    use(c.send_to_group(now(), some_bytes(), some_payload()));
    use(c.send_event(now(), some_bytes(), some_payload()));
    use(c.send_frame(now(), frame_kind::binary, std::string(some_bytes())));
    transport t;
    pump(c, t, [](const auto& event) { use(event); });
    use(c.state());
    use(c.connection_id());
    use(c.user_id());
    use(c.groups());
    use(c.pending_requests());
    use(c.counters());
    c.stop(now());
}

void drive_transports(hub& h) {
    use(h.admit(some_time(), connect_request{}));
    use(h.accept_connect(some_time(), 1));
    use(h.refuse_connect(some_time(), 1, 401));
    h.handle_abandoned(some_time(), 1);
    h.handle_opened(some_time(), 1);
    h.handle_frame(some_time(), 1, frame_kind::text, some_bytes());
    h.handle_bad_frame(some_time(), 1);
    h.handle_written(some_time(), 1);
    h.handle_closed(some_time(), 1);
    h.handle_timeout(some_time());
    use(h.poll_event());
    use(h.poll_ready());
    use(h.poll_transmit(1));
    use(h.poll_timeout());
}

void command(hub& h) {
    use(h.answer_event(some_time(), 1, some_payload()));
    use(h.fail_event(some_time(), 1));
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
    use(h.connection_of(1));
    use(h.connection_count());
    use(h.user_count());
    use(h.group_count());
    use(h.connection_count_of_user(some_bytes()));
    use(h.connection_count_of_group(some_bytes()));
    use(h.counters());
}

} // namespace

int main() {
    client c(some_codec());
    drive(c);
    auto raw = client::raw();
    drive(raw);
    hub_options options;
    options.random.fill = fill_with_random_bytes;
    hub h({some_codec()}, options);
    drive_transports(h);
    command(h);
    look(h);
    hub copy = h;
    drive_transports(copy);
}
