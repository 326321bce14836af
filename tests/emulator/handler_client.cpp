// SPDX-License-Identifier: MIT
#include "handler_client.hpp"

#include "byte_stream.hpp"
#include "http_values.hpp"

#include <webpubsub/text/endpoint.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace emulator {

namespace http = boost::beast::http;
using namespace webpubsub;

namespace {

/// The longest head of a response.
constexpr std::uint32_t max_head_size = 64 * 1024;

net::ssl::context& client_tls() {
    static net::ssl::context context = [] {
        net::ssl::context made(net::ssl::context::tls_client);
        made.set_default_verify_paths();
        made.set_verify_mode(net::ssl::verify_peer);
        return made;
    }();
    return context;
}

/// As it stands in `Host`, and the name in it.
std::string host_of(const endpoint& where) {
    const auto origin = http_origin(where);
    return origin.substr(origin.find("//") + 2);
}

call_failure failure_of(error_code ec) {
    if (ec == http::error::body_limit) return call_failure::too_large;
    const bool is_of_http = ec.category() == http::make_error_code(http::error::bad_method).category();
    const bool is_early_end = ec == http::error::end_of_stream || ec == http::error::partial_message;
    return is_of_http && !is_early_end ? call_failure::unreadable : call_failure::network;
}

} // namespace

/// One request and its response. What is under way keeps it.
class handler_client::call : public std::enable_shared_from_this<call> {
public:
    call(net::io_context& io, handler_client& owner, const upstream_call& what)
        : owner_(&owner), id_(what.id), resolver_(io), socket_(io) {
        const auto* const connection = find_header(what.request.headers, "ce-connectionId");
        // A validation is about nobody, and waits for nothing.
        about_ = connection != nullptr ? *connection : "#" + std::to_string(static_cast<std::uint64_t>(what.id));
        where_ = detail::split_url(what.url)->where;
        request_ = request_to(host_of(where_), what.request);
        max_response_bytes_ = what.max_response_bytes;
    }

    const std::string& about() const { return about_; }

    void start() {
        auto name = where_.host;
        if (name.front() == '[') name = name.substr(1, name.size() - 2);
        const auto port = std::to_string(where_.port.value_or(detail::default_port(where_)));
        resolver_.async_resolve(name, port, [self = shared_from_this()](error_code ec, const resolved& found) {
            if (self->goes_on(ec)) self->connect(found);
        });
    }

    /// Nothing more is told.
    void cancel() {
        owner_ = nullptr;
        resolver_.cancel();
        error_code ignored;
        socket_.close(ignored);
        if (stream_) stream_->close();
    }

private:
    using resolved = net::ip::tcp::resolver::results_type;

    /// False when it ends here: it failed, or nobody wants it any more.
    bool goes_on(error_code ec) {
        if (owner_ != nullptr && ec) {
            finish([&](call_listener& listener) { listener.on_failure(id_, failure_of(ec)); });
        }
        return owner_ != nullptr;
    }

    void connect(const resolved& found) {
        net::async_connect(socket_, found, [self = shared_from_this()](error_code ec, const auto&) {
            if (self->goes_on(ec)) self->secure();
        });
    }

    void secure() {
        stream_.emplace(std::move(socket_), where_.secure ? &client_tls() : nullptr);
        if (!where_.secure) return write();
        stream_->async_handshake_with(where_.host, [self = shared_from_this()](error_code ec) {
            if (self->goes_on(ec)) self->write();
        });
    }

    void write() {
        http::async_write(*stream_, request_, [self = shared_from_this()](error_code ec, std::size_t) {
            if (!self->goes_on(ec)) return;
            self->owner_->leave_line(*self);
            self->read();
        });
    }

    void read() {
        parser_.emplace();
        parser_->header_limit(max_head_size);
        parser_->body_limit(max_response_bytes_);
        http::async_read_header(*stream_, buffer_, *parser_, [self = shared_from_this()](error_code ec, std::size_t) {
            if (!self->goes_on(ec)) return;
            // An interim response is not the response (RFC 9110 section 15.2).
            if (self->parser_->get().result_int() / 100 == 1) return self->read();
            self->owner_->listener_.on_response_head(self->id_);
            if (self->owner_ != nullptr) self->read_body();
        });
    }

    void read_body() {
        http::async_read(*stream_, buffer_, *parser_, [self = shared_from_this()](error_code ec, std::size_t) {
            if (self->goes_on(ec)) self->respond();
        });
    }

    void respond() {
        auto& message = parser_->get();
        http_response response{message.result_int(), headers_of(message), std::move(message.body())};
        finish([&](call_listener& listener) { listener.on_response(id_, std::move(response)); });
    }

    template <class Tell>
    void finish(Tell tell) {
        const auto self = shared_from_this();
        auto& owner = *std::exchange(owner_, nullptr);
        if (stream_) stream_->close();
        owner.calls_.erase(id_);
        owner.leave_line(*this);
        tell(owner.listener_);
    }

    /// Null when it is over.
    handler_client* owner_;
    call_id id_;
    std::string about_;
    endpoint where_;
    net::ip::tcp::resolver resolver_;
    tcp_socket socket_;
    std::optional<byte_stream> stream_;
    http::request<http::string_body> request_;
    boost::beast::flat_buffer buffer_;
    std::size_t max_response_bytes_ = 0;
    std::optional<http::response_parser<http::string_body>> parser_;
};

handler_client::~handler_client() {
    for (const auto& [id, each] : calls_) each->cancel();
}

void handler_client::send(const upstream_call& what) {
    const auto made = std::make_shared<call>(io_, *this, what);
    calls_.emplace(what.id, made);
    auto& line = lines_[made->about()];
    line.push_back(made);
    if (line.size() == 1) made->start();
}

void handler_client::cancel(call_id id) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    const auto dropped = std::move(found->second);
    calls_.erase(found);
    dropped->cancel();
    leave_line(*dropped);
}

void handler_client::leave_line(const call& from) {
    const auto found = lines_.find(from.about());
    if (found == lines_.end()) return;
    auto& line = found->second;
    const auto at = std::find_if(line.begin(), line.end(), [&](const auto& each) { return each.get() == &from; });
    if (at == line.end()) return;
    const bool was_under_way = at == line.begin();
    line.erase(at);
    if (line.empty()) {
        lines_.erase(found);
    } else if (was_under_way) {
        line.front()->start();
    }
}

} // namespace emulator
