// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/rest/operation.hpp>
#include <webpubsub/rules/permission.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Which clients a generated token is for (rest.md section 4).
enum class client_protocol : std::uint8_t { web_pubsub, mqtt };

/// An operation with its arguments (rest.md section 3), to be made by the functions of the namespace `rest`, which
/// know what each operation takes. What an operation does not take, or was not given, is empty.
struct rest_call {
    rest_operation operation = rest_operation::get_service_status;
    // In the path.
    std::string connection_id{};
    std::string group{};
    std::string user_id{};
    webpubsub::permission permission = webpubsub::permission::join_leave_group;
    // In the query or the body.
    /// The group of a permission.
    std::string target_name{};
    /// The ids of connections that are left out.
    std::vector<std::string> excluded{};
    /// The text of a `filter`.
    std::string filter{};
    /// Why connections are closed; they are told.
    std::string reason{};
    std::vector<std::string> groups{};
    std::vector<std::string> roles{};
    /// In seconds, 0 for never.
    std::optional<std::uint32_t> message_ttl{};
    std::optional<std::uint32_t> minutes_to_expire{};
    client_protocol protocol = client_protocol::web_pubsub;
    /// Connections of one page, and of all pages together.
    std::optional<std::uint32_t> max_page_size{};
    std::optional<std::uint32_t> top{};
    std::string continuation_token{};
    // What is sent.
    payload data{};
    /// It travels in headers.
    string_map metadata{};

    friend bool operator==(const rest_call&, const rest_call&) = default;
};

/// What may be said of a message.
struct rest_send_options {
    /// The ids of connections that don't get it; not for one connection or one user.
    std::vector<std::string> excluded{};
    /// The text of a `filter`: who of them gets it; not for one connection.
    std::string filter{};
    /// In seconds, up to 300; 0 for never. A message that could not be delivered in this time is dropped.
    std::optional<std::uint32_t> ttl{};
    /// A preview; see `messages/metadata.hpp`.
    string_map metadata{};
};

/// What may be said when connections are closed.
struct rest_close_options {
    /// The ids of connections that stay.
    std::vector<std::string> excluded{};
    std::string reason{};
};

/// Whom a token is for.
struct rest_token_options {
    std::string user_id{};
    std::vector<std::string> roles{};
    std::vector<std::string> groups{};
    /// The service's default is 60.
    std::optional<std::uint32_t> minutes_to_expire{};
    client_protocol protocol = client_protocol::web_pubsub;
};

/// How connections are listed.
struct rest_page_options {
    /// 1 to 200.
    std::optional<std::uint32_t> max_page_size{};
    /// Of all pages together.
    std::optional<std::uint32_t> top{};
};

namespace detail {

WEBPUBSUB_COLD_INLINE rest_call make_call(rest_operation operation) {
    rest_call made;
    made.operation = operation;
    return made;
}
WEBPUBSUB_COLD_INLINE rest_call call_of_connection(rest_operation operation, std::string_view id) {
    auto made = make_call(operation);
    made.connection_id = id;
    return made;
}
WEBPUBSUB_COLD_INLINE rest_call call_of_group(rest_operation operation, std::string_view group) {
    auto made = make_call(operation);
    made.group = group;
    return made;
}
WEBPUBSUB_COLD_INLINE rest_call call_of_user(rest_operation operation, std::string_view id) {
    auto made = make_call(operation);
    made.user_id = id;
    return made;
}

WEBPUBSUB_COLD_INLINE rest_call add_message(rest_call to, payload_view data, rest_send_options&& options) {
    to.data = data.to_payload();
    to.excluded = std::move(options.excluded);
    to.filter = std::move(options.filter);
    to.message_ttl = options.ttl;
    to.metadata = std::move(options.metadata);
    return to;
}

WEBPUBSUB_COLD_INLINE rest_call add_close(rest_call to, rest_close_options&& options) {
    to.excluded = std::move(options.excluded);
    to.reason = std::move(options.reason);
    return to;
}

WEBPUBSUB_COLD_INLINE rest_call call_of_groups(rest_operation operation, std::vector<std::string>&& groups,
                                               std::string_view filter) {
    auto made = make_call(operation);
    made.groups = std::move(groups);
    made.filter = filter;
    return made;
}

WEBPUBSUB_COLD_INLINE rest_call call_of_permission(rest_operation operation, permission what, std::string_view id,
                                                   std::string_view group) {
    auto made = call_of_connection(operation, id);
    made.permission = what;
    made.target_name = group;
    return made;
}

} // namespace detail

