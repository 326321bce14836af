// SPDX-License-Identifier: MIT
//
// A client that another program drives: commands come on standard input, one a line, and everything that happens is
// told on standard output, one JSON object a line:
//   {"at": MS, "kind": "frame", "direction": "sent" or "received", "message": JSON, "meaning": WORDS}
//   {"at": MS, "kind": "event", "event": NAME, ...}                  see describe.hpp
//   {"at": MS, "kind": "command", "command": LINE, "ackId": ID}      of a request; or with "error": WORDS
//   {"at": MS, "kind": "transport", "what": WORDS}
//   {"at": MS, "kind": "counters", ...}                              the last line
// `at` is the steady clock's time in milliseconds. Secrets are left out.

#include "describe.hpp"
#include "support/beast_transport.hpp"

#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/client/client.hpp>
#include <webpubsub/client/pump.hpp>
#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/messages/print.hpp>
#include <webpubsub/text/redact.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::demo {

namespace json = boost::json;
namespace net = boost::asio;
using boost::system::error_code;

constexpr std::string_view help_text = R"(usage: webpubsub-demo-client --name NAME [OPTION]...

  --name NAME         of this client, and of its user if there is no --user
  --url URL           client access URL; without it the connection string in
                      WEBPUBSUB_CONNECTION_STRING serves to make one, with
    --hub HUB           (default: chat)
    --user USER
    --role ROLE         any number of times
  --subprotocol NAME  json.reliable.webpubsub.azure.v1 (default), or
                      json., protobuf.reliable. or protobuf.webpubsub.azure.v1
  --ca FILE           trust these certificates too, in PEM

Commands on standard input, one a line:
  join GROUP             leave GROUP
  send GROUP TEXT        send-noecho GROUP TEXT
  event NAME TEXT
  stream-open GROUP ID   stream-write ID TEXT   stream-end ID
  cut                    reset the TCP connection, and open no other before
  resume
  stop                   so does the end of the input
)";

struct settings {
    client_options client;
    codec protocol = reliable_json_codec();
    std::optional<connection_string> service;
    std::string hub = "chat";
    client_token_options token;
    std::string ca_file;
};

settings read_settings(const std::vector<std::string>& arguments) {
    settings out;
    std::string name;
    for (std::size_t at = 0; at < arguments.size(); at += 2) {
        const auto& option = arguments[at];
        if (at + 1 == arguments.size()) throw std::invalid_argument(option + " needs a value");
        const auto& value = arguments[at + 1];
        if (option == "--name") {
            name = value;
        } else if (option == "--url") {
            out.client.url = value;
        } else if (option == "--subprotocol") {
            const auto known = find_codec(value);
            if (!known) throw std::invalid_argument("no such subprotocol: " + value);
            out.protocol = *known;
        } else if (option == "--hub") {
            out.hub = value;
        } else if (option == "--user") {
            out.token.user_id = value;
        } else if (option == "--role") {
            out.token.roles.push_back(value);
        } else if (option == "--ca") {
            out.ca_file = value;
        } else {
            throw std::invalid_argument("unknown option " + option);
        }
    }
    if (name.empty()) throw std::invalid_argument("--name is missing");
    if (out.token.user_id.empty()) out.token.user_id = name;
    if (out.client.url.empty()) {
        const char* const text = std::getenv("WEBPUBSUB_CONNECTION_STRING");
        if (text == nullptr) throw std::invalid_argument("neither --url nor WEBPUBSUB_CONNECTION_STRING");
        out.service = parse_connection_string(text).value();
    }
    out.client.seed = std::random_device{}();
    return out;
}

void write_line(const char* kind, const json::object& members) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    json::object line{{"at", std::chrono::duration<double, std::milli>(now).count()}, {"kind", kind}};
    for (const auto& member : members) line.insert(member);
    std::cout << json::serialize(line) << std::endl;
}

std::string as_json(const client_message& message) {
    std::string text;
    json_codec().encode(message, text);
    return text;
}

/// Without the reconnection token, which only a connected message has. Empty for an unknown message.
std::string as_json(service_message message) {
    if (auto* const connected = std::get_if<connected_message>(&message)) {
        if (!connected->reconnection_token.empty()) connected->reconnection_token = redacted_text;
    }
    std::string text;
    static_cast<void>(json_codec().encode(message, text));
    return text;
}

/// A frame of any subprotocol, its message in JSON whatever the encoding.
template <class Message>
void write_frame(const char* direction, const codec& protocol, std::string_view frame) {
    Message message;
    const auto decoded = protocol.decode(frame, message);
    write_line("frame", {{"direction", direction},
                         {"message", decoded ? as_json(message) : std::string()},
                         {"meaning", decoded ? to_string(message) : message_of(decoded.error().code)}});
}

class scripted_client {
public:
    scripted_client(net::io_context& io, net::ssl::context& tls, settings chosen)
        : chosen_(std::move(chosen)),
          client_(chosen_.protocol, chosen_.client),
          transport_(io, tls, owner_),
          input_(io, ::dup(STDIN_FILENO)) {}

    void start() {
        client_.start(now()).value();
        pump_all();
        read_command();
    }

    // The transport is watched on its way to the real one.

