// SPDX-License-Identifier: MIT
#include <webpubsub/rules/permission_set.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;

namespace {

constexpr auto join = permission::join_leave_group;
constexpr auto send = permission::send_to_group;
constexpr std::array all_permissions{join, send, permission::get_group_state, permission::set_group_state};

permission_set made_of(const std::vector<std::string>& roles, permission_limits limits = {}) {
    return permission_set(roles, limits);
}

errc error_of(const result<void>& r) { return r.has_value() ? errc{} : r.error().code; }

/// Group names that differ already in their first characters.
std::string numbered(std::size_t i) { return std::to_string(i) + "-group"; }

} // namespace

TEST_CASE("Without roles nothing is allowed") {
    const permission_set nothing;
    for (const auto what : all_permissions) CHECK_FALSE(nothing.allows(what, "room"));
    CHECK(nothing == made_of({}));
    CHECK(nothing == made_of({"admin"}));
}

TEST_CASE("A role allows what it says and nothing else") {
    struct row {
        std::string role;
        permission what;
        std::vector<std::string_view> allowed;
        std::vector<std::string_view> denied;
    };
    const std::vector<row> rows{
        {"webpubsub.joinLeaveGroup", join, {"room", "a.b", "*"}, {}},
        {"webpubsub.joinLeaveGroup.room", join, {"room"}, {"Room", "room1", "roo", "room."}},
        {"webpubsub.sendToGroup", send, {"room", "a.b"}, {}},
        {"webpubsub.sendToGroup.room", send, {"room"}, {"rooms", " room"}},
        {"webpubsub.sendToGroup.a*", send, {"a*"}, {"a", "ab", "a**"}},
        {"webpubsub.sendToGroup.a.b", send, {"a.b"}, {"a", "aXb"}},
        {"webpubsub.joinLeaveGroups.chat-*", join, {"chat-1", "chat-"}, {"chat.1", "chat"}},
        {"webpubsub.sendToGroups.clientA.**", send, {"clientA.a.b"}, {"clientB.a"}},
        {"webpubsub.sendToGroups.room", send, {"room"}, {"room1"}},
        {"webpubsub.sendToGroups.**", send, {"room", "a.b.c"}, {}},
        {"webpubsub.getGroupState", permission::get_group_state, {"room"}, {}},
        {"webpubsub.setGroupState", permission::set_group_state, {"room"}, {}},
        {"webpubsub.getGroupState.a?", permission::get_group_state, {"ab"}, {"a", "a."}},
        {"webpubsub.setGroupState.a*", permission::set_group_state, {"a", "ab"}, {"b"}},
        {"some.other.role", join, {}, {"room", "some.other.role"}},
    };
    for (const auto& row : rows) {
        const auto set = made_of({row.role});
        for (const auto group : row.allowed) {
            CAPTURE(row.role, group);
            for (const auto what : all_permissions) CHECK(set.allows(what, group) == (what == row.what));
        }
        for (const auto group : row.denied) {
            CAPTURE(row.role, group);
            for (const auto what : all_permissions) CHECK_FALSE(set.allows(what, group));
        }
    }
}

TEST_CASE("Several roles add up, in whatever order they come and however often") {
    std::vector<std::string> roles{"webpubsub.sendToGroup.b", "webpubsub.sendToGroups.x*", "webpubsub.joinLeaveGroup",
                                   "webpubsub.sendToGroup.a", "webpubsub.sendToGroups.x*", "webpubsub.sendToGroup.b"};
    const auto first = made_of(roles);
    std::sort(roles.begin(), roles.end());
    do {
        const auto set = made_of(roles);
        REQUIRE(set == first);
    } while (std::next_permutation(roles.begin(), roles.end()));
    for (const auto group : {"a", "b", "x1"}) CHECK(first.allows(send, group));
    CHECK_FALSE(first.allows(send, "c"));
    CHECK(first.allows(join, "c"));
}

