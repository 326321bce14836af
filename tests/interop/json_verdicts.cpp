// SPDX-License-Identifier: MIT

// Reads texts from standard input, each a line in hex, and writes a line for each: whether it is JSON by itself, and
// whether a frame with it for its data is taken, as two digits.

#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/json_service.hpp>

#include "support/hex.hpp"

#include <iostream>
#include <string>

int main() {
    using namespace webpubsub;
    codec_limits limits;
    limits.max_data_depth = 1000;
    for (std::string line; std::getline(std::cin, line);) {
        const auto text = test::from_hex(line);
        client_message message;
        const auto frame = R"({"type":"event","event":"e","data":)" + text + "}";
        std::cout << checked_json_payload(text, limits).has_value()
                  << json_service_codec(limits).decode(frame, message).has_value() << '\n';
    }
}
