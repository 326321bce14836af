// SPDX-License-Identifier: MIT
//
// A chat in the terminal, on Boost.Beast with callbacks. The application is in chat.hpp, and what fits Beast to the
// client is in adaptors/beast_transport.hpp; this file puts them together.

#include "adaptors/beast_transport.hpp"
#include "chat.hpp"

#include <webpubsub/client/pump.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <array>
#include <random>
#include <unistd.h>

namespace asio = boost::asio;
using boost::system::error_code;

int main(int argc, char** argv) {
    const auto settings = read_chat_settings(argc, argv);
    if (!settings) return 1;

    asio::io_context io;
    asio::ssl::context tls(asio::ssl::context::tls_client);
    error_code problem;
    tls.set_default_verify_paths(problem);
    if (!settings->ca_file.empty() && tls.load_verify_file(settings->ca_file, problem)) {
        say("can't read " + settings->ca_file + ": " + problem.message());
        return 1;
    }

    webpubsub::client client(settings->codec, std::random_device{}(), {.url = settings->url});
    chat application(client, *settings);
    examples::beast_transport transport(io, tls, client);
    webpubsub::pump pump(client, transport, application);
    transport.attach(pump);
    if (settings->service) transport.need_url = [&](const auto& order) { application.give_url(order); };

    asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
    std::array<char, 4096> bytes;
    application.read_more = [&] {
        input.async_read_some(asio::buffer(bytes), [&](error_code ec, std::size_t size) {
            if (ec == asio::error::operation_aborted) return;
            application.type({bytes.data(), ec ? 0 : size});
            pump.run();
        });
    };
    asio::signal_set signals(io, SIGINT, SIGTERM);
    const std::function<void(error_code, int)> interrupt = [&](error_code ec, int) {
        if (ec) return;
        signals.async_wait(interrupt);
        application.interrupt();
        pump.run();
    };
    signals.async_wait(interrupt);
    application.stopped = [&] {
        // Then nothing is left to wait for but the end of the connection.
        signals.cancel();
        input.cancel();
    };

    if (const auto started = client.start(now()); !started) {
        say(started.error().message());
        return 1;
    }
    application.send_lines();
    pump.run();
    io.run();
    input.native_non_blocking(false, problem); // as the terminal was before
}
