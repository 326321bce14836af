// SPDX-License-Identifier: MIT
#include <webpubsub/cluster/bus_codec.hpp>
#include <webpubsub/cluster/bus_schema.hpp>

#include "support/catch.hpp"
#include "support/chance.hpp"
#include "support/hex.hpp"
#include "support/random_message.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;

namespace {

const auto sender = node_id::parse("01af9a9b9c9d").value();

std::string written(const bus_message& message, std::uint64_t sequence = 1, bool begins_run = false) {
    std::string bytes;
    append_bus_message({sender, sequence, begins_run}, message, bytes);
    return bytes;
}

result<bus_message> read(std::string_view bytes, const bus_limits& limits = {}) {
    const auto envelope = read_bus_envelope(bytes, limits);
    if (!envelope) return envelope.error();
    bus_message message;
    const auto read = read_bus_message(envelope->body, message, limits);
    if (!read) return read.error();
    return message;
}

errc failure(std::string_view bytes, const bus_limits& limits = {}) { return read(bytes, limits).error().code; }

bus_message random_bus_message(test::seeded_chance& chance, std::size_t kind) {
    bus_message message;
    test::random_message(chance).fill_rows(*detail::bus_message_kinds[kind].rows, message.emplace(kind));
    return message;
}

} // namespace

TEST_CASE("a message of the bus is a version, a node, a number and the message in protobuf") {
    bus_messages::publication publication;
    publication.group = "g";
    publication.data = text_payload("hi");
    publication.to.except = {"a", "b"};
    CHECK(test::to_hex(written(publication, 300)) == "01"
                                                     "01af9a9b9c9d"
                                                     "d804"
                                                     "0a11"
                                                     "0a0167"
                                                     "1a040a026869"
                                                     "3206"
                                                     "120161"
                                                     "120162");
    CHECK(test::to_hex(written(bus_messages::bye{}, 1, true)) == "0101af9a9b9c9d034a00");
}

TEST_CASE("what is written is read again, whatever it is") {
    test::seeded_chance chance(1);
    for (int i = 0; i < 20'000; ++i) {
        const auto kind = static_cast<std::size_t>(i) % bus_message::size;
        CAPTURE(i, kind);
        const auto message = random_bus_message(chance, kind);
        const auto number = chance.below(std::uint64_t{1} << 63);
        const bool begins_run = chance.below(2) == 1;
        const auto bytes = written(message, number, begins_run);
        const auto envelope = read_bus_envelope(bytes);
        REQUIRE(envelope);
        CHECK(envelope->header == bus_header{sender, number, begins_run});
        const auto again = read(bytes);
        REQUIRE(again);
        CHECK(*again == message);
    }
}

TEST_CASE("a part that comes twice is merged, as protobuf has it") {
    // Two parts with an id each, and a filter in the first.
    const auto head = written(bus_messages::bye{}).substr(0, 8);
    const auto message = read(head + test::from_hex("0a11 1a020a00 3206120161 1a0166 3203120162"));
    REQUIRE(message);
    const auto& to = get_if<bus_messages::publication>(&*message)->to;
    CHECK(to.except == std::vector<std::string>{"a", "b"});
    CHECK(to.filter == "f");
}

TEST_CASE("a buffer is read into again and again") {
    test::seeded_chance chance(2);
    message_buffer<bus_message> buffer;
    for (int i = 0; i < 2'000; ++i) {
        const auto message = random_bus_message(chance, chance.below(bus_message::size));
        const auto bytes = written(message);
        REQUIRE(read_bus_message(read_bus_envelope(bytes)->body, buffer));
        CHECK(buffer.message() == message);
    }
}

TEST_CASE("a header that can't be read is told from one of another version") {
    const auto good = written(bus_messages::bye{});
    CHECK(failure("") == errc::invalid_field);
    CHECK(failure("\x02") == errc::unsupported_version);
    CHECK(failure(std::string(1, '\0') + good.substr(1)) == errc::unsupported_version);
    for (std::size_t size = 1; size < 8; ++size) CHECK(failure(good.substr(0, size)) == errc::invalid_field);
    CHECK(failure(good.substr(0, 7) + std::string(11, '\xFF')) == errc::invalid_field);
    bus_limits limits;
    limits.max_bytes = good.size() - 1;
    const auto refused = read(good, limits).error();
    CHECK(refused.code == errc::frame_too_large);
    CHECK(refused.value == good.size());
}

TEST_CASE("a message that can't be read is refused") {
    const auto head = written(bus_messages::bye{}).substr(0, 8);
    CHECK(failure(head) == errc::missing_field);
    // A kind that there will be.
    CHECK(failure(head + test::from_hex("7a020a00")) == errc::unsupported_version);
    CHECK(failure(head + "\x4A\x01") == errc::invalid_protobuf);
    // A publication without data, and with a group that is not UTF-8.
    CHECK(failure(head + "\x0A\x03\x0A\x01g") == errc::missing_field);
    CHECK(failure(head + "\x0A\x03\x0A\x01\xFF") == errc::invalid_utf8);
    bus_messages::heartbeat many;
    many.dead.assign(5, "x");
    bus_limits limits;
    limits.max_items = 5;
    CHECK(read(written(many), limits) == bus_message(many));
    limits.max_items = 4;
    CHECK(failure(written(many), limits) == errc::too_many_entries);
}

TEST_CASE("no bytes bring the reader down, and what they say is bounded by them") {
    test::seeded_chance chance(3);
    for (int i = 0; i < 20'000; ++i) {
        auto bytes = written(random_bus_message(chance, chance.below(bus_message::size)), chance.below(1000));
        for (auto changes = chance.below(4); changes != 0; --changes) {
            bytes[chance.below(bytes.size())] = static_cast<char>(chance.below(256));
        }
        bytes.resize(bytes.size() - chance.below(bytes.size()));
        const auto message = read(bytes);
        if (!message) continue;
        const auto again = read(written(*message));
        REQUIRE(again);
        CHECK(*again == *message);
    }
}
