// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/endpoint.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <vector>

namespace emulator {

const std::string_view help_text = R"(usage: webpubsub-emulator [OPTION]...

A local stand-in for Azure Web PubSub, for tests and development: clients by
WebSocket, application servers by the REST API and as event handlers. It answers
the events and invocations `echo` and `message` with what they carry and all
others with success. Any hub exists as soon as a client connects to it. A file
can say otherwise, see --hub-config.

  --host HOST        name or address to listen on (default: 127.0.0.1)
  --port PORT        port to listen on, 0 for any that is free (default: 8080)
  --access-key KEY   key that signs tokens and events, at least 32 characters
                     (default: ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH)
  --secondary-key KEY  another one that is as good, as while keys are replaced
  --public-endpoint URL  a name under which clients and servers know the service
                     besides those of this machine, e.g. that of a proxy in front
                     of it; may be repeated
  --tls-cert FILE    certificate chain in PEM; with --tls-key the emulator speaks
                     https and wss instead of http and ws
  --tls-key FILE     private key of the certificate, in PEM
  --entra-jwks FILE  a JWK set: callers of the REST API may show a bearer token that
                     one of its keys has signed (RS256 or ES256), in place of an
                     access key's
  --entra-issuer TEXT  the `iss` of such tokens; may be repeated (default: any)
  --entra-audience TEXT  the `aud` of such tokens; may be repeated (default:
                     https://webpubsub.azure.com)
  --redis HOST:PORT  share the hubs with every emulator that has the same broker:
                     clients of all of them are one hub's; with --node. The
                     environment's REDISCLI_AUTH is the password, if there is one
  --nats URL         the same over NATS
  --node XXXX        the place of this emulator among the others: four hexadecimal
                     digits that no other one has; connection ids begin with them
  --threads N        how many threads serve, from 1 to 64 (default: 1); each of several
                     is a node with its own place, the first with that of --node
                     (default: 0000) and the others with those that follow, and has
                     every limit for itself
  --bus-prefix TEXT  keeps apart what shares the broker (default: wps)
  --dead-after SECONDS  after how long without a sign of life a node is dead for the
                     others (default: 10); threads without a broker only end together
  --bus-order WHICH  `sender`: what one client sends arrives in its order (default);
                     `bus`: all clients of all nodes get a group's messages in one
                     order, which takes a way to the broker and back
  --without-bus WHAT while there is no broker: `go-on` with the clients of this
                     node (default), or `fail` what clients send to groups
  --allow-anonymous  let clients in that have no token, without any role
  --hub-config FILE  JSON, with comments if you like: which hubs there are, and for
                     each, or for all, who is let in, which event handlers are told of
                     what or how events are answered without, how often clients
                     are pinged, and every limit
  --print-hub-config print a file for --hub-config that has every key with what it
                     means and its default, and end
  --log frames       print every frame: time (UTC), hub, connection, `<-` for one
                     from the client or `->` for one to it, the frame, and after
                     ` # ` what it means; secrets are replaced
  --help             print this text

The REST API is at /api/hubs/{hub}/..., and GET or HEAD /api/health answers 200.
When it is ready it prints three lines: where it listens, the connection string
for service SDKs, and a URL for clients that is good for an hour. SIGINT and
SIGTERM end it; the exit status is then 0. It is 1 if the emulator can't listen
and 2 if the options or the files that they name are wrong.
)";

namespace {

constexpr unsigned max_threads = 64;

std::optional<std::uint16_t> parse_number(std::string_view text) {
    std::uint16_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_place(std::string_view text) {
    return text.size() == 4 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_bus_prefix(std::string_view text) {
    return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return webpubsub::is_alpha(c) || webpubsub::is_digit(c) || c == '-' || c == '_';
           });
}

bool is_host_and_port(std::string_view text) {
    const auto colon = text.rfind(':');
    return colon != std::string_view::npos && colon != 0 && parse_number(text.substr(colon + 1)).value_or(0) != 0;
}

/// What is wrong with the value, or nothing.
std::string assign(options& out, std::string_view name, const std::string& value) {
    if (value.empty()) return std::string(name) + " needs a value";
    if (name == "--host") {
        out.host = value;
    } else if (name == "--port") {
        const auto port = parse_number(value);
        if (!port) return "--port takes a number from 0 to 65535, not '" + value + "'";
        out.port = *port;
    } else if (name == "--access-key") {
        if (!webpubsub::access_key::make(value)) return "--access-key needs at least 32 characters";
        out.access_key = value;
    } else if (name == "--secondary-key") {
        if (!webpubsub::access_key::make(value)) return "--secondary-key needs at least 32 characters";
        out.secondary_key = value;
    } else if (name == "--public-endpoint") {
        if (!webpubsub::parse_endpoint(value))
            return "--public-endpoint takes a URL without a path, not '" + value + "'";
        out.public_endpoints.push_back(value);
    } else if (name == "--redis") {
        if (!is_host_and_port(value)) return "--redis takes HOST:PORT, not '" + value + "'";
        out.redis = value;
    } else if (name == "--nats") {
        out.nats = value;
    } else if (name == "--node") {
        if (!is_place(value)) return "--node takes four hexadecimal digits, not '" + value + "'";
        out.node = value;
    } else if (name == "--threads") {
        out.threads = parse_number(value).value_or(0);
        if (out.threads == 0 || out.threads > max_threads) return "--threads takes a number from 1 to 64";
    } else if (name == "--bus-prefix") {
        if (!is_bus_prefix(value)) return "--bus-prefix takes at most 64 letters, digits, '-' and '_'";
        out.bus_prefix = value;
    } else if (name == "--dead-after") {
        out.dead_after = parse_number(value).value_or(0);
        if (out.dead_after == 0 || out.dead_after > 3600) return "--dead-after takes a number from 1 to 3600";
    } else if (name == "--bus-order") {
        if (value != "sender" && value != "bus") return "--bus-order takes 'sender' or 'bus'";
        out.is_ordered_by_bus = value == "bus";
    } else if (name == "--without-bus") {
        if (value != "go-on" && value != "fail") return "--without-bus takes 'go-on' or 'fail'";
        out.fails_without_bus = value == "fail";
    } else if (name == "--entra-jwks") {
        out.entra_jwks = value;
    } else if (name == "--entra-issuer") {
        out.entra_issuers.push_back(value);
    } else if (name == "--entra-audience") {
        out.entra_audiences.push_back(value);
    } else if (name == "--tls-cert") {
        out.tls_cert = value;
    } else if (name == "--tls-key") {
        out.tls_key = value;
    } else if (name == "--hub-config") {
        out.hub_config = value;
    } else {
        if (value != "frames") return "--log takes 'frames', not '" + value + "'";
        out.log_frames = true;
    }
    return {};
}

/// What is wrong with the place, or nothing.
std::string choose_place(options& out) {
    const bool has_broker = !out.redis.empty() || !out.nats.empty();
    if (has_broker && out.node.empty()) return "a broker needs --node";
    if (!has_broker && out.threads == 1) return out.node.empty() ? "" : "--node needs a broker, or --threads";
    if (out.node.empty()) out.node = "0000";
    const auto last_first = 0x10000 - out.threads;
    if (std::stoul(out.node, nullptr, 16) <= last_first) return {};
    return "there are no " + std::to_string(out.threads) + " places from --node " + out.node + " on";
}

bool takes_value(std::string_view name) {
    constexpr std::string_view names[] = {"--host",
                                          "--port",
                                          "--access-key",
                                          "--secondary-key",
                                          "--tls-cert",
                                          "--tls-key",
                                          "--public-endpoint",
                                          "--entra-jwks",
                                          "--entra-issuer",
                                          "--entra-audience",
                                          "--hub-config",
                                          "--log",
                                          "--redis",
                                          "--nats",
                                          "--node",
                                          "--threads",
                                          "--bus-prefix",
                                          "--bus-order",
                                          "--without-bus",
                                          "--dead-after"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

} // namespace

std::variant<options, bad_command_line> parse_options(int argc, const char* const* argv) {
    options out;
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const auto& argument = arguments[at];
        const auto equals = argument.find('=');
        const auto name = argument.substr(0, equals);
        if (takes_value(name)) {
            const bool separate = equals == std::string::npos;
            if (separate && at + 1 == arguments.size()) return bad_command_line{name + " needs a value"};
            auto complaint = assign(out, name, separate ? arguments[++at] : argument.substr(equals + 1));
            if (!complaint.empty()) return bad_command_line{std::move(complaint)};
        } else if (argument == "--allow-anonymous") {
            out.allow_anonymous = true;
        } else if (argument == "--print-hub-config") {
            out.print_hub_config = true;
        } else if (argument == "--help" || argument == "-h") {
            out.help = true;
        } else {
            return bad_command_line{"unknown option '" + argument + "'"};
        }
    }
    if (out.entra_jwks.empty() && !(out.entra_issuers.empty() && out.entra_audiences.empty())) {
        return bad_command_line{"--entra-issuer and --entra-audience need --entra-jwks"};
    }
    if (!out.redis.empty() && !out.nats.empty()) return bad_command_line{"there is one broker, --redis or --nats"};
    if (auto complaint = choose_place(out); !complaint.empty()) return bad_command_line{std::move(complaint)};
    if (out.tls_cert.empty() != out.tls_key.empty()) {
        return bad_command_line{"--tls-cert and --tls-key go together"};
    }
    return out;
}

} // namespace emulator
