// SPDX-License-Identifier: MIT
#include <webpubsub.v1.pb.h>

#include <string>

int main() {
    azure::webpubsub::UpstreamMessage message;
    message.mutable_ping_message();
    return message.SerializeAsString() == std::string("\x4a\x00", 2) ? 0 : 1;
}
