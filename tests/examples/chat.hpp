// SPDX-License-Identifier: MIT
#pragma once

// The application, whatever its WebSocket stack is: it sends each line that is typed to a group, and prints what the
// client tells. It waits for nothing.

#include "chat_settings.hpp"

#include <webpubsub/client/client.hpp>
#include <webpubsub/client/print.hpp>

#include <chrono>
#include <functional>
#include <iostream>
#include <string_view>
#include <utility>

inline webpubsub::steady_time now() { return std::chrono::steady_clock::now(); }
inline void say(const std::string& text) { std::cerr << "* " << text << std::endl; }

class chat {
public:
    /// Asks for a piece of the input, to be given to `type`.
    std::function<void()> read_more;
    /// The client has ended.
    std::function<void()> stopped;

    chat(webpubsub::client& client, const chat_settings& settings) : client_(client), settings_(settings) {}

    /// Takes what was typed; nothing is the end of the input. The lines that are sent want the pump to be run.
    void type(std::string_view bytes) {
        reading_ = false;
        if (bytes.empty()) {
            input_ended_ = true;
            if (!typed_.empty() && typed_.back() != '\n') typed_ += '\n'; // the last line may lack its end
        }
        typed_ += bytes;
        send_lines();
    }

    void send_lines() {
        // When the service is slow, the input waits.
        while (!ending_ && client_.pending_requests() < 100) {
            const auto size = typed_.find('\n');
            if (size == std::string::npos) {
                if (input_ended_) return interrupt();
                if (!std::exchange(reading_, true)) read_more();
                return;
            }
            const auto line = webpubsub::payload_view::text(std::string_view(typed_).substr(0, size));
            const auto sent = client_.send_to_group(now(), settings_.group, line, {.tag = ++lines_, .no_echo = true});
            if (!sent) say("line " + std::to_string(lines_) + ": " + sent.error().message());
            typed_.erase(0, size + 1);
        }
    }

    /// Ends the client once each line has its outcome, if that does not take long; at once when it is called again.
    void interrupt() {
        if (std::exchange(ending_, true)) return client_.stop(now());
        client_.finish(now(), std::chrono::seconds(4));
    }

    /// Answers the client's question for a URL.
    void give_url(const webpubsub::client_orders::need_url& order) {
        const auto url = make_chat_url(settings_);
        if (!url || !client_.provide_url(now(), order.request, *url, chat_url_lifetime)) {
            client_.fail_url(now(), order.request);
        }
    }

    // The client's events, which the pump hands over.

    void operator()(auto& event) {
        if (settings_.trace) say(webpubsub::describe(webpubsub::client_event(event)));
        on(event);
    }

private:
    void on(const webpubsub::client_events::connected& event) {
        say("connected as " + (event.user_id.empty() ? "nobody" : event.user_id));
        if (client_.is_in_group(settings_.group)) return; // the client joins it again by itself
        const auto joining = client_.join_group(now(), settings_.group);
        if (!joining) say("joining the group: " + joining.error().message());
    }
    void on(const webpubsub::client_events::recovering&) { say("connection lost, recovering"); }
    void on(const webpubsub::client_events::recovered&) { say("recovered, nothing is lost"); }
    void on(const webpubsub::client_events::disconnected& event) {
        if (!ending_) say("disconnected, connecting again: " + event.reason + event.message);
    }
    void on(const webpubsub::client_events::connect_failed& event) {
        say("can't connect, attempt " + std::to_string(event.attempt) + ": " + event.reason);
    }
    void on(const webpubsub::client_events::rejoin_failed& event) {
        say("joining the group again: " + event.error.message);
    }
    void on(const webpubsub::client_events::request_completed& event) {
        const std::string what = event.tag == 0 ? "joining the group" : "line " + std::to_string(event.tag);
        if (event.status != webpubsub::request_status::succeeded) {
            const auto& error = event.error;
            say(what + ": " +
                (error.name.empty() ? std::string(name_of(event.status)) : error.name + ": " + error.message));
        } else if (event.tag == 0) {
            say("joined " + settings_.group);
        }
        send_lines();
    }
    void on(const webpubsub::client_events::group_message& event) {
        std::string line = (event.from_user_id.empty() ? "nobody" : event.from_user_id) + ": " + event.data.bytes;
        for (char& c : line) c = static_cast<unsigned char>(c) < ' ' ? '?' : c; // nothing that controls a terminal
        std::cout << line << std::endl;
    }
    void on(const webpubsub::client_events::stopped& event) {
        ending_ = true;
        if (event.error) say("stopped: " + event.error->message());
        stopped();
    }
    void on(const auto&) {}

    webpubsub::client& client_;
    const chat_settings& settings_;
    std::string typed_;
    std::uint64_t lines_ = 0;
    bool reading_ = false, input_ended_ = false, ending_ = false;
};
