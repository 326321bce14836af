// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/filter/filter.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Makes the classes of their texts.
struct filter_access {
    using rank = filter::rank;

    static const std::string& text(const filter_text& of) { return of.expression_; }
    static const std::string& text(const filter_number& of) { return of.expression_; }
    static filter_text make_text(std::string text) { return {filter_text::as_it_is{}, std::move(text)}; }
    static filter_number make_number(std::string text) { return {filter_number::as_it_is{}, std::move(text)}; }
    static filter make(std::string text, rank binds = rank::whole) { return {std::move(text), binds}; }

    template <class Operand>
    static filter compare(const Operand& a, std::string_view how, const Operand& b) {
        return make(std::string(text(a)).append(how).append(text(b)), rank::comparison);
    }
    static std::string call(std::string_view name, const filter_text& of) {
        return std::string(name).append("(").append(text(of)).append(")");
    }
    static std::string call(std::string_view name, const filter_text& a, const filter_text& b) {
        return std::string(name).append("(").append(text(a)).append(",").append(text(b)).append(")");
    }
};

WEBPUBSUB_COLD_DECL std::string filter::within(rank least) const { return binds_ < least ? "(" + text_ + ")" : text_; }

WEBPUBSUB_COLD_DECL filter operator&&(const filter& a, const filter& b) {
    if (a.empty()) return b;
    if (b.empty()) return a;
    constexpr auto all = filter::rank::and_;
    return {a.within(all) + " and " + b.within(all), all};
}

WEBPUBSUB_COLD_DECL filter operator||(const filter& a, const filter& b) {
    if (a.empty() || b.empty()) return {};
    return {a.text_ + " or " + b.text_, filter::rank::or_};
}

WEBPUBSUB_COLD_DECL filter operator!(const filter& a) {
    if (a.empty()) return {"false", filter::rank::whole};
    return {"not " + a.within(filter::rank::whole), filter::rank::comparison};
}

WEBPUBSUB_COLD_DECL filter_text::filter_text(std::string_view data) : expression_("'") {
    for (const char c : data) {
        if (c == '\'') expression_ += c;
        expression_ += c;
    }
    expression_ += '\'';
}

WEBPUBSUB_COLD_DECL filter filter_text::in(std::initializer_list<filter_text> texts) const {
    if (texts.size() == 0) return filter_access::make("false");
    std::string text = expression_ + " in (";
    for (const auto& each : texts) text.append(each.expression_).append(",");
    text.back() = ')';
    return filter_access::make(std::move(text), filter_access::rank::comparison);
}

WEBPUBSUB_COLD_DECL filter operator==(const filter_text& a, const filter_text& b) {
    return filter_access::compare(a, " eq ", b);
}
WEBPUBSUB_COLD_DECL filter operator!=(const filter_text& a, const filter_text& b) {
    return filter_access::compare(a, " ne ", b);
}
WEBPUBSUB_COLD_DECL filter operator==(const filter_number& a, const filter_number& b) {
    return filter_access::compare(a, " eq ", b);
}
WEBPUBSUB_COLD_DECL filter operator!=(const filter_number& a, const filter_number& b) {
    return filter_access::compare(a, " ne ", b);
}
WEBPUBSUB_COLD_DECL filter operator<(const filter_number& a, const filter_number& b) {
    return filter_access::compare(a, " lt ", b);
}
WEBPUBSUB_COLD_DECL filter operator<=(const filter_number& a, const filter_number& b) {
    return filter_access::compare(a, " le ", b);
}
WEBPUBSUB_COLD_DECL filter operator>(const filter_number& a, const filter_number& b) {
    return filter_access::compare(a, " gt ", b);
}
WEBPUBSUB_COLD_DECL filter operator>=(const filter_number& a, const filter_number& b) {
    return filter_access::compare(a, " ge ", b);
}

namespace filters {

WEBPUBSUB_COLD_DECL filter_text user_id() { return filter_access::make_text("userId"); }
WEBPUBSUB_COLD_DECL filter_text connection_id() { return filter_access::make_text("connectionId"); }
WEBPUBSUB_COLD_DECL filter in_group(const filter_text& group) {
    return filter_access::make(filter_access::text(group) + " in groups", filter_access::rank::comparison);
}
WEBPUBSUB_COLD_DECL filter_number group_count() { return filter_access::make_number("length(groups)"); }

WEBPUBSUB_COLD_DECL filter_text to_lower(const filter_text& text) {
    return filter_access::make_text(filter_access::call("tolower", text));
}
WEBPUBSUB_COLD_DECL filter_text to_upper(const filter_text& text) {
    return filter_access::make_text(filter_access::call("toupper", text));
}
WEBPUBSUB_COLD_DECL filter_text trim(const filter_text& text) {
    return filter_access::make_text(filter_access::call("trim", text));
}
WEBPUBSUB_COLD_DECL filter_text concat(const filter_text& a, const filter_text& b) {
    return filter_access::make_text(filter_access::call("concat", a, b));
}
WEBPUBSUB_COLD_DECL filter_text substring(const filter_text& text, std::uint32_t start) {
    return filter_access::make_text("substring(" + filter_access::text(text) + "," + std::to_string(start) + ")");
}
WEBPUBSUB_COLD_DECL filter_text substring(const filter_text& text, std::uint32_t start, std::uint32_t length) {
    return filter_access::make_text("substring(" + filter_access::text(text) + "," + std::to_string(start) + "," +
                                    std::to_string(length) + ")");
}

WEBPUBSUB_COLD_DECL filter starts_with(const filter_text& text, const filter_text& beginning) {
    return filter_access::make(filter_access::call("startswith", text, beginning));
}
WEBPUBSUB_COLD_DECL filter ends_with(const filter_text& text, const filter_text& end) {
    return filter_access::make(filter_access::call("endswith", text, end));
}
WEBPUBSUB_COLD_DECL filter contains(const filter_text& text, const filter_text& part) {
    return filter_access::make(filter_access::call("contains", text, part));
}

WEBPUBSUB_COLD_DECL filter_number length(const filter_text& text) {
    return filter_access::make_number(filter_access::call("length", text));
}
WEBPUBSUB_COLD_DECL filter_number index_of(const filter_text& text, const filter_text& part) {
    return filter_access::make_number(filter_access::call("indexof", text, part));
}

} // namespace filters
} // namespace webpubsub::inline WEBPUBSUB_MODE
