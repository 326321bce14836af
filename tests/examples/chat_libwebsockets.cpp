// SPDX-License-Identifier: MIT
//
// A chat in the terminal, on libwebsockets. The application is in chat.hpp, and what fits libwebsockets to the client
// is in adaptors/libwebsockets_transport.hpp; this file puts them together.

#include "adaptors/libwebsockets_transport.hpp"
#include "chat.hpp"

#include <webpubsub/client/pump.hpp>

#include <array>
#include <fcntl.h>
#include <random>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace {

/// Calls `ready` from libwebsockets' loop, once, when there is something to read or nothing to come.
class file_watch {
public:
    static constexpr lws_protocols protocol() {
        lws_protocols mine{};
        mine.name = "file";
        mine.callback = [](lws* wsi, lws_callback_reasons what, void*, void*, std::size_t) {
            const auto watch = static_cast<file_watch*>(lws_get_opaque_user_data(wsi));
            if (what == LWS_CALLBACK_RAW_RX_FILE) return -1; // and then it is closed
            if (what == LWS_CALLBACK_RAW_CLOSE_FILE && watch != nullptr) watch->ready();
            return 0;
        };
        return mine;
    }

    std::function<void()> ready;

    /// Takes the file over.
    void start(lws_context* context, int file) {
        lws_sock_file_fd_type descriptor;
        descriptor.filefd = file;
        const auto host = lws_get_vhost_by_name(context, "default");
        const auto wsi = lws_adopt_descriptor_vhost(host, LWS_ADOPT_RAW_FILE_DESC, descriptor, "file", nullptr);
        if (wsi != nullptr) lws_set_opaque_user_data(wsi, this);
    }
};

} // namespace

int main(int argc, char** argv) {
    const auto settings = read_chat_settings(argc, argv);
    if (!settings) return 1;

    lws_set_log_level(0, nullptr);
    const std::array protocols{examples::libwebsockets_transport::protocol(), file_watch::protocol(), lws_protocols{}};
    lws_context_creation_info info{};
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.protocols = protocols.data();
    info.pt_serv_buf_size = 1 << 16; // a URL with its token may be long
    if (!settings->ca_file.empty()) info.client_ssl_ca_filepath = settings->ca_file.c_str();
    lws_context* const context = lws_create_context(&info);
    if (context == nullptr) {
        say("libwebsockets does not start; is the file of --ca there?");
        return 1;
    }

    webpubsub::client client(settings->codec, std::random_device{}(), {.url = settings->url});
    chat application(client, *settings);
    std::optional<examples::libwebsockets_transport> transport;
    transport.emplace(context, client);
    webpubsub::pump pump(client, *transport, application);
    transport->attach(pump);
    if (settings->service) transport->need_url = [&](const auto& order) { application.give_url(order); };

    file_watch input, interrupts;
    input.ready = [&] {
        std::array<char, 4096> bytes;
        const auto size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        application.type({bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0});
        pump.run();
    };
    application.read_more = [&] { input.start(context, ::dup(STDIN_FILENO)); };
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    const int signals = ::signalfd(-1, &ends, 0);
    interrupts.ready = [&] {
        signalfd_siginfo taken;
        if (::read(signals, &taken, sizeof taken) < 0) return;
        interrupts.start(context, ::dup(signals));
        application.interrupt();
        pump.run();
    };
    interrupts.start(context, ::dup(signals));
    bool stopped = false;
    application.stopped = [&] {
        stopped = true;
        lws_cancel_service(context);
    };

    const auto started = client.start(now());
    if (started) {
        application.send_lines();
        pump.run();
        // After the end of the client its last close frame may be under way.
        while (!stopped || !transport->is_idle()) lws_service(context, 0);
    } else {
        say(started.error().message());
    }
    transport.reset();
    input.ready = interrupts.ready = [] {}; // the end of the context closes the files
    lws_context_destroy(context);
    ::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) & ~O_NONBLOCK); // as the terminal was before
    return started ? 0 : 1;
}
