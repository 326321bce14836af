// SPDX-License-Identifier: MIT
#pragma once

// The library's errors as `std::error_code`, for programs that carry errors in it. No other header includes this one.

#include <webpubsub/error.hpp>

#include <string>
#include <system_error>
#include <type_traits>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

class kind_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "webpubsub.kind"; }
    std::string message(int value) const override {
        switch (static_cast<error_kind>(value)) {
        case error_kind::malformed: return "malformed input";
        case error_kind::peer_violation: return "the peer broke the protocol";
        case error_kind::local_misuse: return "misuse by the caller";
        case error_kind::limit_exceeded: return "a limit is reached";
        case error_kind::refused: return "credentials refused";
        }
        return "unknown";
    }
};

inline const std::error_category& the_kind_category() noexcept {
    static const kind_category category;
    return category;
}

class errc_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "webpubsub"; }
    std::string message(int value) const override { return message_of(static_cast<errc>(value)); }
    std::error_condition default_error_condition(int value) const noexcept override {
        return {static_cast<int>(kind_of(static_cast<errc>(value))), the_kind_category()};
    }
};

inline const std::error_category& the_errc_category() noexcept {
    static const errc_category category;
    return category;
}

} // namespace detail

inline std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), detail::the_errc_category()};
}

inline std::error_code make_error_code(const error& e) noexcept { return make_error_code(e.code); }

/// The kinds of error are conditions: `code == error_kind::limit_exceeded`.
inline std::error_condition make_error_condition(error_kind kind) noexcept {
    return {static_cast<int>(kind), detail::the_kind_category()};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE

template <>
struct std::is_error_code_enum<webpubsub::errc> : std::true_type {};
template <>
struct std::is_error_condition_enum<webpubsub::error_kind> : std::true_type {};
