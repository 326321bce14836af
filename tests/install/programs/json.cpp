// SPDX-License-Identifier: MIT
#include <webpubsub/access/jwt.hpp>

#include <array>
#include <string>
#include <string_view>

int main() {
    const auto no_hmac = [](std::string_view, std::string_view) { return webpubsub::sha256_digest{}; };
    const std::array keys{webpubsub::access_key::make(std::string(32, 'k')).value()};
    const auto token = webpubsub::sign_jwt(R"({"sub":"ada"})", keys[0], no_hmac);
    const auto claims = webpubsub::verify_jwt(token, keys, no_hmac);
    return claims && claims->at("sub") == "ada" ? 0 : 1;
}
