// SPDX-License-Identifier: MIT
#include <webpubsub/error.hpp>
#include <webpubsub/messages/subprotocol.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/version.hpp>

#include <string>

// The mode that the way of consumption should have: 1 for header-only.
#if WANTED_HEADER_ONLY == defined(WEBPUBSUB_COMPILED)
#error "This is the other mode."
#endif

int main() {
    const auto found = webpubsub::find_subprotocol("JSON.reliable.webpubsub.azure.v1");
    const webpubsub::error failed = webpubsub::error::exceeds(webpubsub::errc::queue_full, "max_queue", 1, 2);
    const bool told = failed.message().find("max_queue") != std::string::npos;
    return found && found->reliable && told && WEBPUBSUB_VERSION_MAJOR == 0 ? 0 : 1;
}
