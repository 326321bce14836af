// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>

#include <string>

// Catch2 3 and Catch2 2 behind one name.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

namespace Catch {

template <>
struct StringMaker<webpubsub::errc> {
    static std::string convert(webpubsub::errc code) { return webpubsub::message_of(code); }
};

template <class T>
struct StringMaker<webpubsub::result<T>> {
    static std::string convert(const webpubsub::result<T>& value) {
        if (value.has_value()) return "a value";
        const auto e = value.error();
        return std::string("error \"") + webpubsub::message_of(e.code) + "\" at " + std::to_string(e.offset);
    }
};

} // namespace Catch
