// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/filter/condition.hpp>
#include <webpubsub/text/ascii.hpp>

#include <charconv>
#include <system_error>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// Reads a filter by recursive descent. The first error ends it: from then on there is nothing left of the text.
class filter_parser {
public:
    explicit filter_parser(std::string_view text) : text_(text) { nodes_.emplace_back(); }

    result<std::uint32_t, filter_error> parse();
    std::vector<filter_node>&& take_nodes() noexcept { return std::move(nodes_); }

private:
    using index = std::uint32_t;

    struct function {
        std::string_view name;
        filter_op op;
        filter_type type;
        std::uint8_t texts;
    };

    index either();
    index both();
    index comparison();
    index operand();
    index literal_text();
    index literal_number();
    index name();
    index call(const function& what, std::size_t begin);
    index list(index first);
    index joined(filter_op op, std::string_view word, index (filter_parser::*part)());

    index add(filter_op op, filter_type type) {
        nodes_.emplace_back();
        nodes_.back().op = op;
        nodes_.back().type = type;
        return static_cast<index>(nodes_.size() - 1);
    }
    index add(filter_op op, filter_type type, index first) {
        const auto at = add(op, type);
        nodes_[at].first = first;
        return at;
    }

    void skip_blanks() noexcept {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }
    bool take(char c) {
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    static bool is_of_a_word(char c) noexcept { return is_alpha(c) || is_digit(c) || c == '_' || c == '.'; }
    std::string_view next_word() {
        skip_blanks();
        auto end = at_;
        while (end < text_.size() && is_of_a_word(text_[end])) ++end;
        return text_.substr(at_, end - at_);
    }
    bool take_word(std::string_view word) {
        if (next_word() != word) return false;
        at_ += word.size();
        return true;
    }

    /// The part of the text that an error is about.
    index fail(std::size_t begin, std::string_view why) {
        if (error_.empty()) {
            const auto part = trim_white_space(text_.substr(begin, at_ - begin));
            error_.append("Invalid syntax for '")
                .append(part)
                .append("': ")
                .append(why)
                .append(" (Parameter 'filter')");
        }
        at_ = text_.size();
        return 0;
    }
    index fail_token() {
        skip_blanks();
        auto end = at_;
        while (end < text_.size() && is_of_a_word(text_[end])) ++end;
        // A call is one token with what it is called with.
        if (end < text_.size() && text_[end] == '(' && end != at_) end = text_.find(')', end);
        if (end == at_ && at_ < text_.size()) ++end;
        const std::string token(text_.substr(
            at_, end == std::string_view::npos ? end : end - at_ + (end < text_.size() && text_[end] == ')')));
        at_ = text_.size();
        return fail(0, token.empty() ? "The filter ends too early." : "Token '" + token + "' is not supported.");
    }
    index fail_type(std::size_t begin, filter_type is, filter_type expected) {
        return fail(
            begin,
            std::string("Type '").append(name_of(is)).append("', expect '").append(name_of(expected)).append("'."));
    }
    static std::string_view name_of(filter_type type) noexcept {
        constexpr std::string_view names[] = {"null", "string", "int", "bool", "collection"};
        return names[static_cast<std::size_t>(type)];
    }

    /// What is inside of parentheses, a `not` or a function.
    class level {
    public:
        explicit level(filter_parser& of) : of_(of) {
            if (++of_.depth_ > condition::max_depth) of_.fail(of_.at_, "The filter is nested deeper than 100.");
        }
        ~level() { --of_.depth_; }
        level(const level&) = delete;
        level& operator=(const level&) = delete;

    private:
        filter_parser& of_;
    };

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::vector<filter_node> nodes_;
    std::string error_;
};

WEBPUBSUB_COLD_DECL result<std::uint32_t, filter_error> filter_parser::parse() {
    const auto root = either();
    if (error_.empty() && nodes_[root].type != filter_type::truth) fail_type(0, nodes_[root].type, filter_type::truth);
    skip_blanks();
    if (error_.empty() && at_ != text_.size()) fail_token();
    if (!error_.empty()) return filter_error{std::move(error_)};
    return root;
}

/// Parts between which stands a word: one node for all of them, so that a long list is no deep one.
WEBPUBSUB_COLD_DECL std::uint32_t filter_parser::joined(filter_op op, std::string_view word,
                                                        index (filter_parser::*part)()) {
    skip_blanks();
    auto begin = at_;
    const auto first = (this->*part)();
    index whole = 0;
    for (auto last = first; error_.empty() && take_word(word);) {
        if (whole == 0) {
            if (nodes_[first].type != filter_type::truth)
                return fail_type(begin, nodes_[first].type, filter_type::truth);
            whole = add(op, filter_type::truth, first);
        }
        begin = at_;
        const auto one = (this->*part)();
        if (!error_.empty()) return 0;
        if (nodes_[one].type != filter_type::truth) return fail_type(begin, nodes_[one].type, filter_type::truth);
        nodes_[last].next = one;
        last = one;
    }
    return whole != 0 ? whole : first;
}

WEBPUBSUB_COLD_DECL std::uint32_t filter_parser::either() { return joined(filter_op::any, "or", &filter_parser::both); }

WEBPUBSUB_COLD_DECL std::uint32_t filter_parser::both() {
    return joined(filter_op::all, "and", &filter_parser::comparison);
}

WEBPUBSUB_COLD_DECL std::uint32_t filter_parser::comparison() {
    struct comparator {
        std::string_view word;
        filter_op op;
    };
    constexpr comparator comparators[] = {{"eq", filter_op::equal},   {"ne", filter_op::not_equal},
                                          {"lt", filter_op::less},    {"le", filter_op::less_or_equal},
                                          {"gt", filter_op::greater}, {"ge", filter_op::greater_or_equal}};
    skip_blanks();
    const auto begin = at_;
    const auto left = operand();
    if (!error_.empty()) return 0;
    if (take_word("in")) return list(left);
    for (const auto& [word, op] : comparators) {
        if (!take_word(word)) continue;
        const auto right = operand();
        if (!error_.empty()) return 0;
        const auto a = nodes_[left].type, b = nodes_[right].type;
        const bool ordered = op != filter_op::equal && op != filter_op::not_equal;
        const auto wanted = ordered ? filter_type::number : a == filter_type::null ? b : a;
        for (const auto type : {a, b}) {
            if (type == filter_type::collection || (type != wanted && type != filter_type::null)) {
                return fail_type(begin, type, type == filter_type::collection && !ordered ? filter_type::text : wanted);
            }
        }
        nodes_[left].next = right;
        return add(op, filter_type::truth, left);
    }
    return left;
}

/// What stands behind `in`: values in parentheses, or the groups.
WEBPUBSUB_COLD_DECL std::uint32_t filter_parser::list(index first) {
    const level inside(*this);
    const auto begin = at_;
    std::size_t open = 0;
    while (error_.empty() && take('(')) ++open;
    if (open > condition::max_depth) return fail(begin, "The filter is nested deeper than 100.");
    const auto type = nodes_[first].type;
    const auto group_list = add(filter_op::groups, filter_type::collection);
    if (equal_ignoring_case(next_word(), "groups")) {
        at_ += std::string_view("groups").size();
        for (; open != 0; --open) {
            if (!take(')')) return fail_token();
        }
        if (type != filter_type::text && type != filter_type::null) return fail_type(begin, type, filter_type::text);
        nodes_[first].next = group_list;
        return add(filter_op::member, filter_type::truth, first);
    }
    if (open == 0) return fail_token();
    // Further parentheses belong to the first value.
    at_ = begin;
    take('(');
    for (auto last = first;;) {
        skip_blanks();
        const auto value_begin = at_;
        const auto value = operand();
        if (!error_.empty()) return 0;
        const auto its = nodes_[value].type;
        const bool fits = its == type || its == filter_type::null || type == filter_type::null;
        if (!fits || its == filter_type::collection) return fail_type(value_begin, its, type);
        nodes_[last].next = value;
        last = value;
        if (take(')')) return add(filter_op::one_of, filter_type::truth, first);
        if (!take(',')) return fail_token();
    }
}

WEBPUBSUB_COLD_DECL std::uint32_t filter_parser::operand() {
    const level inside(*this);
    if (!error_.empty()) return 0;
    skip_blanks();
    const auto begin = at_;
    if (take('(')) {
        const auto within = either();
        if (!error_.empty()) return 0;
        return take(')') ? within : fail_token();
    }
    if (at_ == text_.size()) return fail_token();
    const char c = text_[at_];
    if (c == '\'') return literal_text();
    if (is_digit(c) || c == '-' || c == '+') return literal_number();
    if (!take_word("not")) return name();
    const auto opposite = operand();
    if (!error_.empty()) return 0;
    if (nodes_[opposite].type != filter_type::truth) return fail_type(begin, nodes_[opposite].type, filter_type::truth);
    return add(filter_op::negation, filter_type::truth, opposite);
}

WEBPUBSUB_COLD_DECL std::uint32_t filter_parser::literal_text() {
    const auto begin = at_++;
    std::string text;
    for (;; ++at_) {
        const auto quote = text_.find('\'', at_);
        if (quote == std::string_view::npos) {
            at_ = text_.size();
            return fail(begin, "The text does not end.");
        }
        text += text_.substr(at_, quote - at_);
        at_ = quote + 1;
        if (at_ == text_.size() || text_[at_] != '\'') break;
        text += '\'';
    }
    const auto made = add(filter_op::text, filter_type::text);
    nodes_[made].text = std::move(text);
    return made;
}

WEBPUBSUB_COLD_DECL std::uint32_t filter_parser::literal_number() {
    const auto begin = at_;
    if (text_[at_] == '+') ++at_;
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    const auto stop = static_cast<std::size_t>(end - text_.data());
    const bool is_whole = failure == std::errc{} && (stop == text_.size() || !is_of_a_word(text_[stop]));
    if (!is_whole || (text_[begin] == '+' && text_[at_] == '-')) {
        at_ = begin;
        while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != ')') ++at_;
        return fail(begin, "The number can't be read.");
    }
    at_ = stop;
    const auto made = add(filter_op::number, filter_type::number);
    nodes_[made].number = number;
    return made;
}

