// SPDX-License-Identifier: MIT
#include <webpubsub/overloaded.hpp>
#include <webpubsub/variant.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

using namespace webpubsub;

namespace {

struct point {
    int x = 1;
    friend bool operator==(const point&, const point&) = default;
};

struct alignas(32) aligned {
    char c = 'a';
};

/// Counts its objects, and can't be made of a negative number.
struct counted {
    explicit counted(int number = 0) : value(number) {
        if (number < 0) throw std::invalid_argument("negative");
        ++living;
    }
    counted(const counted& other) : value(other.value) { ++living; }
    counted(counted&& other) noexcept : value(std::exchange(other.value, -1)) { ++living; }
    counted& operator=(const counted&) = default;
    counted& operator=(counted&&) = default;
    ~counted() { --living; }
    friend bool operator==(const counted&, const counted&) = default;

    int value;
    static inline int living = 0;
};

using some = variant<point, std::string, counted>;

struct derived : variant<point, std::string> {
    using variant::variant;
};

static_assert(some::size == 3);
static_assert(std::is_nothrow_move_constructible_v<some> && std::is_nothrow_move_assignable_v<some>);
static_assert(!std::is_constructible_v<some, int> && !std::is_constructible_v<some, const char*>);
static_assert(alignof(variant<char, aligned>) == alignof(aligned));

} // namespace

TEST_CASE("a variant holds the first alternative until it is given another one") {
    some it;
    CHECK(it.index() == 0);
    CHECK(holds_alternative<point>(it));
    CHECK(get<point>(it).x == 1);
    CHECK(get_if<std::string>(&it) == nullptr);
    CHECK(get_if<std::string>(static_cast<some*>(nullptr)) == nullptr);

    it = std::string("long enough to need memory of its own");
    CHECK(it.index() == 1);
    CHECK(get_if<point>(&it) == nullptr);
    CHECK(get<std::string>(it).starts_with("long"));

    CHECK(it.emplace<counted>(7).value == 7);
    CHECK(get<counted>(it).value == 7);
    it.emplace(1);
    CHECK(get<std::string>(it).empty());
    CHECK(it.data() == get_if<std::string>(&it));
}

TEST_CASE("a variant keeps what it holds when the next object can't be made") {
    some it(std::string("kept"));
    CHECK_THROWS_AS(it.emplace<counted>(-1), std::invalid_argument);
    CHECK(get<std::string>(it) == "kept");
}

TEST_CASE("a variant ends what it holds once") {
    {
        some one(counted(1));
        some copy = one;
        some moved = std::move(one);
        CHECK(counted::living == 3);
        CHECK(get<counted>(one).value == -1);
        CHECK(get<counted>(moved).value == 1);
        CHECK(copy == moved);
        copy = std::string();
        CHECK(counted::living == 2);
        const auto& same = moved;
        moved = same;
        CHECK(get<counted>(moved).value == 1);
        copy = moved;
        CHECK(counted::living == 3);
        copy = std::move(moved);
        CHECK(counted::living == 3);
        CHECK(get<counted>(copy).value == 1);
    }
    CHECK(counted::living == 0);
}

TEST_CASE("a variant is made of a copy of an object that is known by the index of its type") {
    const std::string text = "text";
    CHECK(some(1, &text) == some(text));
}

TEST_CASE("variants are equal when they hold equal objects of the same type") {
    CHECK(some(point{1}) == some());
    CHECK(some(point{1}) != some(point{2}));
    CHECK(some(std::string()) != some(point{}));
    CHECK(some(std::string("a")) == some(std::string("a")));
}

TEST_CASE("a visitor is called with the object of a variant, which it may change") {
    const auto name = overloaded{[](const point&) -> std::string { return "point"; },
                                 [](const std::string& text) -> std::string { return text; },
                                 [](const counted& one) { return std::to_string(one.value); }};
    some it;
    CHECK(visit(name, it) == "point");
    it = counted(3);
    CHECK(visit(name, std::as_const(it)) == "3");
    visit(overloaded{[](counted& one) { one.value = 4; }, [](auto&) { FAIL(); }}, it);
    CHECK(visit(name, it) == "4");
    int calls = 0;
    for (const auto& each : {some(), some(std::string("s")), some(counted(5))}) {
        visit([&](const auto&) { ++calls; }, each);
    }
    CHECK(calls == 3);
}

TEST_CASE("a class that derives from a variant is used like one") {
    derived it(std::string("text"));
    CHECK(holds_alternative<std::string>(it));
    CHECK(get<std::string>(std::move(it)) == "text");
    CHECK(visit([](const auto& object) { return sizeof(object); }, it) == sizeof(std::string));
    CHECK(reinterpret_cast<std::uintptr_t>(std::make_unique<variant<char, aligned>>(aligned{})->data()) % 32 == 0);
}
