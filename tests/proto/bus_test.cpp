// SPDX-License-Identifier: MIT

// The codec of the bus against protobuf itself, with the schema as the project's file has it.

#include <webpubsub/cluster/bus_codec.hpp>
#include <webpubsub/cluster/bus_schema.hpp>

#include "support/catch.hpp"
#include "support/chance.hpp"
#include "support/random_message.hpp"

#include <webpubsub.bus.v1.pb.h>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/message_differencer.h>

#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

using azure::webpubsub::bus::BusMessage;

std::string body_of(const bus_message& message) {
    std::string bytes;
    append_bus_message({node_id::of_number(1), 1, true}, message, bytes);
    return std::string(read_bus_envelope(bytes)->body);
}

/// `time_to_live_ms` for `timeToLiveMs`.
std::string snake_case(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') out += '_';
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

} // namespace

TEST_CASE("each message of the bus has the fields of the schema, by name and number") {
    const auto& schema = *BusMessage::descriptor();
    CHECK(schema.field_count() == static_cast<int>(bus_message::size));
    for (const auto& kind : detail::bus_message_kinds) {
        CAPTURE(kind.type);
        const auto* const field = schema.FindFieldByNumber(kind.number);
        REQUIRE(field != nullptr);
        CHECK(field->name() == snake_case(kind.type));
        int rows = 0;
        for (std::size_t i = 0; i < kind.rows->count; ++i) {
            const auto& row = kind.rows->rows[i];
            if (row.number == 0) continue;
            ++rows;
            CAPTURE(row.name);
            const auto* const member = field->message_type()->FindFieldByNumber(row.number);
            REQUIRE(member != nullptr);
            CHECK(member->name() == snake_case(row.name));
        }
        CHECK(rows == field->message_type()->field_count());
    }
}

TEST_CASE("protobuf reads what the codec of the bus writes, and the codec what protobuf writes") {
    // It would write a line for each Any of a type that it does not know.
    auto* const logged_before = google::protobuf::SetLogHandler(nullptr);
    test::seeded_chance chance(1);
    for (int i = 0; i < 9'000; ++i) {
        const auto kind = static_cast<std::size_t>(i) % bus_message::size;
        CAPTURE(i, kind);
        bus_message message;
        test::random_message(chance).fill_rows(*detail::bus_message_kinds[kind].rows, message.emplace(kind));
        BusMessage theirs;
        REQUIRE(theirs.ParseFromString(body_of(message)));
        const auto size = theirs.ByteSizeLong();
        theirs.DiscardUnknownFields();
        CHECK(theirs.ByteSizeLong() == size);

        bus_message ours;
        REQUIRE(read_bus_message(theirs.SerializeAsString(), ours));
        BusMessage again;
        REQUIRE(again.ParseFromString(body_of(ours)));
        CHECK(google::protobuf::util::MessageDifferencer::Equals(theirs, again));
    }
    google::protobuf::SetLogHandler(logged_before);
}
