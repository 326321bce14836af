// SPDX-License-Identifier: MIT
#pragma once

#include "cluster/world/world.hpp"

namespace cluster_tests::world {

/// An application that sends, commands and asks at random, through whichever node.
class random_application {
protected:
    random_application(world& of, std::uint64_t seed) : w_(of), chance_(seed) {}

    std::string any_group() { return all_groups[chance_.below(all_groups.size())]; }
    bool one_in(std::size_t n) { return chance_.below(n) == 0; }

    std::optional<std::size_t> any_node() {
        const auto node = chance_.below(w_.f.size());
        return w_.runs(node) ? std::optional(node) : std::nullopt;
    }
    std::optional<std::size_t> any_person(person::phase phase) {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < w_.all.people.size(); ++i) {
            const auto& it = w_.all.people[i];
            if (it.is == phase && w_.runs(it.at.node)) found.push_back(i);
        }
        if (found.empty()) return std::nullopt;
        return found[chance_.below(found.size())];
    }

    std::size_t compose(message&& what) {
        what.at = w_.all.now;
        const auto number = w_.all.messages.size();
        w_.all.messages.push_back(std::move(what));
        if (w_.is_disturbed) return number;
        for (std::size_t who = 0; who < w_.all.people.size(); ++who) {
            if (w_.all.must_get(w_.all.messages[number], who)) w_.due.emplace(number, who);
        }
        return number;
    }

    void as_application() {
        const auto node = any_node();
        if (!node) return;
        if (one_in(2)) return send_from(*node);
        if (one_in(3)) return ask_from(*node);
        command_from(*node);
    }

    void send_from(std::size_t node) {
        const auto who = any_person(person::phase::open);
        switch (chance_.below(4)) {
        case 0: return send_from(node, message::audience::all, {});
        case 1: return send_from(node, message::audience::user, all_users[chance_.below(all_users.size())]);
        case 2: return send_from(node, message::audience::group, any_group());
        default:
            if (who) send_from(node, message::audience::connection, w_.all.people[*who].id);
        }
    }
    void send_from(std::size_t node, message::audience to, const std::string& name) {
        message made;
        made.to = to;
        made.name = name;
        made.origin =
            "node " + w_.f.member(node).id().to_string() + " to " + std::to_string(static_cast<int>(to)) + name;
        cluster_send_options how;
        if (const auto other = any_person(person::phase::open); other && one_in(3)) {
            how.except.push_back(w_.all.people[*other].id);
            made.except.insert(how.except.front());
        }
        if (one_in(4)) {
            made.filter_user = all_users[chance_.below(all_users.size())];
            made.is_filter_negative = one_in(2);
            how.filter = std::string(made.is_filter_negative ? "not (" : "(") + "userId eq '" + made.filter_user + "')";
        }
        if (one_in(4)) how.time_to_live = 300s;
        auto& member = w_.f.member(node);
        const auto now = w_.f.now;
        const auto number = compose(std::move(made));
        const auto text = std::to_string(number);
        const auto data = payload_view::text(text);
        const auto sent = to == message::audience::all     ? member.send_to_all(now, data, how)
                          : to == message::audience::user  ? member.send_to_user(now, name, data, how)
                          : to == message::audience::group ? member.send_to_group(now, name, data, how)
                                                           : member.send_to_connection(now, name, data, how);
        require(sent.has_value(), "the application can send");
        w_.f.pump(node);
        w_.absorb();
    }

    void note_call(std::size_t node, const char* what, const result<cluster_request_id>& asked, pending_call&& call) {
        if (!asked) {
            require(w_.options.has_small_limits && asked.error().code == errc::too_many_pending, "a call can be made");
            if (call.change) w_.all.changes[*call.change].is_void = true;
            return;
        }
        call.what = what;
        call.from = w_.all.now;
        require(w_.calls[node].emplace(number_of(*asked), std::move(call)).second, "two calls have one number");
        w_.f.pump(node);
    }

    void command_from(std::size_t node) {
        const auto who = any_person(person::phase::open);
        if (!who) return;
        auto& all = w_.all;
        auto& member = w_.f.member(node);
        const auto now = w_.f.now;
        pending_call call;
        call.is_for_one = all.people[*who].user.empty() || !one_in(3);
        cluster_target target;
        change made{true, {}, {}, any_group(), all.now};
        if (call.is_for_one) {
            target.connection_id = all.people[*who].id;
            made.who = who;
            call.expected = cluster_outcome::done;
        } else {
            target.user_id = made.user = all.people[*who].user;
        }
        call.expected_who = who;
        const auto which = chance_.below(8);
        if (which < 5) {
            made.is_join = which < 3;
            if (which == 4) made.group.clear();
            for (auto& each : all.people) {
                if (!made.is_join) all.stop_watching(each, made.group);
            }
            call.change = all.changes.size();
            if (w_.options.has_small_limits) call.expected.reset();
            all.changes.push_back(made);
        }
        switch (which) {
        case 0:
        case 1:
        case 2: return note_call(node, "add_to_group", member.add_to_group(now, target, made.group), std::move(call));
        case 3:
            return note_call(node, "remove_from_group", member.remove_from_group(now, target, made.group),
                             std::move(call));
        case 4:
            return note_call(node, "remove_from_all_groups", member.remove_from_all_groups(now, target),
                             std::move(call));
        case 5:
            return note_call(node, "grant", member.grant(now, target, permission::send_to_group, any_group()),
                             std::move(call));
        case 6:
            return note_call(node, "revoke", member.revoke(now, target, permission::send_to_group, made.group),
                             std::move(call));
        default: call.expected.reset(); note_call(node, "close", member.close(now, target, "enough"), std::move(call));
        }
    }

    void ask_from(std::size_t node) {
        const auto who = any_person(person::phase::open);
        if (!who) return;
        auto& member = w_.f.member(node);
        const auto now = w_.f.now;
        const auto& it = w_.all.people[*who];
        pending_call call;
        call.expected_who = who;
        switch (chance_.below(5)) {
        case 0:
            call.expected = cluster_outcome::done;
            return note_call(node, "ask_connection", member.ask_connection(now, it.id), std::move(call));
        case 1:
            if (!it.user.empty()) call.expected = cluster_outcome::done;
            return note_call(node, "ask_user", member.ask_user(now, it.user.empty() ? "u" : it.user), std::move(call));
        case 2: return note_call(node, "ask_group", member.ask_group(now, any_group()), std::move(call));
        case 3:
            return note_call(node, "ask_permission",
                             member.ask_permission(now, it.id, permission::join_leave_group, "g"), std::move(call));
        default: return note_call(node, "list_members", member.list_members(now, any_group(), {}, 10), std::move(call));
        }
    }

    world& w_;
    test::seeded_chance chance_;
};

} // namespace cluster_tests::world
