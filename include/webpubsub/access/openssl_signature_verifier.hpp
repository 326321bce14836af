// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/public_key.hpp>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// RS256 and ES256 by OpenSSL's libcrypto (3.0 and later); link it. Not part of the umbrella header. It is false, and
/// lets nobody in, also where libcrypto refuses to work. A key is prepared anew for each signature. The thread's queue
/// of errors is left as it was: what TLS on the same thread does next would take them for its own.
class openssl_signature_verifier {
public:
    bool operator()(const rsa_public_key& key, std::string_view message, std::string_view signature) const {
        const unchanged_errors errors;
        const auto n = number(bytes_of(key.modulus), key.modulus.size());
        const auto e = number(bytes_of(key.exponent), key.exponent.size());
        const owner<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
        return builder != nullptr && n != nullptr && e != nullptr &&
               OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
               OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1 &&
               verify("RSA", builder.get(), message, bytes_of(signature), signature.size());
    }

    bool operator()(const p256_public_key& key, std::string_view message, std::string_view signature) const {
        // r and s in 32 bytes each (RFC 7518 section 3.4), where libcrypto wants them in DER.
        if (signature.size() != 2 * key.x.size()) return false;
        const unchanged_errors errors;
        auto r = number(bytes_of(signature), key.x.size());
        auto s = number(bytes_of(signature) + key.x.size(), key.x.size());
        const owner<ECDSA_SIG, ECDSA_SIG_free> both(ECDSA_SIG_new());
        if (r == nullptr || s == nullptr || both == nullptr) return false;
        if (ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return false;
        static_cast<void>(r.release()), static_cast<void>(s.release());
        unsigned char* der = nullptr;
        const int size = i2d_ECDSA_SIG(both.get(), &der);
        const owner<unsigned char, free_der> memory(der);
        if (size <= 0) return false;

        // The point, uncompressed (SEC 1 section 2.3.3).
        std::array<unsigned char, 65> point{4};
        std::copy(key.x.begin(), key.x.end(), point.begin() + 1);
        std::copy(key.y.begin(), key.y.end(), point.begin() + 33);
        const owner<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
        return builder != nullptr &&
               OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
               OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) ==
                   1 &&
               verify("EC", builder.get(), message, der, static_cast<std::size_t>(size));
    }

private:
    struct unchanged_errors {
        unchanged_errors() noexcept { ERR_set_mark(); }
        ~unchanged_errors() { ERR_pop_to_mark(); }
        unchanged_errors(const unchanged_errors&) = delete;
        unchanged_errors& operator=(const unchanged_errors&) = delete;
    };

    template <auto Free>
    struct deleter {
        template <class T>
        void operator()(T* object) const noexcept {
            Free(object);
        }
    };
    template <class T, auto Free>
    using owner = std::unique_ptr<T, deleter<Free>>;

    static void free_der(unsigned char* der) noexcept { OPENSSL_free(der); }

    static const unsigned char* bytes_of(std::string_view text) noexcept {
        return reinterpret_cast<const unsigned char*>(text.data());
    }

    static owner<BIGNUM, BN_free> number(const unsigned char* bytes, std::size_t size) {
        return owner<BIGNUM, BN_free>(BN_bin2bn(bytes, static_cast<int>(size), nullptr));
    }

    static bool verify(const char* kind, OSSL_PARAM_BLD* builder, std::string_view message,
                       const unsigned char* signature, std::size_t signature_size) {
        const owner<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder));
        const owner<EVP_PKEY_CTX, EVP_PKEY_CTX_free> maker(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
        EVP_PKEY* made = nullptr;
        const bool is_made = parameters != nullptr && maker != nullptr && EVP_PKEY_fromdata_init(maker.get()) == 1 &&
                             EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
        const owner<EVP_PKEY, EVP_PKEY_free> key(made);
        const owner<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
        return is_made && context != nullptr &&
               EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
               EVP_DigestVerify(context.get(), signature, signature_size,
                                reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
    }
};

static_assert(signature_verifier<openssl_signature_verifier>);

} // namespace webpubsub::inline WEBPUBSUB_MODE
