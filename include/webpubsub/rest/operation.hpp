// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>
#include <webpubsub/http/message.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The operations of the data plane, in the order of rest.md section 3.
enum class rest_operation : std::uint8_t {
    get_service_status,
    add_connections_to_groups,
    remove_connections_from_groups,
    close_all_connections,
    generate_client_token,
    send_to_all,
    close_connection,
    connection_exists,
    send_to_connection,
    remove_connection_from_all_groups,
    group_exists,
    close_group_connections,
    send_to_group,
    list_connections_in_group,
    add_connection_to_group,
    remove_connection_from_group,
    check_permission,
    grant_permission,
    revoke_permission,
    user_exists,
    close_user_connections,
    send_to_user,
    remove_user_from_all_groups,
    add_user_to_group,
    remove_user_from_group,
};

inline constexpr std::size_t rest_operation_count = 25;

/// What a request of an operation looks like.
struct rest_route {
    rest_operation operation;
    /// The `operationId` of the published specification, without its group.
    std::string_view name;
    http_method method;
    /// The path; what is in braces stands for one segment.
    std::string_view path;
    /// The status of a success.
    unsigned success;
};

inline constexpr std::array<rest_route, rest_operation_count> rest_routes{{
    {rest_operation::get_service_status, "GetServiceStatus", http_method::head, "/api/health", 200},
    {rest_operation::add_connections_to_groups, "AddConnectionsToGroups", http_method::post,
     "/api/hubs/{hub}/:addToGroups", 200},
    {rest_operation::remove_connections_from_groups, "RemoveConnectionsFromGroups", http_method::post,
     "/api/hubs/{hub}/:removeFromGroups", 200},
    {rest_operation::close_all_connections, "CloseAllConnections", http_method::post,
     "/api/hubs/{hub}/:closeConnections", 204},
    {rest_operation::generate_client_token, "GenerateClientToken", http_method::post, "/api/hubs/{hub}/:generateToken",
     200},
    {rest_operation::send_to_all, "SendToAll", http_method::post, "/api/hubs/{hub}/:send", 202},
    {rest_operation::close_connection, "CloseConnection", http_method::delete_,
     "/api/hubs/{hub}/connections/{connectionId}", 204},
    {rest_operation::connection_exists, "ConnectionExists", http_method::head,
     "/api/hubs/{hub}/connections/{connectionId}", 200},
    {rest_operation::send_to_connection, "SendToConnection", http_method::post,
     "/api/hubs/{hub}/connections/{connectionId}/:send", 202},
    {rest_operation::remove_connection_from_all_groups, "RemoveConnectionFromAllGroups", http_method::delete_,
     "/api/hubs/{hub}/connections/{connectionId}/groups", 204},
    {rest_operation::group_exists, "GroupExists", http_method::head, "/api/hubs/{hub}/groups/{group}", 200},
    {rest_operation::close_group_connections, "CloseGroupConnections", http_method::post,
     "/api/hubs/{hub}/groups/{group}/:closeConnections", 204},
    {rest_operation::send_to_group, "SendToGroup", http_method::post, "/api/hubs/{hub}/groups/{group}/:send", 202},
    {rest_operation::list_connections_in_group, "ListConnectionsInGroup", http_method::get,
     "/api/hubs/{hub}/groups/{group}/connections", 200},
    {rest_operation::add_connection_to_group, "AddConnectionToGroup", http_method::put,
     "/api/hubs/{hub}/groups/{group}/connections/{connectionId}", 200},
    {rest_operation::remove_connection_from_group, "RemoveConnectionFromGroup", http_method::delete_,
     "/api/hubs/{hub}/groups/{group}/connections/{connectionId}", 204},
    {rest_operation::check_permission, "CheckPermission", http_method::head,
     "/api/hubs/{hub}/permissions/{permission}/connections/{connectionId}", 200},
    {rest_operation::grant_permission, "GrantPermission", http_method::put,
     "/api/hubs/{hub}/permissions/{permission}/connections/{connectionId}", 200},
    {rest_operation::revoke_permission, "RevokePermission", http_method::delete_,
     "/api/hubs/{hub}/permissions/{permission}/connections/{connectionId}", 204},
    {rest_operation::user_exists, "UserExists", http_method::head, "/api/hubs/{hub}/users/{userId}", 200},
    {rest_operation::close_user_connections, "CloseUserConnections", http_method::post,
     "/api/hubs/{hub}/users/{userId}/:closeConnections", 204},
    {rest_operation::send_to_user, "SendToUser", http_method::post, "/api/hubs/{hub}/users/{userId}/:send", 202},
    {rest_operation::remove_user_from_all_groups, "RemoveUserFromAllGroups", http_method::delete_,
     "/api/hubs/{hub}/users/{userId}/groups", 204},
    {rest_operation::add_user_to_group, "AddUserToGroup", http_method::put,
     "/api/hubs/{hub}/users/{userId}/groups/{group}", 200},
    {rest_operation::remove_user_from_group, "RemoveUserFromGroup", http_method::delete_,
     "/api/hubs/{hub}/users/{userId}/groups/{group}", 204},
}};

constexpr const rest_route& route_of(rest_operation operation) noexcept {
    return rest_routes[static_cast<std::size_t>(operation)];
}

/// Whether the operation is a message, which the service takes and delivers later.
constexpr bool sends_message(rest_operation operation) noexcept { return route_of(operation).success == 202; }

} // namespace webpubsub::inline WEBPUBSUB_MODE
