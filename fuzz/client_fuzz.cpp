// SPDX-License-Identifier: MIT

// A client whose service, network and application do whatever the input says. The client keeps its promises: every
// frame can be read by the service, whatever was begun has one end, events come in the order that they are said to come
// in, time does not stand still, and `stop` is final.

#include "any_options.hpp"
#include "op_codes.hpp"

#include <webpubsub/client/client.hpp>
#include <webpubsub/client/print.hpp>

#include <algorithm>
#include <deque>
#include <set>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {
namespace {

class world {
public:
    explicit world(op_codes ops) : ops_(ops), form_(ops_.pick(codecs())), client_(made()) {}

    void run() {
        while (!ops_.empty()) {
            step();
            drain();
        }
        client_.stop(now_);
        drain();
        require(client_.state() == client_state::stopped, "stop is final");
        require(!client_.poll_timeout(), "and nothing is left to wait for");
        require(client_.pending_requests() == 0, "nothing waits after the end");
        require(requests_.empty() && invocations_.empty() && streams_.empty(), "whatever was begun has ended");
        require(!connected_, "each connected has its disconnected");
        require(client_.counters().connections == connections_, "connections are counted");
    }

private:
    client made() {
        const bool raw = ops_.one_in(8);
        const auto seed = ops_.below(256);
        return raw ? client::raw("x", seed, options()) : client(form_.client, seed, options());
    }

    client_options options() {
        auto made = any_client_options(ops_, {});
        if (ops_.one_in(2)) made.url = "ws://h/client/hubs/chat?access_token=t";
        made.connect.auto_reconnect = !ops_.one_in(8);
        made.connect.retry_first = !ops_.one_in(8);
        made.groups.rejoin = !ops_.one_in(8);
        made.requests.resend_on_new_connection = ops_.one_in(2);
        made.frames.close_on_malformed = ops_.one_in(4);
        if (ops_.one_in(2)) made.requests.timeout = made.invocations.timeout = std::chrono::seconds(3);
        if (ops_.one_in(2)) return made;
        made.window.messages = 1;
        made.requests.max_pending = 3;
        made.requests.max_in_flight = 2;
        made.requests.max_bytes = 300;
        made.connect.max_attempts = 3;
        made.publisher.max_streams = made.invocations.max_pending = made.groups.max_groups = 2;
        made.groups.max_rejoins_in_flight = 1;
        made.publisher.max_fragments = 2;
        made.subscriber.max_streams = 2;
        made.group_states.max_states = 2;
        made.frames.max_sent_size = made.frames.max_received_size = 150;
        made.events.max_count = 10;
        return made;
    }

    void step() {
        switch (ops_.below(16)) {
        case 0: return static_cast<void>(client_.start(now_));
        case 1:
            return static_cast<void>(
                client_.provide_url(now_, url_request_, "ws://h/", std::chrono::seconds(ops_.below(120))));
        case 2: return client_.fail_url(now_, url_request_);
        case 3:
        case 4: return client_.handle_opened(now_, transport(), ops_.one_in(8) ? "other" : subprotocol_);
        case 5: return client_.handle_open_failed(now_, transport(), failure());
        case 6: return client_.handle_closed(now_, transport(), ops_.pick(closings), "why");
        case 7: return frame(ops_.bytes());
        case 8:
        case 9: return message();
        case 10: return frame(connected_frame());
        case 11: return pass(ops_.time());
        case 12:
        case 13: return request();
        case 14: return stream();
        default: return rarely();
        }
    }

    /// Mostly the current one.
    transport_id transport() { return ops_.one_in(8) ? transport_id{number_of(transport_) + 1} : transport_; }
    open_failure failure() {
        open_failure why{ops_.one_in(2) ? 401u : 503u};
        if (ops_.one_in(4)) why.retry_after = ops_.time();
        return why;
    }
    std::string name() { return std::string(ops_.pick(names)); }

    void frame(std::string_view bytes) {
        auto kind = form_.protocol().frames();
        if (ops_.one_in(16)) kind = kind == frame_kind::text ? frame_kind::binary : frame_kind::text;
        require(client_.handle_frame(now_, transport(), kind, bytes).has_value(), "a drained client takes frames");
    }

