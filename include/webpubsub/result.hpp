// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>

#include <exception>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What `result<T>::value()` throws when there is no value: only for callers who asked for it.
class bad_result_access : public std::exception {
public:
    explicit bad_result_access(std::string message) : message_(std::move(message)) {}
    const char* what() const noexcept override { return message_.c_str(); }

private:
    std::string message_;
};

namespace detail {

/// Throws `bad_result_access`, or aborts a program that is compiled without exceptions.
[[noreturn]] WEBPUBSUB_DECL void throw_bad_result(std::string message);

} // namespace detail

/// A value or an error, with the interface of C++23's `std::expected`, but that an error converts to a result by
/// itself. Functions of this library return it and never throw because of their input. Access to the one that is not
/// there is undefined, but for `value()`.
template <class T, class E = error>
class [[nodiscard]] result {
    static_assert(!std::is_reference_v<T> && !std::is_same_v<std::remove_cv_t<T>, E>);

public:
    using value_type = T;
    using error_type = E;

    template <class U = T>
        requires(!std::is_same_v<std::remove_cvref_t<U>, result> && std::is_constructible_v<T, U&&> &&
                 !(std::is_convertible_v<U&&, E> && !std::is_convertible_v<U&&, T>))
    constexpr explicit(!std::is_convertible_v<U&&, T>) result(U&& value) : value_(std::forward<U>(value)), ok_(true) {}
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, result> && std::is_convertible_v<F&&, E> &&
                 !std::is_convertible_v<F&&, T>)
    constexpr result(F&& failure) : error_(std::forward<F>(failure)), ok_(false) {}

    constexpr result() requires std::is_default_constructible_v<T> : value_(), ok_(true) {}

    result(const result& other) : ok_(other.ok_) { construct(other); }
    result(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : ok_(other.ok_) {
        construct(std::move(other));
    }
    ~result() { destroy(); }

    result& operator=(const result& other) {
        if (this == &other) return *this;
        return *this = result(other);
    }
    result& operator=(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
        if (this == &other) return *this;
        destroy();
        ok_ = other.ok_;
        construct(std::move(other));
        return *this;
    }

    constexpr bool has_value() const noexcept { return ok_; }
    constexpr explicit operator bool() const noexcept { return ok_; }

    constexpr T& operator*() & noexcept { return value_; }
    constexpr const T& operator*() const& noexcept { return value_; }
    constexpr T&& operator*() && noexcept { return std::move(value_); }
    constexpr T* operator->() noexcept { return &value_; }
    constexpr const T* operator->() const noexcept { return &value_; }

    constexpr E& error() & noexcept { return error_; }
    constexpr const E& error() const& noexcept { return error_; }
    constexpr E&& error() && noexcept { return std::move(error_); }

    constexpr T& value() & { return check(), value_; }
    constexpr const T& value() const& { return check(), value_; }
    constexpr T&& value() && { return check(), std::move(value_); }

    template <class U>
    constexpr T value_or(U&& otherwise) const& {
        return ok_ ? value_ : static_cast<T>(std::forward<U>(otherwise));
    }
    template <class U>
    constexpr T value_or(U&& otherwise) && {
        return ok_ ? std::move(value_) : static_cast<T>(std::forward<U>(otherwise));
    }

    friend constexpr bool operator==(const result& a, const result& b) {
        if (a.ok_ != b.ok_) return false;
        return a.ok_ ? a.value_ == b.value_ : a.error_ == b.error_;
    }

private:
    template <class Other>
    void construct(Other&& other) {
        if (ok_) {
            ::new (static_cast<void*>(&value_)) T(std::forward<Other>(other).value_);
        } else {
            ::new (static_cast<void*>(&error_)) E(std::forward<Other>(other).error_);
        }
    }
    void destroy() noexcept {
        if (ok_) {
            value_.~T();
        } else {
            error_.~E();
        }
    }
    constexpr void check() const {
        if (ok_) return;
        if constexpr (requires { error_.message(); }) {
            detail::throw_bad_result(error_.message());
        } else if constexpr (requires { error_.message; }) {
            detail::throw_bad_result(error_.message);
        } else {
            detail::throw_bad_result("The result has no value.");
        }
    }

    union {
        T value_;
        E error_;
    };
    bool ok_;
};

/// Nothing, or an error.
template <class E>
class [[nodiscard]] result<void, E> {
public:
    using value_type = void;
    using error_type = E;

    constexpr result() noexcept = default;
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, result> && std::is_convertible_v<F&&, E>)
    constexpr result(F&& failure) : error_(std::forward<F>(failure)), ok_(false) {}

    constexpr bool has_value() const noexcept { return ok_; }
    constexpr explicit operator bool() const noexcept { return ok_; }
    constexpr void operator*() const noexcept {}
    constexpr const E& error() const noexcept { return error_; }
    constexpr void value() const {
        if (!ok_) detail::throw_bad_result(error_.message());
    }

    friend constexpr bool operator==(const result& a, const result& b) {
        return a.ok_ == b.ok_ && (a.ok_ || a.error_ == b.error_);
    }

private:
    E error_{};
    bool ok_ = true;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/impl/result.ipp>
#endif