    void open(const client_events::open_transport& wanted) {
        write_line("transport", {{"what", "open " + redact_url(wanted.url)}});
        transport_.open(wanted);
    }
    void close(const client_events::close_transport& how) {
        write_line("transport", {{"what", "close " + std::to_string(how.code) + " " + how.reason}});
        transport_.close(how);
    }
    void write(const transmit& message) {
        write_frame<client_message>("sent", chosen_.protocol, message.bytes());
        transport_.write(message);
    }
    void arm(std::optional<steady_time> when) { transport_.arm(when); }

private:
    steady_time now() const { return owner_.now(); }

    void pump_all() {
        pump(client_, *this, [this](const auto& event) { on(event); });
    }

    void on(const client_events::need_url& event) {
        const auto wall_now = std::chrono::system_clock::now();
        const auto url = mint_client_url(*chosen_.service, chosen_.hub, chosen_.token, wall_now, openssl_hmac{});
        if (!url) return client_.fail_url(now(), event.request);
        client_.provide_url(now(), event.request, *url, chosen_.token.lifetime);
    }
    void on(const client_events::frame_received&) {}
    void on(const client_events::stopped& event) {
        write_line("event", describe(event));
        input_.close();
        const auto& counters = client_.counters();
        write_line("counters", {{"framesSent", counters.frames_sent},
                                {"framesReceived", counters.frames_received},
                                {"connections", counters.connections},
                                {"recoveries", counters.recoveries},
                                {"duplicatesDropped", counters.duplicates_dropped}});
    }
    template <class Event>
    void on(const Event& event) {
        write_line("event", describe(event));
    }

    void received(std::string_view frame) {
        write_frame<service_message>("received", chosen_.protocol, frame);
    }

    void read_command() {
        net::async_read_until(input_, net::dynamic_buffer(typed_), '\n', [this](error_code ec, std::size_t size) {
            if (client_.state() == client_state::stopped) return;
            const std::string line = ec ? "stop" : typed_.substr(0, size - 1);
            typed_.erase(0, ec ? 0 : size);
            obey(line);
            pump_all();
            if (client_.state() != client_state::stopped) read_command();
        });
    }

    static std::string next_word(std::string_view& line) {
        const auto end = std::min(line.find(' '), line.size());
        const std::string word(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
        return word;
    }

    void obey(const std::string& line) {
        json::object answer{{"command", line}};
        std::string_view rest = line;
        const auto verb = next_word(rest);
        if (verb == "cut") {
            transport_.cut();
        } else if (verb == "resume") {
            transport_.resume();
        } else if (verb == "stop") {
            client_.stop(now());
        } else if (verb.starts_with("stream-")) {
            if (const auto done = stream(verb, rest); !done) answer["error"] = message_of(done.error().code);
        } else if (const auto asked = request(verb, rest)) {
            answer["ackId"] = *asked;
        } else {
            answer["error"] = message_of(asked.error().code);
        }
        write_line("command", answer);
    }

    result<ack_id> request(std::string_view verb, std::string_view rest) {
        const auto name = next_word(rest);
        auto data = text_payload(std::string(rest));
        if (verb == "join") return client_.join_group(now(), name);
        if (verb == "leave") return client_.leave_group(now(), name);
        if (verb == "send") return client_.send_to_group(now(), name, std::move(data));
        if (verb == "send-noecho") return client_.send_to_group(now(), name, std::move(data), {.no_echo = true});
        if (verb == "event") return client_.send_event(now(), name, std::move(data));
        return errc::unknown_target;
    }

    result<void> stream(std::string_view verb, std::string_view rest) {
        const auto name = next_word(rest);
        if (verb == "stream-open") {
            const auto opened = client_.open_stream(now(), name, {.stream_id = std::string(rest)});
            return opened ? result<void>() : opened.error();
        }
        if (verb == "stream-write") {
            const auto written = client_.write_stream(now(), name, text_payload(std::string(rest)));
            return written ? result<void>() : written.error();
        }
        if (verb == "stream-end") return client_.end_stream(now(), name);
        return errc::unknown_target;
    }

    settings chosen_;
    client client_;
    tests::transport_owner owner_{client_, [this] { pump_all(); },
                                  [this](frame_kind, std::string_view frame) { received(frame); },
                                  [](const std::string& words) {
                                      write_line("transport", {{"what", words}});
                                  }};
    tests::beast_transport transport_;
    net::posix::stream_descriptor input_;
    std::string typed_;
};

} // namespace webpubsub::demo

int main(int argc, char** argv) {
    using namespace webpubsub;
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (!arguments.empty() && (arguments.front() == "--help" || arguments.front() == "-h")) {
        std::cout << demo::help_text;
        return 0;
    }
    try {
        auto chosen = demo::read_settings(arguments);
        boost::asio::io_context io;
        boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
        tls.set_default_verify_paths();
        if (!chosen.ca_file.empty()) tls.load_verify_file(chosen.ca_file);
        demo::scripted_client client(io, tls, std::move(chosen));
        client.start();
        io.run();
    } catch (const std::invalid_argument& bad) {
        std::cerr << "webpubsub-demo-client: " << bad.what() << "; see --help\n";
        return 2;
    } catch (const std::exception& failure) {
        std::cerr << "webpubsub-demo-client: " << failure.what() << '\n';
        return 1;
    }
    return 0;
}
