// SPDX-License-Identifier: MIT
#pragma once

// Everything that needs the standard library only, but for tokens, which are in access/. What belongs to a component is
// included by itself: requests to upgrade (access/client_request.hpp, service/), rest/, upstream/,
// access/openssl_*.hpp, proto/.

#include <webpubsub/access/client_url.hpp>
#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/client/client.hpp>
#include <webpubsub/client/presets.hpp>
#include <webpubsub/client/print.hpp>
#include <webpubsub/client/pump.hpp>
#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/filter/filter.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/messages/print.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/text/redact.hpp>
#include <webpubsub/text/websocket_address.hpp>
#include <webpubsub/version.hpp>
