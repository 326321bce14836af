// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/print.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/print.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

/// Writes an event for people: `disconnected id="c1" code=1006`. What is empty or 0 is left out.
class event_printer {
public:
    explicit event_printer(std::string& out) : out_(out) {}

    void print(const client_orders::open_transport& e) {
        out_ += "open_transport";
        add("transport", number_of(e.transport));
        add("subprotocol", e.subprotocol);
    }
    void print(const client_orders::close_transport& e) {
        out_ += "close_transport";
        add("transport", number_of(e.transport));
        add_close(e.code, e.reason);
    }
    void print(const client_orders::need_url& e) {
        out_ += "need_url";
        add_word("purpose", name_of(e.purpose));
        add("refused_status", e.refused_status);
    }
    void print(const client_orders::pause_reading& e) {
        out_ += "pause_reading";
        add("transport", number_of(e.transport));
    }
    void print(const client_orders::resume_reading& e) {
        out_ += "resume_reading";
        add("transport", number_of(e.transport));
    }
    void print(const client_events::connected& e) {
        out_ += "connected";
        add("id", e.connection_id);
        add("user", e.user_id);
    }
    void print(const client_events::recovering& e) {
        out_ += "recovering";
        add("id", e.connection_id);
        add_close(e.code, e.reason);
    }
    void print(const client_events::recovered& e) {
        out_ += "recovered";
        add("id", e.connection_id);
    }
    void print(const client_events::disconnected& e) {
        out_ += "disconnected";
        add("id", e.connection_id);
        add_close(e.code, e.reason);
        add("message", e.message);
    }
    void print(const client_events::connect_failed& e) {
        out_ += "connect_failed";
        add_word("purpose", name_of(e.purpose));
        add("attempt", e.attempt);
        add("http_status", e.http_status);
        add_close(e.code, e.reason);
        if (!e.retry_in) return;
        const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(*e.retry_in);
        add_word("retry_in", std::to_string(delay.count()) + "ms");
    }
    void print(const client_events::state_changed& e) {
        out_.append("state_changed ").append(name_of(e.from)).append(" to ").append(name_of(e.to));
    }
    void print(const client_events::stopped& e) {
        out_ += "stopped";
        if (e.error) add(*e.error);
    }
    void print(const client_events::host_error& e) {
        out_ += "host_error";
        add(e.error);
    }

    void print(const client_events::request_completed& e) {
        out_ += "request_completed";
        add("ack_id", number_of(e.ack_id));
        add("tag", e.tag);
        add_word("status", name_of(e.status));
        if (e.duplicate) out_ += " duplicate";
        if (e.may_be_duplicate) out_ += " may_be_duplicate";
        add(e.error);
    }
    void print(const client_events::rejoin_failed& e) {
        out_ += "rejoin_failed";
        add("group", e.group);
        add(e.error);
    }
    void print(const client_events::resubscribe_failed& e) {
        out_ += "resubscribe_failed";
        add("group", e.group);
        add(e.error);
    }

    void print(const client_events::stream_opened& e) {
        out_ += "stream_opened";
        add("stream", e.stream_id);
        add("tag", e.tag);
    }
    void print(const client_events::stream_writable& e) {
        out_ += "stream_writable";
        add("stream", e.stream_id);
    }
    void print(const client_events::stream_closed& e) {
        out_ += "stream_closed";
        add("stream", e.stream_id);
        add("tag", e.tag);
        add_word("status", name_of(e.status));
        add(e.error);
    }
    void print(const client_events::stream_fragment& e) {
        out_ += "stream_fragment";
        add_place(e.group, e.stream_id);
        add("number", e.stream_sequence_id);
        if (e.first) out_ += " first";
        add(e.data);
        add("from", e.from_user_id);
    }
    void print(const client_events::stream_gap& e) {
        out_ += "stream_gap";
        add_place(e.group, e.stream_id);
        add("expected", e.expected);
        add("received", e.received);
    }
    void print(const client_events::stream_finished& e) {
        out_ += "stream_finished";
        add_place(e.group, e.stream_id);
        if (!e.error) return;
        add("error", e.error->message);
        add("code", e.error->user_error_code);
    }
    void print(const client_events::stream_abandoned& e) {
        out_ += "stream_abandoned";
        add_place(e.group, e.stream_id);
    }

    void print(const client_events::invocation_completed& e) {
        out_ += "invocation_completed";
        add("id", e.invocation_id);
        add("tag", e.tag);
        add_word("status", name_of(e.status));
        if (e.data) add(*e.data);
        add(e.error);
    }
    void print(const client_events::group_states_changed& e) {
        out_ += "group_states_changed";
        add("group", e.group);
        add("items", e.items.size());
        if (e.snapshot) out_ += " snapshot";
    }

    void print(const client_events::group_message& e) {
        out_.append(to_string(service_message(static_cast<const group_data_message&>(e))));
        if (e.text_replaced) out_ += " text_replaced";
    }
    void print(const client_events::server_message& e) {
        out_.append(to_string(service_message(static_cast<const server_data_message&>(e))));
        if (e.text_replaced) out_ += " text_replaced";
    }
    void print(const client_events::unknown_message_received& e) {
        out_ += "unknown_message_received";
        add("type", e.type);
    }
    void print(const client_events::frame_received& e) {
        out_ += "frame_received";
        add("bytes", e.bytes.size());
    }
    void print(const client_events::sequence_gap& e) {
        out_ += "sequence_gap";
        add("expected", e.expected);
        add("received", e.received);
    }
    void print(const client_events::protocol_error& e) {
        out_ += "protocol_error";
        add(e.error);
        add("sequence_id", e.sequence_id.value_or(0));
    }

private:
    void add_word(std::string_view name, std::string_view value) {
        out_.append(" ").append(name).append("=").append(value);
    }
    void add(std::string_view name, std::uint64_t value) {
        if (value != 0) add_word(name, std::to_string(value));
    }
    void add(std::string_view name, const std::string& value) {
        if (value.empty()) return;
        add_word(name, {});
        append_quoted(out_, value);
    }
    void add(const service_error& error) {
        if (error.name.empty()) return;
        out_ += " error=";
        append_quoted(out_, error.name);
        add("message", error.message);
    }
    /// The library's own words, which are told whole.
    void add(const error& problem) { add_word("error", '"' + problem.message() + '"'); }
    void add(const payload& data) {
        add_word("type", name_of(data.type));
        add("bytes", data.bytes.size());
    }
    void add_close(std::uint16_t code, const std::string& reason) {
        add("code", code);
        add("reason", reason);
    }
    void add_place(const std::string& group, const std::string& stream_id) {
        add("group", group);
        add("stream", stream_id);
    }

    std::string& out_;
};

} // namespace detail

WEBPUBSUB_COLD_DECL std::string describe(const client_event& event) {
    std::string line;
    visit([printer = detail::event_printer(line)](const auto& each) mutable { printer.print(each); }, event);
    return line;
}

WEBPUBSUB_COLD_DECL std::string describe(const client_order& order) {
    std::string line;
    visit([printer = detail::event_printer(line)](const auto& each) mutable { printer.print(each); }, order);
    return line;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
