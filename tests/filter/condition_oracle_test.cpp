// SPDX-License-Identifier: MIT

// Random filters, valid by construction, against a second implementation: closures over UTF-16, made along with the
// text.

#include <webpubsub/filter/condition.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace webpubsub;

namespace {

/// What an expression comes to: `nowhere` is a part of a text that there is not.
template <class T>
struct maybe {
    std::optional<T> value{};
    bool nowhere = false;
};

struct sample {
    std::string utf8;
    std::u16string utf16;
};

const std::vector<sample>& samples() {
    static const std::vector<sample> all{{"", u""},
                                         {"a", u"a"},
                                         {"A", u"A"},
                                         {"ab", u"ab"},
                                         {"b a", u"b a"},
                                         {" a ", u" a "},
                                         {"'", u"'"},
                                         {"' or true or 'a' eq 'a", u"' or true or 'a' eq 'a"},
                                         {"\xC3\xBC", u"\u00FC"},
                                         {"a\xF0\x9F\x98\x80", u"a\xD83D\xDE00"},
                                         {"\xC2\xA0z", u"\u00A0z"}};
    return all;
}

struct person {
    std::optional<sample> user;
    sample connection;
    std::set<std::string, std::less<>> groups;
    std::set<std::u16string> groups16;
};

template <class T>
struct expression {
    std::string text;
    std::function<maybe<T>(const person&)> means;
};
using text_expression = expression<std::u16string>;
using number_expression = expression<std::int64_t>;
using truth = expression<bool>;

class generator {
public:
    explicit generator(std::uint64_t seed) : random_(seed) {}

    truth condition(int depth) {
        if (depth == 0) return below(2) != 0 ? constant(below(2) != 0) : comparison(0);
        switch (below(8)) {
        case 0: return constant(below(2) != 0);
        case 1: return negation(condition(depth - 1));
        case 2:
        case 3: return joined(depth);
        case 4: return membership(depth - 1);
        case 5: return test(depth - 1);
        default: return comparison(depth - 1);
        }
    }

    person somebody() {
        person made;
        if (below(4) != 0) made.user = one();
        made.connection = one();
        for (auto n = below(4); n != 0; --n) {
            const auto group = one();
            made.groups.insert(group.utf8);
            made.groups16.insert(group.utf16);
        }
        return made;
    }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    const sample& one() { return samples()[below(samples().size())]; }
    std::string blanks() { return std::string(below(2), ' '); }
    std::string in_parentheses(const std::string& text) { return "(" + blanks() + text + blanks() + ")"; }

    static truth constant(bool what) {
        return {what ? "true" : "false", [what](const person&) { return maybe<bool>{what}; }};
    }
    truth negation(truth of) {
        return {"not " + in_parentheses(of.text),
                [means = of.means](const person& p) { return maybe<bool>{!*means(p).value}; }};
    }
    truth joined(int depth) {
        std::vector<std::function<maybe<bool>(const person&)>> parts;
        std::string text;
        const bool all = below(2) != 0;
        for (auto n = 2 + below(3); n != 0; --n) {
            auto part = condition(depth - 1);
            text += (text.empty() ? "" : all ? " and " : " or ") + in_parentheses(part.text);
            parts.push_back(std::move(part.means));
        }
        return {text, [parts, all](const person& p) {
                    const auto count =
                        std::count_if(parts.begin(), parts.end(), [&](const auto& m) { return *m(p).value; });
                    return maybe<bool>{all ? count == static_cast<std::ptrdiff_t>(parts.size()) : count > 0};
                }};
    }

