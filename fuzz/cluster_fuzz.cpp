// SPDX-License-Identifier: MIT

// Two nodes of a cluster whose bus does whatever the input says: it carries what they publish, loses and repeats it,
// confirms subscriptions that nobody ordered, is lost twice, and brings messages that no node would send. Nothing grows
// without bounds, every call is answered at most once, and when the bus is an honest one again, so is what clients get.

#include "any_cluster_options.hpp"
#include "any_options.hpp"
#include "forger.hpp"
#include "op_codes.hpp"

#include <webpubsub/cluster/cluster_member.hpp>

#include "cluster/simulated_bus.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {
namespace {

class world {
public:
    explicit world(op_codes ops) : ops_(ops), options_(any_cluster_options(ops_)) {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            nodes_[i] = std::make_unique<node>(options_, random(), i == 0 ? "0000" : "0001");
        }
    }

    void run() {
        while (!ops_.empty()) {
            step();
            for (std::size_t i = 0; i < nodes_.size(); ++i) drain(i);
        }
        repair();
        serve();
    }

private:
    struct node {
        hub local;
        cluster_member member;
        std::set<transport_id> transports;
        std::vector<admission_id> admissions;
        std::map<transport_id, std::string> last_text;
        /// Transports that write nothing more at the moment, and how many frames are with them.
        std::map<transport_id, std::uint32_t> stalled;
        std::set<std::uint64_t> calls;
        /// How often it was another node from then on.
        std::size_t fences = 0;

        node(const cluster_options& options, const secure_random& random, std::string_view place)
            : local({json_service_codec()}, node_options(hub_options_beside(options), options), random),
              member(std::move(*cluster_member::make(local, place, options, random))) {}
    };

