// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace emulator {

struct options {
    std::string host = "127.0.0.1";
    /// 0 is any that is free.
    std::uint16_t port = 8080;
    std::string access_key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    /// Empty for none.
    std::string secondary_key;
    /// URLs without a path under which the service is known elsewhere.
    std::vector<std::string> public_endpoints;
    /// Empty for none.
    std::string entra_jwks;
    /// Any where there is none.
    std::vector<std::string> entra_issuers;
    /// The service's own where there is none.
    std::vector<std::string> entra_audiences;
    /// Both or none.
    std::string tls_cert;
    std::string tls_key;
    /// Of a broker: HOST:PORT for Redis, a URL for NATS; both empty for a service that stands alone.
    std::string redis;
    std::string nats;
    /// Four hexadecimal digits, the place of the first thread; empty for a service that stands alone.
    std::string node;
    /// Each of them is a node of its own where there are several.
    unsigned threads = 1;
    /// Keeps apart what shares a broker.
    std::string bus_prefix = "wps";
    /// In seconds, from 1 on.
    unsigned dead_after = 10;
    bool is_ordered_by_bus = false;
    bool fails_without_bus = false;
    bool allow_anonymous = false;
    /// Empty for none.
    std::string hub_config;
    bool log_frames = false;
    bool print_hub_config = false;
    bool help = false;
};

/// Why the command line can't be used.
struct bad_command_line {
    std::string message;
};

std::variant<options, bad_command_line> parse_options(int argc, const char* const* argv);

extern const std::string_view help_text;

} // namespace emulator