    text_expression text(int depth) {
        switch (below(depth > 0 ? 9 : 4)) {
        case 0:
            return {below(2) != 0 ? "userId" : "USERID", [](const person& p) {
                        return p.user ? maybe<std::u16string>{p.user->utf16} : maybe<std::u16string>{};
                    }};
        case 1: return {"connectionId", [](const person& p) { return maybe<std::u16string>{p.connection.utf16}; }};
        case 2: return {"null", [](const person&) { return maybe<std::u16string>{}; }};
        case 4:
            return changed("tolower", depth, [](std::u16string t) {
                for (auto& c : t) c = c >= u'A' && c <= u'Z' ? static_cast<char16_t>(c + 32) : c;
                return t;
            });
        case 5:
            return changed("toupper", depth, [](std::u16string t) {
                for (auto& c : t) c = c >= u'a' && c <= u'z' ? static_cast<char16_t>(c - 32) : c;
                return t;
            });
        case 6:
            return changed("trim", depth, [](std::u16string t) {
                const std::u16string white = u" \u00A0";
                const auto first = t.find_first_not_of(white);
                return first == std::u16string::npos ? std::u16string()
                                                     : t.substr(first, t.find_last_not_of(white) - first + 1);
            });
        case 7: return part(depth);
        case 8: {
            auto a = text(depth - 1), b = text(depth - 1);
            return {"concat(" + a.text + "," + blanks() + b.text + ")", [a = a.means, b = b.means](const person& p) {
                        const auto x = a(p), y = b(p);
                        if (x.nowhere || y.nowhere) return maybe<std::u16string>{{}, true};
                        return maybe<std::u16string>{x.value.value_or(u"") + y.value.value_or(u"")};
                    }};
        }
        default: {
            const auto& data = one();
            std::string quoted;
            for (const char c : data.utf8) quoted += c == '\'' ? std::string("''") : std::string(1, c);
            return {"'" + quoted + "'", [data](const person&) { return maybe<std::u16string>{data.utf16}; }};
        }
        }
    }
    template <class Change>
    text_expression changed(const std::string& name, int depth, Change change) {
        auto of = text(depth - 1);
        return {name + in_parentheses(of.text), [means = of.means, change](const person& p) {
                    auto was = means(p);
                    if (was.value) was.value = change(*was.value);
                    return was;
                }};
    }
    text_expression part(int depth) {
        auto of = text(depth - 1);
        const auto start = below(3), length = below(4);
        const bool to_the_end = below(2) != 0;
        return {"substring(" + of.text + "," + std::to_string(start) +
                    (to_the_end ? "" : "," + std::to_string(length)) + ")",
                [means = of.means, start, length, to_the_end](const person& p) {
                    const auto was = means(p);
                    if (!was.value) return was;
                    const auto& t = *was.value;
                    const auto end = to_the_end ? t.size() : start + length;
                    const auto splits = [&t](std::size_t at) {
                        return at < t.size() && t[at] >= 0xDC00 && t[at] <= 0xDFFF;
                    };
                    if (start > t.size() || end > t.size() || splits(start) || splits(end)) {
                        return maybe<std::u16string>{{}, true};
                    }
                    return maybe<std::u16string>{t.substr(start, end - start)};
                }};
    }

    number_expression number(int depth) {
        switch (below(4)) {
        case 0:
            return {"length(groups)",
                    [](const person& p) { return maybe<std::int64_t>{static_cast<std::int64_t>(p.groups.size())}; }};
        case 1: {
            auto of = text(depth);
            return {"length(" + of.text + ")", [means = of.means](const person& p) {
                        const auto was = means(p);
                        if (!was.value) return maybe<std::int64_t>{{}, was.nowhere};
                        return maybe<std::int64_t>{static_cast<std::int64_t>(was.value->size())};
                    }};
        }
        case 2: {
            auto a = text(depth), b = text(depth);
            return {"indexof(" + a.text + "," + b.text + ")", [a = a.means, b = b.means](const person& p) {
                        const auto x = a(p), y = b(p);
                        if (!x.value || !y.value) return maybe<std::int64_t>{-1};
                        const auto at = x.value->find(*y.value);
                        return maybe<std::int64_t>{at == std::u16string::npos ? -1 : static_cast<std::int64_t>(at)};
                    }};
        }
        default: {
            const auto n = static_cast<std::int64_t>(below(7)) - 2;
            return {(n >= 0 && below(2) != 0 ? "+" : "") + std::to_string(n),
                    [n](const person&) { return maybe<std::int64_t>{n}; }};
        }
        }
    }

    truth comparison(int depth) {
        if (below(2) != 0) {
            auto a = text(depth), b = text(depth);
            return compared(a, below(2) != 0 ? "eq" : "ne", b);
        }
        static constexpr const char* words[] = {"eq", "ne", "lt", "le", "gt", "ge"};
        auto a = number(depth), b = number(depth);
        return compared(a, words[below(6)], b);
    }
    template <class T>
    static truth compared(expression<T> a, std::string how, expression<T> b) {
        return {a.text + " " + how + " " + b.text, [a = a.means, b = b.means, how](const person& p) {
                    const auto x = a(p), y = b(p);
                    if (x.nowhere || y.nowhere) return maybe<bool>{false};
                    if (how == "eq") return maybe<bool>{x.value == y.value};
                    if (how == "ne") return maybe<bool>{x.value != y.value};
                    if (!x.value || !y.value) return maybe<bool>{false};
                    const T &left = x.value.value(), &right = y.value.value();
                    if (how == "lt") return maybe<bool>{left < right};
                    if (how == "le") return maybe<bool>{left <= right};
                    return maybe<bool>{how == "gt" ? left > right : left >= right};
                }};
    }

