// SPDX-License-Identifier: MIT
#pragma once

#include "round_trip.hpp"

#include "support/random_message.hpp"

#include <webpubsub/codec/all_codecs.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {

/// Numbers without a pattern from numbers that have one.
constexpr std::uint64_t mixed(std::uint64_t n) noexcept {
    n *= 0x9E3779B97F4A7C15u;
    n = (n ^ n >> 32) * 0xD6E8FEB86659FD93u;
    return n ^ n >> 32;
}

/// Reads an input as a series of decisions. When it is used up decisions follow each other without any pattern, so that
/// whoever waits for one gets it.
class op_codes {
public:
    explicit op_codes(std::span<const std::uint8_t> input) : input_(input) {}

    bool empty() const noexcept { return input_.empty(); }

    /// One of 0 to n - 1.
    std::size_t below(std::size_t n) {
        if (n < 2) return 0;
        const auto first = byte();
        return n <= 256 ? first % n : (first << 8 | byte()) % n;
    }

    bool one_in(std::size_t n) { return below(n) == n - 1; }

    template <class T, std::size_t Size>
    const T& pick(const std::array<T, Size>& from) {
        return from[below(Size)];
    }

    /// As it stands in the input.
    std::string_view bytes() {
        const auto wanted = below(200);
        const auto size = std::min(wanted, input_.size());
        const auto taken = input_.first(size);
        input_ = input_.subspan(size);
        return as_frame(taken);
    }

    /// Mostly short, sometimes long enough for every timer there is.
    std::chrono::milliseconds time() {
        constexpr std::array<int, 8> choices{0, 1, 100, 999, 1000, 5000, 31'000, 400'000};
        return std::chrono::milliseconds(pick(choices));
    }

private:
    std::size_t byte() {
        if (input_.empty()) return mixed(++beyond_) >> 56;
        const auto first = input_.front();
        input_ = input_.subspan(1);
        return first;
    }

    std::span<const std::uint8_t> input_;
    std::uint64_t beyond_ = 0;
};

inline const std::array<codec, 4>& codecs() {
    static const std::array<codec, 4> all{json_codec(), reliable_json_codec(), protobuf_codec(),
                                          reliable_protobuf_codec()};
    return all;
}

/// Few, so that they meet.
inline constexpr std::array<std::string_view, 4> names{"a", "b", "c", "d"};

/// Close codes that mean something to either end, and one that means nothing.
inline constexpr std::array<std::uint16_t, 10> closings{1006, 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 4000};

inline payload any_payload(op_codes& ops) {
    switch (ops.below(4)) {
    case 0: return text_payload("text");
    case 1: return json_payload(R"({"a":[1,null]})");
    case 2: return binary_payload(std::string("\0\xff", 2));
    default: return {static_cast<data_type>(ops.below(4)), std::string(ops.bytes())};
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz
