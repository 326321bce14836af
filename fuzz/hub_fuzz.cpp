// SPDX-License-Identifier: MIT

// A hub with any number of clients, whose host and application do whatever the input says: connections of every kind
// that send frames, malformed ones too, are cut, recovered, or never read; and commands. The hub keeps its promises:
// every frame can be read by the client that it is for, sequence ids follow each other, a connection begins once and
// ends once, and nothing is left of it.

#include "any_options.hpp"
#include "hub_writes.hpp"
#include "op_codes.hpp"

#include <webpubsub/hub/hub.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {
namespace {

class world {
public:
    explicit world(op_codes ops) : ops_(ops), hub_(all_service_codecs(), hub_options_of(ops_), random()) {}

    void run() {
        while (!ops_.empty()) {
            step();
            drain();
        }
        require(hub_.close_all(now_).has_value(), "a hub can be closed");
        drain();
        while (!transports_.empty()) close(transports_.begin()->first, close_code::abnormal);
        for (int i = 0; i < 1000 && hub_.poll_timeout(); ++i) {
            pass(std::max(*hub_.poll_timeout(), now_.steady) - now_.steady);
            drain();
        }
        require(!hub_.poll_timeout(), "nothing is left to wait for");
        require(hub_.connection_count() == 0 && hub_.user_count() == 0 && hub_.group_count() == 0, "nobody is left");
        require(live_.empty(), "each connection that has begun has ended");
    }

private:
    struct transport {
        std::optional<test::full_codec> form;
        bool open = false;
        bool reads = true;
        /// The hub has asked to stop reading.
        bool paused = false;
        hub_writes writes{};
        std::string connection_id{};
        /// Of the last data message on it.
        std::uint64_t sequence_id = 0;

        explicit transport(std::optional<test::full_codec> f) : form(std::move(f)) {}
    };

    struct known {
        std::string connection_id;
        std::string token;
        test::full_codec form;
    };

    secure_random random() {
        return {&random_, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& next = *static_cast<std::uint64_t*>(context);
                    for (; size != 0; --size) *bytes++ = static_cast<unsigned char>(mixed(++next));
                }};
    }

    void step() {
        switch (ops_.below(16)) {
        case 0: return admit({});
        case 1: return recover();
        case 2: return open();
        case 3:
        case 4: return frame(std::string(ops_.bytes()));
        case 5:
        case 6:
        case 7: return message();
        case 8:
            if (!transports_.empty()) close(any(), ops_.pick(closings));
            return;
        case 9: return pass(ops_.time());
        case 10: return answer_event();
        case 11: return answer_invocation();
        case 12: return send();
        case 13: return decide();
        case 14:
            if (!transports_.empty()) hub_.handle_bad_frame(now_, any(), ops_.pick(closings));
            return;
        default:
            if (!transports_.empty()) transports_.at(any()).reads = !ops_.one_in(2);
        }
    }

    transport_id any() {
        return std::next(transports_.begin(), static_cast<long>(ops_.below(transports_.size())))->first;
    }

    std::string name() { return std::string(ops_.pick(names)); }
    std::string connection() {
        if (live_.empty() || ops_.one_in(8)) return "unknown";
        return *std::next(live_.begin(), static_cast<long>(ops_.below(live_.size())));
    }

    void admit(connect_request request) {
        if (ops_.one_in(2)) request.user_id = name();
        for (const auto* role : {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup", "webpubsub.getGroupState",
                                 "webpubsub.setGroupState", "webpubsub.sendToGroups.?"}) {
            if (!ops_.one_in(4)) request.roles.emplace_back(role);
        }
        while (ops_.one_in(3)) request.groups.push_back(name());
        if (ops_.one_in(4)) request.publishes_to = send_to_group_mode{name(), ops_.one_in(2)};
        if (!ops_.one_in(5)) request.subprotocols.emplace_back(ops_.pick(codecs()).protocol().name);
        auto outcome = hub_.admit(now_, std::move(request));
        if (const auto* in = get_if<accepted>(&outcome)) let_in(*in);
        if (const auto* asked = get_if<waiting>(&outcome)) admissions_.push_back(asked->id);
    }

    static std::optional<test::full_codec> find(std::string_view subprotocol) {
        for (const auto& each : codecs()) {
            if (each.protocol().name == subprotocol) return each;
        }
        return std::nullopt;
    }

    void let_in(const accepted& in) {
        require(transports_.emplace(in.transport, transport(find(in.subprotocol))).second, "ids are new");
    }

    void recover() {
        connect_request request;
        if (known_.empty()) return;
        const auto& which = known_[ops_.below(known_.size())];
        request.subprotocols = {std::string(which.form.protocol().name)};
        request.recovery = recovery_request{which.connection_id, ops_.one_in(8) ? "wrong" : which.token};
        auto outcome = hub_.admit(now_, std::move(request));
        if (const auto* in = get_if<accepted>(&outcome)) {
            // A connection goes on with the subprotocol that it began with.
            transports_.emplace(in->transport, transport(which.form));
            open(in->transport);
        }
    }

