// SPDX-License-Identifier: MIT

// A client whose service, network and application do whatever the input says. The client keeps its promises: every
// frame can be read by the service, whatever was begun has one end, events come in the order that they are said to come
// in, time does not stand still, and `stop` is final.

#include "op_codes.hpp"

#include <webpubsub/client/client.hpp>
#include <webpubsub/client/print.hpp>

#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {
namespace {

class world {
public:
    explicit world(op_codes ops)
        : ops_(ops),
          form_(ops_.pick(codecs())),
          client_(ops_.one_in(8) ? client::raw("x", options()) : client(form_, options())) {}

    void run() {
        while (!ops_.empty()) {
            step();
            drain();
        }
        client_.stop(now_);
        drain();
        require(client_.state() == client_state::stopped, "stop is final");
        require(!client_.poll_timeout(), "and nothing is left to wait for");
        require(requests_.empty() && invocations_.empty() && streams_.empty(), "whatever was begun has ended");
        require(!connected_, "each connected has its disconnected");
        require(client_.counters().connections == connections_, "connections are counted");
    }

private:
    client_options options() {
        client_options made;
        made.seed = ops_.below(256);
        if (ops_.one_in(2)) made.url = "ws://h/client/hubs/chat?access_token=t";
        made.auto_reconnect = !ops_.one_in(8);
        made.auto_rejoin = !ops_.one_in(8);
        made.retry_first_connect = !ops_.one_in(8);
        made.resend_on_new_connection = ops_.one_in(2);
        made.close_on_malformed_frame = ops_.one_in(4);
        made.report_states = ops_.one_in(2);
        if (ops_.one_in(2))
            made.request_timeout = made.rejoin_timeout = made.invocation_timeout = std::chrono::seconds(3);
        if (ops_.one_in(2)) return made;
        made.requests.pending = 3;
        made.requests.in_flight = 2;
        made.requests.bytes = 300;
        made.max_connect_attempts = 3;
        made.max_streams = made.invocations.pending = made.max_groups = 2;
        made.outbound_stream_limits.fragments = 2;
        made.inbound_stream_limits.streams = 2;
        made.group_states.states = 2;
        made.max_frame_size = made.max_received_frame_size = 150;
        made.max_events = 10;
        return made;
    }

