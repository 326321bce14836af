// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_model_connection.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// What a hub does, in the plainest terms: written from proto/protocol with lists and loops, and of the hub's own only
/// with its options and counters. Texts of errors and reasons are left out.
namespace hub_models {

class hub_model {
public:
    explicit hub_model(const hub_options& chosen) : options(chosen) {}

    /// HTTP status of a refusal, or 0.
    unsigned judge(const connect_request& asked) const {
        if (std::set(asked.groups.begin(), asked.groups.end()).size() > *options.groups.max_per_connection) return 400;
        auto count = connections.size();
        for (const auto& [id, t] : transports) count += t.draining != 0;
        return count >= *options.connections.max_connections ? 503 : 0;
    }

    void open(transport_id id, const std::string& name, const connect_request& request,
              const std::optional<codec>& protocol, const std::string& token) {
        auto& c = connections[name];
        c.user = request.user_id.value_or("");
        c.protocol = protocol;
        if (!protocol) c.publishes_to = request.publishes_to;
        c.out.reliable = protocol && protocol->protocol().reliable;
        if (c.out.reliable) c.token = token;
        c.token_expires = now.wall + *options.recovery.token_lifetime;
        for (const auto what : all_permissions) c.permissions[what] = rules_of(what, request.roles);
        tell("connected " + name + " " + c.user + " " + std::to_string(number_of(id)));
        for (const auto& group : request.groups) join(name, group);
        attach(name, id);
        if (!c.may_publish()) close(name, 1008, "modes sendToGroup that were refused");
    }

    void recover(transport_id id, const recovery_request& request) {
        transports[id];
        const auto found = connections.find(request.connection_id);
        if (found == connections.end() || !found->second.out.reliable ||
            found->second.token != request.reconnection_token || now.wall >= found->second.token_expires) {
            ++counters.refused_recoveries;
            return tell_to_close(id, 1008);
        }
        ++counters.recoveries;
        auto& c = found->second;
        if (c.transport != transport_id{}) {
            ++happened["recoveries of a transport that seemed alive"];
            transports.at(c.transport).connection.clear();
            tell_to_close(c.transport, 1001);
            c.out.rewind();
        }
        attach(found->first, id);
    }

    void closed(transport_id id, std::uint16_t code) {
        published.settle();
        const auto name = transports.extract(id).mapped().connection;
        if (name.empty()) return;
        auto& c = connections.at(name);
        if (!c.out.reliable || code == 1000) return end(name);
        c.transport = transport_id{};
        c.away_until = now.steady + *options.recovery.window;
        c.out.rewind();
    }

    /// What the transport is given next; it writes from then on.
    std::optional<service_message> take(transport_id id) {
        auto& t = transports.at(id);
        if (t.writing || (t.connection.empty() && t.draining == 0)) return std::nullopt;
        auto& from = t.draining != 0 ? t.rest : connections.at(t.connection).out;
        from.drop_expired(now.steady, happened);
        const auto next = from.take(happened);
        t.writing = next.has_value();
        return next;
    }

    void written(transport_id id) {
        transports.at(id).writing = false;
        close_if_drained(id);
    }

    void bad_frame(transport_id id, std::uint16_t code) {
        const auto name = transports.at(id).connection;
        if (name.empty()) return (void)++counters.late_inputs;
        close(name, code, "bad frames");
    }

    void frame(transport_id id, const client_message& message) {
        const auto name = transports.at(id).connection;
        if (name.empty()) return (void)++counters.late_inputs;
        auto& c = connections.at(name);
        if (const auto* it = get_if<sequence_ack_message>(&message)) return c.out.confirm(it->sequence_id);
        if (holds_alternative<ping_message>(message)) return send_control(name, pong_message{});
        if (!c.event) return execute(name, message);
        if (c.waiting.size() < options.requests.waiting.frames) return c.waiting.push_back(message);
        close(name, 1008, "too many requests behind an event");
    }

    /// To an event; false where nobody waits any more.
    bool answer(std::size_t event, const std::optional<payload>& data, bool success) {
        const auto waiting = those([&](const connection& c) { return c.event && c.event->number == event; });
        if (waiting.empty()) return false;
        const auto& name = *waiting.begin();
        auto& c = connections.at(name);
        const auto ack = std::exchange(c.event, std::nullopt)->ack;
        if (!success && (!c.protocol || options.application.drop_on_failed_event)) {
            close(name, 1011, "connections dropped for failed events");
            return true;
        }
        if (data) deliver({name}, server_data_message{{}, *data});
        acknowledge(name, ack, success ? "" : "InternalServerError");
        while (connections.contains(name) && !c.event && !c.waiting.empty()) {
            const auto next = c.waiting.front();
            c.waiting.pop_front();
            execute(name, next);
        }
        return true;
    }

    /// To how many the message goes.
    std::size_t deliver(const std::set<std::string>& to, const service_message& message, duration life = {}) {
        const auto expires = life.count() == 0 ? steady_time::max() : now.steady + life;
        std::vector<std::string> slow;
        std::size_t delivered = 0;
        for (const auto& name : to) {
            const auto received = connections.at(name).as_received(message);
            delivered += received.has_value();
            if (received && !push(name, {*received, true, expires})) slow.push_back(name);
        }
        for (const auto& name : slow) end_slow(name);
        return delivered - slow.size();
    }

