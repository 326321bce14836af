// SPDX-License-Identifier: MIT
#include <webpubsub/webpubsub.hpp>

#include "use_client.hpp"

int use(webpubsub::steady_time now, std::string_view frame) {
    return use_client(webpubsub::reliable_json_codec(), now, frame);
}
