// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace emulator {

struct options {
    std::string host = "127.0.0.1";
    /// 0 is any that is free.
    std::uint16_t port = 8080;
    std::string access_key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    /// Both or none.
    std::string tls_cert;
    std::string tls_key;
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
