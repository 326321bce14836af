// SPDX-License-Identifier: MIT
//
// A chat in the terminal: how to use webpubsub with Qt WebSockets. The library does no I/O: the program tells its
// client what happens (a connection is open, a frame came, a time is up, a line was typed), and then `pump` hands out
// what is to be done: `open`, `write` or `close` a connection, `arm` a timer, and events for the application, to `on`
// in chat.hpp.

#include "chat.hpp"

#include <QCoreApplication>
#include <QPointer>
#include <QRegularExpression>
#include <QSocketNotifier>
#include <QSslConfiguration>
#include <QTimer>
#include <QWebSocket>
#include <QWebSocketHandshakeOptions>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/// A file that can be read when it is time to end.
int interrupts() {
    sigset_t ends;
    sigemptyset(&ends), sigaddset(&ends, SIGINT), sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    return ::signalfd(-1, &ends, 0);
}

struct qt_chat : chat {
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    QTimer timer{};
    QSocketNotifier input{STDIN_FILENO, QSocketNotifier::Read};
    QSocketNotifier interrupt{interrupts(), QSocketNotifier::Read};
    QWebSocket* current = nullptr;
    QPointer<QWebSocket> leaving{}; // the last one that was given up
    transport_id id = 0;
    bool is_open = false, closing = false, finishing = false;

    explicit qt_chat(const chat_settings& settings) : chat(settings) {
        if (!settings.ca.empty()) {
            const auto own = QSslCertificate::fromPath(QString::fromStdString(settings.ca));
            tls.setCaCertificates(QSslConfiguration::systemCaCertificates() + own);
        }
        timer.setSingleShot(true);
        timer.setTimerType(Qt::PreciseTimer);
        timer.callOnTimeout([this] { session.handle_timeout(now()), go_on(); });
        QObject::connect(&interrupt, &QSocketNotifier::activated, [this] { ending = true, go_on(); });
        QObject::connect(&input, &QSocketNotifier::activated, [this] {
            char bytes[4096];
            const auto size = ::read(STDIN_FILENO, bytes, sizeof bytes);
            take_input({bytes, size > 0 ? static_cast<std::size_t>(size) : 0});
            go_on();
        });
    }
    void run() {
        session.start(now()).value();
        go_on();
        QCoreApplication::exec();
    }

    /// Does what the client wants. Called after whatever the client was told.
    void go_on() {
        send_lines();
        input.setEnabled(!ending && wants_input());
        interrupt.setEnabled(!ending);
        // Every line gets its outcome and the connection is closed, if that does not take too long.
        if (ending && !std::exchange(finishing, true)) session.finish(now(), std::chrono::seconds(4));
        pump(session, *this, [this](const auto& event) { on(event); });
    }

    // What the client wants of the transport.
    void arm(std::optional<steady_time> when) {
        using std::chrono::milliseconds;
        when ? timer.start(std::max(milliseconds(0), std::chrono::ceil<milliseconds>(*when - now()))) : timer.stop();
    }
    void open(const open_transport& wanted) {
        id = wanted.transport, is_open = false, closing = false;
        current = new QWebSocket;
        current->setSslConfiguration(tls);
        current->setMaxAllowedIncomingMessageSize(session.options().max_received_frame_size);
        when(&QWebSocket::connected, [this] {
            is_open = true;
            session.handle_opened(now(), id, current->subprotocol().toStdString());
        });
        when(&QWebSocket::textMessageReceived, [this](const QString& text) {
            session.handle_frame(now(), id, frame_kind::text, text.toStdString()).value();
        });
        when(&QWebSocket::binaryMessageReceived, [this](const QByteArray& bytes) {
            session.handle_frame(now(), id, frame_kind::binary, bytes.toStdString()).value();
        });
        when(&QWebSocket::bytesWritten, [this](qint64) {
            if (current->bytesToWrite() == 0) session.handle_written(now(), id);
        });
        // Only after a close frame, and without one closeCode() is 1000 as well.
        when(&QWebSocket::aboutToClose, [this] { closing = true; });
        when(QOverload<QAbstractSocket::SocketError>::of(&QWebSocket::error), [this](auto) { lost(); });
        when(&QWebSocket::disconnected, [this] { lost(); });
        QWebSocketHandshakeOptions options;
        options.setSubprotocols({QString::fromStdString(wanted.subprotocol)});
        current->open(QNetworkRequest(QUrl(QString::fromStdString(wanted.url))), options);
    }
    /// What to do about a signal of the connection, later and unless it was given up.
    void when(auto signal, auto handler) {
        const auto guarded = [this, mine = current, handler](const auto&... values) {
            if (mine == current) handler(values...), go_on();
        };
        QObject::connect(current, signal, current, guarded, Qt::QueuedConnection);
    }
    void write(const transmit& message) {
        const auto bytes = QByteArray::fromStdString(*message.frame);
        message.kind == frame_kind::binary ? current->sendBinaryMessage(bytes)
                                           : current->sendTextMessage(QString::fromUtf8(bytes));
    }
    void close(const close_transport& how) {
        leaving = std::exchange(current, nullptr);
        QObject::connect(leaving, &QWebSocket::disconnected, leaving, &QObject::deleteLater);
        if (is_open && how.code != close_code::none) {
            leaving->close(QWebSocketProtocol::CloseCode(how.code), QString::fromStdString(how.reason));
        } else {
            leaving->abort();
            leaving->deleteLater();
        }
    }
    void lost() {
        const auto old = std::exchange(current, nullptr);
        old->deleteLater();
        const auto code = closing ? static_cast<std::uint16_t>(old->closeCode()) : close_code::abnormal;
        // The number is to be had in no other way.
        const auto status = QRegularExpression("status code: (\\d+)").match(old->errorString()).captured(1).toUInt();
        say(status != 0 ? "HTTP status " + std::to_string(status)
            : closing   ? "closed, " + std::to_string(code) + " " + old->closeReason().toStdString()
                        : old->errorString().toStdString());
        is_open ? session.handle_closed(now(), id, code, old->closeReason().toStdString())
                : session.handle_open_failed(now(), id, status);
    }

    using chat::on;
    void on(const stopped&) {
        QTimer::singleShot(1000, qApp, &QCoreApplication::quit);
        leaving ? (void)QObject::connect(leaving, &QObject::destroyed, qApp, &QCoreApplication::quit)
                : QCoreApplication::quit();
    }
};

int main(int argc, char** argv) try {
    QCoreApplication application(argc, argv);
    qt_chat(chat_settings(argc, argv)).run();
} catch (const std::exception& problem) {
    say(problem.what());
    return 1;
}
