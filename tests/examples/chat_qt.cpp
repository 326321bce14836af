// SPDX-License-Identifier: MIT
//
// A chat in the terminal, on Qt WebSockets. The application is in chat.hpp, and what fits Qt to the client is in
// adaptors/qt_transport.hpp; this file puts them together.

#include "adaptors/qt_transport.hpp"
#include "chat.hpp"

#include <webpubsub/client/pump.hpp>

#include <QCoreApplication>
#include <QSocketNotifier>
#include <QSslCertificate>

#include <array>
#include <random>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int main(int argc, char** argv) {
    QCoreApplication loop(argc, argv);
    const auto settings = read_chat_settings(argc, argv);
    if (!settings) return 1;

    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    if (!settings->ca_file.empty()) {
        const auto own = QSslCertificate::fromPath(QString::fromStdString(settings->ca_file));
        tls.setCaCertificates(QSslConfiguration::systemCaCertificates() + own);
    }

    webpubsub::client client(settings->codec, std::random_device{}(), {.url = settings->url});
    chat application(client, *settings);
    examples::qt_transport transport(tls, client);
    webpubsub::pump pump(client, transport, application);
    transport.attach(pump);
    if (settings->service) transport.need_url = [&](const auto& order) { application.give_url(order); };

    QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
    input.setEnabled(false);
    application.read_more = [&] { input.setEnabled(true); };
    QObject::connect(&input, &QSocketNotifier::activated, [&] {
        std::array<char, 4096> bytes;
        input.setEnabled(false);
        const auto size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        application.type({bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0});
        pump.run();
    });

    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    QSocketNotifier interrupts(::signalfd(-1, &ends, 0), QSocketNotifier::Read);
    QObject::connect(&interrupts, &QSocketNotifier::activated, [&](QSocketDescriptor file) {
        signalfd_siginfo taken;
        if (::read(file, &taken, sizeof taken) < 0) return;
        application.interrupt();
        pump.run();
    });
    application.stopped = [&] {
        input.setEnabled(false);
        // Then nothing is left to wait for but the end of the connection.
        if (transport.leaving()) {
            QObject::connect(transport.leaving(), &QObject::destroyed, &loop, &QCoreApplication::quit);
        } else {
            QMetaObject::invokeMethod(&loop, &QCoreApplication::quit, Qt::QueuedConnection);
        }
    };

    if (const auto started = client.start(now()); !started) {
        say(started.error().message());
        return 1;
    }
    application.send_lines();
    pump.run();
    return QCoreApplication::exec();
}