namespace rest {

/// The operations by their published names. Repeating one does no harm, but that a message arrives again.
WEBPUBSUB_COLD_INLINE rest_call get_service_status() { return detail::make_call(rest_operation::get_service_status); }

/// Whom no connection matches gets nothing, and that is a success (202), like an id that there is not.
WEBPUBSUB_COLD_INLINE rest_call send_to_all(payload_view data, rest_send_options options = {}) {
    return detail::add_message(detail::make_call(rest_operation::send_to_all), data, std::move(options));
}
WEBPUBSUB_COLD_INLINE rest_call send_to_group(std::string_view group, payload_view data,
                                              rest_send_options options = {}) {
    return detail::add_message(detail::call_of_group(rest_operation::send_to_group, group), data, std::move(options));
}
WEBPUBSUB_COLD_INLINE rest_call send_to_user(std::string_view user_id, payload_view data,
                                             rest_send_options options = {}) {
    return detail::add_message(detail::call_of_user(rest_operation::send_to_user, user_id), data, std::move(options));
}
WEBPUBSUB_COLD_INLINE rest_call send_to_connection(std::string_view connection_id, payload_view data,
                                                   rest_send_options options = {}) {
    return detail::add_message(detail::call_of_connection(rest_operation::send_to_connection, connection_id), data,
                               std::move(options));
}

/// Clients may reconnect, so a token or a permission is taken away before.
WEBPUBSUB_COLD_INLINE rest_call close_all_connections(rest_close_options options = {}) {
    return detail::add_close(detail::make_call(rest_operation::close_all_connections), std::move(options));
}
WEBPUBSUB_COLD_INLINE rest_call close_group_connections(std::string_view group, rest_close_options options = {}) {
    return detail::add_close(detail::call_of_group(rest_operation::close_group_connections, group), std::move(options));
}
WEBPUBSUB_COLD_INLINE rest_call close_user_connections(std::string_view user_id, rest_close_options options = {}) {
    return detail::add_close(detail::call_of_user(rest_operation::close_user_connections, user_id), std::move(options));
}
WEBPUBSUB_COLD_INLINE rest_call close_connection(std::string_view connection_id, std::string_view reason = {}) {
    auto made = detail::call_of_connection(rest_operation::close_connection, connection_id);
    made.reason = reason;
    return made;
}

/// Answered by `read_existence`.
WEBPUBSUB_COLD_INLINE rest_call connection_exists(std::string_view connection_id) {
    return detail::call_of_connection(rest_operation::connection_exists, connection_id);
}
WEBPUBSUB_COLD_INLINE rest_call group_exists(std::string_view group) {
    return detail::call_of_group(rest_operation::group_exists, group);
}
WEBPUBSUB_COLD_INLINE rest_call user_exists(std::string_view user_id) {
    return detail::call_of_user(rest_operation::user_exists, user_id);
}

/// For the connections that there are now and that the filter matches, an empty one all.
WEBPUBSUB_COLD_INLINE rest_call add_connections_to_groups(std::vector<std::string> groups,
                                                          std::string_view filter = {}) {
    return detail::call_of_groups(rest_operation::add_connections_to_groups, std::move(groups), filter);
}
WEBPUBSUB_COLD_INLINE rest_call remove_connections_from_groups(std::vector<std::string> groups,
                                                               std::string_view filter = {}) {
    return detail::call_of_groups(rest_operation::remove_connections_from_groups, std::move(groups), filter);
}
WEBPUBSUB_COLD_INLINE rest_call add_connection_to_group(std::string_view group, std::string_view connection_id) {
    auto made = detail::call_of_group(rest_operation::add_connection_to_group, group);
    made.connection_id = connection_id;
    return made;
}
WEBPUBSUB_COLD_INLINE rest_call remove_connection_from_group(std::string_view group, std::string_view connection_id) {
    auto made = detail::call_of_group(rest_operation::remove_connection_from_group, group);
    made.connection_id = connection_id;
    return made;
}
WEBPUBSUB_COLD_INLINE rest_call remove_connection_from_all_groups(std::string_view connection_id) {
    return detail::call_of_connection(rest_operation::remove_connection_from_all_groups, connection_id);
}
WEBPUBSUB_COLD_INLINE rest_call add_user_to_group(std::string_view group, std::string_view user_id) {
    auto made = detail::call_of_group(rest_operation::add_user_to_group, group);
    made.user_id = user_id;
    return made;
}
WEBPUBSUB_COLD_INLINE rest_call remove_user_from_group(std::string_view group, std::string_view user_id) {
    auto made = detail::call_of_group(rest_operation::remove_user_from_group, group);
    made.user_id = user_id;
    return made;
}
WEBPUBSUB_COLD_INLINE rest_call remove_user_from_all_groups(std::string_view user_id) {
    return detail::call_of_user(rest_operation::remove_user_from_all_groups, user_id);
}
/// Answered by `read_connection_page`.
WEBPUBSUB_COLD_INLINE rest_call list_connections_in_group(std::string_view group, rest_page_options options = {}) {
    auto made = detail::call_of_group(rest_operation::list_connections_in_group, group);
    made.max_page_size = options.max_page_size;
    made.top = options.top;
    return made;
}

/// For one connection and one group. What the connection may do by its token can be taken away as well.
WEBPUBSUB_COLD_INLINE rest_call grant_permission(permission what, std::string_view connection_id,
                                                 std::string_view group) {
    return detail::call_of_permission(rest_operation::grant_permission, what, connection_id, group);
}
WEBPUBSUB_COLD_INLINE rest_call revoke_permission(permission what, std::string_view connection_id,
                                                  std::string_view group) {
    return detail::call_of_permission(rest_operation::revoke_permission, what, connection_id, group);
}
/// Answered by `read_existence`.
WEBPUBSUB_COLD_INLINE rest_call check_permission(permission what, std::string_view connection_id,
                                                 std::string_view group) {
    return detail::call_of_permission(rest_operation::check_permission, what, connection_id, group);
}

/// A client's token, made by the service: for a caller without an access key. Answered by `read_client_token`.
WEBPUBSUB_COLD_INLINE rest_call generate_client_token(rest_token_options options = {}) {
    auto made = detail::call_of_user(rest_operation::generate_client_token, options.user_id);
    made.roles = std::move(options.roles);
    made.groups = std::move(options.groups);
    made.minutes_to_expire = options.minutes_to_expire;
    made.protocol = options.protocol;
    return made;
}

} // namespace rest
} // namespace webpubsub::inline WEBPUBSUB_MODE
