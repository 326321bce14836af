// SPDX-License-Identifier: MIT
#include "chat_settings.hpp"

#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/codec/all_codecs.hpp>

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

std::optional<chat_settings> read_chat_settings(int argc, char** argv) {
    const auto refuse = [argv](const std::string& why) {
        std::cerr << argv[0] << ": " << why << "\nusage: " << argv[0]
                  << " [URL] GROUP [--ca FILE] [--subprotocol NAME] [--trace]" << std::endl;
        return std::nullopt;
    };
    chat_settings settings{.codec = webpubsub::reliable_json_codec()};
    std::vector<std::string> words;
    for (int at = 1; at < argc; ++at) {
        const std::string_view word = argv[at];
        if (word == "--trace") {
            settings.trace = true;
        } else if (word == "--ca" && at + 1 < argc) {
            settings.ca_file = argv[++at];
        } else if (word == "--subprotocol" && at + 1 < argc) {
            const auto codec = webpubsub::find_codec(argv[++at]);
            if (!codec) return refuse("unknown subprotocol");
            settings.codec = *codec;
        } else {
            words.emplace_back(word);
        }
    }
    if (words.empty() || words.size() > 2 || words.back().empty()) return refuse("there is no group");
    settings.group = words.back();
    if (words.size() == 2) settings.url = words.front();
    if (!settings.url.empty()) return settings;

    const char* const account = std::getenv("WEBPUBSUB_CONNECTION_STRING");
    if (account == nullptr) return refuse("there is no URL, and no WEBPUBSUB_CONNECTION_STRING either");
    auto service = webpubsub::parse_connection_string(account);
    if (!service) return refuse("WEBPUBSUB_CONNECTION_STRING: " + service.error().message());
    settings.service = std::move(*service);
    return settings;
}

webpubsub::result<std::string> make_chat_url(const chat_settings& settings) {
    webpubsub::client_token_options token;
    if (const char* const user = std::getenv("USER")) token.user_id = user;
    token.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"};
    token.lifetime = chat_url_lifetime;
    return webpubsub::mint_client_url(*settings.service, "chat", token, std::chrono::system_clock::now(),
                                      webpubsub::openssl_hmac{});
}
