// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// An ordered map from keys, which are two numbers and a name, to numbers. It is the only tree of the library:
/// `number_index` and `name_index` are faces of it, and other containers are made of these. So a program compiles one
/// tree, and none of the standard library's, of which each use would be compiled by itself.
///
/// It is a treap: a search tree by its keys, and a heap by random priorities, so that its expected depth is logarithmic
/// whatever the order in which keys come and go. Priorities come from addresses, which peers don't know.
class ordered_index {
public:
    struct key {
        std::uint64_t first = 0;
        std::uint64_t second = 0;
        std::string_view name{};
    };

    struct entry {
        entry* left = nullptr;
        entry* right = nullptr;
        std::uint64_t priority = 0;
        std::uint64_t first = 0;
        std::uint64_t second = 0;
        std::uint64_t value = 0;
        /// Its bytes follow the entry.
        std::size_t name_size = 0;

        std::string_view name() const noexcept { return {reinterpret_cast<const char*>(this + 1), name_size}; }
    };

    ordered_index() noexcept = default;
    ordered_index(const ordered_index& other);
    ordered_index(ordered_index&& other) noexcept { swap(other); }
    ordered_index& operator=(ordered_index other) noexcept {
        swap(other);
        return *this;
    }
    ~ordered_index() { clear(); }

    /// Replaces the value of a key that is there.
    void set(const key& k, std::uint64_t value);
    bool erase(const key& k) noexcept;
    void clear() noexcept;

    /// Null for a key that is not there. Entries stay where they are until they are erased.
    const entry* find(const key& k) const noexcept;
    /// The entry with the least key that is not less than `k`, or that is greater; null if there is none.
    const entry* find_from(const key& k, bool greater = false) const noexcept;

    std::size_t size() const noexcept { return size_; }

private:
    void swap(ordered_index& other) noexcept {
        std::swap(root_, other.root_);
        std::swap(size_, other.size_);
    }

    entry* root_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/support/impl/ordered_index.ipp>
#endif
