// SPDX-License-Identifier: MIT
#include "setup.hpp"

#include "bad_files.hpp"
#include "examples/brokers/thread_bus.hpp"

#include <webpubsub/access/jwk_set.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/access/openssl_signature_verifier.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>

#ifdef EMULATOR_HAS_REDIS
#include "examples/brokers/redis_broker.hpp"
#endif
#ifdef EMULATOR_HAS_NATS
#include "examples/brokers/nats_broker.hpp"
#endif

#include <boost/asio/io_context.hpp>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace emulator {

using namespace webpubsub;

namespace {

/// Threads are not lost one by one, and a process that stood still has lost nothing.
constexpr auto silence_of_threads = std::chrono::hours(24);
/// REST calls wait as long for word of the other threads when a hub is new.
constexpr auto heartbeat_of_threads = std::chrono::milliseconds(500);

void fill_random(void*, unsigned char* bytes, std::size_t size) {
    if (RAND_bytes(bytes, static_cast<int>(size)) == 1) return;
    std::cerr << "webpubsub-emulator: no random bytes\n";
    std::abort();
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
std::unique_ptr<examples::broker> make_redis(boost::asio::io_context& io, examples::bus_listener& listener,
                                             examples::broker_options how, const std::string& where) {
    const auto colon = where.rfind(':');
    const auto port = static_cast<unsigned short>(std::stoi(where.substr(colon + 1)));
    // As redis-cli takes it.
    const char* const password = std::getenv("REDISCLI_AUTH");
    examples::redis_address address{where.substr(0, colon), port, password == nullptr ? "" : password};
    return std::make_unique<examples::redis_broker>(io, listener, std::move(how), std::move(address));
}
#else
constexpr std::nullptr_t make_redis = nullptr;
#endif

#ifdef EMULATOR_HAS_NATS
std::unique_ptr<examples::broker> make_nats(boost::asio::io_context& io, examples::bus_listener& listener,
                                            examples::broker_options how, const std::string& where) {
    return std::make_unique<examples::nats_broker>(io, listener, std::move(how), std::vector{where});
}
#else
constexpr std::nullptr_t make_nats = nullptr;
#endif

using broker_maker = std::function<std::unique_ptr<examples::broker>(boost::asio::io_context&, examples::bus_listener&,
                                                                     examples::broker_options)>;

broker_maker make_brokers(const options& chosen) {
    if (chosen.redis.empty() && chosen.nats.empty()) {
        return [bus = std::make_shared<examples::thread_bus>()](auto& io, auto& listener, const auto& how) {
            return std::make_unique<examples::thread_broker>(io, listener, how, *bus);
        };
    }
    using remote_maker = std::function<std::unique_ptr<examples::broker>(
        boost::asio::io_context&, examples::bus_listener&, examples::broker_options, const std::string&)>;
    const bool is_redis = !chosen.redis.empty();
    const remote_maker make = is_redis ? remote_maker(make_redis) : remote_maker(make_nats);
    if (!make) {
        throw bad_files(std::string("this emulator was built without ") + (is_redis ? "hiredis" : "libnats"));
    }
    return [make, where = is_redis ? chosen.redis : chosen.nats](auto& io, auto& listener, auto how) {
        return make(io, listener, std::move(how), where);
    };
}

/// The thread has its number added to the place that was chosen, which was looked at with the command line.
std::string place_of(const options& chosen, unsigned thread) {
    unsigned first = 0;
    std::from_chars(chosen.node.data(), chosen.node.data() + chosen.node.size(), first, 16);
    std::array<char, 8> digits{};
    auto* const end = std::to_chars(digits.begin(), digits.end(), first + thread, 16).ptr;
    const std::string number(digits.begin(), end);
    return std::string(node_id::place_size - number.size(), '0') + number;
}

} // namespace

hub_config make_hub_config(const options& chosen) {
    hub_config config;
    config.defaults.served.allow_anonymous = chosen.allow_anonymous;
    return chosen.hub_config.empty() ? config : read_hub_config(chosen.hub_config, config.defaults);
}

cluster_maker make_clusters(const options& chosen) {
    if (chosen.node.empty()) return [](unsigned) { return std::nullopt; };
    cluster_settings settings;
    if (chosen.is_ordered_by_bus) settings.options.order = bus_order_rule::by_bus;
    if (chosen.fails_without_bus) settings.options.alone = without_bus::fail;
    settings.options.silence = std::chrono::seconds(chosen.dead_after);
    settings.options.heartbeat = settings.options.silence * 3 / 10;
    if (chosen.redis.empty() && chosen.nats.empty()) {
        settings.options.silence = silence_of_threads;
        settings.options.heartbeat = heartbeat_of_threads;
        settings.tells_of_nodes = false;
    }
    settings.random = {nullptr, fill_random};
    settings.make_broker = [make = make_brokers(chosen), prefix = chosen.bus_prefix](
                               boost::asio::io_context& io, examples::bus_listener& listener, const std::string& hub) {
        examples::broker_options how;
        how.prefix = prefix;
        how.hub = hub;
        return make(io, listener, std::move(how));
    };
    return [chosen, settings](unsigned thread) {
        auto own = settings;
        own.self = node_id::start(place_of(chosen, thread), own.random).value();
        return std::optional(std::move(own));
    };
}

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

} // namespace emulator
