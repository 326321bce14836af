// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

// Metadata (preview; subprotocols.md section 12). Sizes are in bytes.

inline constexpr std::size_t max_metadata_key_size = 256;
inline constexpr std::size_t max_metadata_value_size = 1024;
/// The greatest number of bytes of all keys and values of a message.
inline constexpr std::size_t max_metadata_size = 8192;

/// The longest life of a message, in seconds.
inline constexpr std::uint32_t max_ttl_seconds = 300;

/// A key is a token of HTTP: letters, digits and some punctuation.
WEBPUBSUB_DECL bool is_valid_metadata_key(std::string_view key) noexcept;

/// A value is ASCII, and may be empty.
WEBPUBSUB_DECL bool is_valid_metadata_value(std::string_view value) noexcept;

/// Checks every key and value, and their size together; fails with `errc::invalid_metadata`.
[[nodiscard]] WEBPUBSUB_DECL result<void> check_metadata(const string_map& metadata) noexcept;

/// Copies metadata, of entries with the same key the last, and checks it.
[[nodiscard]] WEBPUBSUB_DECL result<void> copy_metadata(const string_map& from, string_map& to);

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/messages/impl/metadata.ipp>
#endif
