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
#include "lines.hpp"
#include "settings.hpp"
#include "support/beast_transport.hpp"

#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/client/client.hpp>
#include <webpubsub/client/pump.hpp>
#include <webpubsub/text/redact.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::demo {

namespace net = boost::asio;
using boost::system::error_code;

std::uint64_t random_seed() {
    std::random_device source;
    return std::uint64_t{source()} << 32 | source();
}

/// The transport as the pump sees it: what it is asked for is told on the way to the real one.
class watched_transport {
public:
    watched_transport(net::io_context& io, net::ssl::context& tls, const settings& chosen, const frame_writer& frames,
                      tests::transport_owner& owner, std::function<void()> due)
        : chosen_(chosen), frames_(frames), owner_(owner), real_(io, tls, owner, std::move(due)) {}

    void open(const client_orders::open_transport& wanted) {
        write_line("transport", {{"what", "open " + redact_url(wanted.url)}});
        real_.open(wanted);
    }
    void close(const client_orders::close_transport& how) {
        write_line("transport", {{"what", "close " + std::to_string(how.code) + " " + how.reason}});
        real_.close(how);
    }
    void write(const transmit& message) {
        frames_.sent(message.bytes());
        real_.write(message);
    }
    void arm(std::optional<steady_time> when) { real_.arm(when); }

    void need_url(const client_orders::need_url& wanted) {
        auto& client = owner_.client;
        const auto url = mint_client_url(*chosen_.service, chosen_.hub, chosen_.token, std::chrono::system_clock::now(),
                                         openssl_hmac{});
        if (url && client.provide_url(owner_.now(), wanted.request, *url, chosen_.token.lifetime)) return;
        client.fail_url(owner_.now(), wanted.request);
    }

    void cut() { real_.cut(); }
    void resume() { real_.resume(); }

private:
    const settings& chosen_;
    const frame_writer& frames_;
    tests::transport_owner& owner_;
    tests::beast_transport real_;
};

/// The application: tells its events.
class teller {
public:
    /// `stopped` is called after the last one.
    explicit teller(std::function<void()> stopped) : stopped_(std::move(stopped)) {}

    template <class Event>
    void operator()(const Event& event) {
        write_line("event", describe(event));
    }
    void operator()(const client_events::frame_received&) {}
    void operator()(const client_events::stopped& event) {
        write_line("event", describe(event));
        stopped_();
    }

private:
    std::function<void()> stopped_;
};

class scripted_client {
public:
    scripted_client(net::io_context& io, net::ssl::context& tls, settings chosen)
        : chosen_(std::move(chosen)),
          frames_(chosen_.subprotocol),
          client_(*find_codec(chosen_.subprotocol), random_seed(), chosen_.client),
          transport_(io, tls, chosen_, frames_, owner_, [this] { pump_.handle_timeout(owner_.now()); }),
          input_(io, ::dup(STDIN_FILENO)) {}

    /// Throws std::invalid_argument for a URL that can't be used.
    void start() {
        if (const auto started = client_.start(owner_.now()); !started) {
            throw std::invalid_argument(started.error().message());
        }
        pump_.run();
        read_command();
    }

private:
    void stopped() {
        input_.close();
        const auto counters = client_.counters();
        write_line("counters", {{"framesSent", counters.frames_sent},
                                {"framesReceived", counters.frames_received},
                                {"connections", counters.connections},
                                {"recoveries", counters.recoveries},
                                {"duplicatesDropped", counters.duplicates_dropped}});
    }

    void read_command() {
        net::async_read_until(input_, net::dynamic_buffer(typed_), '\n', [this](error_code ec, std::size_t size) {
            if (client_.state() == client_state::stopped) return;
            const std::string line = ec ? "stop" : typed_.substr(0, size - 1);
            typed_.erase(0, ec ? 0 : size);
            obey(line);
            pump_.run();
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
            client_.stop(owner_.now());
        } else if (verb.starts_with("stream-")) {
            if (const auto done = stream(verb, rest); !done) answer["error"] = message_of(done.error().code);
        } else if (const auto asked = request(verb, rest)) {
            answer["ackId"] = number_of(*asked);
        } else {
            answer["error"] = message_of(asked.error().code);
        }
        write_line("command", answer);
    }

    result<ack_id> request(std::string_view verb, std::string_view rest) {
        const auto now = owner_.now();
        const auto name = next_word(rest);
        const auto data = payload_view::text(rest);
        if (verb == "join") return client_.join_group(now, name);
        if (verb == "leave") return client_.leave_group(now, name);
        if (verb == "send") return client_.send_to_group(now, name, data);
        if (verb == "send-noecho") return client_.send_to_group(now, name, data, {.no_echo = true});
        if (verb == "event") return client_.send_event(now, name, data);
        return errc::unknown_target;
    }

    result<void> stream(std::string_view verb, std::string_view rest) {
        const auto now = owner_.now();
        const auto name = next_word(rest);
        if (verb == "stream-open") {
            const auto opened = client_.open_stream(now, name, {.stream_id = std::string(rest)});
            return opened ? result<void>() : opened.error();
        }
        if (verb == "stream-write") {
            const auto written = client_.write_stream(now, name, payload_view::text(rest));
            return written ? result<void>() : written.error();
        }
        if (verb == "stream-end") return client_.end_stream(now, name);
        return errc::unknown_target;
    }

    const settings chosen_;
    const frame_writer frames_;
    client client_;
    tests::transport_owner owner_{client_, [this] { pump_.run(); },
                                  [this](frame_kind, std::string_view frame) { frames_.received(frame); },
                                  [](const std::string& words) {
                                      write_line("transport", {{"what", words}});
                                  }};
    watched_transport transport_;
    teller teller_{[this] { stopped(); }};
    pump<watched_transport, teller> pump_{client_, transport_, teller_};
    net::posix::stream_descriptor input_;
    std::string typed_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::demo

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
