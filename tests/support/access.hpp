// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/time.hpp>

#include <chrono>
#include <cstdint>

// A service as tests know it, and what they sign with.

namespace webpubsub::tests {

inline const endpoint here{false, "127.0.0.1", 8080};

inline const openssl_hmac hmac;

inline wall_time at_second(std::int64_t second) { return wall_time(std::chrono::seconds(second)); }

/// The two keys of a service, and one that it does not know.
inline const access_key primary = access_key::make("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH").value();
inline const access_key secondary = access_key::make("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefgh").value();
inline const access_key foreign = access_key::make("a key that the service does not know at all!").value();

} // namespace webpubsub::tests
