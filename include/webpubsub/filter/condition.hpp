// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>
#include <webpubsub/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Why the text of a filter is none: the sentence that the service answers with (rest.md section 8).
struct filter_error {
    std::string message;

    friend bool operator==(const filter_error&, const filter_error&) = default;
};

/// A connection, as far as filters see it; views into what the caller has.
struct filter_subject {
    /// Nothing for an anonymous client.
    std::optional<std::string_view> user_id{};
    std::string_view connection_id{};
    /// Nothing for a simple client.
    std::optional<std::string_view> protocol{};
    std::size_t group_count = 0;
    /// Whether the connection is in the group; it is called with `groups`.
    bool (*is_in_group)(const void* groups, std::string_view name) = nullptr;
    const void* groups = nullptr;
};

namespace detail {

enum class filter_op : std::uint8_t {
    // Without operands.
    text,
    number,
    truth,
    null,
    user_id,
    connection_id,
    protocol,
    groups,
    // Of conditions.
    all,
    any,
    negation,
    // Of two values.
    equal,
    not_equal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    // The first is one of the others; a text is the name of one of the groups.
    one_of,
    member,
    // Functions.
    to_lower,
    to_upper,
    trim,
    substring,
    concat,
    starts_with,
    ends_with,
    contains,
    index_of,
    length,
    group_count,
};

enum class filter_type : std::uint8_t { null, text, number, truth, collection };

/// An expression. Its operands are a list: the first, and each one's next; 0 ends it.
struct filter_node {
    filter_op op = filter_op::null;
    filter_type type = filter_type::null;
    std::uint32_t first = 0;
    std::uint32_t next = 0;
    std::int64_t number = 0;
    std::string text{};
};

} // namespace detail

/// A filter that was read, to be held against connections: the service's side of a `filter`. Texts are compared byte by
/// byte; positions and lengths count UTF-16 units, as the service does, and `tolower` and `toupper` change ASCII only.
class condition {
public:
    /// How deep parentheses, `not` and functions may be in one another.
    static constexpr std::size_t max_depth = 100;

    /// It takes time in proportion to the length of the text, as does `matches`.
    [[nodiscard]] static WEBPUBSUB_DECL result<condition, filter_error> parse(std::string_view text);

    WEBPUBSUB_DECL bool matches(const filter_subject& connection) const;

private:
    explicit condition(std::vector<detail::filter_node>&& nodes, std::uint32_t root) noexcept
        : nodes_(std::move(nodes)), root_(root) {}

    /// The one at 0 is none.
    std::vector<detail::filter_node> nodes_;
    std::uint32_t root_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/filter/impl/condition_match.ipp>
#include <webpubsub/filter/impl/condition_parse.ipp>
#endif
