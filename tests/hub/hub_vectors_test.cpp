// SPDX-License-Identifier: MIT

// The frames in tests/vectors/messages/invalid.jsonl, which say with which code a service closes.

#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <string>

using namespace webpubsub;

TEST_CASE("a hub closes with the code that the vectors name") {
    std::ifstream lines(WEBPUBSUB_TEST_VECTORS "/messages/invalid.jsonl");
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto vector = boost::json::parse(line).as_object();
        if (vector.at("direction") != "upstream") continue;
        const bool is_json = vector.at("encoding") == "json";
        const bool is_text = vector.contains("opcode") ? vector.at("opcode") == "text" : is_json;
        const std::string frame(vector.contains("frame") ? std::string(vector.at("frame").as_string())
                                                         : test::from_hex(std::string(vector.at("hex").as_string())));
        for (const bool reliable : {false, true}) {
            CAPTURE(line, reliable);
            hub_fixture f({}, all_service_codecs());
            const auto client = f.connect(std::string(is_json ? "json." : "protobuf.") +
                                          (reliable ? "reliable.webpubsub.azure.v1" : "webpubsub.azure.v1"));
            if (is_text) {
                f.text(client, frame);
            } else {
                f.binary(client, frame);
            }
            REQUIRE(f.close_of(client));
            CHECK(f.close_of(client)->code == vector.at("close").to_number<int>());
            ++count;
        }
    }
    CHECK(count > 300);
}
