// SPDX-License-Identifier: MIT
#include <webpubsub/codec/json.hpp>

#include <string>

int main() {
    webpubsub::client_message message;
    const std::string frame = R"({"type":"joinGroup","group":"room","ackId":1})";
    if (!webpubsub::json_codec().decode(frame, message)) return 1;
    std::string again;
    webpubsub::json_codec().encode(message, again);
    return again == frame ? 0 : 1;
}
