// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include "structure/include_rules.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace {

const std::filesystem::path headers = WEBPUBSUB_SOURCE_DIR "/include/webpubsub";

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

} // namespace

TEST_CASE("no header includes what is above or beside its layer") {
    const auto files = structure::read_tree(headers);
    CHECK(files.size() > 10);
    CHECK(joined(structure::check_tree(files)) == "");
}

TEST_CASE("the umbrella reaches every header but the generated classes' and the OpenSSL adapter") {
    const auto files = structure::read_tree(headers);
    REQUIRE(files.count("webpubsub.hpp") == 1);
    const auto reached = structure::reachable_from(files, "webpubsub.hpp");
    for (const auto& [path, text] : files) {
        const bool apart = path.starts_with("proto/") || path.starts_with("access/openssl_");
        INFO(path);
        CHECK((std::find(reached.begin(), reached.end(), path) != reached.end()) == !apart);
    }
}

TEST_CASE("client and hub reach no codec but the value") {
    const auto files = structure::read_tree(headers);
    for (const std::string start : {"client/client.hpp", "hub/hub.hpp"}) {
        INFO(start);
        REQUIRE(files.count(start) == 1);
        for (const auto& path : structure::reachable_from(files, start)) {
            INFO(path);
            CHECK(structure::layer_of(path)->name != "codec/json");
            CHECK(structure::layer_of(path)->name != "codec/protobuf");
        }
    }
}

TEST_CASE("the layers have no cycle and list all that is below what is below them") {
    for (const auto& upper : structure::layers()) {
        for (const auto name : upper.below) {
            const auto& table = structure::layers();
            const auto lower = std::find_if(table.begin(), table.end(), [&](const auto& l) { return l.name == name; });
            INFO(upper.name << " -> " << name);
            REQUIRE(lower != table.end());
            CHECK(std::find(lower->below.begin(), lower->below.end(), upper.name) == lower->below.end());
            if (upper.name == "access/openssl") continue;
            for (const auto deeper : lower->below) {
                INFO(deeper);
                CHECK(std::find(upper.below.begin(), upper.below.end(), deeper) != upper.below.end());
            }
        }
    }
}

TEST_CASE("a tree that breaks the rules is found out, one violation a line") {
    const std::map<std::string, std::string> bad_tree{
        {"error.hpp", "#include <webpubsub/text/ascii.hpp>\n"},
        {"text/utf8.hpp", "// #include <thread>\n  #  include <thread>\n"},
        {"messages/payload.hpp", "#include <webpubsub/codec/codec.hpp>\n"},
        {"codec/codec.hpp", "#include <boost/json/value.hpp>\n"},
        {"codec/protobuf.hpp", "#include <webpubsub/codec/json.hpp>\n"},
        {"codec/detail/protobuf_reader.hpp", "#include <webpubsub.v1.pb.h>\n"},
        {"rules/names.hpp", "#include <webpubsub/track/backoff.hpp>\n"},
        {"track/backoff.hpp", "#include <webpubsub/client/client.hpp>\n"},
        {"client/client.hpp", "#include <webpubsub/codec/json.hpp>\n#include <webpubsub/hub/hub.hpp>\n"},
        {"client/pump.hpp", "#include <boost/asio/ip/tcp.hpp>\n#include <sys/socket.h>\n#include <functional>\n"},
        {"hub/hub.hpp", "#include <webpubsub/codec/detail/json_reader.hpp>\n#include \"connection.hpp\"\n"},
        {"access/jwt.hpp", "#include <openssl/hmac.h>\n#include <webpubsub/hub/hub.hpp>\n"},
        {"filter/parser.hpp", "#include <boost/json.hpp>\n#include <boost/url.hpp>\n"},
        {"webpubsub.hpp", "#include <webpubsub/proto/codec.hpp>\n#include <webpubsub/access/openssl_hmac.hpp>\n"},
        {"extras/more.hpp", ""},
        {"service/host.hpp", "#include <webpubsub/extras/more.hpp>\n#include <webpubsub/client/client.hpp>\n"},
    };
    const std::vector<std::string> expected{
        "access/jwt.hpp: <openssl/hmac.h> is not for layer access",
        "access/jwt.hpp: <webpubsub/hub/hub.hpp> is in layer hub, which is not below access",
        "client/client.hpp: <webpubsub/codec/json.hpp> is in layer codec/json, which is not below client",
        "client/client.hpp: <webpubsub/hub/hub.hpp> is in layer hub, which is not below client",
        "client/pump.hpp: <boost/asio/ip/tcp.hpp> is not for layer client",
        "client/pump.hpp: <sys/socket.h> is not for layer client",
        "client/pump.hpp: <functional> is not for any header",
        "codec/codec.hpp: <boost/json/value.hpp> is not for layer codec",
        "codec/detail/protobuf_reader.hpp: <webpubsub.v1.pb.h> is not for layer codec/protobuf",
        "codec/protobuf.hpp: <webpubsub/codec/json.hpp> is in layer codec/json, which is not below codec/protobuf",
        "error.hpp: <webpubsub/text/ascii.hpp> is in layer text, which is not below base",
        "extras/more.hpp belongs to no layer",
        "filter/parser.hpp: <boost/json.hpp> is not for layer filter",
        "filter/parser.hpp: <boost/url.hpp> is not for layer filter",
        "hub/hub.hpp: <webpubsub/codec/detail/json_reader.hpp> is in layer codec/json, which is not below hub",
        "hub/hub.hpp: \"connection.hpp\" is not written <webpubsub/...> or <header>",
        "messages/payload.hpp: <webpubsub/codec/codec.hpp> is in layer codec, which is not below messages",
        "rules/names.hpp: <webpubsub/track/backoff.hpp> is in layer track, which is not below rules",
        "service/host.hpp: <webpubsub/extras/more.hpp> belongs to no layer",
        "service/host.hpp: <webpubsub/client/client.hpp> is in layer client, which is not below service",
        "text/utf8.hpp: <thread> is not for any header",
        "track/backoff.hpp: <webpubsub/client/client.hpp> is in layer client, which is not below track",
        "webpubsub.hpp: <webpubsub/proto/codec.hpp> is in layer proto, which is not below umbrella",
        "webpubsub.hpp: <webpubsub/access/openssl_hmac.hpp> is in layer access/openssl, which is not below umbrella",
    };
    CHECK(joined(structure::check_tree(bad_tree)) == joined(expected));
}

TEST_CASE("a tree that keeps the rules passes") {
    const std::map<std::string, std::string> good_tree{
        {"result.hpp", "#include <webpubsub/error.hpp>\n#include <boost/system/result.hpp>\n#include <cstdint>\n"},
        {"codec/json.hpp", "#include <webpubsub/codec/codec.hpp>\n#include <boost/json/basic_parser_impl.hpp>\n"},
        {"client/client.hpp", "#include <webpubsub/track/ack_tracker.hpp>\n#include <webpubsub/codec/codec.hpp>\n"},
        {"access/openssl_hmac.hpp", "#include <webpubsub/access/hmac.hpp>\n#include <openssl/hmac.h>\n"},
        {"proto/codec.hpp", "#include <webpubsub/codec/codec.hpp>\n#include <webpubsub.v1.pb.h>\n"},
        {"service/host.hpp", "#include <webpubsub/hub/hub.hpp>\n#include <boost/json/value.hpp>\n"},
        {"webpubsub.hpp", "#include <webpubsub/service/host.hpp>\n#include <webpubsub/codec/protobuf.hpp>\n"},
    };
    CHECK(joined(structure::check_tree(good_tree)) == "");
}
