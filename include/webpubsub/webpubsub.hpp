// SPDX-License-Identifier: MIT
#pragma once

// Everything but the parts that bring a dependency of their own: `access/openssl_hmac.hpp` and `proto/`.

#include <webpubsub/access/client_request.hpp>
#include <webpubsub/access/client_token.hpp>
#include <webpubsub/access/client_url.hpp>
#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/text/websocket_address.hpp>
#include <webpubsub/client/client.hpp>
#include <webpubsub/client/presets.hpp>
#include <webpubsub/client/print.hpp>
#include <webpubsub/client/pump.hpp>
#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/messages/print.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/service/handshake.hpp>
#include <webpubsub/text/redact.hpp>
#include <webpubsub/version.hpp>
