// SPDX-License-Identifier: MIT
#pragma once

#include "client/calm_world.hpp"
#include "client/client_promises.hpp"
#include "client/session_event.hpp"
#include "support/catch.hpp"

#include <webpubsub/client/client.hpp>
#include <webpubsub/codec/all_codecs.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::tests {

/// Plays a session of tests/vectors/sessions with a client in virtual time.
class session_player {
public:
    using object = boost::json::object;

    explicit session_player(const object& script)
        : c_(make(script)), manual_writes_(option(script, "manualWrites", false)) {}

    /// Is called when all has been done that an input leads to at once.
    std::function<void()> after_input;

    struct output {
        std::int64_t at;
        object what;

        bool for_transport() const {
            const auto& name = what.at("out");
            return name == "open" || name == "close" || name == "frame" || name == "needUrl" || name == "pause" ||
                   name == "resume";
        }
    };

    std::vector<output> take_outputs() { return std::exchange(outputs_, {}); }

    void pass_until(std::int64_t at) {
        while (wake(at)) {}
        now_ = time_of(at);
    }

    void put(const object& step) {
        const std::string name(step.at("in").as_string());
        const auto text = [&step](std::string_view key) {
            return step.contains(key) ? std::string(step.at(key).as_string()) : std::string();
        };
        const auto number = [&step](std::string_view key, std::uint64_t otherwise) {
            return step.contains(key) ? step.at(key).to_number<std::uint64_t>() : otherwise;
        };
        refused_.clear();
        if (name == "start") {
            refuse(c_.start(now_));
        } else if (name == "stop") {
            c_.stop(now_);
        } else if (name == "url") {
            std::optional<duration> lifetime;
            if (step.contains("lifetimeMs")) lifetime = std::chrono::milliseconds(number("lifetimeMs", 0));
            refuse(c_.provide_url(now_, promises_.url_request(), text("url"), lifetime));
        } else if (name == "noUrl") {
            c_.fail_url(now_, promises_.url_request());
        } else if (name == "opened") {
            c_.handle_opened(now_, transport_, step.contains("subprotocol") ? text("subprotocol") : subprotocol_);
        } else if (name == "openFailed") {
            promises_.transport_lost();
            std::optional<duration> retry_after;
            if (step.contains("retryAfterMs")) retry_after = std::chrono::milliseconds(number("retryAfterMs", 0));
            c_.handle_open_failed(now_, transport_, {static_cast<unsigned>(number("status", 0)), retry_after});
        } else if (name == "frame") {
            const auto frame = step.contains("frame") ? boost::json::serialize(step.at("frame")) : text("text");
            CHECK(c_.handle_frame(now_, transport_, frame_kind::text, frame));
            if (step.contains("frame")) remember(step.at("frame").as_object(), frame);
        } else if (name == "written") {
            c_.handle_written(now_, transport_, static_cast<std::size_t>(number("count", 1)));
        } else if (name == "closed") {
            promises_.transport_lost();
            c_.handle_closed(now_, transport_, static_cast<std::uint16_t>(number("code", 1006)), text("reason"));
        } else if (name == "join") {
            request(c_.join_group(now_, text("group")));
        } else if (name == "leave") {
            request(c_.leave_group(now_, text("group")));
        } else if (name == "send") {
            request(c_.send_to_group(now_, text("group"), text_payload(text("data")), message(step)));
        } else if (name == "event") {
            request(c_.send_event(now_, text("event"), text_payload(text("data")), message(step)));
        } else if (name == "openStream") {
            const auto id = c_.open_stream(now_, text("group"), {text("streamId")});
            promises_.begin_stream(id);
            refuse(id);
        } else if (name == "writeStream") {
            refuse(c_.write_stream(now_, text("streamId"), text_payload(text("data"))));
        } else if (name == "endStream") {
            refuse(c_.end_stream(now_, text("streamId")));
        } else if (name == "invoke") {
            const auto id = c_.invoke(now_, text("event"), text_payload(text("data")), {text("invocationId")});
            promises_.begin_invocation(id);
            refuse(id);
        } else if (name == "setState") {
            request(c_.set_group_state(now_, text("group"), state(step)));
        } else if (name == "clearState") {
            request(c_.clear_group_state(now_, text("group")));
        } else if (name == "subscribe") {
            request(c_.subscribe_group_state(now_, text("group")));
        } else if (name == "unsubscribe") {
            request(c_.unsubscribe_group_state(now_, text("group")));
        } else if (name != "wait") {
            FAIL("There is no input " << name);
        }
        CHECK(refused_ == text("refused"));
        drain();
        if (after_input) after_input();
    }

