// SPDX-License-Identifier: MIT
#include <webpubsub/codec/protobuf.hpp>

webpubsub::codec make_codec() { return webpubsub::reliable_protobuf_codec(); }
