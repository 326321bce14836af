// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Which connections an operation is for: a condition of OData (rest.md section 8). It is built of C++ expressions, in
/// which what the program puts in is always data, whatever characters it has:
///
///     using namespace webpubsub::filters;
///     const filter to = user_id() != "O'Brien" && (in_group("news") || group_count() > 3);
///
/// `to.text()` is what the service reads. An empty filter stands for every connection.
class filter {
public:
    filter() = default;
    /// A condition that the caller wrote, and vouches for.
    explicit filter(std::string text) : filter(std::move(text), rank::or_) {}

    const std::string& text() const noexcept { return text_; }
    bool empty() const noexcept { return text_.empty(); }

    /// Both, either and the opposite. An empty filter holds for every connection, so its opposite is `false`.
    friend WEBPUBSUB_DECL filter operator&&(const filter& a, const filter& b);
    friend WEBPUBSUB_DECL filter operator||(const filter& a, const filter& b);
    friend WEBPUBSUB_DECL filter operator!(const filter& a);

private:
    friend struct filter_access;

    /// What binds least in the text; the opposite of a comparison has to have parentheses.
    enum class rank : std::uint8_t { or_, and_, comparison, whole };

    filter(std::string text, rank binds) : text_(std::move(text)), binds_(binds) {}
    std::string within(rank least) const;

    std::string text_;
    rank binds_ = rank::whole;
};

/// A text in a filter: an attribute of the connection, data of the program, or a function of these. Texts are compared
/// with their case. Nothing that is compared with a missing text holds, but for `== nullptr`.
class filter_text {
public:
    filter_text(std::string_view data);
    filter_text(const char* data) : filter_text(std::string_view(data)) {}
    filter_text(const std::string& data) : filter_text(std::string_view(data)) {}
    /// No text: the user id of an anonymous connection.
    filter_text(std::nullptr_t) : expression_("null") {}

    /// One of the texts.
    filter in(std::initializer_list<filter_text> texts) const;

private:
    friend struct filter_access;
    struct as_it_is {};
    filter_text(as_it_is, std::string expression) : expression_(std::move(expression)) {}

    std::string expression_;
};

/// A whole number in a filter.
class filter_number {
public:
    filter_number(std::int64_t data) : expression_(std::to_string(data)) {}

private:
    friend struct filter_access;
    struct as_it_is {};
    filter_number(as_it_is, std::string expression) : expression_(std::move(expression)) {}

    std::string expression_;
};

WEBPUBSUB_DECL filter operator==(const filter_text& a, const filter_text& b);
WEBPUBSUB_DECL filter operator!=(const filter_text& a, const filter_text& b);
WEBPUBSUB_DECL filter operator==(const filter_number& a, const filter_number& b);
WEBPUBSUB_DECL filter operator!=(const filter_number& a, const filter_number& b);
WEBPUBSUB_DECL filter operator<(const filter_number& a, const filter_number& b);
WEBPUBSUB_DECL filter operator<=(const filter_number& a, const filter_number& b);
WEBPUBSUB_DECL filter operator>(const filter_number& a, const filter_number& b);
WEBPUBSUB_DECL filter operator>=(const filter_number& a, const filter_number& b);

namespace filters {

/// The connection's user; null of an anonymous one.
WEBPUBSUB_DECL filter_text user_id();
WEBPUBSUB_DECL filter_text connection_id();
/// The connection is a member of the group.
WEBPUBSUB_DECL filter in_group(const filter_text& group);
/// The number of groups that the connection is a member of.
WEBPUBSUB_DECL filter_number group_count();

WEBPUBSUB_DECL filter_text to_lower(const filter_text& text);
WEBPUBSUB_DECL filter_text to_upper(const filter_text& text);
WEBPUBSUB_DECL filter_text trim(const filter_text& text);
WEBPUBSUB_DECL filter_text concat(const filter_text& a, const filter_text& b);
/// From the character `start`, which counts from 0. A comparison with a part that there is not does not hold.
WEBPUBSUB_DECL filter_text substring(const filter_text& text, std::uint32_t start);
WEBPUBSUB_DECL filter_text substring(const filter_text& text, std::uint32_t start, std::uint32_t length);

WEBPUBSUB_DECL filter starts_with(const filter_text& text, const filter_text& beginning);
WEBPUBSUB_DECL filter ends_with(const filter_text& text, const filter_text& end);
WEBPUBSUB_DECL filter contains(const filter_text& text, const filter_text& part);

/// In characters; null of a null text.
WEBPUBSUB_DECL filter_number length(const filter_text& text);
/// Where `part` begins, -1 for nowhere.
WEBPUBSUB_DECL filter_number index_of(const filter_text& text, const filter_text& part);

} // namespace filters
} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/filter/impl/filter.ipp>
#endif