    /// The same client with a service that does as it should, from now on.
    calm_world calm(recovery_answer answer) const { return {c_, promises_, memory_, now_, answer}; }

    /// `every`: answers an output as often as it comes, until a time. Returns how often that was,
    /// and stops when it was more than `at_most`.
    std::uint64_t answer(const object& what, const boost::json::array& inputs, std::int64_t until,
                         std::uint64_t at_most);

    /// Whether the output is what a step wants: all that the step says is so.
    static bool matches(const object& wanted, const object& actual);

private:
    static constexpr steady_time beginning{std::chrono::hours(1)};

    template <class T>
    static T option(const object& script, std::string_view name, T otherwise) {
        const auto* const options = script.if_contains("options");
        const auto* const value = options ? options->as_object().if_contains(name) : nullptr;
        return value ? boost::json::value_to<T>(*value) : otherwise;
    }

    static client make(const object& script);

    static message_options message(const object& step) {
        message_options options;
        options.fire_and_forget = step.contains("fireAndForget") && step.at("fireAndForget").as_bool();
        return options;
    }

    static string_map state(const object& step) {
        string_map state;
        for (const auto& [key, value] : step.at("state").as_object()) {
            state.push_back({std::string(key), std::string(value.as_string())});
        }
        return state;
    }

    void request(const result<ack_id>& id) {
        promises_.begin_request(id);
        refuse(id);
    }

    template <class T>
    void refuse(const result<T>& done) {
        static const std::map<errc, std::string> names{{errc::already_started, "alreadyStarted"},
                                                       {errc::not_started, "notStarted"},
                                                       {errc::stopped, "stopped"},
                                                       {errc::not_connected, "notConnected"},
                                                       {errc::too_many_pending, "tooManyPending"}};
        if (done) return;
        const auto found = names.find(done.error().code);
        refused_ = found == names.end() ? message_of(done.error().code) : found->second;
    }

    static steady_time time_of(std::int64_t at) { return beginning + std::chrono::milliseconds(at); }

    void out(object what) {
        const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(now_ - beginning).count();
        outputs_.push_back({at, std::move(what)});
    }

    bool wake(std::int64_t until) {
        const auto next = c_.poll_timeout();
        if (!next || *next > time_of(until)) return false;
        now_ = std::max(now_, *next);
        promises_.wake(now_);
        c_.handle_timeout(now_);
        drain();
        return true;
    }

    void remember(const object& message, const std::string& frame) {
        const auto* const id = message.if_contains("sequenceId");
        if (id == nullptr) return;
        memory_.sent.push_back(frame);
        memory_.last_sequence_id = std::max(memory_.last_sequence_id, id->to_number<std::uint64_t>());
    }

    void drain() {
        for (;;) {
            while (const auto order = c_.poll_order()) {
                promises_.take(*order);
                if (const auto* open = get_if<client_orders::open_transport>(&*order)) {
                    transport_ = open->transport;
                    subprotocol_ = open->subprotocol;
                }
                out(visit(session_event(), *order));
            }
            while (const auto event = c_.poll_event()) {
                promises_.take(*event);
                if (holds_alternative<client_events::connected>(*event)) memory_ = {};
                out(visit(session_event(), *event));
            }
            const auto frame = c_.poll_transmit();
            if (!frame) {
                // A timer that is due fires at once.
                const auto due = c_.poll_timeout();
                if (!due || *due > now_) return;
                promises_.wake(now_);
                c_.handle_timeout(now_);
                continue;
            }
            out({{"out", "frame"}, {"frame", boost::json::parse(frame->bytes())}});
            if (!manual_writes_) c_.handle_written(now_, frame->transport);
        }
    }

