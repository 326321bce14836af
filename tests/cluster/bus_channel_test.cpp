// SPDX-License-Identifier: MIT
#include <webpubsub/cluster/bus_channel.hpp>

#include "support/catch.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;

namespace {

const std::vector<bus_channel> channels{{bus_channel_kind::all, ""},
                                        {bus_channel_kind::group, "x"},
                                        {bus_channel_kind::group, "g.x"},
                                        {bus_channel_kind::group, "a:g:x"},
                                        {bus_channel_kind::group, ">"},
                                        {bus_channel_kind::group, "*.a b"},
                                        {bus_channel_kind::group, std::string("\0\r\n", 3)},
                                        {bus_channel_kind::group, std::string(1024, 'g')},
                                        {bus_channel_kind::user, "x"},
                                        {bus_channel_kind::user, "\xC3\xA4"},
                                        {bus_channel_kind::node, "01af9a9b9c9d"}};

} // namespace

TEST_CASE("each channel of each hub has a name of its own, from which it is read again") {
    std::set<std::string> redis, nats;
    for (const std::string_view hub : {"a", "a.g", "a.g.x", "a_a"}) {
        for (const auto& channel : channels) {
            CAPTURE(hub, channel.name);
            const auto name = redis_channel_name("wps", hub, channel);
            CHECK(redis.insert(name).second);
            CHECK(read_redis_channel_name("wps", hub, name) == channel);
            const auto subject = nats_subject("wps", hub, channel);
            CHECK(nats.insert(subject).second);
            CHECK(read_nats_subject("wps", hub, subject) == channel);
            CHECK(subject.find_first_of(" *>\t\r\n") == std::string::npos);
            CHECK(subject.find("..") == std::string::npos);
            CHECK(subject.size() < 2400);
        }
    }
    for (const auto& name : redis) {
        int readers = 0;
        for (const std::string_view hub : {"a", "a.g", "a.g.x", "a_a"}) {
            readers += read_redis_channel_name("wps", hub, name).has_value();
            CHECK_FALSE(read_redis_channel_name("wp", hub, name));
        }
        CHECK(readers == 1);
    }
}

TEST_CASE("the names of channels are as written down") {
    CHECK(redis_channel_name("wps", "chat", {bus_channel_kind::all, ""}) == "wps:chat:a");
    CHECK(redis_channel_name("wps", "chat", {bus_channel_kind::group, "room 1"}) == "wps:chat:g:room 1");
    CHECK(redis_channel_name("wps", "chat", {bus_channel_kind::user, "ann"}) == "wps:chat:u:ann");
    CHECK(redis_channel_name("wps", "chat", {bus_channel_kind::node, "01af9a9b9c9d"}) == "wps:chat:n:01af9a9b9c9d");
    CHECK(nats_subject("wps", "chat", {bus_channel_kind::all, ""}) == "wps.Y2hhdA.a");
    CHECK(nats_subject("wps", "chat", {bus_channel_kind::group, "room 1"}) == "wps.Y2hhdA.g.cm9vbSAx");
}

TEST_CASE("a name that is too long for a subject is hashed") {
    std::string longest;
    for (int i = 0; i < 1024; ++i) longest += "\u20AC";
    const auto subject = nats_subject(std::string(64, 'p'), std::string(128, 'h'), {bus_channel_kind::group, longest});
    CHECK(subject.size() < 2400);
    auto other = longest;
    other.back() = '\xAD';
    CHECK(nats_subject("wps", "chat", {bus_channel_kind::group, longest}) !=
          nats_subject("wps", "chat", {bus_channel_kind::group, other}));
    CHECK_FALSE(read_nats_subject("wps", "chat", nats_subject("wps", "chat", {bus_channel_kind::group, longest})));
    const bus_channel whole{bus_channel_kind::user, std::string(1536, 'x')};
    CHECK(read_nats_subject("wps", "chat", nats_subject("wps", "chat", whole)) == whole);
    // With the offsets and the prime as they are written down.
    CHECK(nats_subject("w", "h", {bus_channel_kind::user, std::string(1537, 'x')})
              .ends_with(".37b7a8f4cc027f07a793a5da71b75693"));
}

TEST_CASE("what is no name of a channel is not read") {
    for (const std::string_view bad : {"", "wps", "wps:chat", "wps:chat:", "wps:chat:a:", "wps:chat:ab", "wps:chat:g",
                                       "wps:chat:g:", "wps:chat:x:y", "wps:other:a", "WPS:chat:a", "wps:chat:gg"}) {
        CAPTURE(bad);
        CHECK_FALSE(read_redis_channel_name("wps", "chat", bad));
    }
    for (const std::string_view bad :
         {"", "wps.Y2hhdA", "wps.Y2hhdA.", "wps.Y2hhdA.g", "wps.Y2hhdA.g.", "wps.Y2hhdA.g.=", "wps.Y2hhdA.g.a",
          "wps.Y2hhdA.g.cm9vbSAx.x", "wps.chat.a", "wps.Y2hhdA.a.x"}) {
        CAPTURE(bad);
        CHECK_FALSE(read_nats_subject("wps", "chat", bad));
    }
}