    void open() {
        if (!admissions_.empty()) {
            const auto id = admissions_.back();
            admissions_.pop_back();
            switch (ops_.below(4)) {
            case 0: return hub_.handle_abandoned(now_, id);
            case 1: return static_cast<void>(hub_.refuse_connect(now_, id, 403, "no"));
            default: return static_cast<void>(hub_.accept_connect(now_, id));
            }
        }
        if (!transports_.empty()) open(any());
    }

    void open(transport_id id) {
        transports_.at(id).open = true;
        hub_.handle_opened(now_, id);
    }

    void frame(const std::string& bytes) {
        if (transports_.empty()) return;
        const auto id = any();
        const auto& from = transports_.at(id);
        auto kind = from.form ? from.form->protocol().frames() : frame_kind::text;
        if (ops_.one_in(16)) kind = kind == frame_kind::text ? frame_kind::binary : frame_kind::text;
        hub_.handle_frame(now_, id, kind, bytes);
    }

    /// One that is well-formed, and often one that has an effect.
    void message() {
        if (transports_.empty()) return;
        const auto id = any();
        const auto& from = transports_.at(id);
        if (!from.form) return hub_.handle_frame(now_, id, frame_kind::text, "text");
        auto said = test::random_message(ops_).client();
        visit(
            [this](auto& it) {
                if constexpr (requires { it.group; }) it.group = name();
                if constexpr (requires { it.stream_id; }) it.stream_id = name();
                if constexpr (requires { it.invocation_id; }) it.invocation_id = name();
                if constexpr (requires { it.event; }) it.event = name();
                if constexpr (requires { it.ack_id; }) {
                    if (ops_.one_in(2)) it.ack_id = ops_.below(4);
                }
                if constexpr (requires { it.stream_sequence_id; }) it.stream_sequence_id = 1 + ops_.below(3);
            },
            said);
        if (auto* confirmed = get_if<sequence_ack_message>(&said)) confirmed->sequence_id = ops_.below(8);
        std::string bytes;
        from.form->client.encode(said, bytes);
        hub_.handle_frame(now_, id, from.form->protocol().frames(), bytes);
    }

    void close(transport_id id, std::uint16_t code) {
        lose(id);
        hub_.handle_closed(now_, id, code, {});
        drain();
    }

    /// What is being written goes on being read for a while.
    void lose(transport_id id) {
        lingering_.adopt(std::move(transports_.at(id).writes));
        transports_.erase(id);
    }

    void pass(duration time) {
        now_.steady += time;
        now_.wall += std::chrono::duration_cast<wall_time::duration>(time);
        hub_.handle_timeout(now_);
    }

    void answer_event() {
        const event_id id{ops_.below(number_of(last_event_) + 2)};
        if (ops_.one_in(3)) return static_cast<void>(hub_.fail_event(now_, id));
        if (ops_.one_in(2)) return static_cast<void>(hub_.answer_event(now_, id));
        static_cast<void>(hub_.answer_event(now_, id, payload_view(any_payload(ops_))));
    }

    void answer_invocation() {
        const event_id id{ops_.below(number_of(last_event_) + 2)};
        if (ops_.one_in(3))
            return static_cast<void>(hub_.fail_invocation(now_, id, {name(), std::string(ops_.bytes())}));
        static_cast<void>(hub_.answer_invocation(now_, id, payload_view(any_payload(ops_))));
    }

    void send() {
        const std::vector<std::string> except{connection()};
        send_options how;
        if (ops_.one_in(2)) how.except = except;
        if (ops_.one_in(2)) how.time_to_live = std::chrono::seconds(ops_.below(302));
        if (ops_.one_in(4)) how.metadata.push_back({"k", std::string(ops_.bytes())});
        if (ops_.one_in(4)) how.sender = except.front();
        how.no_echo = ops_.one_in(2);
        const auto data = any_payload(ops_);
        switch (ops_.below(4)) {
        case 0: return static_cast<void>(hub_.send_to_all(now_, data, how));
        case 1: return static_cast<void>(hub_.send_to_user(now_, name(), data, how));
        case 2: return static_cast<void>(hub_.send_to_group(now_, name(), data, how));
        default: return static_cast<void>(hub_.send_to_connection(now_, connection(), data, how));
        }
    }

    void release() {
        if (held_.empty()) return;
        const auto id = held_.back();
        held_.pop_back();
        if (ops_.one_in(3))
            return static_cast<void>(hub_.refuse_request(now_, id, {name(), std::string(ops_.bytes())}));
        static_cast<void>(hub_.release_request(now_, id));
    }

    void decide() {
        const auto id = connection();
        const auto what = ops_.one_in(2) ? permission::send_to_group : permission::join_leave_group;
        switch (ops_.below(8)) {
        case 7: return release();
        case 0: return static_cast<void>(hub_.add_to_group(now_, id, name()));
        case 1: return static_cast<void>(hub_.remove_from_group(now_, id, name()));
        case 2: return static_cast<void>(hub_.remove_from_all_groups(now_, id));
        case 3: return static_cast<void>(hub_.grant(now_, id, what, name()));
        case 4: return static_cast<void>(hub_.revoke(now_, id, what, name()));
        case 5: return static_cast<void>(hub_.close_connection(now_, id, ops_.bytes()));
        default: return static_cast<void>(hub_.close_all(now_, close_code::going_away, ops_.bytes()));
        }
    }