    void message() {
        auto said = test::random_message(ops_).service();
        visit(
            [this](auto& it) {
                if constexpr (requires { it.group; }) it.group = name();
                if constexpr (requires { it.stream_id; }) it.stream_id = name();
                if constexpr (requires { it.invocation_id; }) it.invocation_id = std::to_string(1 + ops_.below(3));
                if constexpr (requires { it.ack_id; }) it.ack_id = 1 + ops_.below(6);
                if constexpr (requires { it.expected_sequence_id; }) it.expected_sequence_id = ops_.below(4);
                if constexpr (requires { it.sequence_id; }) {
                    if (ops_.one_in(2)) it.sequence_id = ops_.below(6);
                }
            },
            said);
        std::string bytes;
        if (form_.service.encode(said, bytes)) frame(bytes);
    }

    std::string connected_frame() {
        std::string bytes;
        require(form_.service.encode(service_message{connected_message{"u", name(), "t"}}, bytes).has_value(),
                "a message of the service can be encoded");
        return bytes;
    }

    void pass(duration time) {
        const auto end = now_ + time;
        int calls = 0;
        for (auto next = client_.poll_timeout(); next && *next <= end; next = client_.poll_timeout()) {
            require(++calls < 3000, "time goes on");
            now_ = std::max(now_, *next);
            client_.handle_timeout(now_);
            drain();
        }
        now_ = end;
    }

    void request() {
        message_options how;
        how.tag = 7;
        how.fire_and_forget = ops_.one_in(4);
        switch (ops_.below(8)) {
        case 0: return begin(client_.join_group(now_, name()));
        case 1: return begin(client_.leave_group(now_, name()));
        case 2: return begin(client_.send_to_group(now_, name(), payload_view(any_payload(ops_)), how));
        case 3: return begin(client_.send_event(now_, name(), payload_view(any_payload(ops_)), how));
        case 4: return begin(client_.set_group_state(now_, name(), {{"k", std::string(ops_.bytes())}}));
        case 5: return begin(client_.subscribe_group_state(now_, name()));
        case 6: return begin(client_.unsubscribe_group_state(now_, name()));
        default: {
            const auto id = client_.invoke(now_, name(), payload_view(any_payload(ops_)));
            if (id) require(invocations_.insert(*id).second, "ids of invocations are new");
        }
        }
    }
    void begin(const result<ack_id>& id) {
        if (id && *id != ack_id{}) require(requests_.insert(*id).second, "ids of requests are new");
    }

    void stream() {
        const auto id = name();
        switch (ops_.below(4)) {
        case 0:
            if (client_.open_stream(now_, name(), named(id))) {
                require(streams_.insert(id).second, "an open stream is not opened again");
            }
            return;
        case 1: return static_cast<void>(client_.write_stream(now_, id, payload_view(any_payload(ops_))));
        case 2: return static_cast<void>(client_.end_stream(now_, id));
        default: return static_cast<void>(client_.abort_stream(now_, id));
        }
    }

    static stream_options named(const std::string& id) {
        stream_options how;
        how.stream_id = id;
        return how;
    }

    /// The process is suspended: time passes and no timer is kept.
    void sleep() {
        now_ += ops_.time();
        client_.handle_timeout(now_);
    }

    void rarely() {
        switch (ops_.below(8)) {
        case 0: return client_.stop(now_);
        case 1: return client_.finish(now_, ops_.time());
        case 2: return static_cast<void>(client_.cancel_invocation(now_, std::to_string(1 + ops_.below(3))));
        case 3: return static_cast<void>(client_.send_frame(now_, frame_kind::text, ops_.bytes()));
        case 4: client_ = client(client_); return;
        case 5: return sleep();
        default: reads_ = !reads_;
        }
    }

