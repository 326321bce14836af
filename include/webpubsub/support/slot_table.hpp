// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The index that names nothing.
inline constexpr std::uint32_t no_slot = 0xFFFFFFFF;

/// Objects by small index. An object stays where it is in memory as long as the table lives, also when the table grows
/// or is moved; a slot that was given back is used again, most recently freed first. `T` is default-constructible and
/// has to be put into a fresh state by whoever takes or gives back a slot.
template <class T>
class slot_table {
public:
    slot_table() = default;
    slot_table(const slot_table& other) {
        slot_table made;
        made.free_.reserve(other.free_.capacity());
        made.free_ = other.free_;
        made.blocks_.reserve(other.blocks_.size());
        for (const T* const block : other.blocks_) {
            made.blocks_.push_back(new T[block_size]);
            for (std::size_t i = 0; i < block_size; ++i) made.blocks_.back()[i] = block[i];
        }
        made.end_ = other.end_;
        swap(made);
    }
    slot_table(slot_table&& other) noexcept { swap(other); }
    slot_table& operator=(slot_table other) noexcept {
        swap(other);
        return *this;
    }
    ~slot_table() {
        for (T* const block : blocks_) delete[] block;
    }

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
            blocks_.reserve(blocks_.size() + 1);
            blocks_.push_back(new T[block_size]);
        }
        return end_++;
    }

    /// Makes the table as large as another that has given out this index. To be used instead of `take`.
    void include(std::uint32_t index) {
        while (end_ <= index) take();
    }

    /// Never allocates.
    void give_back(std::uint32_t index) noexcept { free_.push_back(index); }

private:
    static constexpr std::uint32_t block_size = 256;

    void swap(slot_table& other) noexcept {
        blocks_.swap(other.blocks_);
        free_.swap(other.free_);
        std::swap(end_, other.end_);
    }

    std::vector<T*> blocks_;
    std::vector<std::uint32_t> free_;
    std::uint32_t end_ = 0;
};

/// A slot that is given back unless it is kept.
template <class T>
class taken_slot {
public:
    explicit taken_slot(slot_table<T>& table) : table_(&table), slot_(table.take()) {}
    taken_slot(const taken_slot&) = delete;
    taken_slot& operator=(const taken_slot&) = delete;
    ~taken_slot() {
        if (table_ != nullptr) table_->give_back(slot_);
    }

    std::uint32_t slot() const noexcept { return slot_; }
    std::uint32_t keep() noexcept {
        table_ = nullptr;
        return slot_;
    }

private:
    slot_table<T>* table_;
    std::uint32_t slot_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