    void step() {
        switch (ops_.below(16)) {
        case 0: return static_cast<void>(client_.start(now_));
        case 1: return client_.provide_url(now_, url_request_, "ws://h/", std::chrono::seconds(ops_.below(120)));
        case 2: return client_.fail_url(now_, url_request_);
        case 3:
        case 4: return client_.handle_opened(now_, transport(), ops_.one_in(8) ? "other" : subprotocol_);
        case 5: return client_.handle_open_failed(now_, transport(), ops_.one_in(2) ? 401 : 503);
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
    transport_id transport() { return ops_.one_in(8) ? transport_ + 1 : transport_; }
    std::string name() { return std::string(ops_.pick(names)); }

    void frame(std::string_view bytes) {
        auto kind = form_.protocol().frames();
        if (ops_.one_in(16)) kind = kind == frame_kind::text ? frame_kind::binary : frame_kind::text;
        require(client_.handle_frame(now_, transport(), kind, bytes).has_value(), "a drained client takes frames");
    }

    void message() {
        auto said = test::random_message(ops_).service();
        std::visit(
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
        if (form_.encode(said, bytes)) frame(bytes);
    }

    std::string connected_frame() {
        std::string bytes;
        require(form_.encode(service_message{connected_message{"u", name(), "t"}}, bytes).has_value(), "encode");
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
        const message_options how{.tag = 7, .fire_and_forget = ops_.one_in(4)};
        switch (ops_.below(8)) {
        case 0: return begin(client_.join_group(now_, name()));
        case 1: return begin(client_.leave_group(now_, name()));
        case 2: return begin(client_.send_to_group(now_, name(), any_payload(ops_), how));
        case 3: return begin(client_.send_event(now_, name(), any_payload(ops_), how));
        case 4: return begin(client_.set_group_state(now_, name(), {{"k", std::string(ops_.bytes())}}));
        case 5: return begin(client_.subscribe_group_state(now_, name()));
        case 6: return begin(client_.unsubscribe_group_state(now_, name()));
        default: {
            const auto id = client_.invoke(now_, name(), any_payload(ops_));
            if (id) require(invocations_.insert(*id).second, "ids of invocations are new");
        }
        }
    }
    void begin(const result<ack_id>& id) {
        if (id && *id != 0) require(requests_.insert(*id).second, "ids of requests are new");
    }

    void stream() {
        const auto id = name();
        switch (ops_.below(4)) {
        case 0:
            if (client_.open_stream(now_, name(), {.stream_id = id})) {
                require(streams_.insert(id).second, "an open stream is not opened again");
            }
            return;
        case 1: return static_cast<void>(client_.write_stream(now_, id, any_payload(ops_)));
        case 2: return static_cast<void>(client_.end_stream(now_, id));
        default: return static_cast<void>(client_.abort_stream(now_, id));
        }
    }

    void rarely() {
        switch (ops_.below(8)) {
        case 0: return client_.stop(now_);
        case 1: return client_.finish(now_, ops_.time());
        case 2: return static_cast<void>(client_.cancel_invocation(now_, std::to_string(1 + ops_.below(3))));
        case 3: return static_cast<void>(client_.send_frame(now_, frame_kind::text, std::string(ops_.bytes())));
        case 4: client_ = client(client_); return;
        default: reads_ = !reads_;
        }
    }

    void drain() {
        for (bool more = true; more;) {
            more = false;
            while (const auto event = client_.poll_event()) {
                require(!stopped_, "stopped is the last event");
                require(!describe(*event).empty(), "each event is a line");
                std::visit([this](const auto& e) { note(e); }, *event);
            }
            if (writing_ && reads_) {
                writing_ = false;
                client_.handle_written(now_, writing_to_);
                more = true;
            }
            if (const auto frame = client_.poll_transmit()) {
                require(frame->transport == transport_ && !std::exchange(writing_, true), "one write at a time");
                writing_to_ = frame->transport;
                read(*frame);
                more = true;
            }
        }
    }

    void read(const transmit& frame) {
        if (subprotocol_ == "x") return;
        client_message said;
        require(frame.kind == form_.protocol().frames(), "a frame of the right kind");
        require(form_.decode(frame.bytes(), said).has_value(), "the service can read what it gets");
    }

    void note(const client_events::open_transport& e) {
        require(e.transport > transport_, "ids of transports grow");
        transport_ = e.transport;
        subprotocol_ = e.subprotocol;
        writing_ = false;
    }
    void note(const client_events::close_transport& e) {
        require(e.transport == transport_, "only the current transport is closed");
        require(e.reason.size() <= 123, "a close frame can carry the reason");
        writing_ = false;
    }
    void note(const client_events::need_url& e) { url_request_ = e.request; }
    void note(const client_events::connected&) {
        require(!std::exchange(connected_, true), "connected once");
        ++connections_;
    }
    void note(const client_events::recovering&) {
        require(connected_ && !std::exchange(recovering_, true), "a connection is recovered");
        writing_ = false;
    }
    void note(const client_events::recovered&) { require(std::exchange(recovering_, false), "after recovering"); }
    void note(const client_events::disconnected&) {
        require(std::exchange(connected_, false), "disconnected once");
        recovering_ = writing_ = false;
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
    codec form_;
    client client_;
    steady_time now_{};
    transport_id transport_ = 0;
    transport_id writing_to_ = 0;
    std::string subprotocol_;
    std::uint64_t url_request_ = 0;
    std::uint64_t connections_ = 0;
    bool reads_ = true, writing_ = false;
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
