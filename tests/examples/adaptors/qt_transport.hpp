// SPDX-License-Identifier: MIT
#pragma once

// This adaptor fits Qt WebSockets to a webpubsub::client. Copy the file into your program as it is. It needs Qt 6.4 or
// later and its event loop.
//
// What the client is told, and what it is not:
//   - The status and the reason of a refused handshake are told. Qt has the status in the text of its error only, and
//     does not tell `Retry-After`.
//   - The close code is the peer's where that is certain. Qt makes 1000 of a close frame without a code, 1002 of codes
//     that it does not know (1012 to 1015 are among them), and closes with 1002, 1007 and 1009 by itself. So for these
//     three, and for 1000 without a reason, the client is told 1006 (abnormal).
//   - A message that is longer than `client_frame_options::max_received_size` ends the connection with 1006.
//
// The adaptor, its client and the sockets belong to one thread.

#include <webpubsub/client/client.hpp>

#include <QByteArray>
#include <QNetworkRequest>
#include <QObject>
#include <QPointer>
#include <QRegularExpression>
#include <QSslConfiguration>
#include <QString>
#include <QTimer>
#include <QUrl>
#include <QWebSocket>
#include <QWebSocketHandshakeOptions>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace examples {

class qt_transport {
public:
    /// How long the peer may take to answer a close frame.
    static constexpr std::chrono::seconds close_time{5};

    qt_transport(QSslConfiguration tls, webpubsub::client& client) : tls_(std::move(tls)), client_(client) {
        timer_.setSingleShot(true);
        timer_.setTimerType(Qt::PreciseTimer);
        timer_.callOnTimeout(&timer_, [this] { handle_timeout_(); });
    }
    qt_transport(const qt_transport&) = delete;
    qt_transport& operator=(const qt_transport&) = delete;
    ~qt_transport() {
        if (current_ != nullptr) end(*std::exchange(current_, nullptr));
    }

    /// To be called once, before the client is started, with a pump that lives as long as this object.
    template <class Pump>
    void attach(Pump& pump) {
        run_pump_ = [&pump] { pump.run(); };
        handle_timeout_ = [&pump] { pump.handle_timeout(now()); };
    }

    /// Gives the client a URL. It is called only if the client's options have none.
    std::function<void(const webpubsub::client_orders::need_url&)> need_url = [this](const auto& order) {
        client_.fail_url(now(), order.request);
    };

    /// The last connection that the client has let go of; null once it is closed, its close frame included.
    const QPointer<QWebSocket>& leaving() const { return leaving_; }

    // What the pump calls.

    void open(const webpubsub::client_orders::open_transport& order) {
        id_ = order.transport;
        is_open_ = saw_close_frame_ = false;
        under_way_ = 0;
        current_ = new QWebSocket;
        current_->setSslConfiguration(tls_);
        const auto limit = client_.options().frames.max_received_size;
        current_->setMaxAllowedIncomingMessageSize(limit);
        current_->setMaxAllowedIncomingFrameSize(limit);
        when(&QWebSocket::connected, [this] {
            is_open_ = true;
            client_.handle_opened(now(), id_, current_->subprotocol().toStdString());
        });
        when(&QWebSocket::textMessageReceived, [this](const QString& text) {
            // A frame is always taken, since the pump takes all events at once.
            (void)client_.handle_frame(now(), id_, webpubsub::frame_kind::text, text.toStdString());
        });
        when(&QWebSocket::binaryMessageReceived, [this](const QByteArray& bytes) {
            (void)client_.handle_frame(now(), id_, webpubsub::frame_kind::binary, bytes.toStdString());
        });
        when(&QWebSocket::bytesWritten, [this](qint64) {
            // Qt buffers whatever it is given; a message counts as written once the buffer is empty.
            if (current_->bytesToWrite() != 0 || under_way_ == 0) return;
            client_.handle_written(now(), id_, std::exchange(under_way_, 0));
        });
        when(&QWebSocket::aboutToClose, [this] { saw_close_frame_ = true; });
        when(QOverload<QAbstractSocket::SocketError>::of(&QWebSocket::error), [this](auto) { lose(); });
        when(&QWebSocket::disconnected, [this] { lose(); });
        QWebSocketHandshakeOptions options;
        if (!order.subprotocol.empty()) options.setSubprotocols({QString::fromStdString(order.subprotocol)});
        const QUrl url = QUrl::fromEncoded(QByteArray::fromStdString(order.url), QUrl::StrictMode);
        current_->open(QNetworkRequest(url), options);
    }