    /// Everyone of whom `is` holds.
    template <class Is>
    std::set<std::string> those(Is&& is) const {
        std::set<std::string> names;
        for (const auto& [name, c] : connections) {
            if (is(c)) names.insert(name);
        }
        return names;
    }

    std::set<std::string> members(const std::string& group) const {
        return those([&](const connection& c) { return c.groups.contains(group); });
    }

    /// False for one group too many.
    bool join(const std::string& name, const std::string& group) {
        auto& groups = connections.at(name).groups;
        if (groups.contains(group)) return true;
        if (groups.size() >= *options.groups.max_per_connection) return false;
        groups.insert(group);
        tell("joined " + name + " " + group);
        return true;
    }

    void leave(const std::string& name, const std::string& group) {
        auto& c = connections.at(name);
        if (c.groups.erase(group) == 0) return;
        tell("left " + name + " " + group);
        c.watched.erase(group);
        if (c.state_group == group) change_state(name, group, std::nullopt);
    }

    void close_by_application(const std::string& name, std::uint16_t code = 1000) {
        auto& c = connections.at(name);
        if (c.transport != transport_id{} && c.protocol) c.out.items.push_back({disconnected_message{}});
        close(name, code, "closes by the application");
    }

    /// Nobody is told of states, for nobody is left.
    void close_all() {
        for (auto& [name, c] : connections) c.watched.clear();
        while (!connections.empty()) close_by_application(std::string(connections.begin()->first), 1001);
    }

    std::optional<steady_time> next_deadline() const {
        auto next = steady_time::max();
        for (const auto& [name, c] : connections)
            next = std::min({next, c.away_until, c.event ? c.event->until : next});
        for (const auto& [id, t] : transports) next = std::min(next, t.deadline);
        return next == steady_time::max() ? std::nullopt : std::optional(next);
    }

    void timeout() {
        for (auto due = next_deadline(); due && *due <= now.steady; due = next_deadline()) {
            for (const auto& name : those([&](const connection& c) { return c.away_until == *due; })) {
                ++happened["recovery windows that were over"];
                end(name);
            }
            for (const auto& name : those([&](const connection& c) { return c.event && c.event->until == *due; })) {
                ++happened["events that nobody answered"];
                answer(connections.at(name).event->number, std::nullopt, false);
            }
            for (const auto& [id, t] : transports) {
                if (t.deadline != *due) continue;
                ++happened["closes that had to wait too long"];
                finish_close(id);
            }
        }
    }

    hub_options options;
    publications published;
    /// Of the operation.
    instant now{};
    std::map<std::string, connection> connections;
    std::map<transport_id, transport> transports;
    std::size_t last_event = 0;
    /// What the host and the application are told.
    std::multiset<std::string> told;
    hub_counters counters;
    counts happened;

private:
    void tell(const std::string& event) { told.insert(event); }

    void execute(const std::string& name, const client_message& request) {
        const auto ack = ack_of(request);
        if (connections.at(name).has_used(ack)) return acknowledge(name, ack, "Duplicate");
        if (!is_publication(request)) published.settle();
        if (!connections.contains(name)) return;
        auto& c = connections.at(name);
        if (!c.may_publish()) return close(name, 1008, "modes sendToGroup that were refused");
        if (const auto* event = get_if<event_message>(&request)) {
            c.event = {++last_event, ack, now.steady + *options.timeouts.answer};
            return tell("event " + name + " " + c.user + " " + event->event + " " + event->data.bytes);
        }
        const auto error = visit([&](const auto& it) { return error_of(name, it); }, request);
        acknowledge(name, ack, error);
        if (const auto* it = get_if<subscribe_group_state_message>(&request); it != nullptr && error.empty())
            deliver({name}, snapshot_of(it->group));
    }

    /// Each has its effect, or returns the name of the error.
    std::string error_of(const std::string& name, const join_group_message& it) {
        if (!connections.at(name).allows(permission::join_leave_group, it.group)) return "Forbidden";
        return join(name, it.group) ? "" : "BadRequest";
    }

    std::string error_of(const std::string& name, const leave_group_message& it) {
        if (!connections.at(name).allows(permission::join_leave_group, it.group)) return "Forbidden";
        leave(name, it.group);
        return "";
    }

    std::string error_of(const std::string& name, const send_to_group_message& it) {
        const auto& c = connections.at(name);
        if (!c.allows(permission::send_to_group, it.group)) return "Forbidden";
        if (!c.protocol) ++happened["messages in the mode sendToGroup"];
        published.add([this, it, name, user = c.user] {
            auto to = members(it.group);
            if (it.no_echo) to.erase(name);
            const group_data_message message{{}, it.group, it.data, user, it.metadata};
            deliver(to, message, std::chrono::seconds(it.ttl_seconds));
        });
        return "";
    }

