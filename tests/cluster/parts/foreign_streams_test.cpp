// SPDX-License-Identifier: MIT
#include <webpubsub/cluster/parts/foreign_streams.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace webpubsub;
using cluster_parts::foreign_streams;

namespace {

const auto near_node = node_id::of_number(1);
const auto far_node = node_id::of_number(2);

group_data_message part_of(const std::string& stream, std::uint64_t sequence, const std::string& in_group = "g") {
    group_data_message part;
    part.group = in_group;
    part.from_user_id = "u";
    part.stream = stream_position{stream, sequence, std::nullopt};
    return part;
}
group_data_message end_of(const std::string& stream, std::uint64_t sequence) {
    auto end = part_of(stream, sequence);
    end.stream->end = stream_end{};
    return end;
}
std::vector<std::string> lost(foreign_streams& all, node_id node) {
    std::vector<std::string> streams;
    for (const auto& each : all.take_lost(node)) {
        streams.push_back(each.stream->stream_id + std::to_string(each.stream->stream_sequence_id));
    }
    return streams;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("the open streams of a lost node end behind their last parts") {
    foreign_streams all(10);
    CHECK(all.note(near_node, part_of("s", 1)));
    CHECK(all.note(near_node, part_of("s", 2)));
    CHECK(all.note(near_node, part_of("t", 1)));
    CHECK(all.note(near_node, end_of("t", 2)));
    CHECK(all.note(near_node, end_of("unknown", 2)));
    CHECK(all.note(far_node, part_of("s", 7)));
    CHECK(lost(all, near_node) == names{"s3"});
    CHECK(lost(all, near_node) == names{});
    CHECK(lost(all, far_node) == names{"s8"});
    CHECK(all.size() == 0);
}

TEST_CASE("of too many streams those are remembered that were heard of last") {
    foreign_streams all(2);
    all.note(near_node, part_of("missed", 1));
    all.note(near_node, part_of("alive", 1));
    SECTION("the one is forgotten of which nothing comes") {
        CHECK_FALSE(all.note(near_node, part_of("new", 1)));
        CHECK(all.note(near_node, part_of("alive", 2)));
        CHECK_FALSE(all.note(far_node, part_of("newer", 1)));
        CHECK(lost(all, near_node) == names{"alive3"});
        CHECK(lost(all, far_node) == names{"newer2"});
    }
    SECTION("an end makes room") {
        all.note(near_node, end_of("alive", 2));
        CHECK(all.note(near_node, part_of("new", 1)));
        CHECK(lost(all, near_node) == names{"missed2", "new2"});
    }
    SECTION("so does a group that nobody is in any more") {
        all.note(near_node, part_of("alive", 2, "other"));
        all.forget("g");
        CHECK(all.size() == 1);
        CHECK(all.note(near_node, part_of("new", 1)));
    }
    SECTION("none is remembered where none may be") {
        foreign_streams none(0);
        CHECK_FALSE(none.note(near_node, part_of("s", 1)));
        CHECK(none.note(near_node, end_of("s", 2)));
        CHECK(none.size() == 0);
    }
}
