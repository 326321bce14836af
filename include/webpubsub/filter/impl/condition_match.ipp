// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/filter/condition.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/utf8.hpp>

#include <algorithm>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// The byte at which the UTF-16 unit of this number begins. Nothing beyond the end, and in the middle of a character.
WEBPUBSUB_COLD_DECL std::optional<std::size_t> byte_of_unit(std::string_view text, std::uint64_t unit) noexcept {
    std::size_t at = 0;
    for (std::uint64_t units = 0;;) {
        if (units == unit) return at;
        if (units > unit || at >= text.size()) return std::nullopt;
        units += next_code_point(text, at) >= 0x10000 ? 2 : 1;
    }
}

/// Without the white space of Unicode at both ends.
WEBPUBSUB_COLD_DECL std::string_view trim_unicode(std::string_view text) noexcept {
    std::size_t begin = 0, end = 0;
    bool any = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto before = at;
        if (is_white_space(next_code_point(text, at))) continue;
        if (!any) begin = before;
        any = true;
        end = at;
    }
    return text.substr(begin, end - begin);
}

/// Holds the nodes of a filter against one connection.
class filter_evaluation {
public:
    filter_evaluation(const std::vector<filter_node>& nodes, const filter_subject& subject)
        : nodes_(nodes), subject_(subject) {}

    bool holds(std::uint32_t at) const;

private:
    struct value {
        enum class kind : std::uint8_t { null, text, number, truth, nowhere };
        value::kind what = kind::null;
        std::int64_t number = 0;
        std::string_view text{};

        friend bool operator==(const value&, const value&) = default;
    };
    using kind = value::kind;

    static value of(std::string_view text) noexcept { return {kind::text, 0, text}; }
    static value of(std::optional<std::string_view> text) noexcept { return text ? of(*text) : value{}; }
    static value of(std::int64_t number) noexcept { return {kind::number, number, {}}; }

    /// What is made anew is kept in `made`, in which its text is.
    value evaluate(std::uint32_t at, std::string& made) const;
    value substring(const filter_node& of, std::string& made) const;
    value concat(const filter_node& of, std::string& made) const;
    bool compare(const filter_node& of) const;
    bool is_one_of(const filter_node& of) const;
    bool is_member(const filter_node& of) const;
    bool test_texts(const filter_node& of) const;
    std::int64_t index_of(const filter_node& of) const;
    const filter_node& second_of(const filter_node& of) const { return nodes_[nodes_[of.first].next]; }

    const std::vector<filter_node>& nodes_;
    const filter_subject& subject_;
};

WEBPUBSUB_COLD_DECL bool filter_evaluation::holds(std::uint32_t at) const {
    const auto& node = nodes_[at];
    const bool all = node.op == filter_op::all;
    if (!all && node.op != filter_op::any) {
        std::string made;
        return evaluate(at, made).number != 0;
    }
    for (auto each = node.first; each != 0; each = nodes_[each].next) {
        if (holds(each) != all) return !all;
    }
    return all;
}

WEBPUBSUB_COLD_DECL filter_evaluation::value filter_evaluation::evaluate(std::uint32_t at, std::string& made) const {
    const auto truth = [](bool what) { return value{kind::truth, what ? 1 : 0, {}}; };
    const auto& node = nodes_[at];
    switch (node.op) {
    case filter_op::text: return of(std::string_view(node.text));
    case filter_op::number: return of(node.number);
    case filter_op::truth: return truth(node.number != 0);
    case filter_op::null:
    case filter_op::groups: return {};
    case filter_op::user_id: return of(subject_.user_id);
    case filter_op::connection_id: return of(subject_.connection_id);
    case filter_op::protocol: return of(subject_.protocol);
    case filter_op::all:
    case filter_op::any: return truth(holds(at));
    case filter_op::negation: return truth(!holds(node.first));
    case filter_op::equal:
    case filter_op::not_equal:
    case filter_op::less:
    case filter_op::less_or_equal:
    case filter_op::greater:
    case filter_op::greater_or_equal: return truth(compare(node));
    case filter_op::one_of: return truth(is_one_of(node));
    case filter_op::member: return truth(is_member(node));
    case filter_op::to_lower:
    case filter_op::to_upper: {
        auto text = evaluate(node.first, made);
        if (text.what != kind::text) return text;
        std::string changed(text.text);
        for (char& c : changed) {
            const bool is_upper = c >= 'A' && c <= 'Z';
            if (node.op == filter_op::to_lower ? is_upper : is_alpha(c) && !is_upper) c = static_cast<char>(c ^ 0x20);
        }
        made = std::move(changed);
        return of(std::string_view(made));
    }
    case filter_op::trim: {
        auto text = evaluate(node.first, made);
        if (text.what == kind::text) text.text = trim_unicode(text.text);
        return text;
    }
    case filter_op::substring: return substring(node, made);
    case filter_op::concat: return concat(node, made);
    case filter_op::starts_with:
    case filter_op::ends_with:
    case filter_op::contains: return truth(test_texts(node));
    case filter_op::index_of: return of(index_of(node));
    case filter_op::length: {
        const auto text = evaluate(node.first, made);
        if (text.what != kind::text) return text;
        return of(static_cast<std::int64_t>(utf16_length(text.text)));
    }
    case filter_op::group_count: return of(static_cast<std::int64_t>(subject_.group_count));
    }
    return {};
}

