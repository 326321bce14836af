// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>
#include <webpubsub/support/owner_count.hpp>

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Immutable bytes that their copies share, in one block of memory: what `std::shared_ptr<const std::string>` would be,
/// without a second allocation. The count is atomic, so that copies may end on different threads.
class shared_bytes {
public:
    shared_bytes() noexcept = default;
    explicit shared_bytes(std::string_view bytes) : block_(make(bytes)) {}

    shared_bytes(const shared_bytes& other) noexcept : block_(other.block_) {
        if (block_ != nullptr) block_->owners.add();
    }
    shared_bytes(shared_bytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    shared_bytes& operator=(shared_bytes other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~shared_bytes() {
        if (block_ == nullptr || !block_->owners.remove()) return;
        block_->~block();
        ::operator delete(block_);
    }

    /// False for what was made without bytes or moved from.
    explicit operator bool() const noexcept { return block_ != nullptr; }
    std::size_t size() const noexcept { return block_ == nullptr ? 0 : block_->size; }
    /// Valid for as long as any copy lives.
    std::string_view view() const noexcept {
        if (block_ == nullptr) return {};
        return {reinterpret_cast<const char*>(block_ + 1), block_->size};
    }

private:
    struct block {
        owner_count owners;
        std::size_t size = 0;
    };

    static block* make(std::string_view bytes) {
        void* const memory = ::operator new(sizeof(block) + bytes.size());
        auto* const made = ::new (memory) block;
        made->size = bytes.size();
        if (!bytes.empty()) std::memcpy(static_cast<void*>(made + 1), bytes.data(), bytes.size());
        return made;
    }

    block* block_ = nullptr;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
