// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"

#include <webpubsub/client/client.hpp>
#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/text/percent.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace webpubsub::tests {

/// Says an event of a client in the terms of tests/vectors/README.md, section "Sessions".
struct session_event {
    using object = boost::json::object;

    static object query_of(std::string_view url) {
        object query;
        for (auto at = url.find('?'); at != std::string_view::npos;) {
            const auto end = url.find('&', at + 1);
            const auto parameter = url.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
            const auto equals = parameter.find('=');
            std::string value;
            if (equals != std::string_view::npos) CHECK(query_decode_append(parameter.substr(equals + 1), value));
            query[std::string(parameter.substr(0, equals))] = value;
            at = end;
        }
        return query;
    }
    static object of(const service_error& error) { return {{"name", error.name}, {"message", error.message}}; }
    static std::string_view name_of(connect_purpose purpose) {
        return purpose == connect_purpose::fresh ? "fresh" : "recovery";
    }

    object operator()(const client_events::open_transport& e) const {
        auto query = query_of(e.url);
        const auto purpose = query.contains("awps_connection_id") ? connect_purpose::recovery : connect_purpose::fresh;
        return {{"out", "open"},
                {"purpose", name_of(purpose)},
                {"subprotocol", e.subprotocol},
                {"query", std::move(query)}};
    }
    object operator()(const client_events::close_transport& e) const {
        object out{{"out", "close"}, {"code", nullptr}};
        if (e.code != close_code::none) out["code"] = e.code;
        return out;
    }
    object operator()(const client_events::need_url& e) const {
        return {{"out", "needUrl"}, {"purpose", name_of(e.purpose)}, {"refusedStatus", e.refused_status}};
    }
    object operator()(const client_events::connected& e) const {
        return {{"out", "connected"}, {"connectionId", e.connection_id}, {"userId", e.user_id}};
    }
    object operator()(const client_events::recovering& e) const {
        return {{"out", "recovering"}, {"connectionId", e.connection_id}, {"code", e.code}, {"reason", e.reason}};
    }
    object operator()(const client_events::recovered& e) const {
        return {{"out", "recovered"}, {"connectionId", e.connection_id}};
    }
    object operator()(const client_events::disconnected& e) const {
        return {{"out", "disconnected"},
                {"connectionId", e.connection_id},
                {"code", e.code},
                {"reason", e.reason},
                {"message", e.message}};
    }
    object operator()(const client_events::connect_failed& e) const {
        return {{"out", "connectFailed"},
                {"purpose", name_of(e.purpose)},
                {"status", e.http_status},
                {"code", e.code},
                {"reason", e.reason}};
    }
    object operator()(const client_events::stopped&) const { return {{"out", "stopped"}}; }
    object operator()(const client_events::request_completed& e) const {
        static constexpr std::string_view statuses[]{"succeeded", "failed", "unknown", "notSent"};
        return {{"out", "outcome"},
                {"ackId", e.ack_id},
                {"status", statuses[static_cast<std::size_t>(e.status)]},
                {"duplicate", e.duplicate},
                {"mayBeDuplicate", e.may_be_duplicate},
                {"error", of(e.error)}};
    }
    object operator()(const client_events::rejoin_failed& e) const {
        return {{"out", "rejoinFailed"}, {"group", e.group}, {"error", of(e.error)}};
    }
    object operator()(const client_events::stream_opened& e) const {
        return {{"out", "streamOpened"}, {"streamId", e.stream_id}};
    }
    object operator()(const client_events::stream_closed& e) const {
        static constexpr std::string_view statuses[]{"ended", "aborted", "failed", "lost"};
        return {{"out", "streamClosed"},
                {"streamId", e.stream_id},
                {"status", statuses[static_cast<std::size_t>(e.status)]},
                {"error", of(e.error)}};
    }
    object operator()(const client_events::invocation_completed& e) const {
        static constexpr std::string_view statuses[]{"succeeded", "failed",  "cancelled",
                                                     "timedOut",  "unknown", "notSent"};
        return {{"out", "invocationOutcome"},
                {"invocationId", e.invocation_id},
                {"status", statuses[static_cast<std::size_t>(e.status)]}};
    }
    object operator()(const client_events::group_message& e) const {
        return {{"out", "groupMessage"}, {"group", e.group}, {"data", e.data.bytes}};
    }
    object operator()(const client_events::server_message& e) const {
        return {{"out", "serverMessage"}, {"data", e.data.bytes}};
    }
    object operator()(const client_events::unknown_message_received& e) const {
        return {{"out", "unknownMessage"}, {"type", e.type}};
    }
    object operator()(const client_events::sequence_gap& e) const {
        return {{"out", "sequenceGap"}, {"expected", e.expected}, {"received", e.received}};
    }
    object operator()(const client_events::protocol_error&) const { return {{"out", "protocolError"}}; }
    template <class Event>
    object operator()(const Event&) const {
        return {{"out", "something else"}};
    }
};

/// Plays a session of tests/vectors/sessions with a client in virtual time.
class session_player {
public:
    using object = boost::json::object;

    explicit session_player(const object& script)
        : c_(make(script)), manual_writes_(option(script, "manualWrites", false)) {}

