// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What an index is that names nothing.
inline constexpr std::uint32_t no_slot = 0xFFFFFFFF;

/// Objects by small index. An object stays where it is in memory as long as the table lives, also when the table grows
/// or is moved; a slot that was given back is used again, most recently freed first. `T` is default-constructible and
/// has to be put into a fresh state by whoever takes or gives back a slot.
template <class T>
class slot_table {
public:
    slot_table() = default;
    slot_table(const slot_table& other) : free_(other.free_), end_(other.end_) {
        free_.reserve(other.free_.capacity());
        for (const auto& block : other.blocks_) {
            blocks_.push_back(std::make_unique<T[]>(block_size));
            for (std::size_t i = 0; i < block_size; ++i) blocks_.back()[i] = block[i];
        }
    }
    slot_table(slot_table&& other) noexcept
        : blocks_(std::move(other.blocks_)), free_(std::move(other.free_)), end_(std::exchange(other.end_, 0)) {}
    slot_table& operator=(slot_table other) noexcept {
        blocks_.swap(other.blocks_);
        free_.swap(other.free_);
        std::swap(end_, other.end_);
        return *this;
    }
    ~slot_table() = default;

    T& operator[](std::uint32_t index) noexcept { return blocks_[index / block_size][index % block_size]; }
    const T& operator[](std::uint32_t index) const noexcept { return blocks_[index / block_size][index % block_size]; }

    /// The least number above every index that was ever given out.
    std::uint32_t end() const noexcept { return end_; }

    std::size_t used() const noexcept { return end_ - free_.size(); }

    std::uint32_t take() {
        if (!free_.empty()) {
            const auto index = free_.back();
            free_.pop_back();
            return index;
        }
        if (end_ % block_size == 0) {
            free_.reserve(end_ + block_size);
            blocks_.push_back(std::make_unique<T[]>(block_size));
        }
        return end_++;
    }

    /// Never allocates.
    void give_back(std::uint32_t index) noexcept { free_.push_back(index); }

private:
    static constexpr std::uint32_t block_size = 256;

    std::vector<std::unique_ptr<T[]>> blocks_;
    std::vector<std::uint32_t> free_;
    std::uint32_t end_ = 0;
};

} // namespace webpubsub
