// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/rest/answer.hpp>
#include <webpubsub/rest/call.hpp>
#include <webpubsub/rest/request.hpp>
#include <webpubsub/rest/route.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/percent.hpp>
#include <webpubsub/text/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How a service reads the requests of the REST API.
struct rest_reading_rules {
    /// Whether an escaped slash in a segment of the path stays as it is written, which the published service does
    /// (rest.md section 1): a group `a/b` then can't be named, and `a%2Fb` is another one.
    bool keep_encoded_slashes = true;
    /// The most bytes of a body. The service says 1 MiB of messages.
    std::size_t max_body_size = std::size_t{1} << 20;
    /// How deep JSON may be.
    std::size_t max_json_depth = 64;
    /// How many values a parameter that may be repeated may have.
    std::size_t max_values = 10'000;
};

/// A call that came over the network, and the hub that it is for, in lower case.
struct received_rest_call {
    std::string hub;
    rest_call call;
    /// The version that the request names; the newest where it names none.
    std::string api_version;
};

namespace detail {

using rest_complaint = std::optional<std::string>;

WEBPUBSUB_COLD_INLINE rest_complaint complain_of(std::string_view what) {
    return "The " + std::string(what) + " is invalid.";
}

WEBPUBSUB_COLD_INLINE result<std::string> read_segment(std::string_view segment, bool keep_encoded_slashes) {
    std::string text;
    const auto decoded =
        keep_encoded_slashes ? percent_decode_but_slashes_append(segment, text) : percent_decode_append(segment, text);
    if (!decoded) return decoded.error();
    return text;
}

WEBPUBSUB_COLD_INLINE std::optional<permission> read_permission(std::string_view text) noexcept {
    // The numbers are those of an enumeration in official SDKs (permissions.md section 5).
    if (equal_ignoring_case(text, name_of(permission::send_to_group)) || text == "1") return permission::send_to_group;
    if (equal_ignoring_case(text, name_of(permission::join_leave_group)) || text == "2") {
        return permission::join_leave_group;
    }
    return std::nullopt;
}

/// Reads the arguments of the path. The result is what is wrong.
WEBPUBSUB_COLD_INLINE rest_complaint read_path(const rest_match& match, const rest_reading_rules& rules,
                                               received_rest_call& out) {
    for (const auto& [name, segment] : match.arguments) {
        if (name.empty()) break;
        auto text = read_segment(segment, rules.keep_encoded_slashes);
        if (!text || !is_utf8(*text)) return complain_of("path");
        if (name == "hub") {
            if (!is_valid_hub_name(*text)) return complain_of("hub");
            out.hub = to_lower(*text);
        } else if (name == "group") {
            if (!is_valid_group_name(*text)) return complain_of("group");
            out.call.group = std::move(*text);
        } else if (name == "permission") {
            const auto what = read_permission(*text);
            if (!what) return complain_of("permission");
            out.call.permission = *what;
        } else {
            if (is_blank(*text)) return complain_of(name);
            (name == "userId" ? out.call.user_id : out.call.connection_id) = std::move(*text);
        }
    }
    return std::nullopt;
}

/// The parameters of a query, each of which may be asked for once.
class rest_query {
public:
    /// False for a query that can't be read.
    [[nodiscard]] bool read(std::string_view query) {
        bool valid = true;
        const auto read = for_each_query_parameter(query, [&](std::string_view name, std::string_view value) {
            valid = valid && is_utf8(name) && is_utf8(value);
            parameters_.push_back({std::string(name), std::string(value)});
        });
        return read.has_value() && valid;
    }

    /// Names are compared without case.
    std::vector<std::string> take_all(std::string_view name) {
        std::vector<std::string> values;
        for (auto& [each, value] : parameters_) {
            if (equal_ignoring_case(each, name)) values.push_back(std::move(value));
        }
        return values;
    }

    /// Nothing where it is not there. A parameter that is there twice is remembered.
    std::optional<std::string> take(std::string_view name) {
        auto values = take_all(name);
        if (values.empty()) return std::nullopt;
        if (values.size() > 1) repeated_ = name;
        return std::move(values.front());
    }

