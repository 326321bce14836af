// SPDX-License-Identifier: MIT

// The protobuf codec against protobuf's generated code and protozero, on the messages of the JSON benchmark.

#include "codec_bench.hpp"
#include "frames.hpp"

using namespace webpubsub;
using namespace webpubsub::bench;

namespace {

/// In protobuf nobody is told who sent a message.
group_data_message anonymous(group_data_message message) {
    message.from_user_id.clear();
    return message;
}

} // namespace

int main() {
    const auto form = test::full_protobuf_codec();
#ifdef WEBPUBSUB_BENCH_LEFT_OUT
    std::printf("\nLEFT OUT, because the headers are missing:%s\n", WEBPUBSUB_BENCH_LEFT_OUT);
#endif
    compare_group_message(form, "group message with JSON", anonymous(json_message()), true);
    compare_group_message(form, "group message with text", anonymous(text_message()), true);
    compare_group_message(form, "group message with long JSON", anonymous(long_json_message(4096)), false);
    compare_group_message(form, "group message with binary data", anonymous(binary_message(4096)), false);
    compare_parsing<service_message>(form, "ack", ack());
    compare_parsing<client_message>(form, "sendToGroup", send_to_group());
}
