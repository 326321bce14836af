// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <webpubsub/access/access_key.hpp>

#include <charconv>
#include <optional>
#include <vector>

namespace emulator {

const std::string_view help_text = R"(usage: webpubsub-emulator [OPTION]...

A local stand-in for Azure Web PubSub, for tests and development. It answers the
events and invocations `echo` and `message` with what they carry and all others
with success. Any hub exists as soon as a client connects to it. A file can say
otherwise, see --hub-config.

  --host HOST        name or address to listen on (default: 127.0.0.1)
  --port PORT        port to listen on, 0 for any that is free (default: 8080)
  --access-key KEY   key that signs the clients' tokens, at least 32 characters
                     (default: ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH)
  --tls-cert FILE    certificate chain in PEM; with --tls-key the emulator speaks
                     https and wss instead of http and ws
  --tls-key FILE     private key of the certificate, in PEM
  --allow-anonymous  let clients in that have no token, without any role
  --hub-config FILE  JSON, with comments if you like: which hubs there are, and for
                     each, or for all, who is let in, how events are answered, how
                     often clients are pinged, and every limit
  --print-hub-config print a file for --hub-config that has every key with what it
                     means and its default, and end
  --log frames       print every frame: time (UTC), hub, connection, `<-` for one
                     from the client or `->` for one to it, the frame, and after
                     ` # ` what it means; secrets are replaced
  --help             print this text

When it is ready it prints three lines: where it listens, the connection string
for service SDKs, and a URL for clients that is good for an hour. SIGINT and
SIGTERM end it; the exit status is then 0. It is 1 if the emulator can't listen
and 2 if the options or the files that they name are wrong.
)";

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

/// What is wrong with the value, or nothing.
std::string assign(options& out, std::string_view name, const std::string& value) {
    if (value.empty()) return std::string(name) + " needs a value";
    if (name == "--host") {
        out.host = value;
    } else if (name == "--port") {
        const auto port = parse_port(value);
        if (!port) return "--port takes a number from 0 to 65535, not '" + value + "'";
        out.port = *port;
    } else if (name == "--access-key") {
        if (!webpubsub::access_key::make(value)) return "--access-key needs at least 32 characters";
        out.access_key = value;
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

bool takes_value(std::string_view name) {
    return name == "--host" || name == "--port" || name == "--access-key" || name == "--tls-cert" ||
           name == "--tls-key" || name == "--hub-config" || name == "--log";
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
    if (out.tls_cert.empty() != out.tls_key.empty()) {
        return bad_command_line{"--tls-cert and --tls-key go together"};
    }
    return out;
}

} // namespace emulator
