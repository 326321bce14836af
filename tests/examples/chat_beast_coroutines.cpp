// SPDX-License-Identifier: MIT
//
// A chat in the terminal, on Boost.Beast with C++20 coroutines. The application is in chat.hpp, and what fits Beast to
// the client is in adaptors/beast_coroutine_transport.hpp; this file puts them together.

#include "adaptors/beast_coroutine_transport.hpp"
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
    examples::beast_coroutine_transport transport(io, tls, client);
    webpubsub::pump pump(client, transport, application);
    transport.attach(pump);
    if (settings->service) transport.need_url = [&](const auto& order) { application.give_url(order); };

    asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
    const auto read_input = [&]() -> asio::awaitable<void> {
        std::array<char, 4096> bytes;
        std::size_t size = 0;
        try {
            size = co_await input.async_read_some(asio::buffer(bytes), asio::use_awaitable);
        } catch (const boost::system::system_error& end) {
            if (end.code() == asio::error::operation_aborted) co_return;
        }
        application.type({bytes.data(), size});
        pump.run();
    };
    application.read_more = [&] { asio::co_spawn(io, read_input, asio::detached); };

    asio::signal_set signals(io, SIGINT, SIGTERM);
    const auto wait_for_interrupts = [&]() -> asio::awaitable<void> {
        try {
            while (client.state() != webpubsub::client_state::stopped) {
                co_await signals.async_wait(asio::use_awaitable);
                application.interrupt();
                pump.run();
            }
        } catch (const boost::system::system_error&) {
            // The client has stopped while this waited.
        }
    };
    asio::co_spawn(io, wait_for_interrupts, asio::detached);
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
