// SPDX-License-Identifier: MIT

// What a REST call costs a service: a message to everybody with and without a filter, over 10 000 connections, and the
// requests a second that the emulator takes over one connection, beside a server on the same Beast that only echoes.

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/rest/request.hpp>
#include <webpubsub/service/apply_call.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace webpubsub;
namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;

constexpr std::size_t connections = 10'000;
constexpr int requests = 2'000;

secure_random seeded(std::mt19937_64& engine) {
    return {&engine, [](void* context, unsigned char* bytes, std::size_t size) {
                for (std::size_t i = 0; i < size; ++i) {
                    bytes[i] = static_cast<unsigned char>((*static_cast<std::mt19937_64*>(context))());
                }
            }};
}

/// A hub whose connections read at once.
class audience {
public:
    audience() {
        for (std::size_t i = 0; i < connections; ++i) {
            connect_request request;
            request.user_id = "user" + std::to_string(i);
            request.groups = {i % 2 == 0 ? "even" : "odd"};
            request.subprotocols = {"json.webpubsub.azure.v1"};
            hub_.handle_opened(now_, get<accepted>(hub_.admit(now_, std::move(request))).transport);
        }
        drain();
    }

    void send(std::string filter) {
        const auto call = rest::send_to_all(payload_view::text("x"), {.filter = std::move(filter)});
        const auto read = read_rest_filter(call);
        if (!read || apply_rest_call(hub_, now_, {"chat", call, "2024-12-01"}, *read, "").status != 202) std::abort();
        drain();
    }

private:
    void drain() {
        while (const auto ready = hub_.poll_ready()) {
            std::uint32_t written = 0;
            while (hub_.poll_transmit(*ready)) ++written;
            hub_.handle_written(now_, *ready, written);
        }
        while (hub_.poll_event()) {}
    }

    std::mt19937_64 engine_{1};
    hub hub_{all_service_codecs(), hub_options(), seeded(engine_)};
    instant now_{};
};

/// A server of one connection, on Beast as the emulator is, that answers each request with 202.
class echo {
public:
    echo() : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
        thread_ = std::thread([this] {
            auto socket = acceptor_.accept();
            socket.set_option(tcp::no_delay(true));
            boost::beast::flat_buffer buffer;
            for (boost::system::error_code ec;;) {
                http::request<http::string_body> request;
                http::read(socket, buffer, request, ec);
                if (ec) return;
                http::response<http::empty_body> response(http::status::accepted, 11);
                response.prepare_payload();
                http::write(socket, response, ec);
            }
        });
    }
    ~echo() { thread_.join(); }
    unsigned short port() const { return acceptor_.local_endpoint().port(); }

private:
    boost::asio::io_context io_;
    tcp::acceptor acceptor_;
    std::thread thread_;
};

/// One after another over one connection; the time of all of them in seconds.
double exchange(unsigned short port, const rest_service& service) {
    boost::asio::io_context io;
    tcp::socket socket(io);
    socket.connect({boost::asio::ip::address_v4::loopback(), port});
    socket.set_option(tcp::no_delay(true));
    const auto made = make_rest_request(service, rest::send_to_all(payload_view::text("x")),
                                        std::chrono::system_clock::now(), openssl_hmac())
                          .value();
    http::request<http::string_body> request(http::verb::post, made.target, 11);
    request.set(http::field::host, "127.0.0.1");
    for (const auto& each : made.headers) request.insert(each.name, each.value);
    request.body() = made.body;
    request.prepare_payload();
    boost::beast::flat_buffer buffer;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < requests; ++i) {
        http::write(socket, request);
        http::response<http::string_body> response;
        http::read(socket, buffer, response);
        if (response.result_int() != 202) std::abort();
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void compare_filters() {
    audience all;
    const auto time = [&](const std::string& filter) {
        all.send(filter);
        double best = 1e9;
        for (int i = 0; i < 10; ++i) {
            const auto begin = std::chrono::steady_clock::now();
            all.send(filter);
            best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        }
        return best;
    };
    const auto without = time("");
    std::printf("a message to %zu connections: %.2f ms\n", connections, without * 1e3);
    for (const auto* const filter : {"userId ne null", "'even' in groups", "userId eq 'user7'",
                                     "startswith(userId,'user') and length(userId) gt 3 and not ('odd' in groups)"}) {
        std::printf("  with the filter %-78s %.2f x\n", filter, time(filter) / without);
    }
}

void compare_requests(const char* emulator) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    const auto child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        close(ends[0]), close(ends[1]);
        execl(emulator, emulator, "--port", "0", static_cast<char*>(nullptr));
        _exit(127);
    }
    close(ends[1]);
    auto* const output = fdopen(ends[0], "r");
    char line[512];
    std::string text;
    while (text.find("connection string: ") == std::string::npos && std::fgets(line, sizeof line, output)) text = line;
    text = text.substr(text.find(": ") + 2);
    const auto to = parse_connection_string(text.substr(0, text.find('\n'))).value();
    const rest_service service{to.endpoint, "chat", to.key, std::chrono::hours(1)};
    const auto ours = exchange(*to.endpoint.port, service);
    kill(child, SIGTERM);
    std::fclose(output);
    double theirs = 0;
    {
        const echo other;
        theirs = exchange(other.port(), service);
    }
    std::printf(
        "requests over one connection: %.0f a second, a Beast server that only answers: %.0f; %.2f x the time\n",
        requests / ours, requests / theirs, ours / theirs);
}

} // namespace

int main() {
    compare_filters();
    compare_requests(WEBPUBSUB_EMULATOR);
}
