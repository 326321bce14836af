// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/json.hpp>
#include <webpubsub/hub/hub.hpp>

#include "hub/hub_beside_model.hpp"
#include "hub/hub_model_choices.hpp"
#include "simulation/seeds.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hub_models {

using namespace std::chrono_literals;

inline constexpr int operations_per_run = 1000;

/// A hub and its model get the same operations, and are compared after each one.
template <class Hub>
class model_run : hub_beside_model<Hub> {
    using base = hub_beside_model<Hub>;
    using base::closing, base::events, base::last_random, base::now, base::readers, base::the_hub;
    using base::compare, base::drain, base::pass;
    using typename base::reader;

public:
    using base::model;

    template <class... Shape>
    explicit model_run(std::uint64_t seed, const Shape&... shape) : base(seed, shape...), random_(seed) {
        // Of several nodes one does all that it is late for, and then the next does.
        this->is_punctual = sizeof...(Shape) != 0 || seed % 4 < 2;
        if constexpr (sizeof...(Shape) != 0) model.published.are_late = (shape.is_by_bus(), ...);
    }

    void run() {
        for (int step = 1; step <= operations_per_run; ++step) {
            operation_ = "operation " + std::to_string(step);
            try {
                operate();
                compare(any_connection());
            } catch (const std::exception& broken) {
                throw std::runtime_error(operation_ + ": " + broken.what());
            }
        }
        operation_ = "closing all";
        the_hub.close_all(now).value();
        model.close_all();
        drain();
        compare("nobody");
    }

private:
    bool is_known(const std::string& name) const { return model.connections.contains(name); }

    /// Sometimes one that has ended.
    std::string any_connection() {
        if (model.connections.empty() || random_.one_in(20)) return names_.empty() ? "nobody" : random_.any(names_);
        return random_.any(model.connections).first;
    }

    void note(const std::string& text) { operation_ += ", " + text; }

    void operate() {
        constexpr std::array<std::pair<std::size_t, void (model_run::*)()>, 13> kinds{
            {{6, &model_run::connect},
             {40, &model_run::request},
             {4, &model_run::recover},
             {2, &model_run::lose},
             {7, &model_run::let_time_pass},
             {9, &model_run::send},
             {7, &model_run::change_membership},
             {5, &model_run::change_permission},
             {8, &model_run::answer},
             {8, &model_run::stall_or_resume},
             {1, &model_run::close},
             {1, &model_run::break_frame},
             {1, &model_run::come_late}}};
        pass(std::chrono::nanoseconds(1 + random_.below(1'000'000)));
        auto left = random_.below(99);
        for (const auto& [weight, run] : kinds) {
            if (left < weight) {
                (this->*(readers.empty() ? &model_run::connect : run))();
                break;
            }
            left -= weight;
        }
        if (!closing.empty() && random_.one_in(2)) end(random_.any(closing));
        drain();
    }

    void lose() { end(random_.any(readers).first); }

    void let_time_pass() {
        const auto time = random_.pause();
        note("time " + std::to_string(time.count()) + " ms");
        pass(time);
    }

    void connect() {
        reader added;
        if (!random_.one_in(4)) added.protocol = random_.any(codecs);
        const auto asked = random_.client(added.protocol);
        added.publishes_to = asked.publishes_to;
        const auto outcome = the_hub.admit(now, asked);
        const auto status = model.judge(asked);
        note("connect " + (asked.subprotocols.empty() ? "" : asked.subprotocols[0]) + " " + std::to_string(status));
        if (status != 0) {
            ++model.happened["refused admissions"];
            return require(get<refused>(outcome).http_status == status, "refused otherwise");
        }
        const auto transport = get<accepted>(outcome).transport;
        const std::string name(the_hub.connection_of(transport));
        if (random_.one_in(20)) return the_hub.handle_closed(now, transport);
        note(name + " on " + std::to_string(number_of(transport)));
        names_.push_back(name);
        readers[transport] = added;
        tokens_[name] = last_random;
        the_hub.handle_opened(now, transport);
        model.open(transport, name, asked, added.protocol, tokens_[name]);
    }

    void recover() {
        const auto away = model.those([](const connection& c) { return c.transport == transport_id{}; });
        const auto name = !away.empty() && !random_.one_in(3) ? random_.any(away) : any_connection();
        if (!tokens_.contains(name)) return;
        connect_request asked;
        asked.recovery = {name, random_.one_in(10) ? random_.any(tokens_).second : tokens_.at(name)};
        const auto transport = get<accepted>(the_hub.admit(now, asked)).transport;
        note("recover " + name + " on " + std::to_string(number_of(transport)));
        if (is_known(name)) readers[transport].protocol = model.connections.at(name).protocol;
        if (!is_known(name)) readers[transport].protocol = codecs[0];
        the_hub.handle_opened(now, transport);
        model.recover(transport, *asked.recovery);
    }

