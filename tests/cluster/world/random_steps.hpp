// SPDX-License-Identifier: MIT
#pragma once

#include "cluster/world/random_application.hpp"

#include <webpubsub/codec/json.hpp>

namespace cluster_tests::world {

/// Does something at random again and again: clients, the application, the bus and time.
class random_steps : random_application {
public:
    random_steps(world& of, std::uint64_t seed) : random_application(of, seed) {}

    void step() {
        ++w_.all.now;
        const auto which = chance_.below(100);
        if (which < 14) {
            admit();
        } else if (which < 50) {
            as_client();
        } else if (which < 64) {
            as_application();
        } else if (which < 86) {
            move();
        } else if (which < 94) {
            pass();
        } else if (!w_.options.has_faults) {
            if (one_in(12)) leave(chance_.below(w_.f.size()));
        } else {
            break_something();
        }
        w_.absorb();
        pass_if_calm();
    }

    /// Each node sends to everybody, to each group and to each user.
    void send_everywhere() {
        for (std::size_t node = 0; node < w_.f.size(); ++node) {
            ++w_.all.now;
            for (const auto* const group : all_groups) send_from(node, message::audience::group, group);
            for (const auto* const user : all_users) send_from(node, message::audience::user, user);
            send_from(node, message::audience::all, {});
        }
    }

    /// Everything is repaired, and had the time to be as it should.
    void heal() {
        auto& f = w_.f;
        ++w_.all.now;
        for (std::size_t i = 0; i < f.size(); ++i) {
            w_.is_stalled[i] = false;
            f.standing_still.erase(i);
            unmute(i);
            if (!f.bus.is_connected(i)) f.connect_bus(i);
        }
        w_.settle();
        w_.rest(30s);
        w_.is_disturbed = false;
        w_.disturbed_at = w_.all.now;
        ++w_.totals.healed;
    }

    /// The client ends.
    void end(std::size_t who) {
        w_.over(who);
        w_.f.gone(w_.all.people[who].at);
    }

private:
    // Clients.

    void admit() {
        if (const auto who = any_person(person::phase::waiting); who && one_in(6)) {
            auto& f = w_.f;
            f.hub_of(w_.all.people[*who].at.node).handle_abandoned(f.now, w_.all.people[*who].admission);
            f.pump(w_.all.people[*who].at.node);
            return w_.over(*who);
        }
        if (const auto who = any_person(person::phase::let_in); who && !one_in(8)) {
            const auto at = w_.all.people[*who].at;
            if (one_in(8)) return end(*who);
            w_.f.hub_of(at.node).handle_opened(w_.f.now, at.transport);
            return w_.f.pump(at.node);
        }
        const auto node = any_node();
        if (!node || w_.all.people.size() > 40) return;
        person made;
        made.at.node = *node;
        made.asked = w_.all.now;
        if (!one_in(3)) made.user = all_users[chance_.below(all_users.size())];
        strings in;
        for (const auto* const group : all_groups) {
            if (one_in(4)) in.emplace_back(group);
        }
        const auto who = w_.all.people.size();
        for (const auto& group : in) w_.all.changes.push_back({true, who, {}, group, w_.all.now});
        const auto outcome = w_.f.hub_of(*node).admit(w_.f.now, w_.f.request(made.user, in));
        if (const auto* const waits = get_if<waiting>(&outcome)) made.admission = waits->id;
        w_.all.people.push_back(made);
        w_.let_in(who, outcome);
        w_.f.pump(*node);
    }

    /// The ack id for a request that is answered, mostly.
    std::optional<std::uint64_t> ask(std::size_t who, const person::request& what) {
        if (one_in(6)) return std::nullopt;
        w_.all.people[who].open_requests.emplace(++last_ack_, what);
        return last_ack_;
    }
    void say(std::size_t who, const client_message& what) {
        std::string frame;
        json_codec().encode(what, frame);
        w_.f.text(w_.all.people[who].at, frame);
    }

    std::size_t compose_of(std::size_t who, const std::string& group, bool no_echo) {
        message made;
        made.to = message::audience::group;
        made.name = group;
        made.sender = who;
        made.origin = "client " + std::to_string(who) + " in " + group;
        made.from_user = w_.all.people[who].user;
        made.no_echo = no_echo;
        return compose(std::move(made));
    }

    void as_client() {
        const auto found = any_person(person::phase::open);
        if (!found) return;
        const auto who = *found;
        const auto group = one_in(4) ? any_group() : group_of(who);
        auto& all = w_.all;
        using kind = person::request::kind;
        switch (chance_.below(20)) {
        case 0:
        case 1:
        case 2:
            all.changes.push_back({true, who, {}, group, all.now});
            return say(who, join_group_message{group, ask(who, {kind::join, all.changes.size() - 1})});
        case 3:
            all.changes.push_back({false, who, {}, group, all.now});
            all.stop_watching(all.people[who], group);
            return say(who, leave_group_message{group, ask(who, {kind::leave, all.changes.size() - 1})});
        case 4:
        case 5:
        case 6:
        case 7:
        case 8: return send(who, group);
        case 9: return start_stream(who, group);
        case 10:
        case 11: return go_on_with_stream(who);
        case 12:
        case 13: {
            set_group_state_message set{group, ask(who, {kind::other}), std::nullopt};
            if (!one_in(4)) set.state = string_map{{"k", std::to_string(++last_value_)}};
            return say(who, set);
        }
        case 14:
        case 15:
            all.people[who].has_watched = true;
            if (one_in(4)) {
                all.stop_watching(all.people[who], group);
                return say(who, unsubscribe_group_state_message{group, ask(who, {kind::other})});
            }
            return say(who, subscribe_group_state_message{group, ask(who, {kind::watch, all.now, group})});
        case 16:
        case 17: return go_on_with_stream(who);
        case 18:
            all.changes.push_back({true, who, {}, any_group(), all.now});
            return say(who,
                       join_group_message{all.changes.back().group, ask(who, {kind::join, all.changes.size() - 1})});
        default:
            if (one_in(3)) end(who);
        }
    }
    /// One that the client is in, if there is one.
    std::string group_of(std::size_t who) {
        for (const auto* const group : all_groups) {
            if (one_in(2) && w_.all.is_in(who, group)) return group;
        }
        return any_group();
    }

