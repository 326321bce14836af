// SPDX-License-Identifier: MIT
// The same as client_protobuf.cpp, but that the functions are in webpubsub::compiled.
#define WEBPUBSUB_COMPILED
#include "client_protobuf.cpp"