    void end(transport_id transport) {
        const auto code = random_.close_code_of_a_peer();
        note("closed " + std::to_string(number_of(transport)) + " " + std::to_string(code));
        readers.erase(transport);
        closing.erase(transport);
        last_gone_ = transport;
        the_hub.handle_closed(now, transport, code);
        model.closed(transport, code);
    }

    void request() {
        auto& [transport, from] = random_.any(readers);
        auto message = random_.request(from.last_sequence_id);
        std::string frame;
        auto kind = frame_kind::text;
        if (from.protocol) {
            from.protocol->encode(message, frame);
            kind = from.protocol->protocol().frames();
        } else {
            const auto data = random_.bare_data();
            frame = data.bytes;
            if (data.type == data_type::binary) kind = frame_kind::binary;
            message = event_message{"message", {}, data};
            if (const auto& to = from.publishes_to) message = send_to_group_message{to->group, {}, to->no_echo, data};
        }
        std::string text;
        json_codec().encode(message, text);
        note("frame of " + std::to_string(number_of(transport)) + " " + text);
        the_hub.handle_frame(now, transport, kind, frame);
        model.frame(transport, message);
    }

    void send() {
        const auto group = random_.group();
        const auto name = any_connection();
        const auto user = random_.user();
        std::vector<std::string> except;
        for (auto left = random_.below(3); left > 0; --left) except.push_back(any_connection());
        send_options how;
        how.except = except;
        how.time_to_live = std::chrono::seconds(random_.seconds_to_live());
        how.metadata = random_.metadata();
        const auto data = random_.data();
        service_message message = server_data_message{{}, data, how.metadata};
        std::set<std::string> to;
        note("application sends " + data.bytes + " to all, " + user + ", " + group + " or " + name);
        const auto sent = [&] {
            switch (random_.below(4)) {
            case 0:
                to = model.those([](const connection&) { return true; });
                return the_hub.send_to_all(now, data, how);
            case 1:
                to = model.those([&](const connection& c) { return c.user == user; });
                return the_hub.send_to_user(now, user, data, how);
            case 2:
                to = model.members(group);
                message = group_data_message{{}, group, data, "", how.metadata};
                return the_hub.send_to_group(now, group, data, how);
            default:
                if (is_known(name)) to.insert(name);
                return the_hub.send_to_connection(now, name, data, how);
            }
        }();
        for (const auto& id : except) to.erase(id);
        const auto expected = model.deliver(to, message, how.time_to_live);
        require(agrees(sent, expected), "the message does not go to " + std::to_string(expected));
    }

    static bool agrees(const result<std::size_t>& sent, std::size_t expected) { return sent == expected; }
    /// Of several nodes none knows how many get it.
    static bool agrees(const result<void>& sent, std::size_t) { return sent.has_value(); }

    void change_membership() {
        const auto name = any_connection();
        const auto group = random_.group();
        const auto what = random_.below(5);
        note("application adds or removes (" + std::to_string(what) + ") " + name + " " + group);
        const auto changed = what < 3    ? the_hub.add_to_group(now, name, group)
                             : what == 3 ? the_hub.remove_from_group(now, name, group)
                                         : the_hub.remove_from_all_groups(now, name);
        if (!is_known(name)) return require(changed.error() == errc::unknown_target, "nobody is changed");
        const bool expected = what >= 3 || model.join(name, group);
        const auto groups = what == 3 ? std::set{group} : model.connections.at(name).groups;
        for (const auto& each : groups) {
            if (what >= 3) model.leave(name, each);
        }
        require(expected ? changed.has_value() : changed.error() == errc::too_many_groups, "whether it is changed");
    }

    void change_permission() {
        const auto name = any_connection();
        const auto group = random_.group();
        const auto what = random_.any(all_permissions);
        const bool allowed = random_.one_in(2);
        note("application " + std::string(allowed ? "grants " : "revokes ") + name + " " + std::string(name_of(what)) +
             " " + group);
        const auto changed = allowed ? the_hub.grant(now, name, what, group) : the_hub.revoke(now, name, what, group);
        if (!is_known(name)) return require(changed.error() == errc::unknown_target, "nobody is changed");
        auto& known = model.connections.at(name).permissions.at(what);
        const bool expected = set_rule(known, group, allowed, model.options.groups.permissions.literals);
        if (!expected) ++model.happened["one rule too many"];
        require(expected ? changed.has_value() : changed.error() == errc::too_many_rules, "whether it is changed");
    }