WEBPUBSUB_COLD_DECL std::uint32_t filter_parser::name() {
    constexpr function functions[] = {
        {"tolower", filter_op::to_lower, filter_type::text, 1},
        {"toupper", filter_op::to_upper, filter_type::text, 1},
        {"trim", filter_op::trim, filter_type::text, 1},
        {"substring", filter_op::substring, filter_type::text, 1},
        {"concat", filter_op::concat, filter_type::text, 2},
        {"startswith", filter_op::starts_with, filter_type::truth, 2},
        {"endswith", filter_op::ends_with, filter_type::truth, 2},
        {"contains", filter_op::contains, filter_type::truth, 2},
        {"indexof", filter_op::index_of, filter_type::number, 2},
        {"length", filter_op::length, filter_type::number, 1},
    };
    const auto begin = at_;
    const auto word = next_word();
    at_ += word.size();
    if (word == "true" || word == "false") {
        const auto made = add(filter_op::truth, filter_type::truth);
        nodes_[made].number = word == "true" ? 1 : 0;
        return made;
    }
    if (word == "null") return add(filter_op::null, filter_type::null);
    if (equal_ignoring_case(word, "userId")) return add(filter_op::user_id, filter_type::text);
    if (equal_ignoring_case(word, "connectionId")) return add(filter_op::connection_id, filter_type::text);
    if (equal_ignoring_case(word, "protocol")) return add(filter_op::protocol, filter_type::text);
    for (const auto& each : functions) {
        if (word == each.name && take('(')) return call(each, begin);
    }
    at_ = begin;
    return fail_token();
}

