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

TEST_CASE("the umbrella reaches every header but the components' and those that are for few") {
    const auto files = structure::read_tree(headers);
    REQUIRE(files.count("webpubsub.hpp") == 1);
    const auto reached = structure::reachable_from(files, "webpubsub.hpp");
    for (const auto& [path, text] : files) {
        const bool apart = structure::is_component(path) || path == "src.hpp" || path == "error_code.hpp" ||
                           path.starts_with("testing/") || path.starts_with("cluster/") ||
                           path.starts_with("filter/condition") || path.starts_with("filter/impl/condition") ||
                           path == "filter/connection_condition.hpp" || path.find("hub_node.") != std::string::npos;
        // Of these the umbrella reaches what it needs.
        const bool either = path.starts_with("access/") || path.starts_with("http/") || path.starts_with("text/") ||
                            path.starts_with("support/");
        if (either && !apart) continue;
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

TEST_CASE("the layers have no cycle, and a component is below components only") {
    for (const auto& upper : structure::layers()) {
        CHECK_FALSE(structure::is_below(upper.name, upper));
        for (const auto name : upper.below) {
            INFO(upper.name << " -> " << name);
            REQUIRE(structure::layer_named(name) != nullptr);
            const auto& components = structure::component_layers;
            const auto is_component = [&](std::string_view layer) {
                return std::find(components.begin(), components.end(), layer) != components.end();
            };
            CHECK((is_component(upper.name) || !is_component(name)));
        }
    }
    for (const auto name : structure::component_layers) CHECK(structure::layer_named(name) != nullptr);
}

TEST_CASE("a header belongs to the layer of its folder, whatever folder that has inside") {
    const auto name_of = [](std::string_view path) { return std::string(structure::layer_of(path)->name); };
    CHECK(name_of("impl/error.ipp") == "base");
    CHECK(name_of("client/parts/link.hpp") == "client");
    CHECK(name_of("client/parts/impl/link.ipp") == "client");
    CHECK(name_of("codec/detail/impl/json_reader.ipp") == "codec/json");
    CHECK(name_of("codec/detail/fields.hpp") == "codec");
    CHECK(name_of("access/impl/endpoint.ipp") == "access");
    CHECK(name_of("access/jwt.hpp") == "access/tokens");
    CHECK(structure::layer_of("elsewhere/a.hpp") == nullptr);
}

TEST_CASE("a tree that breaks the rules is found out, one violation a line") {
    const std::map<std::string, std::string> bad_tree{
        {"error.hpp", "#include <webpubsub/text/ascii.hpp>\n"},
        {"text/utf8.hpp", "// #include <thread>\n  #  include <thread>\n"},
        {"messages/payload.hpp", "#include <webpubsub/codec/codec.hpp>\n"},
        {"codec/codec.hpp", "#include <boost/json/value.hpp>\n"},
        {"codec/protobuf.hpp", "#include <webpubsub/codec/json.hpp>\n"},
        {"codec/detail/protobuf_reader.hpp", "#include <webpubsub.v1.pb.h>\n"},
        {"rules/names.hpp", "#include <webpubsub/support/backoff.hpp>\n"},
        {"support/backoff.hpp", "#include <webpubsub/client/client.hpp>\n"},
        {"client/client.hpp", "#include <webpubsub/codec/json.hpp>\n#include <webpubsub/hub/hub.hpp>\n"},
        {"client/pump.hpp", "#include <boost/asio/ip/tcp.hpp>\n#include <sys/socket.h>\n#include <functional>\n"},
        {"hub/hub.hpp", "#include <webpubsub/codec/detail/json_reader.hpp>\n#include \"connection.hpp\"\n"},
        {"access/jwt.hpp", "#include <openssl/hmac.h>\n#include <webpubsub/hub/hub.hpp>\n"},
        {"filter/parser.hpp", "#include <boost/json.hpp>\n#include <boost/url.hpp>\n"},
        {"webpubsub.hpp", "#include <webpubsub/proto/codec.hpp>\n#include <webpubsub/access/openssl_hmac.hpp>\n"},
        {"access/endpoint.hpp", "#include <webpubsub/access/jwt.hpp>\n#include <boost/json/value.hpp>\n"},
        {"client/impl/client.ipp", "#include <sstream>\n"},
        {"extras/more.hpp", ""},
        {"service/host.hpp", "#include <webpubsub/extras/more.hpp>\n#include <webpubsub/client/client.hpp>\n"},
    };
    const std::vector<std::string> expected{
        "access/endpoint.hpp: <webpubsub/access/jwt.hpp> is in layer access/tokens, which is not below access",
        "access/endpoint.hpp: <boost/json/value.hpp> is not for layer access",
        "access/jwt.hpp: <openssl/hmac.h> is not for layer access/tokens",
        "access/jwt.hpp: <webpubsub/hub/hub.hpp> is in layer hub, which is not below access/tokens",
        "client/client.hpp: <webpubsub/codec/json.hpp> is in layer codec/json, which is not below client",
        "client/client.hpp: <webpubsub/hub/hub.hpp> is in layer hub, which is not below client",
        "client/impl/client.ipp: <sstream> is not for any header",
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
        "rules/names.hpp: <webpubsub/support/backoff.hpp> is in layer support, which is not below rules",
        "service/host.hpp: <webpubsub/extras/more.hpp> belongs to no layer",
        "service/host.hpp: <webpubsub/client/client.hpp> is in layer client, which is not below service",
        "support/backoff.hpp: <webpubsub/client/client.hpp> is in layer client, which is not below support",
        "text/utf8.hpp: <thread> is not for any header",
        "webpubsub.hpp: <webpubsub/proto/codec.hpp> is in layer proto, which is not below umbrella",
        "webpubsub.hpp: <webpubsub/access/openssl_hmac.hpp> is in layer access/openssl, which is not below umbrella",
    };
    CHECK(joined(structure::check_tree(bad_tree)) == joined(expected));
}

TEST_CASE("a tree that keeps the rules passes") {
    const std::map<std::string, std::string> good_tree{
        {"result.hpp", "#include <webpubsub/error.hpp>\n#include <cstdint>\n"},
        {"codec/json.hpp", "#include <webpubsub/codec/codec.hpp>\n#include <webpubsub/text/json_text.hpp>\n"},
        {"client/client.hpp", "#include <webpubsub/support/backoff.hpp>\n#include <webpubsub/codec/codec.hpp>\n"},
        {"access/openssl_hmac.hpp", "#include <webpubsub/access/hmac.hpp>\n#include <openssl/hmac.h>\n"},
        {"proto/codec.hpp", "#include <webpubsub/codec/codec.hpp>\n#include <webpubsub.v1.pb.h>\n"},
        {"service/host.hpp", "#include <webpubsub/hub/hub.hpp>\n#include <boost/json/value.hpp>\n"},
        {"webpubsub.hpp", "#include <webpubsub/client/client.hpp>\n#include <webpubsub/codec/protobuf.hpp>\n"},
    };
    CHECK(joined(structure::check_tree(good_tree)) == "");
}
