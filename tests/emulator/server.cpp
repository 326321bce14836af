// SPDX-License-Identifier: MIT
#include "server.hpp"

#include "bad_files.hpp"
#include "setup.hpp"
#include "worker.hpp"

#include <webpubsub/access/client_url.hpp>
#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/cluster/node_id.hpp>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace emulator {

using namespace webpubsub;

namespace {

/// After a failed accept: without file descriptors it would fail again at once.
constexpr auto accept_pause = std::chrono::milliseconds(50);
/// In bytes. A large buffer of the kernel hides from the hub how far a slow reader is behind.
constexpr int send_buffer = 128 * 1024;

endpoint make_endpoint(const options& chosen) {
    const bool is_ipv6 = chosen.host.find(':') != std::string::npos;
    return {!chosen.tls_cert.empty(), is_ipv6 ? "[" + chosen.host + "]" : to_lower(chosen.host), chosen.port};
}

std::string mint_url(const connection_string& service) {
    client_token_options token;
    token.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"};
    token.lifetime = std::chrono::hours(1);
    return mint_client_url(service, "chat", token, std::chrono::system_clock::now(), openssl_hmac()).value();
}

/// Listens for all workers, of which the first works on the thread of the server.
class server {
public:
    explicit server(const options& chosen);

    /// As clients and SDKs reach it, with the port that was found.
    const connection_string& service() const { return service_; }

    void run();

private:
    using acceptor = net::basic_socket_acceptor<net::ip::tcp, net::io_context::executor_type>;

    void load_tls(const options& chosen);
    void listen(const options& chosen);
    void share_clients(std::uint16_t first_place);
    void accept();
    /// What fails ends the server.
    void attempt(const std::function<void()>& work);

    std::optional<net::ssl::context> tls_;
    connection_string service_;
    frame_log log_;
    std::vector<std::unique_ptr<worker>> workers_;
    acceptor acceptor_;
    net::signal_set signals_;
    net::steady_timer pause_;
    /// Who gets the next client.
    std::size_t next_ = 0;
    std::mutex mutex_;
    std::exception_ptr failure_;
};

std::vector<std::unique_ptr<worker>> make_workers(unsigned count) {
    std::vector<std::unique_ptr<worker>> all;
    for (unsigned i = 0; i < count; ++i) all.push_back(std::make_unique<worker>());
    return all;
}

server::server(const options& chosen)
    : service_{make_endpoint(chosen), access_key::make(chosen.access_key).value(), "1.0"},
      log_(chosen.log_frames),
      workers_(make_workers(chosen.threads)),
      acceptor_(workers_.front()->io()),
      signals_(workers_.front()->io(), SIGINT, SIGTERM),
      pause_(workers_.front()->io()) {
    const auto cluster_of = make_clusters(chosen);
    const auto config = make_hub_config(chosen);
    if (service_.endpoint.secure) load_tls(chosen);
    listen(chosen);
    for (unsigned thread = 0; thread < chosen.threads; ++thread) {
        auto cluster = cluster_of(thread);
        if (thread == 0 && chosen.threads > 1) share_clients(cluster->self.place());
        const auto own = as_nodes(config, cluster);
        workers_[thread]->host(make_service(chosen, own, service_), own, log_, std::move(cluster),
                               tls_ ? &*tls_ : nullptr);
    }
}

/// Who comes back goes to the worker that has the connection.
void server::share_clients(std::uint16_t first_place) {
    for (const auto& each : workers_) {
        auto* const here = &each->sessions();
        here->elsewhere = [this, first_place, here](std::string_view request_target) -> session_context* {
            const auto target = parse_client_target(request_target);
            const auto node = target ? node_id::of_connection(target->connection_id) : std::nullopt;
            if (!node || node->place() < first_place) return nullptr;
            const std::size_t number = node->place() - first_place;
            auto* const owner = number < workers_.size() ? &workers_[number]->sessions() : nullptr;
            return owner == here ? nullptr : owner;
        };
    }
}

void server::listen(const options& chosen) {
    const auto where = chosen.host + ":" + std::to_string(chosen.port);
    const auto check = [&where](error_code ec) {
        if (ec) throw std::runtime_error("can't listen on " + where + ": " + ec.message());
    };
    error_code ec;
    net::ip::tcp::resolver resolver(acceptor_.get_executor());
    const auto found = resolver.resolve(chosen.host, std::to_string(chosen.port), net::ip::resolver_base::passive, ec);
    check(ec);
    const net::ip::tcp::endpoint address = *found.begin();
    acceptor_.open(address.protocol(), ec);
    check(ec);
    acceptor_.set_option(net::socket_base::reuse_address(true), ec);
    check(ec);
    acceptor_.bind(address, ec);
    check(ec);
    acceptor_.listen(net::socket_base::max_listen_connections, ec);
    check(ec);
    service_.endpoint.port = acceptor_.local_endpoint().port();
}

void server::load_tls(const options& chosen) {
    const auto check = [](error_code ec, const std::string& file) {
        if (ec) throw bad_files("can't use " + file + ": " + ec.message());
    };
    error_code ec;
    tls_.emplace(net::ssl::context::tls_server);
    tls_->set_options(net::ssl::context::default_workarounds | net::ssl::context::no_tlsv1 |
                      net::ssl::context::no_tlsv1_1);
    tls_->use_certificate_chain_file(chosen.tls_cert, ec);
    check(ec, chosen.tls_cert);
    tls_->use_private_key_file(chosen.tls_key, net::ssl::context::pem, ec);
    check(ec, chosen.tls_key);
}

void server::run() {
    auto& own = *workers_.front();
    signals_.async_wait([&own](error_code ec, int) {
        if (!ec) own.stop();
    });
    accept();
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < workers_.size(); ++i) {
        threads.emplace_back([this, &of = *workers_[i]] { attempt([&of] { of.run(), of.end(); }); });
    }
    attempt([&own] { own.run(); });
    // From here on a signal has its usual effect.
    signals_.clear();
    acceptor_.close();
    for (const auto& each : workers_) each->stop();
    attempt([&own] { own.end(); });
    for (auto& each : threads) each.join();
    if (failure_) std::rethrow_exception(failure_);
}

void server::attempt(const std::function<void()>& work) {
    try {
        work();
    } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        workers_.front()->stop();
    }
}

void server::accept() {
    auto& next = *workers_[next_];
    acceptor_.async_accept(next.io(), [this, &next](error_code ec, tcp_socket socket) {
        if (!acceptor_.is_open()) return;
        if (ec) {
            pause_.expires_after(accept_pause);
            pause_.async_wait([this](error_code canceled) {
                if (!canceled && acceptor_.is_open()) accept();
            });
            return;
        }
        socket.set_option(net::ip::tcp::no_delay(true), ec);
        socket.set_option(net::socket_base::send_buffer_size(send_buffer), ec);
        next.serve(std::move(socket));
        next_ = (next_ + 1) % workers_.size();
        accept();
    });
}

} // namespace

void serve(const options& chosen) {
    server it(chosen);
    std::cout << "listening on " << http_origin(it.service().endpoint) << std::endl;
    std::cout << "connection string: " << format_connection_string(it.service()) << std::endl;
    std::cout << "client url: " << mint_url(it.service()) << std::endl;
    it.run();
}

} // namespace emulator
