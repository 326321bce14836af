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
        : held_(std::make_shared<const held<std::remove_cvref_t<Verifier>>>(std::forward<Verifier>(verifier))) {}

    bool operator()(const rsa_public_key& key, std::string_view message, std::string_view signature) const {
        return held_ != nullptr && held_->verify(key, message, signature);
    }
    bool operator()(const p256_public_key& key, std::string_view message, std::string_view signature) const {
        return held_ != nullptr && held_->verify(key, message, signature);
    }

private:
    struct base {
        virtual ~base() = default;
        virtual bool verify(const rsa_public_key&, std::string_view message, std::string_view signature) const = 0;
        virtual bool verify(const p256_public_key&, std::string_view message, std::string_view signature) const = 0;
    };
    template <class Verifier>
    struct held final : base {
        template <class V>
        explicit held(V&& v) : verifier(std::forward<V>(v)) {}
        bool verify(const rsa_public_key& key, std::string_view message, std::string_view signature) const override {
            return verifier(key, message, signature);
        }
        bool verify(const p256_public_key& key, std::string_view message, std::string_view signature) const override {
            return verifier(key, message, signature);
        }
        Verifier verifier;
    };

    std::shared_ptr<const base> held_;
};

static_assert(signature_verifier<any_signature_verifier>);

} // namespace webpubsub::inline WEBPUBSUB_MODE
