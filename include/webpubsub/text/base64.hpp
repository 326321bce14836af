// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

// In all of these, what is appended must not be a view into `out` itself.

/// Appends base64 with padding (RFC 4648 section 4).
WEBPUBSUB_DECL void base64_encode_append(std::string_view bytes, std::string& out);

/// Appends the decoded bytes. Strict: exactly what `base64_encode_append` writes is accepted, so no white space, no
/// missing padding, and no bits set that padding drops. The error's offset is that of the first bad character (the
/// digit itself where dropped bits are set), or the size of a text that ends too early; `out` is then as it was.
WEBPUBSUB_DECL result<void> base64_decode_append(std::string_view text, std::string& out);

/// The same, but blanks, tabs, CR and LF may stand anywhere, as .NET reads it.
WEBPUBSUB_DECL result<void> base64_decode_lenient_append(std::string_view text, std::string& out);

/// Whether `base64_decode_append` would succeed, with its error if not.
WEBPUBSUB_DECL result<void> check_base64(std::string_view text) noexcept;

constexpr std::size_t base64_encoded_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

/// How many bytes a text that `base64_decode_append` accepts stands for.
WEBPUBSUB_DECL std::size_t base64_decoded_size(std::string_view text) noexcept;

/// Appends base64url without padding (RFC 4648 section 5), as JSON Web Tokens use it (RFC 7515 section 2).
WEBPUBSUB_DECL void base64url_encode_append(std::string_view bytes, std::string& out);

namespace detail {

WEBPUBSUB_COLD_INLINE std::string base64url(std::string_view bytes) {
    std::string text;
    base64url_encode_append(bytes, text);
    return text;
}

} // namespace detail

/// As strict as `base64_decode_append`, with its guarantees; padding is refused.
WEBPUBSUB_DECL result<void> base64url_decode_append(std::string_view text, std::string& out);

namespace detail {

/// Writes base64 with padding to memory that has room for it; returns what is behind it.
WEBPUBSUB_DECL char* base64_encode_to(std::string_view bytes, char* to) noexcept;

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/text/impl/base64.ipp>
#endif
