// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

namespace webpubsub::tests {

/// A hash of a sequence: of what a machine was given so far, or of all that a state consists of.
class fingerprint {
public:
    std::uint64_t value() const noexcept { return value_; }

    fingerprint& add(std::uint64_t part) noexcept {
        // splitmix64's mixing of what came before and what is new.
        value_ = (value_ ^ part) + 0x9e3779b97f4a7c15;
        value_ = (value_ ^ (value_ >> 30)) * 0xbf58476d1ce4e5b9;
        value_ = (value_ ^ (value_ >> 27)) * 0x94d049bb133111eb;
        value_ ^= value_ >> 31;
        return *this;
    }

    fingerprint& add(std::string_view bytes) noexcept {
        add(bytes.size());
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            word = word << 8 | static_cast<unsigned char>(bytes[i]);
            if (i % 8 == 7) add(word);
        }
        return add(word);
    }

private:
    std::uint64_t value_ = 0;
};

/// Fingerprints are evenly spread already.
struct identity_hash {
    std::size_t operator()(std::uint64_t value) const noexcept { return static_cast<std::size_t>(value); }
};
using fingerprint_set = std::unordered_set<std::uint64_t, identity_hash>;

} // namespace webpubsub::tests