    /// What every host does after every call, but for transports that don't read.
    void drain() {
        bool more = true;
        while (more) {
            more = false;
            while (const auto order = hub_.poll_order()) visit([this](const auto& o) { obey(o); }, *order);
            while (const auto event = hub_.poll_event()) visit([this](const auto& e) { note(e); }, *event);
            while (const auto ready = hub_.poll_ready()) {
                more = true;
                write(*ready);
            }
            for (auto& [id, each] : transports_) {
                if (each.writes.empty() || !each.reads) continue;
                more = true;
                each.writes.complete();
                hub_.handle_written(now_, id);
            }
        }
        for (const auto& [id, each] : transports_) {
            require(!each.paused || !hub_.wants_input(id), "nothing is wanted of a transport that is paused");
        }
        while (!lingering_.empty()) lingering_.complete();
    }

    void write(transport_id id) {
        auto& to = transports_.at(id);
        auto frame = hub_.poll_transmit(id);
        require(frame.has_value(), "a transport that is ready has something to write");
        for (; frame; frame = hub_.poll_transmit(id)) {
            read(to, *frame);
            to.writes.begin(std::move(*frame));
            require(to.writes.size() <= 16, "no more is under way than the window");
        }
    }

    void read(transport& to, const delivery& frame) {
        if (!to.form) return;
        require(frame.kind() == to.form->protocol().frames(), "a frame of the right kind");
        service_message said;
        require(to.form->client.decode(bytes_of(frame), said).has_value(), "a client can read what it gets");
        visit([&](const auto& it) { read(to, it); }, said);
    }

    void read(transport& at, const connected_message& hello) {
        at.connection_id = hello.connection_id;
        if (!hello.reconnection_token.empty() && at.form->protocol().reliable) {
            known_.push_back({hello.connection_id, hello.reconnection_token, *at.form});
        }
    }
    template <class Message>
    void read(transport& at, const Message& message) {
        if constexpr (requires { message.sequence_id; }) {
            require(message.sequence_id.has_value() == at.form->protocol().reliable,
                    "sequence ids are for reliable ones");
            if (!message.sequence_id) return;
            auto& highest = highest_[at.connection_id];
            const bool first = at.sequence_id == 0;
            require(first ? *message.sequence_id <= highest + 1 : *message.sequence_id == at.sequence_id + 1,
                    "sequence ids follow each other");
            at.sequence_id = *message.sequence_id;
            highest = std::max(highest, at.sequence_id);
        }
    }

    void obey(const hub_orders::admission_decided& o) {
        if (const auto* in = get_if<accepted>(&o.outcome)) let_in(*in);
        std::erase(admissions_, o.id);
    }
    void obey(const hub_orders::close_transport& o) {
        require(transports_.contains(o.transport), "only a transport that is there is closed");
        require(o.reason.size() <= 123, "a close frame can carry the reason");
        require(o.abort || transports_.at(o.transport).writes.empty(), "what is under way is written before");
        lose(o.transport);
        hub_.handle_closed(now_, o.transport, o.code, o.reason);
    }
    void obey(const hub_orders::pause_reading& o) {
        require(!std::exchange(transports_.at(o.transport).paused, true), "reading is paused once");
    }
    void obey(const hub_orders::resume_reading& o) {
        require(std::exchange(transports_.at(o.transport).paused, false), "reading goes on that was paused");
    }
    void obey(const hub_orders::request_held& o) { held_.push_back(o.id); }
    void note(const hub_events::client_connected& e) {
        require(ever_.insert(e.connection_id).second, "a connection begins once");
        live_.insert(e.connection_id);
    }
    void note(const hub_events::client_disconnected& e) {
        require(live_.erase(e.connection_id) == 1, "a connection ends once");
    }
    void note(const hub_events::user_event& e) { last_event_ = e.id; }
    void note(const hub_events::invocation& e) { last_event_ = e.id; }
    void note(const hub_events::connect_requested&) {}
    void note(const hub_events::invocation_cancelled&) {}
    void note(const hub_events::group_joined& e) {
        require(joined_.emplace(e.connection_id, e.group).second, "who joins was out");
    }
    void note(const hub_events::group_left& e) {
        require(joined_.erase({e.connection_id, e.group}) == 1, "who leaves was in");
    }

    op_codes ops_;
    std::uint64_t random_ = 0;
    instant now_{};
    hub hub_;
    std::map<transport_id, transport> transports_;
    std::vector<admission_id> admissions_;
    std::vector<known> known_;
    std::set<std::string> ever_, live_;
    std::set<std::pair<std::string, std::string>> joined_;
    std::map<std::string, std::uint64_t> highest_;
    event_id last_event_{};
    std::vector<held_request_id> held_;
    /// Writes to transports that are gone.
    hub_writes lingering_;
};

} // namespace
} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    webpubsub::fuzz::world(webpubsub::fuzz::op_codes({data, size})).run();
    return 0;
}
