// SPDX-License-Identifier: MIT
#include "bad_files.hpp"
#include "hub_config.hpp"
#include "options.hpp"
#include "server.hpp"

#include <exception>
#include <iostream>
#include <string>
#include <variant>

namespace {

constexpr int failed = 1;
constexpr int bad_options = 2;

int complain(int status, const std::string& message) {
    std::cerr << "webpubsub-emulator: " << message << '\n';
    return status;
}

} // namespace

int main(int argc, char** argv) {
    const auto parsed = emulator::parse_options(argc, argv);
    if (const auto* const bad = std::get_if<emulator::bad_command_line>(&parsed)) {
        return complain(bad_options, bad->message + "; see --help");
    }
    const auto& chosen = std::get<emulator::options>(parsed);
    if (chosen.help) {
        std::cout << emulator::help_text;
        return 0;
    }
    if (chosen.print_hub_config) {
        std::cout << emulator::write_hub_config();
        return 0;
    }
    try {
        emulator::serve(chosen);
    } catch (const emulator::bad_files& bad) {
        return complain(bad_options, bad.what());
    } catch (const std::exception& failure) {
        return complain(failed, failure.what());
    }
    return 0;
}
