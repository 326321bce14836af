// SPDX-License-Identifier: MIT
#include "use_hub.hpp"

#include <webpubsub/codec/all_codecs.hpp>

int use(webpubsub::instant now, std::string_view frame, const webpubsub::hub_options& options) {
    webpubsub::hub hub({webpubsub::json_codec(), webpubsub::reliable_json_codec(), webpubsub::protobuf_codec(),
                        webpubsub::reliable_protobuf_codec()},
                       options);
    return use_hub(hub, now, frame);
}
