// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include "structure/parts_rules.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace {

structure::tree headers() { return structure::read_tree(WEBPUBSUB_SOURCE_DIR "/include/webpubsub"); }

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

std::string include(const std::string& path) { return "#include <webpubsub/" + path + ">\n"; }

std::string definitions(const std::string& path) {
    return "\n#ifndef WEBPUBSUB_COMPILED\n" + include(path) + "#endif\n";
}

} // namespace

TEST_CASE("no part reaches its facade or a part of its floor") {
    CHECK(joined(structure::check_parts(headers())) == "");
}

TEST_CASE("each function that is not inline is defined in one place for each mode") {
    CHECK(joined(structure::check_definitions(headers())) == "");
}

TEST_CASE("a facade and a part have at most 15 data members, and a facade three files") {
    const auto files = headers();
    for (const auto& whole : structure::facades()) {
        const auto is_part = [&](const auto& file) { return structure::floor_of(whole, file.first) >= 0; };
        // A facade that is not made of parts yet has more.
        if (std::none_of(files.begin(), files.end(), is_part)) continue;
        for (const auto& [path, text] : files) {
            if (path != whole.header && structure::floor_of(whole, path) < 0) continue;
            INFO(path << ":\n" << joined(structure::data_members_in(text)));
            CHECK(structure::data_members_in(text).size() <= 15);
        }
        const auto includes = structure::includes_of(files.at(whole.header));
        const auto definitions = std::count_if(includes.begin(), includes.end(),
                                               [](const std::string& each) { return each.ends_with(".ipp>"); });
        INFO(whole.header);
        CHECK(definitions <= 2);
    }
}

TEST_CASE("a part that knows too much is found out") {
    const structure::tree bad{
        {"client/client.hpp", include("client/parts/link.hpp") + include("client/parts/outbox.hpp")},
        {"client/parts/link.hpp", include("client/pump.hpp") + include("client/parts/ticket.hpp")},
        {"client/parts/outbox.hpp", include("client/parts/impl/outbox.ipp")},
        {"client/parts/impl/outbox.ipp", include("client/parts/requests.hpp")},
        {"client/parts/requests.hpp", include("client/parts/ticket.hpp")},
        {"client/parts/ticket.hpp", ""},
        {"client/pump.hpp", include("client/client.hpp")},
        {"hub/hub.hpp", include("hub/parts/streams.hpp")},
        {"hub/parts/fan_out.hpp", include("hub/parts/roster.hpp")},
        {"hub/parts/outputs.hpp", include("hub/parts/streams.hpp")},
        {"hub/parts/requests.hpp", include("hub/parts/streams.hpp")},
        {"hub/parts/roster.hpp", ""},
        {"hub/parts/streams.hpp", include("hub/parts/roster.hpp") + include("hub/parts/fan_out.hpp")},
    };
    CHECK(joined(structure::check_parts(bad)) ==
          "client/parts/link.hpp reaches the facade\n"
          "client/parts/link.hpp reaches the part client/parts/outbox.hpp, which is not below it\n"
          "client/parts/link.hpp reaches the part client/parts/requests.hpp, which is not below it\n"
          "client/parts/outbox.hpp reaches the part client/parts/requests.hpp, which is not below it\n"
          "hub/parts/fan_out.hpp reaches the part hub/parts/roster.hpp, which is not below it\n"
          "hub/parts/outputs.hpp reaches the part hub/parts/streams.hpp, which is not below it\n"
          "hub/parts/outputs.hpp reaches the part hub/parts/roster.hpp, which is not below it\n"
          "hub/parts/outputs.hpp reaches the part hub/parts/fan_out.hpp, which is not below it\n"
          "hub/parts/requests.hpp reaches the part hub/parts/streams.hpp, which is not below it\n");
}

TEST_CASE("definitions in a wrong place are found out") {
    const structure::tree good{
        {"client/client.hpp", definitions("client/impl/client.ipp")},
        {"client/impl/client.ipp", include("client/client.hpp") + "WEBPUBSUB_DECL"},
        {"client/parts/impl/link.ipp", include("client/parts/link.hpp")},
        {"client/parts/link.hpp", definitions("client/parts/impl/link.ipp")},
        {"src.hpp", include("client/impl/client.ipp") + include("client/parts/impl/link.ipp")},
    };
    CHECK(joined(structure::check_definitions(good)) == "");
    const structure::tree bad{
        {"access/jwt.hpp", "WEBPUBSUB_DECL"},
        {"client/both.hpp", definitions("client/impl/twice.ipp")},
        {"client/client.hpp", definitions("client/impl/twice.ipp")},
        {"client/impl/nobody.ipp", ""},
        {"client/impl/twice.ipp", ""},
        {"client/outside.ipp", ""},
        {"hub/hub.hpp", include("client/outside.ipp")},
        {"rest/impl/parts.ipp", ""},
        {"src.hpp", include("client/impl/nobody.ipp") + include("client/outside.ipp")},
    };
    CHECK(joined(structure::check_definitions(bad)) ==
          "access/jwt.hpp belongs to a component, whose functions are inline\n"
          "client/impl/nobody.ipp is included by 0 headers\n"
          "client/impl/twice.ipp is included by 2 headers\n"
          "client/impl/twice.ipp is missing in src.hpp\n"
          "client/outside.ipp is included by another layer: hub/hub.hpp\n"
          "hub/hub.hpp does not end with #ifndef WEBPUBSUB_COMPILED and its definitions\n"
          "client/outside.ipp is in no folder impl/\n"
          "rest/impl/parts.ipp belongs to a component, whose functions are inline\n");
}

TEST_CASE("data members are counted by the underscore at the end of their names") {
    const std::string text = "class a {\n"
                             "    int size() const { return size_; }\n"
                             "    void clear() {\n        size_ = 0;\n        return size_;\n        b(size_);\n    }\n"
                             "    std::vector<std::pair<int, int>> items_;\n"
                             "    int size_ = 0;\n"
                             "    hub_options options_;\n"
                             "    bool a_{};\n"
                             "    std::string first_, second_;\n"
                             "    static constexpr int limit_ = 3;\n"
                             "};\n";
    CHECK(joined(structure::data_members_in(text)) == "items_\nsize_\na_\nfirst_\nsecond_\n");
}
