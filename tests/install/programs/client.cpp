// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>
#include <webpubsub/codec/protobuf.hpp>

#include <chrono>
#include <cstdio>
#include <string>

// Starts a client that speaks protobuf, and says what has become of it.
int main() {
    webpubsub::client_options options;
    options.url = "wss://example.com/client/hubs/chat";
    webpubsub::client client(webpubsub::reliable_protobuf_codec(), 1, options);
    const auto started = client.start(std::chrono::steady_clock::now());
    const std::string state(webpubsub::name_of(client.state()));
    std::printf("the client is %s\n", state.c_str());
    return started && state == "connecting" ? 0 : 1;
}