    struct output {
        std::int64_t at;
        object what;

        bool for_transport() const {
            const auto& name = what.at("out");
            return name == "open" || name == "close" || name == "frame" || name == "needUrl";
        }
    };

    std::vector<output> take_outputs() { return std::exchange(outputs_, {}); }

    void pass_until(std::int64_t at) {
        for (;;) {
            const auto next = c_.poll_timeout();
            if (!next || *next > time_of(at)) break;
            now_ = std::max(now_, *next);
            c_.handle_timeout(now_);
            drain();
        }
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
            note(c_.start(now_));
        } else if (name == "stop") {
            c_.stop(now_);
        } else if (name == "url") {
            const auto lifetime = step.contains("lifetimeMs")
                                      ? duration(std::chrono::milliseconds(number("lifetimeMs", 0)))
                                      : duration::max();
            c_.provide_url(now_, url_request_, text("url"), lifetime);
        } else if (name == "noUrl") {
            c_.fail_url(now_, url_request_);
        } else if (name == "opened") {
            c_.handle_opened(now_, transport_, step.contains("subprotocol") ? text("subprotocol") : subprotocol_);
        } else if (name == "openFailed") {
            c_.handle_open_failed(now_, transport_, static_cast<unsigned>(number("status", 0)));
        } else if (name == "frame") {
            const auto frame = step.contains("frame") ? boost::json::serialize(step.at("frame")) : text("text");
            CHECK(c_.handle_frame(now_, transport_, frame_kind::text, frame));
        } else if (name == "written") {
            c_.handle_written(now_, transport_);
        } else if (name == "closed") {
            c_.handle_closed(now_, transport_, static_cast<std::uint16_t>(number("code", 1006)), text("reason"));
        } else if (name == "join") {
            note(c_.join_group(now_, text("group")));
        } else if (name == "leave") {
            note(c_.leave_group(now_, text("group")));
        } else if (name == "send") {
            note(c_.send_to_group(now_, text("group"), text_payload(text("data")), message(step)));
        } else if (name == "event") {
            note(c_.send_event(now_, text("event"), text_payload(text("data")), message(step)));
        } else if (name == "openStream") {
            note(c_.open_stream(now_, text("group"), {text("streamId")}));
        } else if (name == "writeStream") {
            note(c_.write_stream(now_, text("streamId"), text_payload(text("data"))));
        } else if (name == "endStream") {
            note(c_.end_stream(now_, text("streamId")));
        } else if (name == "invoke") {
            note(c_.invoke(now_, text("event"), text_payload(text("data")), {text("invocationId")}));
        } else if (name != "wait") {
            FAIL("There is no input " << name);
        }
        CHECK(refused_ == text("refused"));
        drain();
    }

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

    template <class T>
    void note(const result<T>& done) {
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

    void drain() {
        while (const auto event = c_.poll_event()) {
            if (const auto* open = std::get_if<client_events::open_transport>(&*event)) {
                transport_ = open->transport;
                subprotocol_ = open->subprotocol;
            }
            if (const auto* ask = std::get_if<client_events::need_url>(&*event)) url_request_ = ask->request;
            out(std::visit(session_event(), *event));
        }
        while (const auto frame = c_.poll_transmit()) {
            out({{"out", "frame"}, {"frame", boost::json::parse(frame->bytes())}});
            if (manual_writes_) break;
            c_.handle_written(now_, frame->transport);
        }
    }

    client c_;
    bool manual_writes_;
    steady_time now_ = beginning;
    transport_id transport_ = 0;
    std::string subprotocol_;
    std::uint64_t url_request_ = 0;
    std::string refused_;
    std::vector<output> outputs_;
};

inline client session_player::make(const object& script) {
    using std::chrono::milliseconds;
    const auto ms = [&script](std::string_view name, std::int64_t otherwise) {
        return duration(milliseconds(option(script, name, otherwise)));
    };
    client_options options;
    options.url = option(script, "url", std::string("wss://example.test/client/hubs/chat?access_token=t"));
    options.reconnect = {milliseconds(1000), milliseconds(30'000), 0.0};
    options.recovery = {milliseconds(1000), milliseconds(1000), 0.0};
    options.requests.retry = {milliseconds(1000), milliseconds(30'000), 0.0};
    options.requests.pending = static_cast<std::size_t>(option(script, "maxPending", std::int64_t{1000}));
    options.outbound_stream_limits.rewind = {milliseconds(100), milliseconds(5000), 0.0};
    options.keep_alive_interval = ms("keepAliveIntervalMs", 0);
    options.keep_alive_timeout = ms("keepAliveTimeoutMs", 0);
    options.resend_on_new_connection = option(script, "resendOnNewConnection", false);
    const bool reliable = script.at("subprotocol") == "json.reliable.webpubsub.azure.v1";
    return client(reliable ? reliable_json_codec() : json_codec(), std::move(options));
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
        const auto next = c_.poll_timeout();
        if (!next || *next > time_of(until)) break;
        now_ = std::max(now_, *next);
        c_.handle_timeout(now_);
        drain();
    }
    now_ = time_of(until);
    return times;
}

} // namespace webpubsub::tests