    void send(std::size_t who, const std::string& group) {
        send_to_group_message said;
        said.group = group;
        said.no_echo = one_in(3);
        said.ttl_seconds = one_in(4) ? 300 : 0;
        const auto number = compose_of(who, group, said.no_echo);
        said.data = text_payload(std::to_string(number));
        said.ack_id = ask(who, {person::request::kind::send, number});
        say(who, said);
    }
    void start_stream(std::size_t who, const std::string& group) {
        const auto id = "s" + std::to_string(w_.streams.size());
        w_.streams.emplace(id, stream{who, group, w_.all.now});
        say(who, start_stream_message{group, false, {id, std::nullopt}, {}, 0});
    }
    void go_on_with_stream(std::size_t who) {
        for (auto& [id, each] : w_.streams) {
            if (each.publisher != who || each.is_closed || one_in(2)) continue;
            if (one_in(3)) return say(who, end_stream_message{id, std::nullopt});
            const auto number = compose_of(who, each.group, false);
            w_.all.messages[number].stream = id;
            w_.all.messages[number].stream_position = each.next;
            return say(who, stream_data_message{id, each.next++, text_payload(std::to_string(number))});
        }
    }

    // The bus and time.

    void move() {
        if (one_in(6)) return settle();
        if (const auto node = chance_.below(w_.f.size()); w_.options.has_faults && one_in(12)) {
            static_cast<void>(w_.moves(node) && w_.f.bus.repeat_next(node));
        }
        for (auto times = 1 + chance_.below(4); times != 0; --times) {
            const auto node = chance_.below(w_.f.size());
            if (one_in(2)) {
                w_.move_up(node);
            } else {
                w_.move_down(node);
            }
        }
    }
    void settle() {
        w_.settle();
        since_settled_ = {};
    }
    void pass() {
        const auto time = std::chrono::milliseconds(1 + chance_.below(900));
        if (one_in(10)) return w_.rest(std::chrono::seconds(1 + chance_.below(20)));
        since_settled_ += time;
        w_.pass(time);
    }
    /// Nothing is under way for so long that anybody gives it up.
    void pass_if_calm() {
        if (since_settled_ > 1500ms) settle();
    }

    // What goes wrong.

    void unmute(std::size_t node) {
        w_.f.bus.set_mute(node, false);
        if (w_.f.bus.has_forgotten(node)) lose_bus(node);
    }
    void lose_bus(std::size_t node) {
        w_.heard.forget(node);
        w_.f.lose_bus(node);
    }
    void replace(std::size_t node) {
        for (std::size_t who = 0; who < w_.all.people.size(); ++who) {
            auto& it = w_.all.people[who];
            if (it.at.node == node && it.is != person::phase::over) w_.over(who);
        }
        w_.calls[node].clear();
        w_.f.events[node].clear();
        w_.heard.forget(node);
        w_.f.standing_still.erase(node);
        w_.is_stalled[node] = false;
        w_.f.crash(node);
        w_.nodes_changed_at = w_.all.now;
        w_.f.connect_bus(node);
    }

    void break_something() {
        const auto node = chance_.below(w_.f.size());
        auto& f = w_.f;
        const auto which = chance_.below(14);
        if (which == 13) return leave(node);
        if (which == 12) return w_.is_disturbed ? heal() : void();
        if (which == 11) {
            if (w_.moves(node) && f.bus.repeat_next(node)) w_.move_down(node);
            return;
        }
        w_.disturb();
        switch (which) {
        case 0:
        case 1:
        case 2: return static_cast<void>(f.bus.lose_next(node));
        case 3:
        case 4:
            if (!w_.runs(node)) return;
            return f.bus.is_connected(node) ? lose_bus(node) : f.connect_bus(node);
        case 5: return f.bus.set_mute(node, true);
        case 6: return w_.runs(node) ? unmute(node) : void();
        case 7: w_.is_stalled[node] = !w_.is_stalled[node]; return;
        case 8: f.standing_still.insert(node); return;
        case 9: f.standing_still.erase(node); return;
        default: replace(node);
        }
    }

public:
    void leave(std::size_t node) {
        auto& f = w_.f;
        if (!w_.moves(node)) return;
        if (!f.bus.is_connected(node)) w_.disturb();
        require(f.hub_of(node).close_all(f.now).has_value(), "a hub can be closed");
        w_.absorb();
        f.member(node).leave(f.now);
        w_.absorb();
        while (w_.move_up(node)) {}
        replace(node);
        // A host lets clients in when the broker has its node.
        w_.settle();
    }

private:
    std::uint64_t last_ack_ = 0;
    std::uint64_t last_value_ = 0;
    duration since_settled_{};
};

} // namespace cluster_tests::world
