// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cassert>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

template <class... Alternatives>
class variant;

namespace detail {

template <class T>
void copy_alternative(void* to, const void* from) {
    ::new (to) T(*static_cast<const T*>(from));
}

template <class T>
void move_alternative(void* to, void* from) noexcept {
    ::new (to) T(std::move(*static_cast<T*>(from)));
}

template <class T>
void destroy_alternative(void* at) noexcept {
    static_cast<T*>(at)->~T();
}

template <class T>
bool equal_alternatives(const void* left, const void* right) {
    return *static_cast<const T*>(left) == *static_cast<const T*>(right);
}

constexpr std::size_t greatest(const std::size_t* numbers, std::size_t count) noexcept {
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (found < numbers[i]) found = numbers[i];
    }
    return found;
}

constexpr std::size_t index_of_true(const bool* values, std::size_t count) noexcept {
    std::size_t index = 0;
    while (index < count && !values[index]) ++index;
    return index;
}

/// The index of an alternative; their number if there is no such alternative. The variant itself is not compiled for
/// it.
template <class T, class Variant>
struct index_in;
template <class T, class... Alternatives>
struct index_in<T, variant<Alternatives...>> {
    static constexpr bool is_same[] = {std::is_same_v<T, Alternatives>...};
    static constexpr std::size_t value = index_of_true(is_same, sizeof...(Alternatives));
};

} // namespace detail

/// One object of one of several types, each of which is there once. It is used like a `std::variant`, by functions of
/// the same names: `get_if`, `get`, `holds_alternative` and `visit`, which are found by their argument. In contrast to
/// it, what a variant does with its object is one table, not a dozen templates for each alternative, which made a
/// quarter of the functions that a client compiles; it is never without an object; and it converts from nothing but its
/// alternatives.
template <class... Alternatives>
class variant {
    static_assert((std::is_nothrow_move_constructible_v<Alternatives> && ...));

public:
    /// The number of alternatives.
    static constexpr std::size_t size = sizeof...(Alternatives);

    /// Holds the first alternative.
    variant() { ::new (memory_) typename first<Alternatives...>::type(); }

    template <class T>
        requires(detail::index_in<std::remove_cvref_t<T>, variant>::value < size)
    variant(T&& value) : index_(detail::index_in<std::remove_cvref_t<T>, variant>::value) {
        ::new (memory_) std::remove_cvref_t<T>(std::forward<T>(value));
    }

    /// Holds a copy of the object at `object`, which is of the alternative of that index.
    variant(std::size_t index, const void* object) : index_(index) {
        static constexpr void (*copy[])(void*, const void*) = {detail::copy_alternative<Alternatives>...};
        copy[index](memory_, object);
    }

    variant(const variant& other) : variant(other.index_, other.memory_) {}
    variant(variant&& other) noexcept { take(other); }
    variant& operator=(const variant& other) {
        if (this != &other) *this = variant(other);
        return *this;
    }
    variant& operator=(variant&& other) noexcept {
        if (this != &other) {
            destroy();
            take(other);
        }
        return *this;
    }
    ~variant() { destroy(); }

    /// The place of the type in the list of alternatives.
    std::size_t index() const noexcept { return index_; }

    /// Replaces what there was by a new object, and returns it.
    template <class T, class... Arguments>
    T& emplace(Arguments&&... arguments) {
        constexpr auto index = detail::index_in<T, variant>::value;
        static_assert(index < size, "This type is no alternative of the variant.");
        if constexpr (std::is_nothrow_constructible_v<T, Arguments...>) {
            destroy();
            index_ = index;
            return *::new (memory_) T(std::forward<Arguments>(arguments)...);
        } else {
            return emplace<T>(T(std::forward<Arguments>(arguments)...));
        }
    }

    /// The same of the alternative of that index, made by its constructor without arguments; returns it.
    void* emplace(std::size_t index) {
        static constexpr void* (*make[])(variant&) = {make_alternative<Alternatives>...};
        return make[index](*this);
    }

