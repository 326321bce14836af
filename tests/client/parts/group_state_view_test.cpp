// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/group_state_view.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_parts;

namespace {

using items = std::vector<group_state_item>;

group_state_item state(std::string id, std::string value, int at) {
    return {std::move(id), "u", string_map{{"k", std::move(value)}}, update_time(std::chrono::milliseconds(at))};
}

group_state_item cleared(std::string id, int at) {
    return {std::move(id), "u", {}, update_time(std::chrono::milliseconds(at))};
}

struct driver {
    explicit driver(const client_group_state_options& the_options = {}) : options(the_options) {}

    client_group_state_options options;
    group_state_view view;

    items update(items changes) { return view.update(std::move(changes), options); }
    items replace(items changes) { return view.replace(std::move(changes), options); }
    void clear() { view.clear(); }
};

/// `a=1 b=2`
std::string text(const driver& d) {
    std::string out;
    for (const auto& item : d.view.states()) {
        if (!out.empty()) out += ' ';
        out += item.connection_id + "=" + item.state->front().value;
    }
    return out;
}

} // namespace

TEST_CASE("an update replaces an older state, and only that") {
    driver view;
    CHECK(view.update({state("a", "1", 10)}) == items{state("a", "1", 10)});
    CHECK(view.update({state("b", "2", 5), state("a", "3", 11)}) == items{state("b", "2", 5), state("a", "3", 11)});
    CHECK(text(view) == "a=3 b=2");
    CHECK(view.update({state("a", "old", 9)}).empty());
    CHECK(view.update({state("a", "same time", 11)}).empty());
    CHECK(text(view) == "a=3 b=2");
}

TEST_CASE("a cleared state is gone, and an older update does not bring it back") {
    driver view;
    view.update({state("a", "1", 10)});
    CHECK(view.update({cleared("a", 9)}).empty());
    CHECK(view.update({cleared("a", 12)}) == items{cleared("a", 12)});
    CHECK(text(view).empty());
    CHECK(view.update({state("a", "late", 11)}).empty());
    CHECK(view.update({cleared("a", 13)}).empty());
    CHECK(view.update({state("a", "late", 13)}).empty());
    CHECK(view.update({state("a", "new", 14)}) == items{state("a", "new", 14)});
    CHECK(text(view) == "a=new");
}

TEST_CASE("a clearing that comes before the state counts as well") {
    driver view;
    CHECK(view.update({cleared("a", 12)}).empty());
    CHECK(view.update({state("a", "late", 11)}).empty());
}

TEST_CASE("a snapshot replaces what was known") {
    driver view;
    view.update({state("a", "1", 10), state("b", "2", 11), state("c", "3", 12)});
    const auto changed = view.replace({state("a", "1", 10), state("b", "4", 20), state("d", "5", 15)});
    CHECK(changed == items{cleared("c", 12), state("b", "4", 20), state("d", "5", 15)});
    CHECK(text(view) == "a=1 b=4 d=5");
    CHECK(view.replace({}).size() == 3);
    CHECK(text(view).empty());
}

TEST_CASE("what is newer than a snapshot stays") {
    driver view;
    view.update({state("a", "new", 30), state("b", "new", 31), cleared("c", 32)});
    view.replace({state("a", "old", 10), state("c", "old", 11)});
    CHECK(text(view) == "a=new b=new");
}

TEST_CASE("a snapshot that is full says nothing of others") {
    client_group_state_options options;
    options.full_snapshot = 2;
    driver view(options);
    view.update({state("a", "1", 10)});
    view.replace({state("b", "2", 20), state("c", "3", 21)});
    CHECK(text(view) == "a=1 b=2 c=3");
    view.replace({state("c", "3", 22)});
    CHECK(text(view) == "c=3");
}

TEST_CASE("a snapshot of a subscription that follows another one replaces all, also when it is full") {
    client_group_state_options options;
    options.full_snapshot = 2;
    driver d(options);
    d.view.follow_another();
    d.update({state("a", "1", 30)});
    CHECK(d.replace({state("b", "2", 20), state("c", "3", 21)}).size() == 3);
    CHECK(text(d) == "b=2 c=3");
    d.replace({state("c", "3", 21)});
    CHECK(text(d) == "c=3");
}

TEST_CASE("states and marks are limited") {
    client_group_state_options options;
    options.max_states = 2;
    options.max_cleared = 2;
    driver view(options);
    CHECK(view.update({state("a", "1", 1), state("b", "2", 1), state("c", "3", 1)}).size() == 2);
    CHECK(view.update({state("a", "4", 2)}).size() == 1);
    CHECK(text(view) == "a=4 b=2");
    view.update({cleared("a", 10), cleared("b", 11), cleared("c", 12)});
    // The oldest mark is forgotten.
    CHECK(view.update({state("b", "late", 5), state("c", "late", 5)}).empty());
    CHECK(view.update({state("a", "late", 5)}).size() == 1);
}

TEST_CASE("a view that was cleared knows nothing") {
    driver view;
    view.update({state("a", "1", 10), cleared("b", 10)});
    view.clear();
    CHECK(view.view.states().empty());
    CHECK(view.update({state("b", "1", 5)}).size() == 1);
}

TEST_CASE("defect 22: states are limited in bytes, and an outdated one does not stay") {
    // An item with a value of one character takes 2 for its id, 1 for the user's, 2 for the key and the value, and the
    // memory of an entry.
    const std::size_t one = 5 + sizeof(string_map_entry);
    client_group_state_options options;
    options.max_bytes = 2 * one + 1;
    driver view(options);
    CHECK(view.update({state("a", "1", 1), state("b", "2", 1)}).size() == 2);
    CHECK(view.view.bytes() == 2 * one);
    CHECK(view.update({state("c", "3", 1)}).empty());
    CHECK(view.update({state("a", "44", 2)}).size() == 1);
    CHECK(text(view) == "a=44 b=2");
    // What does not fit any more is told as if it were cleared, and nothing older comes back.
    CHECK(view.update({state("b", "55", 3)}) == items{cleared("b", 3)});
    CHECK(text(view) == "a=44");
    CHECK(view.update({state("b", "2", 2)}).empty());
    CHECK(view.update({state("b", "6", 4)}).size() == 1);
    CHECK(text(view) == "a=44 b=6");
    CHECK(view.view.bytes() == 2 * one + 1);
    view.replace({});
    CHECK(view.view.bytes() == 0);
}

TEST_CASE("marks take bytes as well, and make room for states") {
    client_group_state_options options;
    options.max_bytes = 200;
    driver view(options);
    view.update({cleared(std::string(60, 'a'), 1)});
    CHECK(view.view.bytes() == 120);
    view.update({cleared(std::string(60, 'b'), 2)});
    CHECK(view.view.bytes() == 120);
    CHECK(view.update({state(std::string(60, 'a'), "late", 0)}).size() == 1);
    CHECK(view.view.bytes() == 120 + 1 + 5 + sizeof(string_map_entry));
    view.update({cleared(std::string(101, 'c'), 3)});
    view.update({cleared(std::string(60, 'a'), 4)});
    CHECK(view.view.bytes() == 120);
    view.clear();
    CHECK(view.view.bytes() == 0);
}
