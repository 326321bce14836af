// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// An access key of the service, long enough for HS256. It is a type of its own so that no code meets a short key
/// later, and so that printing one takes the word `text`.
class access_key {
public:
    static constexpr std::size_t min_bytes = 32;

    /// `text` is the key as Azure prints it: it is used as it is, never decoded from base64 (sessions.md section 2.3).
    /// key_too_short: a hash of fewer bytes than its own output can't be trusted as HS256 (RFC 7518 section 3.2).
    [[nodiscard]] static result<access_key> make(std::string text) {
        if (text.size() < min_bytes) return error(errc::key_too_short);
        return access_key(std::move(text));
    }

    /// The secret.
    std::string_view text() const noexcept { return text_; }

    friend bool operator==(const access_key&, const access_key&) = default;

private:
    explicit access_key(std::string text) noexcept : text_(std::move(text)) {}

    std::string text_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