    void drain() {
        for (bool more = true; more;) {
            more = false;
            while (const auto order = client_.poll_order()) {
                require(!stopped_ || holds_alternative<client_orders::close_transport>(*order),
                        "a stopped client wants nothing more than to close");
                visit([this](const auto& o) { obey(o); }, *order);
            }
            while (const auto event = client_.poll_event()) {
                require(!stopped_, "stopped is the last event");
                require(!describe(*event).empty(), "each event is a line");
                visit([this](const auto& e) { note(e); }, *event);
            }
            if (!under_way_.empty() && reads_) {
                // What was handed out is as it was, whatever happened meanwhile.
                require(under_way_.front().bytes() == copies_.front(), "bytes stay valid");
                const auto to = under_way_.front().transport;
                under_way_.pop_front();
                copies_.pop_front();
                client_.handle_written(now_, to);
                more = true;
            }
            while (auto frame = client_.poll_transmit()) {
                require(frame->transport == transport_ && !closed_, "only the current transport is written to");
                read(*frame);
                copies_.emplace_back(frame->bytes());
                under_way_.push_back(std::move(*frame));
                const auto& window = client_.options().window.messages;
                require(!window || of_current() <= std::max<std::size_t>(*window, 1),
                        "no more is under way than the window");
                more = true;
            }
        }
        require(client_.wants_input(), "a drained client wants input");
    }

    std::size_t of_current() const {
        return static_cast<std::size_t>(
            std::count_if(under_way_.begin(), under_way_.end(),
                          [this](const transmit& each) { return each.transport == transport_; }));
    }

    void read(const transmit& frame) {
        if (subprotocol_ == "x") return;
        client_message said;
        require(frame.kind == form_.protocol().frames(), "a frame of the right kind");
        require(form_.service.decode(frame.bytes(), said).has_value(), "the service can read what it gets");
    }

    void obey(const client_orders::open_transport& o) {
        require(o.transport > transport_, "ids of transports grow");
        transport_ = o.transport;
        subprotocol_ = o.subprotocol;
        closed_ = false;
    }
    void obey(const client_orders::close_transport& o) {
        require(o.transport == transport_ && !std::exchange(closed_, true), "the current transport is closed, once");
        require(o.reason.size() <= 123, "a close frame can carry the reason");
    }
    void obey(const client_orders::need_url& o) { url_request_ = o.request; }
    void obey(const client_orders::pause_reading& o) {
        require(o.transport == transport_ && !std::exchange(paused_, true), "reading is paused once");
    }
    void obey(const client_orders::resume_reading& o) {
        require(o.transport == transport_ && std::exchange(paused_, false), "reading goes on that was paused");
    }
    void note(const client_events::host_error& e) {
        require(e.error.code != errc::too_many_written, "no more is told as written than was");
    }
    void note(const client_events::connected&) {
        require(!std::exchange(connected_, true), "connected once");
        ++connections_;
    }
    void note(const client_events::recovering&) {
        require(connected_ && !std::exchange(recovering_, true), "a connection is recovered");
    }
    void note(const client_events::recovered&) { require(std::exchange(recovering_, false), "after recovering"); }
    void note(const client_events::disconnected&) {
        require(std::exchange(connected_, false), "disconnected once");
        recovering_ = false;
    }
    void note(const client_events::stopped&) { stopped_ = true; }
    void note(const client_events::request_completed& e) { require(requests_.erase(e.ack_id) == 1, "one outcome"); }
    void note(const client_events::invocation_completed& e) {
        require(invocations_.erase(e.invocation_id) == 1, "one outcome");
    }
    void note(const client_events::stream_closed& e) {
        require(streams_.erase(e.stream_id) == 1, "a stream ends once");
    }
    void note(const client_events::stream_opened& e) { require(streams_.contains(e.stream_id), "a stream of ours"); }
    void note(const client_events::group_message&) { data(); }
    void note(const client_events::server_message&) { data(); }
    void note(const client_events::stream_fragment&) { data(); }
    void data() const { require(connected_ && !recovering_, "messages come while connected"); }
    template <class Event>
    void note(const Event&) {}

    op_codes ops_;
    test::full_codec form_;
    client client_;
    steady_time now_{};
    transport_id transport_{};
    std::string subprotocol_;
    url_request_id url_request_{};
    std::uint64_t connections_ = 0;
    bool reads_ = true, closed_ = true, paused_ = false;
    /// What is being written, to whichever transport, and what it was at first.
    std::deque<transmit> under_way_;
    std::deque<std::string> copies_;
    bool connected_ = false, recovering_ = false, stopped_ = false;
    std::set<ack_id> requests_;
    std::set<std::string> invocations_, streams_;
};

} // namespace
} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    webpubsub::fuzz::world(webpubsub::fuzz::op_codes({data, size})).run();
    return 0;
}
