// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/access/mint_client_token.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/codec/all_codecs.hpp>

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::demo {

constexpr std::string_view help_text = R"(usage: webpubsub-demo-client --name NAME [OPTION]...

  --name NAME         of this client, and of its user if there is no --user
  --url URL           client access URL; without it the connection string in
                      WEBPUBSUB_CONNECTION_STRING serves to make one, with
    --hub HUB           (default: chat)
    --user USER
    --role ROLE         any number of times
  --subprotocol NAME  json.reliable.webpubsub.azure.v1 (default), or
                      json., protobuf.reliable. or protobuf.webpubsub.azure.v1
  --ca FILE           trust these certificates too, in PEM

Commands on standard input, one a line:
  join GROUP             leave GROUP
  send GROUP TEXT        send-noecho GROUP TEXT
  event NAME TEXT
  stream-open GROUP ID   stream-write ID TEXT   stream-end ID
  cut                    reset the TCP connection, and open no other before
  resume
  stop                   so does the end of the input
)";

struct settings {
    client_options client;
    std::string subprotocol{subprotocols::json_reliable_v1.name};
    std::optional<connection_string> service;
    std::string hub = "chat";
    client_token_options token;
    std::string ca_file;
};

/// Throws std::invalid_argument.
inline settings read_settings(const std::vector<std::string>& arguments) {
    settings out;
    std::string name;
    for (std::size_t at = 0; at < arguments.size(); at += 2) {
        const auto& option = arguments[at];
        if (at + 1 == arguments.size()) throw std::invalid_argument(option + " needs a value");
        const auto& value = arguments[at + 1];
        if (option == "--name") {
            name = value;
        } else if (option == "--url") {
            out.client.url = value;
        } else if (option == "--subprotocol") {
            if (!find_codec(value)) throw std::invalid_argument("no such subprotocol: " + value);
            out.subprotocol = value;
        } else if (option == "--hub") {
            out.hub = value;
        } else if (option == "--user") {
            out.token.user_id = value;
        } else if (option == "--role") {
            out.token.roles.push_back(value);
        } else if (option == "--ca") {
            out.ca_file = value;
        } else {
            throw std::invalid_argument("unknown option " + option);
        }
    }
    if (name.empty()) throw std::invalid_argument("--name is missing");
    if (out.token.user_id.empty()) out.token.user_id = name;
    if (out.client.url.empty()) {
        const char* const text = std::getenv("WEBPUBSUB_CONNECTION_STRING");
        if (text == nullptr) throw std::invalid_argument("neither --url nor WEBPUBSUB_CONNECTION_STRING");
        auto service = parse_connection_string(text);
        if (!service) throw std::invalid_argument("WEBPUBSUB_CONNECTION_STRING: " + service.error().message());
        out.service = std::move(*service);
    }
    return out;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::demo