    void write(const webpubsub::transmit& message) {
        if (current_ == nullptr) return;
        ++under_way_;
        const auto bytes = QByteArray(message.bytes().data(), static_cast<qsizetype>(message.bytes().size()));
        if (message.kind == webpubsub::frame_kind::binary) {
            current_->sendBinaryMessage(bytes);
        } else {
            current_->sendTextMessage(QString::fromUtf8(bytes));
        }
    }

    void close(const webpubsub::client_orders::close_transport& order) {
        if (current_ == nullptr) return;
        // The client has let go of this connection: nothing of it is told any more.
        const auto old = std::exchange(current_, nullptr);
        if (!is_open_ || order.code == webpubsub::close_code::none) return end(*old);
        leaving_ = old;
        QObject::connect(old, &QWebSocket::disconnected, old, &QObject::deleteLater);
        QTimer::singleShot(close_time, old, [old] { end(*old); });
        old->close(static_cast<QWebSocketProtocol::CloseCode>(order.code), QString::fromStdString(order.reason));
    }

    void arm(std::optional<webpubsub::steady_time> when) {
        using std::chrono::milliseconds;
        timer_.stop();
        if (!when) return;
        const auto wait = std::chrono::ceil<milliseconds>(*when - now());
        timer_.start(std::clamp<milliseconds>(wait, milliseconds(0), std::chrono::hours(1)));
    }

private:
    static webpubsub::steady_time now() { return std::chrono::steady_clock::now(); }

    /// Handles a signal of the connection, unless the client has let go of it. Later, from the event loop: a handler
    /// may end the connection, and Qt's own functions don't expect that.
    template <class Signal, class Handler>
    void when(Signal signal, Handler handler) {
        const auto guarded = [this, mine = current_, handler](const auto&... values) {
            if (mine != current_) return;
            handler(values...);
            run_pump_();
        };
        QObject::connect(current_, signal, current_, guarded, Qt::QueuedConnection);
    }

    void lose() {
        const auto old = std::exchange(current_, nullptr);
        const auto reason = old->closeReason().toStdString();
        const auto error = old->errorString().toStdString();
        if (is_open_) {
            const auto code = saw_close_frame_ ? certain_code(*old) : webpubsub::close_code::abnormal;
            client_.handle_closed(now(), id_, code, saw_close_frame_ ? reason : error);
        } else {
            static const QRegularExpression number("status code: (\\d+)");
            const auto status = number.match(old->errorString()).captured(1).toUInt();
            const auto text = status != 0 ? "HTTP status " + std::to_string(status) : error;
            client_.handle_open_failed(now(), id_, {.http_status = status, .reason = text});
        }
        end(*old);
    }

    /// The close code if it can't be anybody's but the peer's.
    static std::uint16_t certain_code(const QWebSocket& socket) {
        const auto code = static_cast<std::uint16_t>(socket.closeCode());
        switch (code) {
        case webpubsub::close_code::normal:
            return socket.closeReason().isEmpty() ? webpubsub::close_code::abnormal : code;
        case webpubsub::close_code::protocol_error:
        case webpubsub::close_code::invalid_payload:
        case webpubsub::close_code::message_too_big: return webpubsub::close_code::abnormal;
        default: return code;
        }
    }

    static void end(QWebSocket& socket) {
        socket.abort();
        socket.deleteLater();
    }

    QSslConfiguration tls_;
    webpubsub::client& client_;
    QTimer timer_;
    QWebSocket* current_ = nullptr;
    QPointer<QWebSocket> leaving_;
    webpubsub::transport_id id_{};
    bool is_open_ = false;
    bool saw_close_frame_ = false;
    /// Messages that Qt was given and has not written.
    std::size_t under_way_ = 0;
    std::function<void()> run_pump_;
    std::function<void()> handle_timeout_;
};

} // namespace examples
