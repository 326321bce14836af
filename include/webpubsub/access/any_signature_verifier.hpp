// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/public_key.hpp>

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Any verifier of signatures behind one type, for what is no template. Without one, no signature is good. Copies share
/// the one that it was made of, which is called through a const reference, from any thread that has a copy.
class any_signature_verifier {
public:
    any_signature_verifier() = default;

    template <class Verifier>
        requires(!std::is_same_v<std::remove_cvref_t<Verifier>, any_signature_verifier> &&
                 signature_verifier<std::remove_cvref_t<Verifier>>)
    any_signature_verifier(Verifier&& verifier)
        : held_(std::make_shared<const std::remove_cvref_t<Verifier>>(std::forward<Verifier>(verifier))),
          verify_rsa_(&verify<std::remove_cvref_t<Verifier>, rsa_public_key>),
          verify_p256_(&verify<std::remove_cvref_t<Verifier>, p256_public_key>) {}

    bool operator()(const rsa_public_key& key, std::string_view message, std::string_view signature) const {
        return held_ != nullptr && verify_rsa_(held_.get(), key, message, signature);
    }
    bool operator()(const p256_public_key& key, std::string_view message, std::string_view signature) const {
        return held_ != nullptr && verify_p256_(held_.get(), key, message, signature);
    }

private:
    template <class Verifier, class Key>
    static bool verify(const void* held, const Key& key, std::string_view message, std::string_view signature) {
        return (*static_cast<const Verifier*>(held))(key, message, signature);
    }
    template <class Key>
    using verify_function = bool (*)(const void* held, const Key&, std::string_view message,
                                     std::string_view signature);

    std::shared_ptr<const void> held_;
    verify_function<rsa_public_key> verify_rsa_ = nullptr;
    verify_function<p256_public_key> verify_p256_ = nullptr;
};

static_assert(signature_verifier<any_signature_verifier>);

} // namespace webpubsub::inline WEBPUBSUB_MODE