    /// The value of a number; what is there and is no number from `least` to `most` is remembered.
    std::optional<std::uint32_t> take_number(std::string_view name, std::uint32_t least, std::uint32_t most) {
        const auto text = take(name);
        if (!text) return std::nullopt;
        std::uint32_t number = 0;
        const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
        const bool is_number = failure == std::errc{} && end == text->data() + text->size();
        if (is_number && number >= least && number <= most) return number;
        wrong_ = name;
        return std::nullopt;
    }

    /// What is wrong with what was asked for.
    rest_complaint complaint() const {
        if (!repeated_.empty()) return "The parameter " + repeated_ + " is there more than once.";
        if (!wrong_.empty()) return "The parameter " + wrong_ + " is no number, or out of its range.";
        return std::nullopt;
    }

private:
    string_map parameters_;
    std::string repeated_;
    std::string wrong_;
};

/// The TypeSpec of the API spells the parameters of `generate_client_token` otherwise than its other sources do
/// (rest.md section 3), so that both are read.
WEBPUBSUB_COLD_INLINE rest_complaint read_token_query(rest_query& query, rest_call& out) {
    const auto take_both = [&query](std::string_view name, std::string_view other) {
        auto values = query.take_all(name);
        for (auto& value : query.take_all(other)) values.push_back(std::move(value));
        return values;
    };
    out.user_id = query.take("userId").value_or("");
    out.roles = take_both("role", "roles");
    out.groups = take_both("group", "groups");
    out.minutes_to_expire = query.take_number("minutesToExpire", 1, 0x7FFFFFFF);
    auto type = query.take("clientType");
    if (!type) type = query.take("clientProtocol");
    if (type && equal_ignoring_case(*type, "mqtt")) {
        out.protocol = client_protocol::mqtt;
    } else if (type && !type->empty() && !equal_ignoring_case(*type, "default")) {
        return complain_of("clientType");
    }
    if (!std::all_of(out.groups.begin(), out.groups.end(), is_valid_group_name)) return complain_of("group");
    return std::nullopt;
}

/// Reads what the operation takes; what else there is means nothing.
WEBPUBSUB_COLD_INLINE rest_complaint read_query(rest_query& query, const rest_reading_rules& rules, rest_call& out) {
    const auto path = route_of(out.operation).path;
    const bool closes = path.ends_with("/:closeConnections");
    const bool sends = sends_message(out.operation);
    if (out.operation == rest_operation::generate_client_token) {
        if (auto wrong = read_token_query(query, out)) return wrong;
    }
    if (closes || out.operation == rest_operation::close_connection) out.reason = query.take("reason").value_or("");
    if (closes || out.operation == rest_operation::send_to_all || out.operation == rest_operation::send_to_group) {
        out.excluded = query.take_all("excluded");
    }
    if (sends && out.operation != rest_operation::send_to_connection) out.filter = query.take("filter").value_or("");
    if (sends) out.message_ttl = query.take_number("messageTtlSeconds", 0, max_ttl_seconds);
    if (out.operation == rest_operation::list_connections_in_group) {
        out.max_page_size = query.take_number("maxpagesize", 1, max_rest_page_size);
        out.top = query.take_number("top", 1, max_rest_top);
        out.continuation_token = query.take("continuationToken").value_or("");
    }
    if (path.starts_with("/api/hubs/{hub}/permissions/")) {
        out.target_name = query.take("targetName").value_or("");
        if (!is_valid_group_name(out.target_name)) return complain_of("targetName");
    }
    if (std::max({out.excluded.size(), out.roles.size(), out.groups.size()}) > rules.max_values) {
        return "A parameter has too many values.";
    }
    return query.complaint();
}

} // namespace detail

/// Reads what a request says but for its body (rest.md sections 3, 4 and 6). The error is the answer to send.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<received_rest_call, http_response> read_rest_call(
    const rest_match& match, const rest_reading_rules& rules = {}) {
    received_rest_call out;
    out.call.operation = match.operation;
    if (const auto wrong = detail::read_path(match, rules, out)) return fail_bad_rest_call(*wrong);
    detail::rest_query query;
    if (!query.read(match.query)) return fail_bad_rest_call("The query is invalid.");
    out.api_version = query.take("api-version").value_or(std::string(rest_api_version));
    if (std::find(rest_api_versions.begin(), rest_api_versions.end(), out.api_version) == rest_api_versions.end()) {
        return fail_bad_rest_call("The api-version is not supported.");
    }
    if (const auto wrong = detail::read_query(query, rules, out.call)) return fail_bad_rest_call(*wrong);
    return out;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