    /// The object, whatever its type is.
    void* data() noexcept { return memory_; }
    const void* data() const noexcept { return memory_; }

    friend bool operator==(const variant& left, const variant& right) {
        static constexpr bool (*equal[])(const void*, const void*) = {detail::equal_alternatives<Alternatives>...};
        return left.index_ == right.index_ && equal[left.index_](left.memory_, right.memory_);
    }

private:
    template <class First, class...>
    struct first {
        using type = First;
    };

    template <class T>
    static void* make_alternative(variant& in) {
        return &in.emplace<T>();
    }

    void take(variant& other) noexcept {
        static constexpr void (*move[])(void*, void*) noexcept = {detail::move_alternative<Alternatives>...};
        index_ = other.index_;
        move[index_](memory_, other.memory_);
    }
    void destroy() noexcept {
        static constexpr void (*destroy[])(void*) noexcept = {detail::destroy_alternative<Alternatives>...};
        destroy[index_](memory_);
    }

    static constexpr std::size_t sizes[] = {sizeof(Alternatives)...};

    alignas(Alternatives...) std::byte memory_[detail::greatest(sizes, size)];
    std::size_t index_ = 0;
};

template <class T, class... Alternatives>
bool holds_alternative(const variant<Alternatives...>& of) noexcept {
    constexpr auto index = detail::index_in<T, variant<Alternatives...>>::value;
    static_assert(index < sizeof...(Alternatives), "This type is no alternative of the variant.");
    return of.index() == index;
}

/// The object, if it is of that type; else null.
template <class T, class... Alternatives>
T* get_if(variant<Alternatives...>* of) noexcept {
    return of != nullptr && holds_alternative<T>(*of) ? static_cast<T*>(of->data()) : nullptr;
}
template <class T, class... Alternatives>
const T* get_if(const variant<Alternatives...>* of) noexcept {
    return of != nullptr && holds_alternative<T>(*of) ? static_cast<const T*>(of->data()) : nullptr;
}

/// The object, which is of that type.
template <class T, class... Alternatives>
T& get(variant<Alternatives...>& of) noexcept {
    assert(holds_alternative<T>(of));
    return *static_cast<T*>(of.data());
}
template <class T, class... Alternatives>
const T& get(const variant<Alternatives...>& of) noexcept {
    assert(holds_alternative<T>(of));
    return *static_cast<const T*>(of.data());
}
template <class T, class... Alternatives>
T&& get(variant<Alternatives...>&& of) noexcept {
    return std::move(get<T>(of));
}

namespace detail {

/// Calls the function with the object at `data`, whose type is the one of that index.
template <class First, class... Others, class Function, class Void>
decltype(auto) visit_object(Function& function, std::size_t index, Void* data) {
    using result = std::invoke_result_t<Function&, First&>;
    if constexpr (std::is_void_v<result>) {
        if (index == 0) return function(*static_cast<First*>(data));
        static_cast<void>(((--index == 0 && (function(*static_cast<Others*>(data)), true)) || ...));
    } else {
        using caller = result (*)(Function&, Void*);
        static constexpr caller callers[] = {
            [](Function& with, Void* object) -> result { return with(*static_cast<First*>(object)); },
            [](Function& with, Void* object) -> result { return with(*static_cast<Others*>(object)); }...};
        return callers[index](function, data);
    }
}

} // namespace detail

/// Calls the function with the object, and returns what it returns; that has one type for all alternatives.
template <class Function, class... Alternatives>
decltype(auto) visit(Function&& function, variant<Alternatives...>& of) {
    return detail::visit_object<Alternatives...>(function, of.index(), of.data());
}
template <class Function, class... Alternatives>
decltype(auto) visit(Function&& function, const variant<Alternatives...>& of) {
    return detail::visit_object<const Alternatives...>(function, of.index(), of.data());
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
