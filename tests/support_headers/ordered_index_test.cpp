// SPDX-License-Identifier: MIT
#include <webpubsub/support/ordered_index.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <tuple>
#include <utility>

using webpubsub::detail::ordered_index;

namespace {

using keys = std::tuple<std::uint64_t, std::uint64_t, std::string>;

ordered_index::key key_of(const keys& k) { return {std::get<0>(k), std::get<1>(k), std::get<2>(k)}; }
keys keys_of(const ordered_index::entry& e) { return {e.first, e.second, std::string(e.name())}; }

void check_equal(const ordered_index& index, const std::map<keys, std::uint64_t>& model) {
    REQUIRE(index.size() == model.size());
    const auto* at = index.find_from({});
    for (const auto& [k, value] : model) {
        REQUIRE(at != nullptr);
        REQUIRE(keys_of(*at) == k);
        REQUIRE(at->value == value);
        at = index.find_from(key_of(k), true);
    }
    REQUIRE(at == nullptr);
}

} // namespace

TEST_CASE("an index does what a map does, whatever comes and goes") {
    ordered_index index;
    std::map<keys, std::uint64_t> model;
    std::uint64_t chance = GENERATE(1u, 2u, 3u);
    const auto draw = [&chance](std::uint64_t below) {
        chance = chance * 6364136223846793005 + 1442695040888963407;
        return (chance >> 33) % below;
    };
    for (int i = 0; i < 4000; ++i) {
        const keys k{draw(6), draw(6),
                     std::string(static_cast<std::size_t>(draw(4)), static_cast<char>('a' + draw(3)))};
        switch (draw(3)) {
        case 0: CHECK(index.erase(key_of(k)) == (model.erase(k) == 1)); break;
        default: index.set(key_of(k), static_cast<std::uint64_t>(i)); model[k] = static_cast<std::uint64_t>(i);
        }
        const keys sought{draw(7), draw(7), "b"};
        const auto found = model.find(sought);
        const auto* const entry = index.find(key_of(sought));
        REQUIRE((entry != nullptr) == (found != model.end()));
        const auto next = model.lower_bound(sought);
        const auto* const from = index.find_from(key_of(sought));
        REQUIRE((from != nullptr) == (next != model.end()));
        if (from != nullptr) REQUIRE(keys_of(*from) == next->first);
        if (i % 500 == 0) check_equal(index, model);
    }
    check_equal(index, model);
    auto copy = index;
    const auto moved = std::move(index);
    check_equal(copy, model);
    check_equal(moved, model);
    copy.clear();
    check_equal(copy, {});
    check_equal(moved, model);
}

TEST_CASE("keys in their order make no deep tree") {
    ordered_index index;
    for (std::uint64_t i = 0; i < 20'000; ++i) index.set({i, 0, {}}, i);
    const auto depth = [](const auto& self, const ordered_index::entry* at) -> int {
        if (at == nullptr) return 0;
        const int left = self(self, at->left);
        const int right = self(self, at->right);
        return 1 + (left > right ? left : right);
    };
    const auto* top = index.find_from({});
    std::uint64_t greatest = 0;
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        const auto* const each = index.find({i, 0, {}});
        if (each->priority >= greatest) {
            greatest = each->priority;
            top = each;
        }
    }
    // About 2 ln n is expected.
    CHECK(depth(depth, top) < 60);
}
