// SPDX-License-Identifier: MIT
#include "round_trip.hpp"

#include "support/json_difference.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace webpubsub;
    const auto frame = fuzz::as_frame({data, size});
    fuzz::round_trip<service_message>(test::full_json_codec(), frame);
    fuzz::require(!test::json_difference(frame), "an object is taken as Boost.JSON's own parse takes it");
    return 0;
}
