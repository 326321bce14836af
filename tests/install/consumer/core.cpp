// SPDX-License-Identifier: MIT
#include <webpubsub/error_code.hpp>
#include <webpubsub/messages/subprotocol.hpp>
#include <webpubsub/version.hpp>

static_assert(WEBPUBSUB_VERSION_MAJOR == 0);

int main() {
    const auto found = webpubsub::find_subprotocol("JSON.reliable.webpubsub.azure.v1");
    const std::error_code code = webpubsub::errc::queue_full;
    return found && found->reliable && code == webpubsub::error_kind::limit_exceeded ? 0 : 1;
}