WEBPUBSUB_COLD_DECL std::uint32_t filter_parser::call(const function& what, std::size_t begin) {
    if (what.op == filter_op::length && equal_ignoring_case(next_word(), "groups")) {
        at_ += std::string_view("groups").size();
        if (!take(')')) return fail_token();
        return add(filter_op::group_count, filter_type::number);
    }
    const auto made = add(what.op, what.type);
    index last = 0;
    for (std::uint8_t i = 0; i < what.texts; ++i) {
        if (i != 0 && !take(',')) return fail_token();
        const auto argument = operand();
        if (!error_.empty()) return 0;
        const auto type = nodes_[argument].type;
        if (type != filter_type::text && type != filter_type::null) return fail_type(begin, type, filter_type::text);
        (last != 0 ? nodes_[last].next : nodes_[made].first) = argument;
        last = argument;
    }
    // Where it begins, and how long it is at most: numbers that stand there.
    for (int i = 0; what.op == filter_op::substring && i < 2; ++i) {
        if (!take(',')) {
            if (i == 0) return fail_token();
            break;
        }
        skip_blanks();
        const auto number_begin = at_;
        if (at_ == text_.size() || (!is_digit(text_[at_]) && text_[at_] != '-' && text_[at_] != '+'))
            return fail_token();
        const auto number = literal_number();
        if (!error_.empty()) return 0;
        if (nodes_[number].number < 0) return fail(number_begin, "A position is not negative.");
        nodes_[last].next = number;
        last = number;
    }
    return take(')') ? made : fail_token();
}

} // namespace detail

WEBPUBSUB_COLD_DECL result<condition, filter_error> condition::parse(std::string_view text) {
    detail::filter_parser parser(text);
    const auto root = parser.parse();
    if (!root) return root.error();
    return condition(parser.take_nodes(), *root);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
