// SPDX-License-Identifier: MIT
#include "use_client.hpp"

#include <webpubsub/codec/protobuf.hpp>

int use(webpubsub::steady_time now, std::string_view frame) {
    return use_client(webpubsub::reliable_protobuf_codec(), now, frame);
}
