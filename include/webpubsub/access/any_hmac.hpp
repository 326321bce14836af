// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/hmac.hpp>

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Any HMAC-SHA-256 behind one type, for what is no template. Copies share the one that it was made of, which is
/// called through a const reference, from any thread that has a copy.
class any_hmac {
public:
    template <class Hmac>
        requires(!std::is_same_v<std::remove_cvref_t<Hmac>, any_hmac> && hmac_sha256<std::remove_cvref_t<Hmac>>)
    any_hmac(Hmac&& hmac)
        : held_(std::make_shared<const std::remove_cvref_t<Hmac>>(std::forward<Hmac>(hmac))),
          call_([](const void* held, std::string_view key, std::string_view message) {
              return (*static_cast<const std::remove_cvref_t<Hmac>*>(held))(key, message);
          }) {}

    sha256_digest operator()(std::string_view key, std::string_view message) const {
        return call_(held_.get(), key, message);
    }

private:
    std::shared_ptr<const void> held_;
    sha256_digest (*call_)(const void* held, std::string_view key, std::string_view message);
};

static_assert(hmac_sha256<any_hmac>);

} // namespace webpubsub::inline WEBPUBSUB_MODE