TEST_CASE("A string that is no permission is counted and leaves the other roles effective") {
    const auto set =
        made_of({"webpubsub.sendToGroups.******", "admin", "webpubsub.sendToGroup.a", "webpubsub.sendToGroups.b*"});
    CHECK(set.unknown_roles() == 2);
    CHECK(set.roles_over_limit() == 0);
    CHECK(set.allows(send, "a"));
    CHECK(set.allows(send, "b1"));
}

TEST_CASE("The generic role makes finer roles needless") {
    CHECK(made_of({"webpubsub.sendToGroup", "webpubsub.sendToGroup.a", "webpubsub.sendToGroups.b*"}) ==
          made_of({"webpubsub.sendToGroup"}));
    CHECK(made_of({"webpubsub.sendToGroup.a", "webpubsub.sendToGroups.b*", "webpubsub.sendToGroups.**"}) ==
          made_of({"webpubsub.sendToGroup"}));
    CHECK(made_of({"webpubsub.sendToGroups.!*", "webpubsub.sendToGroups.**"}) == made_of({"webpubsub.sendToGroup"}));
    CHECK(made_of({"webpubsub.getGroupState.a", "webpubsub.getGroupState.**"}) == made_of({"webpubsub.getGroupState"}));
}

TEST_CASE("A pattern takes the place of the named groups that it matches") {
    // With room for one named group, a second one fits only if the pattern removed the first.
    auto set = made_of({"webpubsub.sendToGroup.a1", "webpubsub.sendToGroups.a*"}, {1, 9});
    CHECK(set.roles_over_limit() == 0);
    CHECK(set.grant(send, "b").has_value());
    CHECK(set.allows(send, "a1"));
    CHECK(set.allows(send, "b"));
    CHECK(error_of(set.grant(send, "c")) == errc::too_many_rules);

    // It stays in place if the pattern does not match it.
    auto other = made_of({"webpubsub.sendToGroup.b1", "webpubsub.sendToGroups.a*"}, {1, 9});
    CHECK(other.allows(send, "b1"));
    CHECK(error_of(other.grant(send, "c")) == errc::too_many_rules);
}

TEST_CASE("A grant allows one group, a revoke denies it again") {
    permission_set set;
    REQUIRE(set.grant(send, "room").has_value());
    CHECK(set.allows(send, "room"));
    CHECK_FALSE(set.allows(send, "rooms"));
    CHECK_FALSE(set.allows(join, "room"));
    REQUIRE(set.revoke(send, "room").has_value());
    CHECK_FALSE(set.allows(send, "room"));
    CHECK(set == permission_set());
}

TEST_CASE("After a generic role, a revoke leaves every other group allowed") {
    auto set = made_of({"webpubsub.sendToGroup"});
    REQUIRE(set.revoke(send, "room").has_value());
    CHECK_FALSE(set.allows(send, "room"));
    CHECK(set.allows(send, "room1"));
    CHECK(set.allows(send, "other"));
    REQUIRE(set.grant(send, "room").has_value());
    CHECK(set.allows(send, "room"));
    CHECK(set == made_of({"webpubsub.sendToGroup"}));
}

TEST_CASE("A named group decides before a pattern") {
    auto set = made_of({"webpubsub.joinLeaveGroups.chat-*"});
    REQUIRE(set.revoke(join, "chat-1").has_value());
    CHECK_FALSE(set.allows(join, "chat-1"));
    CHECK(set.allows(join, "chat-2"));
    REQUIRE(set.grant(join, "chat-1").has_value());
    CHECK(set.allows(join, "chat-1"));
    CHECK(set == made_of({"webpubsub.joinLeaveGroups.chat-*"}));
}

TEST_CASE("A grant of what is allowed and a revoke of what is denied change nothing, even at the limit") {
    for (const auto& roles :
         {std::vector<std::string>{"webpubsub.sendToGroup"}, std::vector<std::string>{"webpubsub.sendToGroups.r*"},
          std::vector<std::string>{"webpubsub.sendToGroup.room"}}) {
        CAPTURE(roles.front());
        const auto before = made_of(roles, {1, 9});
        auto set = before;
        CHECK(set.grant(send, "room").has_value());
        CHECK(set == before);
        if (roles.front() == "webpubsub.sendToGroup") continue;
        CHECK(set.revoke(send, "other").has_value());
        CHECK(set == before);
    }
}

