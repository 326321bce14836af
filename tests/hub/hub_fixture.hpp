// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/hub/hub.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace webpubsub::hub_events;
using namespace webpubsub::hub_orders;

/// Messages of the service, as a connection has received them.
using service_messages = std::vector<webpubsub::service_message>;

/// A hub with a host that writes at once whatever it is given, and notes everything.
class hub_fixture {
public:
    using strings = std::vector<std::string>;

    struct close_note {
        std::uint16_t code;
        std::string reason;
        friend bool operator==(const close_note&, const close_note&) = default;
    };

    static constexpr std::string_view plain = "json.webpubsub.azure.v1";
    static constexpr std::string_view reliable = "json.reliable.webpubsub.azure.v1";

    explicit hub_fixture(webpubsub::hub_options options = {},
                         const std::vector<webpubsub::service_codec>& codecs =
                             {webpubsub::json_service_codec(), webpubsub::reliable_json_service_codec()})
        : hub(codecs, one_write_at_a_time(options), random()) {}
    hub_fixture(const hub_fixture&) = delete;
    hub_fixture& operator=(const hub_fixture&) = delete;

    /// May join and send anywhere.
    static webpubsub::connect_request request(std::string_view subprotocol, std::string user = {},
                                              strings groups = {}) {
        webpubsub::connect_request made;
        if (!user.empty()) made.user_id = std::move(user);
        made.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"};
        made.groups = std::move(groups);
        if (!subprotocol.empty()) made.subprotocols = {std::string(subprotocol)};
        return made;
    }

    /// An open connection whose first frame is taken already.
    webpubsub::transport_id connect(const webpubsub::connect_request& asked) {
        const auto transport = get<webpubsub::accepted>(hub.admit(now, asked)).transport;
        hub.handle_opened(now, transport);
        drain();
        first_frame[transport] = received[transport].empty() ? "" : received[transport].front();
        received[transport].clear();
        return transport;
    }
    webpubsub::transport_id connect(std::string_view subprotocol, std::string user = {}, strings groups = {}) {
        return connect(request(subprotocol, std::move(user), std::move(groups)));
    }

    void text(webpubsub::transport_id from, std::string_view frame) {
        hub.handle_frame(now, from, webpubsub::frame_kind::text, frame);
        drain();
    }
    void binary(webpubsub::transport_id from, std::string_view frame) {
        hub.handle_frame(now, from, webpubsub::frame_kind::binary, frame);
        drain();
    }
    void gone(webpubsub::transport_id transport, std::uint16_t code = webpubsub::close_code::abnormal,
              std::string_view reason = {}) {
        hub.handle_closed(now, transport, code, reason);
        drain();
    }
    void advance(webpubsub::duration by) {
        now.steady += by;
        now.wall += std::chrono::duration_cast<webpubsub::wall_time::duration>(by);
        hub.handle_timeout(now);
        drain();
    }

    /// Asks for a recovery and opens its transport.
    webpubsub::transport_id recover(std::string connection_id, std::string token,
                                    std::string_view subprotocol = reliable) {
        auto asked = request(subprotocol);
        asked.recovery = webpubsub::recovery_request{std::move(connection_id), std::move(token)};
        const auto transport = get<webpubsub::accepted>(hub.admit(now, asked)).transport;
        hub.handle_opened(now, transport);
        drain();
        return transport;
    }
    webpubsub::transport_id recover_of(webpubsub::transport_id old) { return recover(id_of(old), token_of(old)); }

    /// What a connection has received since it was asked last; binary frames after "binary ".
    strings take(webpubsub::transport_id transport) { return std::exchange(received[transport], {}); }

    /// The same, understood.
    std::vector<webpubsub::service_message> messages(webpubsub::transport_id transport) {
        constexpr std::string_view mark = "binary ";
        std::vector<webpubsub::service_message> decoded;
        for (std::string_view frame : take(transport)) {
            const bool is_binary = frame.starts_with(mark);
            if (is_binary) frame.remove_prefix(mark.size());
            const auto form = is_binary ? webpubsub::protobuf_codec() : webpubsub::json_codec();
            if (!form.decode(frame, decoded.emplace_back())) throw std::logic_error("not a message of the service");
        }
        return decoded;
    }

    void send_json(webpubsub::transport_id from, const webpubsub::client_message& message) {
        std::string frame;
        webpubsub::json_codec().encode(message, frame);
        text(from, frame);
    }
    void send_protobuf(webpubsub::transport_id from, const webpubsub::client_message& message) {
        std::string frame;
        webpubsub::protobuf_codec().encode(message, frame);
        binary(from, frame);
    }

    std::optional<close_note> close_of(webpubsub::transport_id transport) const {
        const auto found = closes.find(transport);
        if (found == closes.end()) return std::nullopt;
        return found->second;
    }

    std::string id_of(webpubsub::transport_id transport) const { return ids.at(transport); }
    std::string token_of(webpubsub::transport_id transport) const {
        return member(first_frame.at(transport), "reconnectionToken");
    }

    /// The reason of a connection's end, once it has ended.
    std::optional<std::string> end_of(webpubsub::transport_id transport) const {
        const auto found = ends.find(id_of(transport));
        if (found == ends.end()) return std::nullopt;
        return found->second;
    }

    static std::string member(const std::string& json, std::string_view name) {
        const auto key = '"' + std::string(name) + "\":\"";
        const auto at = json.find(key);
        if (at == std::string::npos) return {};
        const auto start = at + key.size();
        return json.substr(start, json.find('"', start) - start);
    }

