// SPDX-License-Identifier: MIT
#include "use_hub.hpp"

#include <webpubsub/codec/all_service_codecs.hpp>

int use(webpubsub::instant now, std::string_view frame, const webpubsub::hub_options& options,
        const webpubsub::secure_random& random) {
    webpubsub::hub hub(webpubsub::all_service_codecs(), options, random);
    return use_hub(hub, now, frame);
}
