// SPDX-License-Identifier: MIT
#pragma once

// What the chats have in common, whatever their WebSocket stack is: the command line, the lines that are typed, and
// what the client tells the application. None of it knows of sockets or waits for anything.

#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/text/websocket_address.hpp>
#include <webpubsub/client/pump.hpp>
#include <webpubsub/codec/all_codecs.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_events;
using std::string;

inline steady_time now() { return std::chrono::steady_clock::now(); }
inline void say(const string& text) { std::cerr << "* " << text << std::endl; }

/// The command line.
struct chat_settings {
    string url, group, ca{}, subprotocol = "json.reliable.webpubsub.azure.v1";
    endpoint where{};

    chat_settings(int argc, char** argv) {
        std::vector<string> words(argv + 1, argv + argc);
        for (; words.size() > 2 && words.rbegin()[1].starts_with("--"); words.resize(words.size() - 2))
            (words.rbegin()[1] == "--ca" ? ca : subprotocol) = words.back();
        const char* const account = std::getenv("WEBPUBSUB_CONNECTION_STRING");
        if (words.size() == 1 && account != nullptr) words.insert(words.begin(), "");
        if (words.size() != 2 || !find_codec(subprotocol))
            throw std::runtime_error(string("usage: ") + argv[0] + " [URL] GROUP [--ca FILE] [--subprotocol NAME]");
        url = words[0], group = words[1];
        where =
            url.empty() ? parse_connection_string(account).value().endpoint : parse_client_url(url).value().endpoint;
    }
};

/// What is derived from it is the transport that `pump` wants.
struct chat {
    client session;
    string group, typed{};
    std::uint64_t lines = 0;
    bool input_ended = false, ending = false;

    explicit chat(const chat_settings& from)
        : session(*find_codec(from.subprotocol), {.url = from.url, .seed = std::random_device{}()}),
          group(from.group) {}

    // What is typed.
    bool wants_input() const { return !input_ended && typed.find('\n') == string::npos; }
    /// Nothing is the end.
    void take_input(std::string_view bytes) {
        input_ended = bytes.empty();
        typed += bytes;
        if (input_ended && !typed.empty() && typed.back() != '\n') typed += '\n';
    }
    void send_lines() {
        for (auto size = typed.find('\n'); !ending && session.pending_requests() < 100; size = typed.find('\n')) {
            if (size == string::npos) return static_cast<void>(ending = input_ended);
            const auto line = text_payload(typed.substr(0, size));
            typed.erase(0, size + 1);
            const auto sent = session.send_to_group(now(), group, line, {.tag = ++lines, .no_echo = true});
            if (!sent) say("line " + std::to_string(lines) + ": " + message_of(sent.error().code));
        }
    }

    // What the client tells the application.
    void on(const connected& e) {
        say("connected as " + (e.user_id.empty() ? "nobody" : e.user_id));
        if (!session.groups().contains(group)) session.join_group(now(), group).value(); // later it rejoins by itself
    }
    void on(const recovering&) { say("connection lost, recovering"); }
    void on(const recovered&) { say("recovered, nothing is lost"); }
    void on(const disconnected& e) {
        if (!ending) say("disconnected, connecting again: " + e.reason + e.message);
    }
    void on(const connect_failed& e) { say("can't connect, attempt " + std::to_string(e.attempt) + " " + e.reason); }
    void on(const rejoin_failed& e) { say("joining the group again: " + e.error.message); }
    void on(const request_completed& e) {
        if (e.status == request_status::succeeded) return e.tag == 0 ? say("joined " + group) : void();
        const string what = e.tag == 0 ? "joining the group: " : "line " + std::to_string(e.tag) + ": ";
        say(what + (e.error.name.empty() ? string(name_of(e.status)) : e.error.name + ": " + e.error.message));
    }
    void on(const group_message& e) {
        string line = (e.from_user_id.empty() ? "nobody" : e.from_user_id) + ": " + e.data.bytes;
        for (char& c : line) c = static_cast<unsigned char>(c) < ' ' ? '?' : c; // nothing that controls a terminal
        std::cout << line << std::endl;
    }
    void on(const need_url& e) {
        const auto service = parse_connection_string(std::getenv("WEBPUBSUB_CONNECTION_STRING")).value();
        client_token_options token;
        if (const char* user = std::getenv("USER")) token.user_id = user;
        token.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"};
        const auto url = mint_client_url(service, "chat", token, std::chrono::system_clock::now(), openssl_hmac{});
        url ? session.provide_url(now(), e.request, *url, token.lifetime) : session.fail_url(now(), e.request);
    }
    void on(const auto&) {}
};