    /// Frames of transports in `stalled` are polled, and not written completely before `resume`.
    void drain() {
        take_orders_and_events();
        while (const auto ready = hub.poll_ready()) {
            const auto frame = hub.poll_transmit(*ready);
            if (!frame) throw std::logic_error("a transport was named without output");
            std::string whole(frame->kind() == webpubsub::frame_kind::binary ? "binary " : "");
            whole.append(frame->prefix()).append(frame->body());
            const bool is_stalled = stalled.contains(*ready);
            (is_stalled ? under_way : received)[*ready].push_back(std::move(whole));
            if (is_stalled) continue;
            hub.handle_written(now, *ready);
            take_orders_and_events();
        }
    }

    /// A stalled transport goes on.
    void resume(webpubsub::transport_id transport) {
        stalled.erase(transport);
        const auto written = std::exchange(under_way[transport], {});
        received[transport].insert(received[transport].end(), written.begin(), written.end());
        hub.handle_written(now, transport, static_cast<std::uint32_t>(written.size()));
        drain();
    }

    void take_orders_and_events() {
        while (const auto order = hub.poll_order()) note(*order);
        while (const auto event = hub.poll_event()) note(*event);
    }

    webpubsub::instant now{webpubsub::steady_time{} + std::chrono::hours{1},
                           webpubsub::wall_time{} + std::chrono::hours{24 * 365 * 50}};
    std::mt19937_64 generator{1};
    webpubsub::hub hub;

    std::set<webpubsub::transport_id> stalled;
    std::map<webpubsub::transport_id, strings> under_way;
    std::map<webpubsub::transport_id, strings> received;
    std::map<webpubsub::transport_id, std::string> first_frame;
    std::map<webpubsub::transport_id, close_note> closes;
    /// Transports that were to be closed although messages were under way.
    std::set<webpubsub::transport_id> aborted;
    std::set<webpubsub::transport_id> paused;
    std::map<webpubsub::transport_id, std::string> ids;
    std::map<std::string, std::string> ends;
    std::vector<webpubsub::hub_orders::request_held> held_requests;
    std::vector<webpubsub::hub_events::user_event> events;
    std::vector<webpubsub::hub_events::invocation> invocations;
    std::vector<webpubsub::event_id> cancelled;
    std::vector<webpubsub::hub_events::connect_requested> requests;
    std::map<webpubsub::admission_id, webpubsub::admission> outcomes;

private:
    /// So that what is with the host is one message.
    static webpubsub::hub_options one_write_at_a_time(webpubsub::hub_options options) {
        options.queues.window.messages = 1;
        return options;
    }

    webpubsub::secure_random random() {
        return {&generator, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& source = *static_cast<std::mt19937_64*>(context);
                    std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(source()); });
                }};
    }

    void note(const webpubsub::hub_order& order) {
        using namespace webpubsub;
        if (const auto* outcome = get_if<admission_decided>(&order)) outcomes[outcome->id] = outcome->outcome;
        if (const auto* held = get_if<request_held>(&order)) held_requests.push_back(*held);
        if (const auto* pause = get_if<pause_reading>(&order)) {
            if (!paused.insert(pause->transport).second) throw std::logic_error("a transport was paused twice");
        }
        if (const auto* resume = get_if<resume_reading>(&order)) {
            if (paused.erase(resume->transport) == 0) throw std::logic_error("a transport was resumed twice");
        }
        if (const auto* told = get_if<close_transport>(&order)) {
            if (!closes.emplace(told->transport, close_note{told->code, told->reason}).second) {
                throw std::logic_error("a transport was closed twice");
            }
            if (told->abort) aborted.insert(told->transport);
        }
    }

    void note(const webpubsub::hub_event& event) {
        using namespace webpubsub;
        if (const auto* asked = get_if<connect_requested>(&event)) requests.push_back(*asked);
        if (const auto* raised = get_if<user_event>(&event)) events.push_back(*raised);
        if (const auto* asked = get_if<invocation>(&event)) invocations.push_back(*asked);
        if (const auto* gone = get_if<invocation_cancelled>(&event)) cancelled.push_back(gone->id);
        if (const auto* opened = get_if<client_connected>(&event)) ids[opened->transport] = opened->connection_id;
        if (const auto* ended = get_if<client_disconnected>(&event)) {
            if (!ends.emplace(ended->connection_id, ended->reason).second) {
                throw std::logic_error("a connection ended twice");
            }
        }
    }
};

/// Frames of the service as the JSON subprotocols write them.
namespace json_frames {

inline std::string ack(const std::string& id) { return R"({"type":"ack","ackId":)" + id + R"(,"success":true})"; }

inline std::string failed_ack(const std::string& id, const std::string& name, const std::string& message) {
    return R"({"type":"ack","ackId":)" + id + R"(,"success":false,"error":{"name":")" + name + R"(","message":")" +
           message + R"("}})";
}

inline std::string group_message(const std::string& group, const std::string& text, const std::string& user) {
    return R"({"type":"message","from":"group","group":")" + group + R"(","dataType":"text","data":")" + text +
           R"(","fromUserId":)" + (user.empty() ? "null" : '"' + user + '"') + "}";
}

inline std::string server_message(const std::string& text) {
    return R"({"type":"message","from":"server","dataType":"text","data":")" + text + R"("})";
}

} // namespace json_frames
