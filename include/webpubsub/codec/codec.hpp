// SPDX-License-Identifier: MIT
#pragma once

// Both halves of a subprotocol, for what has to do with both. A client needs <webpubsub/codec/client_codec.hpp> only, a
// hub <webpubsub/codec/service_codec.hpp>: neither compiles the messages that the other one reads.

#include <webpubsub/codec/client_codec.hpp>
#include <webpubsub/codec/service_codec.hpp>
