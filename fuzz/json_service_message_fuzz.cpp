// SPDX-License-Identifier: MIT
#include "json_round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static webpubsub::service_message reused;
    webpubsub::fuzz::round_trip({data, size}, reused);
    return 0;
}