    std::string error_of(const std::string& name, const set_group_state_message& it) {
        const auto& c = connections.at(name);
        if (!c.allows(permission::set_group_state, it.group) || !c.groups.contains(it.group)) return "Forbidden";
        const bool elsewhere = !c.state_group.empty() && c.state_group != it.group;
        const auto size = size_of(it.state.value_or(string_map()));
        if (size > options.groups.max_state_size || (it.state && elsewhere)) return "BadRequest";
        if (it.state || c.state_group == it.group) change_state(name, it.group, it.state);
        return "";
    }

    std::string error_of(const std::string& name, const subscribe_group_state_message& it) {
        auto& c = connections.at(name);
        if (!c.allows(permission::get_group_state, it.group) || !c.groups.contains(it.group)) return "Forbidden";
        c.watched.insert(it.group);
        return "";
    }

    std::string error_of(const std::string& name, const unsubscribe_group_state_message& it) {
        connections.at(name).watched.erase(it.group);
        return "";
    }

    std::string error_of(const std::string&, const auto&) {
        throw std::logic_error("a request that the model does not know");
    }

    /// Who has ended by what it sent gets no ack.
    void acknowledge(const std::string& name, std::optional<std::uint64_t> ack, const std::string& error) {
        if (!ack || !connections.contains(name)) return;
        auto& acks = connections.at(name).acks;
        if (error.empty()) acks.push_back(*ack);
        if (acks.size() > options.requests.ack_history) acks.pop_front();
        if (error.empty()) return send_control(name, ack_message{*ack});
        ++happened[error];
        send_control(name, ack_message{*ack, service_error{error, ""}});
    }

    group_state_snapshot_message snapshot_of(const std::string& group) const {
        group_state_snapshot_message all{{}, group, {}};
        for (const auto& [name, c] : connections) {
            if (c.state_group == group) all.items.push_back({name, c.user, c.state, c.changed});
        }
        if (all.items.size() > options.groups.max_snapshot_items) all.items.resize(options.groups.max_snapshot_items);
        return all;
    }

    void change_state(const std::string& name, const std::string& group, const std::optional<string_map>& state) {
        auto& c = connections.at(name);
        c.changed = std::max(std::chrono::floor<update_time::duration>(now.wall), c.changed + update_time::duration{1});
        c.state_group = state ? group : "";
        c.state = state.value_or(string_map());
        published.add([this, update = group_state_update_message{{}, group, {{name, c.user, state, c.changed}}}] {
            const auto watching = those([&](const connection& each) { return each.watched.contains(update.group); });
            if (!watching.empty()) ++happened["changes of states that somebody watched"];
            deliver(watching, update);
        });
    }

    bool push(const std::string& name, item added) {
        auto& c = connections.at(name);
        c.out.drop_expired(now.steady, happened);
        const bool has_own_limit = c.out.reliable && added.is_data;
        return c.out.push(added, has_own_limit ? options.queues.replay.frames : options.queues.outbound.frames);
    }

    void send_control(const std::string& name, const service_message& message) {
        if (connections.at(name).transport != transport_id{} && !push(name, {message})) end_slow(name);
    }

    void attach(const std::string& name, transport_id id) {
        auto& c = connections.at(name);
        transports[id].connection = name;
        c.transport = id;
        c.away_until = steady_time::max();
        if (c.protocol) c.out.items.push_front({connected_message{c.user, name, c.token}});
    }

    void end(const std::string& name) {
        auto& c = connections.at(name);
        if (transports.contains(c.transport)) transports.at(c.transport).connection.clear();
        for (const auto& group : c.groups) tell("left " + name + " " + group);
        tell("disconnected " + name);
        c.watched.clear();
        if (!c.state_group.empty()) change_state(name, std::string(c.state_group), std::nullopt);
        connections.erase(name);
    }

    void end_slow(const std::string& name) {
        ++counters.slow_consumers;
        const auto id = connections.at(name).transport;
        end(name);
        if (id != transport_id{}) tell_to_close(id, 1008);
    }

    /// The transport when what waits is written, the connection at once.
    void close(const std::string& name, std::uint16_t code, const std::string& why) {
        ++happened[why];
        const auto id = connections.at(name).transport;
        auto rest = std::move(connections.at(name).out);
        end(name);
        if (id == transport_id{}) return;
        auto& t = transports.at(id);
        t.draining = code;
        t.deadline = now.steady + *options.timeouts.close;
        t.rest = std::move(rest);
        close_if_drained(id);
    }

    void close_if_drained(transport_id id) {
        auto& t = transports.at(id);
        t.rest.drop_expired(now.steady, happened);
        if (t.draining != 0 && !t.writing && t.rest.is_written()) finish_close(id);
    }

    void finish_close(transport_id id) {
        tell_to_close(id, std::exchange(transports.at(id).draining, std::uint16_t{0}));
        transports.at(id).deadline = steady_time::max();
    }

    void tell_to_close(transport_id id, unsigned code) {
        tell("close " + std::to_string(number_of(id)) + " " + std::to_string(code));
    }
};

} // namespace hub_models