    void answer() {
        if (events.empty()) return;
        const auto waiting = model.those([](const connection& c) { return c.event.has_value(); });
        auto number = 1 + random_.below(events.size());
        if (!waiting.empty() && !random_.one_in(10)) number = model.connections.at(random_.any(waiting)).event->number;
        const bool success = !random_.one_in(3);
        const auto data = success && random_.one_in(2) ? std::optional(random_.data()) : std::nullopt;
        note("answer to event " + std::to_string(number) + (success ? "" : " failed"));
        const auto id = events.at(number - 1);
        const auto answered = success ? the_hub.answer_event(now, id, data) : the_hub.fail_event(now, id);
        const bool expected = model.answer(number, data, success);
        require(expected ? answered.has_value() : answered.error() == errc::unknown_target, "whether somebody waits");
    }

    void stall_or_resume() {
        auto& [transport, it] = random_.any(readers);
        it.stalled = !it.stalled;
        note((it.stalled ? "stall " : "resume ") + std::to_string(number_of(transport)));
        if (it.stalled || !std::exchange(it.writing, false)) return;
        the_hub.handle_written(now, transport);
        model.written(transport);
    }

    void close() {
        const auto name = any_connection();
        note("application closes " + name);
        const auto closed = the_hub.close_connection(now, name, "because");
        require(closed.has_value() == is_known(name), "whether there is one to close");
        if (closed) model.close_by_application(name);
    }

    void break_frame() {
        const auto& [transport, from] = random_.any(readers);
        const bool is_text = !from.protocol || from.protocol->protocol().frames() == frame_kind::text;
        const auto right = is_text ? frame_kind::text : frame_kind::binary;
        const auto wrong = is_text ? frame_kind::binary : frame_kind::text;
        std::uint16_t code = close_code::protocol_error;
        switch (random_.below(from.protocol ? 4 : 3)) {
        case 0: the_hub.handle_bad_frame(now, transport, code); break;
        case 1:
            code = close_code::message_too_big;
            the_hub.handle_frame(now, transport, right, std::string(1001, 'x'));
            break;
        case 2:
            code = close_code::invalid_payload;
            the_hub.handle_frame(now, transport, right, "\xff");
            break;
        default: code = close_code::unsupported_data; the_hub.handle_frame(now, transport, wrong, "");
        }
        note("bad frame of " + std::to_string(number_of(transport)) + " " + std::to_string(code));
        model.bad_frame(transport, code);
    }

    /// What comes too late, or at a time when it means nothing.
    void come_late() {
        the_hub.handle_timeout(now);
        if (last_gone_ == transport_id{}) return;
        note("too late");
        the_hub.handle_frame(now, last_gone_, frame_kind::text, "{}");
        the_hub.handle_written(now, last_gone_);
        the_hub.handle_closed(now, last_gone_);
        the_hub.handle_opened(now, last_gone_);
        model.counters.late_inputs += 4;
    }

    choices random_;
    std::string operation_;
    transport_id last_gone_{};
    std::vector<std::string> names_;
    std::map<std::string, std::string> tokens_;
};

/// Runs of all seeds, and how often what happened in them.
template <class Hub, class... Shape>
counts run_beside_model(const tests::seed_range& seeds, const Shape&... shape) {
    counts happened;
    tests::run_seeds(seeds, [&](std::uint64_t seed) {
        model_run<Hub> run(seed, shape...);
        run.run();
        for (const auto& [what, count] : run.model.happened) happened[what] += count;
        const auto& counters = run.model.counters;
        happened["late inputs"] += counters.late_inputs;
        happened["recoveries"] += counters.recoveries;
        happened["refused recoveries"] += counters.refused_recoveries;
        happened["slow consumers"] += counters.slow_consumers;
    });
    return happened;
}

inline std::string report(const tests::seed_range& seeds, const counts& happened) {
    std::string text = std::to_string(seeds.count * operations_per_run) + " operations";
    for (const auto& [what, count] : happened) text += ", " + std::to_string(count) + " " + what;
    return text;
}

inline void check_variety(const tests::seed_range& seeds, const counts& happened) {
    if (seeds.count < 100) return;
    // What never happens proves nothing.
    for (const auto* const what : {"BadRequest",
                                   "Duplicate",
                                   "Forbidden",
                                   "InternalServerError",
                                   "bad frames",
                                   "changes of states that somebody watched",
                                   "closes by the application",
                                   "closes that had to wait too long",
                                   "events that nobody answered",
                                   "connections dropped for failed events",
                                   "late inputs",
                                   "messages in the mode sendToGroup",
                                   "messages that expired",
                                   "messages that were sent again",
                                   "modes sendToGroup that were refused",
                                   "one rule too many",
                                   "recoveries",
                                   "recoveries of a transport that seemed alive",
                                   "recovery windows that were over",
                                   "refused admissions",
                                   "refused recoveries",
                                   "slow consumers",
                                   "too many requests behind an event"}) {
        INFO(what);
        CHECK((happened.contains(what) && happened.at(what) >= seeds.count));
    }
}

} // namespace hub_models