    client c_;
    client_promises promises_;
    connection_memory memory_;
    bool manual_writes_;
    steady_time now_ = beginning;
    transport_id transport_{};
    std::string subprotocol_;
    std::string refused_;
    std::vector<output> outputs_;
};

inline client session_player::make(const object& script) {
    using std::chrono::milliseconds;
    /// 0 is never.
    const auto ms = [&script](std::string_view name, std::int64_t otherwise) {
        const auto value = option(script, name, otherwise);
        return value == 0 ? std::nullopt : std::optional<duration>(milliseconds(value));
    };
    client_options options;
    options.url = option(script, "url", std::string("wss://example.test/client/hubs/chat?access_token=t"));
    options.connect.first_delay = duration::zero();
    options.recovery.first_delay = duration::zero();
    options.recovery.confirmation = milliseconds(option(script, "recoveryConfirmationMs", std::int64_t{5000}));
    options.recovery.attempt_timeout = milliseconds(option(script, "recoveryAttemptMs", std::int64_t{5000}));
    options.connect.delays = {milliseconds(1000), milliseconds(30'000), 0.0};
    options.recovery.delays = {milliseconds(1000), milliseconds(1000), 0.0};
    options.requests.retry_delays = {milliseconds(1000), milliseconds(30'000), 0.0};
    options.requests.max_pending = static_cast<std::size_t>(option(script, "maxPending", std::int64_t{1000}));
    options.publisher.rewind_delays = {milliseconds(100), milliseconds(5000), 0.0};
    options.subscriber.idle_timeout = ms("streamIdleMs", 300'000);
    options.subscriber.only_from_start = option(script, "streamsFromStart", false);
    options.requests.timeout = ms("requestTimeoutMs", 0);
    options.requests.max_writes = static_cast<unsigned>(option(script, "maxWrites", std::int64_t{5}));
    options.window.messages = static_cast<std::size_t>(option(script, "windowMessages", std::int64_t{16}));
    options.keep_alive.interval = ms("keepAliveIntervalMs", 0);
    options.keep_alive.timeout = ms("keepAliveTimeoutMs", 0);
    options.requests.resend_on_new_connection = option(script, "resendOnNewConnection", false);
    const bool reliable = script.at("subprotocol") == "json.reliable.webpubsub.azure.v1";
    return client(reliable ? reliable_json_codec() : json_codec(), 1, std::move(options));
}

inline bool session_player::matches(const object& wanted, const object& actual) {
    for (const auto& [key, value] : wanted) {
        if (key == "at") continue;
        const auto* const found = actual.if_contains(key);
        // In a query or an error what is not mentioned does not count either; null is for what must be absent.
        if (value.is_object() && key != "frame") {
            if (found == nullptr || !matches(value.as_object(), found->as_object())) return false;
        } else if (value.is_null() && key != "code") {
            if (found != nullptr) return false;
        } else if (found == nullptr || *found != value) {
            return false;
        }
    }
    return true;
}

inline std::uint64_t session_player::answer(const object& what, const boost::json::array& inputs, std::int64_t until,
                                            std::uint64_t at_most) {
    std::uint64_t times = 0;
    for (;;) {
        for (std::size_t i = 0; i < outputs_.size(); ++i) {
            if (!matches(what, outputs_[i].what)) continue;
            if (++times > at_most) return times;
            // What comes of the answer is appended, and looked at in its turn.
            for (const auto& input : inputs) put(input.as_object());
        }
        outputs_.clear();
        if (!wake(until)) break;
    }
    now_ = time_of(until);
    return times;
}

} // namespace webpubsub::tests
