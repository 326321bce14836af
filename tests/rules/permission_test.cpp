// SPDX-License-Identifier: MIT
#include <webpubsub/rules/permission.hpp>

#include "support/catch.hpp"

using namespace webpubsub;

TEST_CASE("Permissions have the names of roles and of the REST API") {
    CHECK(name_of(permission::join_leave_group) == "joinLeaveGroup");
    CHECK(name_of(permission::send_to_group) == "sendToGroup");
    CHECK(name_of(permission::get_group_state) == "getGroupState");
    CHECK(name_of(permission::set_group_state) == "setGroupState");
    CHECK(name_of(static_cast<permission>(permission_count)).empty());
}