    secure_random random() {
        return {&random_, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& next = *static_cast<std::uint64_t*>(context);
                    for (; size != 0; --size) *bytes++ = static_cast<unsigned char>(mixed(++next) >> 8);
                }};
    }

    std::string name() { return std::string(ops_.pick(names)); }
    std::size_t any_node() { return ops_.below(nodes_.size()); }
    node& at(std::size_t i) { return *nodes_[i]; }

    void step() {
        const auto i = any_node();
        switch (ops_.below(16)) {
        case 0: return admit(i);
        case 1: return open_or_close(i);
        case 2:
        case 3:
        case 4: return frame(i);
        case 5:
        case 6:
        case 7: return forge(i);
        case 8: return send(i);
        case 9: return call(i);
        case 10: return pass(ops_.time());
        case 11: return at(i).member.handle_bus_subscribed(now_, forger_at(i).channel());
        case 12: return ops_.one_in(2) ? lose(i) : connect(i);
        case 13: return ops_.one_in(2) ? at(i).member.handle_timeout(now_) : stall_or_resume(i);
        case 14: {
            if (ops_.one_in(8)) return at(i).member.leave(now_);
            return static_cast<void>(ops_.one_in(2) ? bus_.repeat_next(i) : bus_.lose_next(i));
        }
        default: static_cast<void>(move(i, 1 + ops_.below(4)));
        }
    }

    // The bus.

    void connect(std::size_t i) {
        bus_.cut(i);
        bus_.connect(i);
        at(i).member.handle_bus_connected(now_);
    }
    void lose(std::size_t i) {
        bus_.cut(i);
        at(i).member.handle_bus_lost(now_);
    }
    bool move(std::size_t i, std::size_t times) {
        bool moved = false;
        for (; times != 0; --times) {
            moved = bus_.move_up(i) || moved;
            const auto input = bus_.move_down(i);
            if (!input) continue;
            if (input->bytes) {
                at(i).member.handle_bus_message(now_, input->channel, *input->bytes);
            } else {
                at(i).member.handle_bus_subscribed(now_, input->channel);
            }
            drain(i);
            moved = true;
        }
        return moved;
    }

    /// What a forger may know of the nodes.
    forger forger_at(std::size_t i) {
        const auto other = at(1 - i).member.id();
        auto connections = at(i).local.list_connections({}, 8);
        for (auto& id : at(1 - i).local.list_connections({}, 8)) connections.push_back(std::move(id));
        return {ops_, {at(i).member.id(), other, other}, std::move(connections)};
    }
    std::string connection(std::size_t i) { return forger_at(i).connection(); }
    void forge(std::size_t i) {
        auto by = forger_at(i);
        const auto on = by.channel();
        const auto bytes = by.bytes(on);
        at(i).member.handle_bus_message(now_, on, bytes);
    }

    // Clients and the application.

    static connect_request request(std::string user) {
        connect_request made;
        made.user_id = std::move(user);
        made.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup", "webpubsub.getGroupState",
                      "webpubsub.setGroupState"};
        made.subprotocols = {"json.webpubsub.azure.v1"};
        return made;
    }
    void admit(std::size_t i) {
        auto made = request(ops_.one_in(2) ? name() : std::string());
        while (ops_.one_in(3)) made.groups.push_back(name());
        note(i, at(i).local.admit(now_, std::move(made)));
    }
    void note(std::size_t i, const admission& outcome) {
        if (const auto* const in = get_if<accepted>(&outcome)) at(i).transports.insert(in->transport);
        if (const auto* const waits = get_if<waiting>(&outcome)) at(i).admissions.push_back(waits->id);
    }
    transport_id any_transport(std::size_t i) {
        const auto& all = at(i).transports;
        return *std::next(all.begin(), static_cast<long>(ops_.below(all.size())));
    }
    void open_or_close(std::size_t i) {
        if (!at(i).admissions.empty() && ops_.one_in(4)) {
            return at(i).local.handle_abandoned(now_, at(i).admissions[ops_.below(at(i).admissions.size())]);
        }
        if (at(i).transports.empty()) return;
        const auto which = any_transport(i);
        if (!ops_.one_in(4)) return at(i).local.handle_opened(now_, which);
        closed(i, which, ops_.pick(closings));
    }
    void frame(std::size_t i) {
        if (at(i).transports.empty()) return;
        const auto from = any_transport(i);
        auto said = test::random_message(ops_).client();
        visit(
            [this](auto& it) {
                if constexpr (requires { it.group; }) it.group = name();
                if constexpr (requires { it.stream_id; }) it.stream_id = name();
                if constexpr (requires { it.stream_sequence_id; }) it.stream_sequence_id = 1 + ops_.below(3);
            },
            said);
        say(i, from, said);
    }
    void say(std::size_t i, transport_id from, const client_message& what) {
        std::string bytes;
        json_codec().encode(what, bytes);
        at(i).local.handle_frame(now_, from, frame_kind::text, bytes);
    }
    void send(std::size_t i) {
        cluster_send_options how;
        if (ops_.one_in(3)) how.except.push_back(connection(i));
        if (ops_.one_in(4)) how.filter = ops_.bytes();
        if (ops_.one_in(4)) how.sender = connection(i);
        if (ops_.one_in(4)) how.time_to_live = std::chrono::seconds(ops_.below(302));
        how.no_echo = ops_.one_in(2);
        const auto data = any_payload(ops_);
        auto& member = at(i).member;
        switch (ops_.below(4)) {
        case 0: return static_cast<void>(member.send_to_all(now_, data, how));
        case 1: return static_cast<void>(member.send_to_user(now_, name(), data, how));
        case 2: return static_cast<void>(member.send_to_group(now_, name(), data, how));
        default: return static_cast<void>(member.send_to_connection(now_, connection(i), data, how));
        }
    }
    void call(std::size_t i) {
        cluster_target who;
        if (ops_.one_in(2)) who.connection_id = connection(i);
        if (ops_.one_in(4)) who.user_id = name();
        if (ops_.one_in(4)) who.group = name();
        if (ops_.one_in(4)) who.filter = ops_.bytes();
        const auto what = ops_.one_in(2) ? permission::send_to_group : permission::join_leave_group;
        auto& member = at(i).member;
        const auto asked = [&]() -> result<cluster_request_id> {
            switch (ops_.below(10)) {
            case 0: return member.add_to_group(now_, who, name());
            case 1: return member.remove_from_group(now_, who, name());
            case 2: return member.remove_from_all_groups(now_, who);
            case 3: return member.grant(now_, who, what, name());
            case 4: return member.revoke(now_, who, what, name());
            case 5: return member.close(now_, who, ops_.bytes());
            case 6: return member.ask_connection(now_, who.connection_id);
            case 7: return member.ask_user(now_, name());
            case 8: return member.ask_permission(now_, who.connection_id, what, name());
            default: return member.list_members(now_, name(), {}, 3);
            }
        }();
        if (asked) require(at(i).calls.insert(number_of(*asked)).second, "calls have numbers of their own");
    }

    void pass(duration time) {
        now_.steady += time;
        now_.wall += std::chrono::duration_cast<wall_time::duration>(time);
        for (auto& each : nodes_) {
            each->member.handle_timeout(now_);
            each->local.handle_timeout(now_);
        }
    }

    /// What every host does after every call.
    void drain(std::size_t i) {
        auto& it = at(i);
        bool more = true;
        while (std::exchange(more, false)) {
            while (const auto order = it.member.poll_bus(now_)) {
                if (bus_.up(i) < 10'000) bus_.obey(i, *order);
            }
            while (const auto order = it.local.poll_order()) {
                more = true;
                visit([&](const auto& o) { obey(i, o); }, *order);
            }
            while (it.local.poll_event()) more = true;
            while (const auto ready = it.local.poll_ready()) {
                more = true;
                while (const auto frame = it.local.poll_transmit(*ready)) {
                    note_text(it.last_text[*ready], std::string(frame->prefix()).append(frame->body()));
                    const auto stalled = it.stalled.find(*ready);
                    if (stalled == it.stalled.end()) {
                        it.local.handle_written(now_, *ready);
                    } else {
                        ++stalled->second;
                    }
                }
            }
        }
        while (const auto event = it.member.poll_event()) {
            const auto* const told = get_if<cluster_events::answered>(&*event);
            if (holds_alternative<cluster_events::fenced>(*event)) ++it.fences;
            if (told != nullptr) require(it.calls.erase(number_of(told->id)) == 1, "a call is answered once");
        }
        check(it);
    }
    static void note_text(std::string& last, const std::string& frame) {
        service_message said;
        require(json_codec().decode(frame, said).has_value(), "a client can read what it gets");
        if (const auto* const data = get_if<group_data_message>(&said)) last = data->data.bytes;
    }
    template <class Order>
    void obey(std::size_t, const Order&) {}
    void obey(std::size_t i, const hub_orders::admission_decided& o) {
        std::erase(at(i).admissions, o.id);
        note(i, o.outcome);
    }
    void obey(std::size_t i, const hub_orders::close_transport& o) {
        require(at(i).transports.contains(o.transport), "a transport is closed once");
        closed(i, o.transport, o.code, o.reason);
    }
    void closed(std::size_t i, transport_id which, std::uint16_t code, std::string_view reason = {}) {
        at(i).transports.erase(which);
        at(i).stalled.erase(which);
        at(i).local.handle_closed(now_, which, code, reason);
    }

    void check(const node& it) const {
        require(it.member.nodes().size() <= most_in_cluster, "no more nodes are known than there may be");
        require(it.calls.size() <= most_in_cluster, "no more calls wait than there may be");
        require(hub_node(const_cast<hub&>(it.local)).foreign_state_count() <= options_.max_foreign_states,
                "no more states are kept than there may be");
        // Groups, users, all, this node and those that it was before.
        require(it.member.channel_count() <= 2 * names.size() + 2 + it.fences, "only channels of clients are kept");
    }

    void stall_or_resume(std::size_t i) {
        auto& it = at(i);
        if (it.transports.empty()) return;
        const auto which = any_transport(i);
        if (it.stalled.contains(which)) return resume(it, which);
        it.stalled.emplace(which, 0);
    }
    void resume(node& it, transport_id which) {
        const auto count = it.stalled.at(which);
        it.stalled.erase(which);
        it.local.handle_written(now_, which, count);
    }

    // In the end.

    void settle() {
        for (bool moved = true; moved;) {
            moved = false;
            for (std::size_t i = 0; i < nodes_.size(); ++i) {
                drain(i);
                moved = move(i, 1) || moved;
            }
        }
    }
    void repair() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) lose(i);
        for (std::size_t i = 0; i < nodes_.size(); ++i) connect(i);
        for (const auto& each : nodes_) {
            while (!each->stalled.empty()) resume(*each, each->stalled.begin()->first);
        }
        settle();
        for (int i = 0; i < 40; ++i) {
            pass(std::chrono::seconds(1));
            settle();
        }
        for (const auto& each : nodes_) {
            require(each->member.waiting_count() == 0, "nobody waits any more");
            require(each->calls.empty() || !options_.answer, "every call is answered");
            require(each->member.nodes().size() == 1, "the nodes know each other");
            for (const auto transport : each->transports) {
                require(each->local.wants_input(transport), "nobody waits for members who read");
            }
        }
    }
    /// A message from one node reaches a new client of each.
    void serve() {
        std::array<transport_id, 2> clients{};
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const auto outcome = at(i).local.admit(now_, request({}));
            require(holds_alternative<accepted>(outcome), "a client is let in");
            clients[i] = get<accepted>(outcome).transport;
            at(i).transports.insert(clients[i]);
            at(i).local.handle_opened(now_, clients[i]);
            say(i, clients[i], join_group_message{"served", 1});
            settle();
        }
        require(at(0).member.send_to_group(now_, "served", payload_view::text("served")).has_value(), "it can be sent");
        settle();
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            require(at(i).last_text[clients[i]] == "served", "a message reaches clients of all nodes");
        }
    }

    op_codes ops_;
    std::uint64_t random_ = 0;
    instant now_{};
    cluster_options options_;
    simulated::bus bus_{2};
    std::array<std::unique_ptr<node>, 2> nodes_;
};

} // namespace
} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    webpubsub::fuzz::world(webpubsub::fuzz::op_codes({data, size})).run();
    return 0;
}
