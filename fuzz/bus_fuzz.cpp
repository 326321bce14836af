// SPDX-License-Identifier: MIT

// A message of the bus that was read is written as one that is read as the same, and lists have their limits. The name
// of a channel that was read is the name of that channel.

#include "promise.hpp"

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/cluster/bus_codec.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace webpubsub;

void read_message(std::string_view bytes) {
    bus_limits limits;
    limits.max_items = 20;
    const auto envelope = read_bus_envelope(bytes, limits);
    if (!envelope) return;
    bus_message message;
    if (const auto read = read_bus_message(envelope->body, message, limits); !read) {
        fuzz::require(read.error().offset == error::no_offset || read.error().offset <= bytes.size(),
                      "an error is within the bytes");
        return;
    }
    if (const auto* const beat = get_if<bus_messages::heartbeat>(&message)) {
        fuzz::require(beat->dead.size() <= limits.max_items, "there are so many nodes at most");
    }
    std::string again;
    append_bus_message(envelope->header, message, again);
    const auto second = read_bus_envelope(again, limits);
    fuzz::require(second.has_value() && second->header == envelope->header, "what is written has the same header");
    bus_message copy;
    fuzz::require(read_bus_message(second->body, copy, limits).has_value() && copy == message,
                  "what is written is read as the same");
}

void read_names(std::string_view text) {
    if (const auto channel = read_redis_channel_name("wps", "chat", text)) {
        fuzz::require(redis_channel_name("wps", "chat", *channel) == text, "a name of Redis is that of its channel");
    }
    if (const auto channel = read_nats_subject("wps", "chat", text)) {
        fuzz::require(nats_subject("wps", "chat", *channel) == text, "a subject of NATS is that of its channel");
    }
    if (const auto node = node_id::parse(text)) {
        fuzz::require(node->to_string() == text, "a node has the digits that it was read from");
    }
    static_cast<void>(node_id::of_connection(text));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // So many bytes on the heap and not one more, for the sanitizer to see.
    const auto memory = std::make_unique<char[]>(size);
    std::copy(data, data + size, memory.get());
    const std::string_view bytes(memory.get(), size);
    read_message(bytes);
    read_names(bytes);
    return 0;
}
