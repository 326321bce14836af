// SPDX-License-Identifier: MIT
#include <webpubsub/access/any_signature_verifier.hpp>

#include "support/catch.hpp"

#include <memory>
#include <string_view>

using namespace webpubsub;

namespace {

/// Takes RSA signatures of the text "rsa" and P-256 signatures of the text "p256", and counts those that are alive.
struct counting_verifier {
    std::shared_ptr<int> alive;

    bool operator()(const rsa_public_key& key, std::string_view message, std::string_view signature) const {
        return key.modulus == "n" && message == "rsa" && signature == "s";
    }
    bool operator()(const p256_public_key& key, std::string_view message, std::string_view signature) const {
        return key.x[0] == 7 && message == "p256" && signature == "s";
    }
};

rsa_public_key rsa() {
    rsa_public_key key;
    key.modulus = "n";
    return key;
}

p256_public_key p256() {
    p256_public_key key;
    key.x[0] = 7;
    return key;
}

} // namespace

TEST_CASE("any verifier of signatures asks the one that it was made of, with the key and both texts") {
    const any_signature_verifier verify = counting_verifier{};
    CHECK(verify(rsa(), "rsa", "s"));
    CHECK_FALSE(verify(rsa(), "p256", "s"));
    CHECK_FALSE(verify(rsa(), "rsa", "t"));
    CHECK_FALSE(verify(rsa_public_key{}, "rsa", "s"));
    CHECK(verify(p256(), "p256", "s"));
    CHECK_FALSE(verify(p256(), "rsa", "s"));
    CHECK_FALSE(verify(p256_public_key{}, "p256", "s"));
}

TEST_CASE("without a verifier no signature is good") {
    const any_signature_verifier verify;
    CHECK_FALSE(verify(rsa(), "rsa", "s"));
    CHECK_FALSE(verify(p256(), "p256", "s"));
}

TEST_CASE("copies of any verifier share the one that it was made of, which lives as long as one of them") {
    const auto alive = std::make_shared<int>();
    auto first = std::make_unique<any_signature_verifier>(counting_verifier{alive});
    auto copy = std::make_unique<any_signature_verifier>(*first);
    CHECK(alive.use_count() == 2);
    first.reset();
    CHECK((*copy)(rsa(), "rsa", "s"));
    copy.reset();
    CHECK(alive.use_count() == 1);
}