TEST_CASE("A revoked role of one group is gone for good") {
    auto set = made_of({"webpubsub.sendToGroup.room"});
    REQUIRE(set.revoke(send, "room").has_value());
    CHECK_FALSE(set.allows(send, "room"));
    CHECK(set == permission_set());
}

TEST_CASE("A star in a granted name is an ordinary character") {
    permission_set set;
    REQUIRE(set.grant(join, "a*").has_value());
    REQUIRE(set.grant(join, "**").has_value());
    CHECK(set.allows(join, "a*"));
    CHECK(set.allows(join, "**"));
    CHECK_FALSE(set.allows(join, "ab"));
    CHECK_FALSE(set.allows(join, "a"));
}

TEST_CASE("Case and surrounding blanks of a granted name count") {
    permission_set set;
    REQUIRE(set.grant(join, " Room ").has_value());
    CHECK(set.allows(join, " Room "));
    for (const auto group : {"Room", " Room", "Room ", " room "}) CHECK_FALSE(set.allows(join, group));
}

TEST_CASE("A name that no group can have is neither granted nor revoked") {
    auto set = made_of({"webpubsub.sendToGroup"});
    const auto before = set;
    for (const auto& group : {std::string(), std::string(" "), std::string(1025, 'a'), std::string("\xFF")}) {
        CAPTURE(group.substr(0, 10));
        CHECK(error_of(set.grant(send, group)) == errc::invalid_group_name);
        CHECK(error_of(set.revoke(send, group)) == errc::invalid_group_name);
    }
    CHECK(set == before);
}

TEST_CASE("A permission has room for 1000 named groups, and one more is refused without a change") {
    permission_set set;
    for (std::size_t i = 0; i < 1000; ++i) REQUIRE(set.grant(join, numbered(i)).has_value());
    const auto full = set;
    CHECK(error_of(set.grant(join, "one more")) == errc::too_many_rules);
    CHECK(set == full);
    CHECK_FALSE(set.allows(join, "one more"));
    for (std::size_t i = 0; i < 1000; ++i) REQUIRE(set.allows(join, numbered(i)));

    // Allowed already: no entry needed. Another permission has a room of its own.
    CHECK(set.grant(join, numbered(7)).has_value());
    CHECK(set.grant(send, "one more").has_value());
    // An opposite entry that is removed makes room.
    CHECK(set.revoke(join, numbered(7)).has_value());
    CHECK(set.grant(join, "one more").has_value());
    CHECK(error_of(set.grant(join, numbered(7))) == errc::too_many_rules);
}

TEST_CASE("Denied groups take room as well") {
    auto set = made_of({"webpubsub.sendToGroup"});
    for (std::size_t i = 0; i < 1000; ++i) REQUIRE(set.revoke(send, numbered(i)).has_value());
    CHECK(error_of(set.revoke(send, "one more")) == errc::too_many_rules);
    CHECK(set.allows(send, "one more"));
    CHECK(set.grant(send, numbered(7)).has_value());
    CHECK(set.revoke(send, "one more").has_value());

    auto mixed = made_of({"webpubsub.sendToGroups.a*"}, {2, 9});
    CHECK(mixed.revoke(send, "a1").has_value());
    CHECK(mixed.grant(send, "b1").has_value());
    CHECK(error_of(mixed.revoke(send, "a2")) == errc::too_many_rules);
    CHECK(error_of(mixed.grant(send, "b2")) == errc::too_many_rules);
}

