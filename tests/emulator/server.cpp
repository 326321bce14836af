// SPDX-License-Identifier: MIT
#include "server.hpp"

#include "bad_files.hpp"
#include "byte_stream.hpp"
#include "cluster_link.hpp"
#include "frame_log.hpp"
#include "hub_config.hpp"
#include "hub_loops.hpp"
#include "session.hpp"

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/access/jwk_set.hpp>
#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/access/openssl_signature_verifier.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/service/service.hpp>

#ifdef EMULATOR_HAS_REDIS
#include "examples/brokers/redis_broker.hpp"
#endif
#ifdef EMULATOR_HAS_NATS
#include "examples/brokers/nats_broker.hpp"
#endif

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <openssl/rand.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace emulator {

using namespace webpubsub;

namespace {

/// For connections to end by themselves when the server stops.
constexpr auto grace = std::chrono::seconds(2);
/// After a failed accept: without file descriptors it would fail again at once.
constexpr auto accept_pause = std::chrono::milliseconds(50);
/// In bytes. A large buffer of the kernel hides from the hub how far a slow reader is behind.
constexpr int send_buffer = 128 * 1024;

void fill_random(void*, unsigned char* bytes, std::size_t size) {
    if (RAND_bytes(bytes, static_cast<int>(size)) == 1) return;
    std::cerr << "webpubsub-emulator: no random bytes\n";
    std::abort();
}

hub_config make_hub_config(const options& chosen) {
    hub_config config;
    config.defaults.served.allow_anonymous = chosen.allow_anonymous;
    return chosen.hub_config.empty() ? config : read_hub_config(chosen.hub_config, config.defaults);
}

issued_token_rules read_issuers(const options& chosen) {
    std::ifstream file(chosen.entra_jwks);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) throw bad_files("can't read " + chosen.entra_jwks);
    auto keys = parse_jwk_set(text);
    if (!keys) throw bad_files(chosen.entra_jwks + ": " + keys.error().message());
    if (keys->keys.empty()) throw bad_files(chosen.entra_jwks + " has no key for RS256 or ES256");
    issued_token_rules rules;
    rules.keys = std::move(*keys);
    rules.issuers = chosen.entra_issuers;
    rules.any_issuer = chosen.entra_issuers.empty();
    if (!chosen.entra_audiences.empty()) rules.audiences = chosen.entra_audiences;
    return rules;
}

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

/// The names under which a program on this machine may know the service, and those that it has elsewhere.
std::vector<endpoint> names_of(const endpoint& listening, const options& chosen) {
    std::vector<endpoint> names{listening};
    for (const auto* const host : {"127.0.0.1", "localhost", "[::1]"}) {
        names.push_back({listening.secure, host, listening.port});
    }
    for (const auto& each : chosen.public_endpoints) names.push_back(parse_endpoint(each).value());
    return names;
}

#ifdef EMULATOR_HAS_REDIS
std::unique_ptr<examples::broker> make_redis(net::io_context& io, examples::bus_listener& listener,
                                             examples::broker_options how, const std::string& where) {
    const auto colon = where.rfind(':');
    const auto port = static_cast<unsigned short>(std::stoi(where.substr(colon + 1)));
    return std::make_unique<examples::redis_broker>(io, listener, std::move(how),
                                                    examples::redis_address{where.substr(0, colon), port});
}
#else
constexpr std::nullptr_t make_redis = nullptr;
#endif

#ifdef EMULATOR_HAS_NATS
std::unique_ptr<examples::broker> make_nats(net::io_context& io, examples::bus_listener& listener,
                                            examples::broker_options how, const std::string& where) {
    return std::make_unique<examples::nats_broker>(io, listener, std::move(how), std::vector{where});
}
#else
constexpr std::nullptr_t make_nats = nullptr;
#endif

/// Nothing for a service that stands alone.
std::optional<cluster_settings> make_cluster(const options& chosen) {
    if (chosen.node.empty()) return std::nullopt;
    using broker_maker = std::function<std::unique_ptr<examples::broker>(net::io_context&, examples::bus_listener&,
                                                                         examples::broker_options, const std::string&)>;
    const bool is_redis = !chosen.redis.empty();
    const broker_maker make = is_redis ? broker_maker(make_redis) : broker_maker(make_nats);
    if (!make) {
        throw bad_files(std::string("this emulator was built without ") + (is_redis ? "hiredis" : "libnats"));
    }
    cluster_settings settings;
    if (chosen.is_ordered_by_bus) settings.options.order = bus_order_rule::by_bus;
    if (chosen.fails_without_bus) settings.options.alone = without_bus::fail;
    settings.options.silence = std::chrono::seconds(chosen.dead_after);
    settings.options.heartbeat = settings.options.silence * 3 / 10;
    settings.random = {nullptr, fill_random};
    // The place was looked at with the command line.
    settings.self = node_id::start(chosen.node, settings.random).value();
    settings.make_broker = [make, where = is_redis ? chosen.redis : chosen.nats, prefix = chosen.bus_prefix](
                               net::io_context& io, examples::bus_listener& listener, const std::string& hub) {
        examples::broker_options how;
        how.prefix = prefix;
        how.hub = hub;
        return make(io, listener, std::move(how), where);
    };
    return settings;
}

/// The hubs of a cluster are nodes.
hub_config as_nodes(hub_config config, const std::optional<cluster_settings>& cluster) {
    if (!cluster) return config;
    const auto make_node = [&](hub_settings& of) {
        of.served.options = node_options(of.served.options, cluster->options);
        of.served.options.connections.id_prefix = cluster->self.to_string();
    };
    make_node(config.defaults);
    for (auto& [name, settings] : config.hubs) make_node(settings);
    return config;
}

service make_service(const options& chosen, const hub_config& config, const connection_string& as) {
    service_options options;
    options.endpoints = names_of(as.endpoint, chosen);
    options.keys = {as.key};
    if (!chosen.secondary_key.empty()) options.keys.push_back(access_key::make(chosen.secondary_key).value());
    if (!chosen.entra_jwks.empty()) options.issued_tokens = read_issuers(chosen);
    options.defaults = config.defaults.served;
    for (const auto& [name, settings] : config.hubs) options.hubs.emplace(name, settings.served);
    options.serve_unlisted = config.serve_unlisted;
    options.max_unlisted = config.max_unlisted;
    options.rest.keep_encoded_slashes = config.keep_encoded_slashes;
    const service_tools tools{openssl_hmac(), {nullptr, fill_random}, openssl_signature_verifier()};
    auto made = service::make(std::move(options), all_service_codecs(), tools);
    if (!made) throw bad_files(chosen.hub_config + ": " + made.error().message());
    return std::move(*made);
}

/// One thread, one event loop.
class server {
public:
    explicit server(const options& chosen);

    /// As clients and SDKs reach it, with the port that was found.
    const connection_string& service() const { return service_; }

    void run();

private:
    using acceptor = net::basic_socket_acceptor<net::ip::tcp, net::io_context::executor_type>;

    void listen(const options& chosen);
    void load_tls(const options& chosen);
    void accept();
    void end_sessions();

    net::io_context io_{1};
    acceptor acceptor_{io_};
    net::signal_set signals_{io_, SIGINT, SIGTERM};
    net::steady_timer pause_{io_};
    std::optional<net::ssl::context> tls_;
    connection_string service_;
    frame_log log_;
    std::optional<hub_loops> hubs_;
    std::optional<session_context> sessions_;
};

server::server(const options& chosen)
    : service_{make_endpoint(chosen), access_key::make(chosen.access_key).value(), "1.0"}, log_(chosen.log_frames) {
    auto cluster = make_cluster(chosen);
    const auto config = as_nodes(make_hub_config(chosen), cluster);
    if (service_.endpoint.secure) load_tls(chosen);
    listen(chosen);
    hubs_.emplace(io_, make_service(chosen, config, service_), config, log_, std::move(cluster));
    sessions_.emplace(session_context{tls_ ? &*tls_ : nullptr, *hubs_});
}

void server::listen(const options& chosen) {
    const auto where = chosen.host + ":" + std::to_string(chosen.port);
    const auto check = [&where](error_code ec) {
        if (ec) throw std::runtime_error("can't listen on " + where + ": " + ec.message());
    };
    error_code ec;
    net::ip::tcp::resolver resolver(io_);
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
    signals_.async_wait([this](error_code ec, int) {
        if (!ec) io_.stop();
    });
    accept();
    io_.run();
    // From here on a signal has its usual effect.
    signals_.clear();
    acceptor_.close();
    end_sessions();
}

void server::accept() {
    acceptor_.async_accept([this](error_code ec, tcp_socket socket) {
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
        start_session(std::move(socket), *sessions_);
        accept();
    });
}

void server::end_sessions() {
    const auto drop_if = [this](auto condition) {
        // A copy, for a session may be gone after its `drop`.
        for (auto* const session : std::vector<live_session*>(sessions_->sessions.begin(), sessions_->sessions.end())) {
            if (condition(*session)) session->drop();
        }
    };
    const auto run_for = [this](std::chrono::seconds time) {
        const auto deadline = std::chrono::steady_clock::now() + time;
        io_.restart();
        while (!sessions_->sessions.empty() && io_.run_one_until(deadline) != 0) {}
    };
    drop_if([](const live_session& session) { return !session.has_hub(); });
    hubs_->close_all();
    run_for(grace);
    hubs_->leave_clusters();
    drop_if([](const live_session&) { return true; });
    run_for(grace);
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
