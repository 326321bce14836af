// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"

#include <webpubsub/client/events.hpp>
#include <webpubsub/client/orders.hpp>
#include <webpubsub/text/percent.hpp>

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <utility>

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
    static object of(const group_state_item& item) {
        object out{{"connectionId", item.connection_id}, {"updatedAt", item.updated_at.time_since_epoch().count()}};
        if (!item.user_id.empty()) out["userId"] = item.user_id;
        if (item.state) {
            object state;
            for (const auto& [key, value] : *item.state) state[key] = value;
            out["state"] = std::move(state);
        }
        return out;
    }

    object operator()(const client_orders::open_transport& e) const {
        auto query = query_of(e.url);
        const auto purpose = query.contains("awps_connection_id") ? connect_purpose::recovery : connect_purpose::fresh;
        return {{"out", "open"},
                {"purpose", name_of(purpose)},
                {"subprotocol", e.subprotocol},
                {"query", std::move(query)}};
    }
    object operator()(const client_orders::close_transport& e) const {
        object out{{"out", "close"}, {"code", nullptr}};
        if (e.code != close_code::none) out["code"] = e.code;
        return out;
    }
    object operator()(const client_orders::need_url& e) const {
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
                {"ackId", number_of(e.ack_id)},
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
    object operator()(const client_events::resubscribe_failed& e) const {
        return {{"out", "resubscribeFailed"}, {"group", e.group}, {"error", of(e.error)}};
    }
    object operator()(const client_events::stream_fragment& e) const {
        return {{"out", "streamFragment"},        {"group", e.group}, {"streamId", e.stream_id},
                {"number", e.stream_sequence_id}, {"first", e.first}, {"data", e.data.bytes}};
    }
    object operator()(const client_events::stream_gap& e) const {
        return {{"out", "streamGap"},
                {"group", e.group},
                {"streamId", e.stream_id},
                {"expected", e.expected},
                {"received", e.received}};
    }
    object operator()(const client_events::stream_finished& e) const {
        object out{{"out", "streamFinished"}, {"group", e.group}, {"streamId", e.stream_id}};
        if (e.error) {
            out["error"] = {
                {"name", e.error->name}, {"message", e.error->message}, {"userErrorCode", e.error->user_error_code}};
        }
        return out;
    }
    object operator()(const client_events::stream_abandoned& e) const {
        return {{"out", "streamAbandoned"}, {"group", e.group}, {"streamId", e.stream_id}};
    }
    object operator()(const client_events::group_states_changed& e) const {
        boost::json::array items;
        for (const auto& item : e.items) items.push_back(of(item));
        return {{"out", "statesChanged"}, {"group", e.group}, {"snapshot", e.snapshot}, {"items", items}};
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
    object operator()(const client_orders::pause_reading&) const { return {{"out", "pause"}}; }
    object operator()(const client_orders::resume_reading&) const { return {{"out", "resume"}}; }
    object operator()(const client_events::host_error&) const { return {{"out", "hostError"}}; }
    object operator()(const client_events::protocol_error&) const { return {{"out", "protocolError"}}; }
    template <class Event>
    object operator()(const Event&) const {
        return {{"out", "something else"}};
    }
};

} // namespace webpubsub::tests