    truth membership(int depth) {
        auto of = text(depth);
        if (below(2) != 0) {
            return {of.text + " in " + (below(2) != 0 ? "groups" : "(groups)"), [means = of.means](const person& p) {
                        const auto was = means(p);
                        return maybe<bool>{was.value && p.groups16.count(*was.value) != 0};
                    }};
        }
        std::string list;
        std::vector<std::function<maybe<std::u16string>(const person&)>> values;
        for (auto n = 1 + below(3); n != 0; --n) {
            auto value = text(depth);
            list += (list.empty() ? "" : ",") + value.text;
            values.push_back(std::move(value.means));
        }
        return {of.text + " in (" + list + ")", [means = of.means, values](const person& p) {
                    const auto was = means(p);
                    return maybe<bool>{!was.nowhere && std::any_of(values.begin(), values.end(), [&](const auto& m) {
                        const auto value = m(p);
                        return !value.nowhere && value.value == was.value;
                    })};
                }};
    }

    truth test(int depth) {
        static constexpr const char* names[] = {"startswith", "endswith", "contains"};
        const auto which = below(3);
        auto a = text(depth), b = text(depth);
        return {std::string(names[which]) + "(" + a.text + "," + b.text + ")",
                [a = a.means, b = b.means, which](const person& p) {
                    const auto x = a(p), y = b(p);
                    if (!x.value || !y.value) return maybe<bool>{false};
                    return maybe<bool>{which == 0   ? x.value->starts_with(*y.value)
                                       : which == 1 ? x.value->ends_with(*y.value)
                                                    : x.value->find(*y.value) != std::u16string::npos};
                }};
    }

    std::mt19937_64 random_;
};

bool matches(const condition& what, const person& of) {
    filter_subject subject;
    if (of.user) subject.user_id = of.user->utf8;
    subject.connection_id = of.connection.utf8;
    subject.group_count = of.groups.size();
    subject.groups = &of.groups;
    subject.is_in_group = [](const void* groups, std::string_view name) {
        return static_cast<const decltype(of.groups)*>(groups)->count(name) != 0;
    };
    return what.matches(subject);
}

} // namespace

TEST_CASE("200 000 random filters mean what a second implementation says") {
    generator make(1);
    std::size_t held = 0;
    std::set<std::string> distinct;
    for (int i = 0; i < 200'000; ++i) {
        const auto expected = make.condition(i % 5);
        const auto parsed = condition::parse(expected.text);
        if (!parsed) FAIL(expected.text << ": " << parsed.error().message);
        for (int k = 0; k < 3; ++k) {
            const auto somebody = make.somebody();
            const bool holds = matches(*parsed, somebody);
            if (holds != *expected.means(somebody).value) FAIL(expected.text);
            held += holds ? 1 : 0;
        }
        if (i % 101 == 0) distinct.insert(expected.text);
    }
    CHECK(held > 100'000);
    CHECK(held < 500'000);
    CHECK(distinct.size() > 1000);
}

TEST_CASE("no text brings the parser out of order") {
    generator make(2);
    std::mt19937 random(3);
    std::size_t read = 0;
    for (int i = 0; i < 50'000; ++i) {
        auto text = make.condition(3).text;
        for (auto n = 1 + random() % 3; n != 0; --n) {
            const auto at = random() % (text.size() + 1);
            if (random() % 2 != 0 && at < text.size()) {
                text.erase(at, 1 + random() % 4);
            } else {
                text.insert(at, 1, static_cast<char>("()'', \t1-+naegdros\xC3\xFF\0"[random() % 22]));
            }
        }
        const auto parsed = condition::parse(text);
        if (parsed) {
            ++read;
            (void)matches(*parsed, make.somebody());
        } else {
            CHECK(parsed.error().message.ends_with(" (Parameter 'filter')"));
        }
    }
    CHECK(read > 1000);
}
