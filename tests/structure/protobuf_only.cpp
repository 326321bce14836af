// SPDX-License-Identifier: MIT

// A client and a hub that speak protobuf to each other, in a program that links no library at all.

#include <webpubsub/client/client.hpp>
#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/codec/protobuf_service.hpp>
#include <webpubsub/hub/hub.hpp>

#include <cstddef>
#include <string>
#include <utility>

using namespace webpubsub;

int main() {
    const secure_random random{nullptr, [](void*, unsigned char* bytes, std::size_t size) {
                                   static unsigned char next = 0;
                                   while (size-- > 0) *bytes++ = next++;
                               }};
    hub service({reliable_protobuf_service_codec()}, hub_options{}, random);
    client_options settings;
    settings.url = "ws://in-memory/client/hubs/chat";
    client c(reliable_protobuf_codec(), 1, settings);
    const instant now{};

    if (!c.start(now.steady) || !c.join_group(now.steady, "g")) return 1;
    if (!c.send_to_group(now.steady, "g", text_payload("hello"))) return 1;
    transport_id at_client{};
    transport_id at_hub{};
    for (int round = 0; round < 10; ++round) {
        while (const auto order = c.poll_order()) {
            const auto* open = get_if<client_orders::open_transport>(&*order);
            if (open == nullptr) return 1;
            connect_request request;
            request.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"};
            request.subprotocols = {open->subprotocol};
            at_hub = get<accepted>(service.admit(now, request)).transport;
            service.handle_opened(now, at_hub);
            at_client = open->transport;
            c.handle_opened(now.steady, at_client, open->subprotocol);
        }
        while (const auto event = c.poll_event()) {
            const auto* const message = get_if<client_events::group_message>(&*event);
            if (message != nullptr) return message->data == text_payload("hello") ? 0 : 1;
        }
        while (const auto message = c.poll_transmit()) {
            service.handle_frame(now, at_hub, message->kind, message->bytes());
            c.handle_written(now.steady, at_client);
        }
        while (const auto message = service.poll_transmit(at_hub)) {
            const auto frame = std::string(message->prefix()).append(message->body());
            service.handle_written(now, at_hub);
            if (!c.handle_frame(now.steady, at_client, message->kind(), frame)) return 1;
        }
    }
    return 1;
}
