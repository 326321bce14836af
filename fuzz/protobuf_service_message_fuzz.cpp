// SPDX-License-Identifier: MIT
#include "round_trip.hpp"

#include "support/protobuf_difference.hpp"

#include <google/protobuf/stubs/logging.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace webpubsub;
    // It would write a line for each string that is not UTF-8.
    [[maybe_unused]] static const auto logged_before = google::protobuf::SetLogHandler(nullptr);
    const auto frame = fuzz::as_frame({data, size});
    fuzz::round_trip<service_message>(test::full_protobuf_codec(), frame);
    const auto difference = test::protobuf_difference<service_message>(frame);
    if (!difference.empty()) fuzz::fail(difference.c_str());
    return 0;
}
