// SPDX-License-Identifier: MIT
#include "use_client.hpp"

#include <webpubsub/codec/json.hpp>

int use(webpubsub::steady_time now, std::string_view frame) {
    return use_client(webpubsub::reliable_json_codec(), now, frame);
}
