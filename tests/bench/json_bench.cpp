// SPDX-License-Identifier: MIT

// The JSON codec against other libraries.

#include "codec_bench.hpp"
#include "frames.hpp"

using namespace webpubsub;
using namespace webpubsub::bench;

int main() {
    const auto form = test::full_json_codec();
    for (const auto& message : {json_message(), text_message(), escaped_text_message()}) {
        require(encoded<service_message>(form, message).size() == group_frame_size, "the size of a group message");
    }
#ifdef WEBPUBSUB_BENCH_LEFT_OUT
    std::printf("\nLEFT OUT, because the headers are missing:%s\n", WEBPUBSUB_BENCH_LEFT_OUT);
#endif
    compare_group_message(form, "group message with JSON", json_message(), true);
    compare_group_message(form, "group message with text", text_message(), true);
    compare_group_message(form, "group message with escaped text", escaped_text_message(), true);
    compare_group_message(form, "group message with long JSON", long_json_message(4096), false);
    compare_parsing<service_message>(form, "group message with binary data", binary_message(4096));
    compare_parsing<service_message>(form, "ack", ack());
    compare_parsing<client_message>(form, "sendToGroup", send_to_group());
}
