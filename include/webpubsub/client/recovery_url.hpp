// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The URL that recovers a connection (sessions.md section 7.1): the URL of the first connect with all of its query,
/// the access token included as the service ignores it there, and the two recovery parameters at the end. Those of an
/// earlier recovery are dropped, so that the result can be the next call's `url`.
WEBPUBSUB_DECL std::string recovery_url(std::string_view url, std::string_view connection_id,
                                        std::string_view reconnection_token);

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/recovery_url.ipp>
#endif