TEST_CASE("Roles beyond the limits are counted and have no effect, the first in sorted order stay") {
    std::vector<std::string> roles;
    for (std::size_t i = 0; i < 1003; ++i) roles.push_back("webpubsub.sendToGroup." + std::to_string(9999 - i));
    for (char c = 'z'; c >= 'm'; --c) roles.push_back(std::string("webpubsub.sendToGroups.") + c + "*");
    const auto set = made_of(roles);
    CHECK(set.roles_over_limit() == 3 + 5);
    CHECK(set.unknown_roles() == 0);
    CHECK(set.allows(send, "8997"));
    CHECK(set.allows(send, "9996"));
    CHECK_FALSE(set.allows(send, "9997"));
    for (char c = 'm'; c <= 'z'; ++c) {
        CAPTURE(c);
        CHECK(set.allows(send, std::string(1, c) + "1") == (c <= 'u'));
    }
}

TEST_CASE("A permission has room for nine patterns, and the generic role is not one of them") {
    std::vector<std::string> roles;
    for (char c = 'a'; c <= 'i'; ++c) roles.push_back(std::string("webpubsub.joinLeaveGroups.") + c + "*");
    CHECK(made_of(roles).roles_over_limit() == 0);
    CHECK(made_of(roles).allows(join, "i1"));

    auto repeated = roles;
    repeated.push_back("webpubsub.joinLeaveGroups.a*");
    CHECK(made_of(repeated).roles_over_limit() == 0);

    auto ten = roles;
    ten.push_back("webpubsub.joinLeaveGroups.j*");
    CHECK(made_of(ten).roles_over_limit() == 1);
    CHECK_FALSE(made_of(ten).allows(join, "j1"));
    CHECK(made_of(ten) == made_of(roles));

    ten.push_back("webpubsub.joinLeaveGroups.room");
    CHECK(made_of(ten).roles_over_limit() == 1);
    CHECK(made_of(ten).allows(join, "room"));

    ten.push_back("webpubsub.joinLeaveGroup");
    CHECK(made_of(ten).roles_over_limit() == 0);
    CHECK(made_of(ten).allows(join, "j1"));
}

TEST_CASE("A refused pattern removes no named group") {
    const std::vector<std::string> roles{"webpubsub.sendToGroup.b1", "webpubsub.sendToGroups.a*",
                                         "webpubsub.sendToGroups.b*"};
    const auto set = made_of(roles, {9, 1});
    CHECK(set.roles_over_limit() == 1);
    CHECK(set.allows(send, "b1"));
    CHECK_FALSE(set.allows(send, "b2"));
}

TEST_CASE("A copy goes its own way") {
    auto original = made_of({"webpubsub.sendToGroups.a*"});
    auto copy = original;
    REQUIRE(copy.grant(send, "b").has_value());
    REQUIRE(copy.revoke(send, "a1").has_value());
    CHECK_FALSE(original.allows(send, "b"));
    CHECK(original.allows(send, "a1"));
    CHECK_FALSE(copy == original);
}

TEST_CASE("A change is seen for its own group and permission only, whatever came before") {
    const std::vector<std::string_view> groups{"a", "a1", "a.1", "b", "b1", "c"};
    const std::vector<std::vector<std::string>> bases{
        {},
        {"webpubsub.sendToGroup"},
        {"webpubsub.sendToGroups.a*", "webpubsub.sendToGroup.b"},
        {"webpubsub.sendToGroups.?1", "webpubsub.sendToGroups.a**", "webpubsub.sendToGroup.c",
         "webpubsub.joinLeaveGroup"},
    };
    std::uint32_t random = 1;
    const auto draw = [&random](std::size_t below) {
        random = random * 1664525u + 1013904223u;
        return (random >> 8) % below;
    };
    for (const auto& base : bases) {
        auto set = made_of(base);
        for (int round = 0; round < 2000; ++round) {
            const auto before = set;
            const auto what = draw(2) == 0 ? send : join;
            const auto group = groups[draw(groups.size())];
            const bool allow = draw(2) == 0;
            REQUIRE((allow ? set.grant(what, group) : set.revoke(what, group)).has_value());
            REQUIRE(set.allows(what, group) == allow);
            for (const auto other : groups) {
                for (const auto permission : all_permissions) {
                    if (permission == what && other == group) continue;
                    if (set.allows(permission, other) != before.allows(permission, other)) FAIL(other);
                }
            }
            if (before.allows(what, group) == allow) REQUIRE(set == before);
        }
    }
}
