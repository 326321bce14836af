// SPDX-License-Identifier: MIT
#include <webpubsub/rules/role.hpp>

#include "support/catch.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

enum class form { any, literal, pattern };

form form_of(const role& r) { return static_cast<form>(r.groups.index()); }

} // namespace

TEST_CASE("Each form of role allows its permission for its groups") {
    struct row {
        std::string_view text;
        webpubsub::permission permission;
        form kind;
        /// The literal group, or the pattern's text.
        std::string_view groups;
    };
    const auto rows = std::to_array<row>({
        {"webpubsub.joinLeaveGroup", permission::join_leave_group, form::any, ""},
        {"webpubsub.joinLeaveGroup.room", permission::join_leave_group, form::literal, "room"},
        {"webpubsub.sendToGroup", permission::send_to_group, form::any, ""},
        {"webpubsub.sendToGroup.room", permission::send_to_group, form::literal, "room"},
        {"webpubsub.joinLeaveGroups.chat-*", permission::join_leave_group, form::pattern, "chat-*"},
        {"webpubsub.sendToGroups.clientA.**", permission::send_to_group, form::pattern, "clientA.**"},
        {"webpubsub.getGroupState", permission::get_group_state, form::any, ""},
        {"webpubsub.setGroupState", permission::set_group_state, form::any, ""},
        {"webpubsub.getGroupState.a?", permission::get_group_state, form::pattern, "a?"},
        {"webpubsub.setGroupState.a.*", permission::set_group_state, form::pattern, "a.*"},

        // The group of the singular form is taken literally, whatever it looks like.
        {"webpubsub.sendToGroup.a*", permission::send_to_group, form::literal, "a*"},
        {"webpubsub.sendToGroup.**", permission::send_to_group, form::literal, "**"},
        {"webpubsub.sendToGroup.a.b", permission::send_to_group, form::literal, "a.b"},
        {"webpubsub.joinLeaveGroup..", permission::join_leave_group, form::literal, "."},
        {R"(webpubsub.joinLeaveGroup.a\*)", permission::join_leave_group, form::literal, R"(a\*)"},
        {"webpubsub.joinLeaveGroup.s.a*", permission::join_leave_group, form::literal, "s.a*"},
        {"webpubsub.joinLeaveGroup. room ", permission::join_leave_group, form::literal, " room "},

        // A pattern without wildcards is a literal, one that matches everything is the generic role.
        {"webpubsub.joinLeaveGroups.room", permission::join_leave_group, form::literal, "room"},
        {R"(webpubsub.sendToGroups.a\*\?\\)", permission::send_to_group, form::literal, R"(a*?\)"},
        {"webpubsub.getGroupState.room", permission::get_group_state, form::literal, "room"},
        {"webpubsub.joinLeaveGroups.**", permission::join_leave_group, form::any, ""},
        {"webpubsub.sendToGroups.****", permission::send_to_group, form::any, ""},
        {"webpubsub.setGroupState.***", permission::set_group_state, form::any, ""},
        {"webpubsub.sendToGroups.*", permission::send_to_group, form::pattern, "*"},
    });
    for (const auto& [text, what, kind, groups] : rows) {
        CAPTURE(text);
        const auto parsed = parse_role(text);
        REQUIRE(parsed.has_value());
        CHECK(parsed->permission == what);
        REQUIRE(form_of(*parsed) == kind);
        if (kind == form::literal) CHECK(get<std::string>(parsed->groups) == groups);
        if (kind == form::pattern) CHECK(get<pattern>(parsed->groups) == pattern::parse(groups).value());
    }
}

TEST_CASE("Any other string is no permission") {
    const auto rows = std::to_array<std::string>({
        "",
        "admin",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "webpubsub",
        "webpubsub.",
        "webpubsub.join",
        "webpubsub.ping",
        // Case, white space and every other character of the fixed part count.
        "Webpubsub.joinLeaveGroup",
        "webpubsub.JoinLeaveGroup",
        "webpubsub.joinleavegroup",
        "webpubsub.joinLeaveGROUPS.a*",
        " webpubsub.joinLeaveGroup",
        "webpubsub.joinLeaveGroup ",
        "webpubsub.joinLeaveGroupX",
        "webpubsub.joinLeaveGroup*",
        "webpubsub:joinLeaveGroup",
        "webpubsub.webpubsub.sendToGroup",
        // The plural needs a pattern, and group state has none.
        "webpubsub.joinLeaveGroups",
        "webpubsub.sendToGroups",
        "webpubsub.sendToGroupsX",
        "webpubsub.getGroupStates",
        "webpubsub.getGroupStates.a*",
        // No group, groups that can't exist, bad patterns.
        "webpubsub.joinLeaveGroup.",
        "webpubsub.sendToGroup.",
        "webpubsub.joinLeaveGroups.",
        "webpubsub.getGroupState.",
        "webpubsub.sendToGroup. \t",
        "webpubsub.sendToGroups. ",
        "webpubsub.sendToGroup.\xFF",
        "webpubsub.sendToGroups.a\xC3*",
        "webpubsub.sendToGroups.a******",
        "webpubsub.setGroupState.*.*.*.*.*.*",
        "webpubsub.sendToGroup." + std::string(1025, 'a'),
        "webpubsub.sendToGroups." + std::string(1024, 'a') + "*",
    });
    for (const auto& text : rows) {
        CAPTURE(text.substr(0, 60));
        CHECK_FALSE(parse_role(text).has_value());
    }
}

TEST_CASE("Roles reach up to the limits of names and patterns") {
    const std::string longest(1024, 'a');
    const auto literal = parse_role("webpubsub.sendToGroup." + longest);
    REQUIRE(literal.has_value());
    CHECK(get<std::string>(literal->groups) == longest);
    CHECK(parse_role("webpubsub.sendToGroups." + longest.substr(1) + "*").has_value());
}

TEST_CASE("Roles are equal when they allow the same for the same groups") {
    CHECK(parse_role("webpubsub.sendToGroups.**") == parse_role("webpubsub.sendToGroup"));
    CHECK(parse_role("webpubsub.sendToGroups.a") == parse_role("webpubsub.sendToGroup.a"));
    CHECK_FALSE(parse_role("webpubsub.sendToGroup.a") == parse_role("webpubsub.joinLeaveGroup.a"));
    CHECK_FALSE(parse_role("webpubsub.sendToGroup.a*") == parse_role("webpubsub.sendToGroups.a*"));
}