WEBPUBSUB_COLD_DECL filter_evaluation::value filter_evaluation::substring(const filter_node& node,
                                                                          std::string& made) const {
    auto text = evaluate(node.first, made);
    if (text.what != kind::text) return text;
    const auto& start = second_of(node);
    const auto begin = byte_of_unit(text.text, static_cast<std::uint64_t>(start.number));
    if (!begin) return {kind::nowhere, 0, {}};
    text.text.remove_prefix(*begin);
    if (start.next == 0) return text;
    const auto end = byte_of_unit(text.text, static_cast<std::uint64_t>(nodes_[start.next].number));
    if (!end) return {kind::nowhere, 0, {}};
    text.text = text.text.substr(0, *end);
    return text;
}

/// A null text adds nothing.
WEBPUBSUB_COLD_DECL filter_evaluation::value filter_evaluation::concat(const filter_node& node,
                                                                       std::string& made) const {
    std::string first, second;
    const auto a = evaluate(node.first, first), b = evaluate(nodes_[node.first].next, second);
    if (a.what == kind::nowhere || b.what == kind::nowhere) return {kind::nowhere, 0, {}};
    std::string both(a.text);
    both += b.text;
    made = std::move(both);
    return of(std::string_view(made));
}

WEBPUBSUB_COLD_DECL bool filter_evaluation::compare(const filter_node& node) const {
    std::string left, right;
    const auto a = evaluate(node.first, left), b = evaluate(nodes_[node.first].next, right);
    if (a.what == kind::nowhere || b.what == kind::nowhere) return false;
    if (node.op == filter_op::equal) return a == b;
    if (node.op == filter_op::not_equal) return a != b;
    if (a.what != kind::number || b.what != kind::number) return false;
    switch (node.op) {
    case filter_op::less: return a.number < b.number;
    case filter_op::less_or_equal: return a.number <= b.number;
    case filter_op::greater: return a.number > b.number;
    default: return a.number >= b.number;
    }
}

WEBPUBSUB_COLD_DECL bool filter_evaluation::is_one_of(const filter_node& node) const {
    std::string left, right;
    const auto wanted = evaluate(node.first, left);
    if (wanted.what == kind::nowhere) return false;
    for (auto each = nodes_[node.first].next; each != 0; each = nodes_[each].next) {
        if (evaluate(each, right) == wanted) return true;
    }
    return false;
}

WEBPUBSUB_COLD_DECL bool filter_evaluation::is_member(const filter_node& node) const {
    std::string made;
    const auto name = evaluate(node.first, made);
    return name.what == kind::text && subject_.is_in_group != nullptr &&
           subject_.is_in_group(subject_.groups, name.text);
}

WEBPUBSUB_COLD_DECL bool filter_evaluation::test_texts(const filter_node& node) const {
    std::string left, right;
    const auto a = evaluate(node.first, left), b = evaluate(nodes_[node.first].next, right);
    if (a.what != kind::text || b.what != kind::text) return false;
    if (node.op == filter_op::starts_with) return a.text.starts_with(b.text);
    if (node.op == filter_op::ends_with) return a.text.ends_with(b.text);
    return a.text.find(b.text) != std::string_view::npos;
}

WEBPUBSUB_COLD_DECL std::int64_t filter_evaluation::index_of(const filter_node& node) const {
    std::string left, right;
    const auto a = evaluate(node.first, left), b = evaluate(nodes_[node.first].next, right);
    if (a.what != kind::text || b.what != kind::text) return -1;
    const auto at = a.text.find(b.text);
    return at == std::string_view::npos ? -1 : static_cast<std::int64_t>(utf16_length(a.text.substr(0, at)));
}

} // namespace detail

WEBPUBSUB_COLD_DECL bool condition::matches(const filter_subject& connection) const {
    return detail::filter_evaluation(nodes_, connection).holds(root_);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
