// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/options.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Options with the times and numbers of the official clients (sessions.md section 12), for programs that take the
/// place of one. What they do wrong is not among them: a request keeps its id, what is permanent is not retried, and a
/// service that accepts and closes is not hammered.
namespace client_presets {

/// The client specification: what it asks for and no more (sessions.md section 12).
WEBPUBSUB_DECL client_options specification();

/// `@azure/web-pubsub-client` 1.1.
WEBPUBSUB_DECL client_options javascript();

/// `Azure.Messaging.WebPubSub.Client`.
WEBPUBSUB_DECL client_options dotnet();

/// `azure-messaging-webpubsub-client` 1.1 for Java.
WEBPUBSUB_DECL client_options java();

/// `azure-messaging-webpubsubclient` 1.1 for Python.
WEBPUBSUB_DECL client_options python();

} // namespace client_presets
} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/presets.ipp>
#endif
