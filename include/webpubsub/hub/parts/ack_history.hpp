// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/support.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The ids of the last requests of one logical connection that succeeded, so that a repeated request is recognised
/// (subprotocols.md section 5.2). The oldest is forgotten first. Each operation takes constant time; memory follows the
/// number of ids.
class ack_history {
public:
    /// With a capacity of 0 nothing is remembered.
    explicit ack_history(std::size_t capacity = 1000, const hash_seed& seed = {}) noexcept
        : capacity_(capacity), seed_(seed) {}

    std::size_t size() const noexcept { return order_.size(); }

    bool contains(std::uint64_t id) const noexcept { return !table_.empty() && table_[find(id)].used; }

    /// Remembers an id that is not contained yet.
    void add(std::uint64_t id) {
        if (capacity_ == 0) return;
        if (order_.size() == capacity_) {
            erase(order_.front());
            order_.pop_front();
        }
        if ((order_.size() + 1) * 2 > table_.size()) grow();
        order_.push_back(id);
        table_[find(id)] = {id, true};
    }

private:
    // Open addressing with linear probing, never more than half full.
    struct entry {
        std::uint64_t id = 0;
        bool used = false;
    };

    std::size_t home(std::uint64_t id) const noexcept { return to_size(siphash(seed_, id)) & (table_.size() - 1); }
    std::size_t after(std::size_t at) const noexcept { return (at + 1) & (table_.size() - 1); }

    /// The place where the id is, or where it belongs.
    std::size_t find(std::uint64_t id) const noexcept {
        std::size_t at = home(id);
        while (table_[at].used && table_[at].id != id) at = after(at);
        return at;
    }

    void grow() {
        table_.assign(table_.empty() ? 8 : table_.size() * 2, {});
        for (std::uint32_t i = 0; i < order_.size(); ++i) table_[find(order_[i])] = {order_[i], true};
    }

    void erase(std::uint64_t id) noexcept {
        std::size_t hole = find(id);
        // What was pushed past the hole moves back into it, so that no search ends too early.
        for (std::size_t at = after(hole); table_[at].used; at = after(at)) {
            const std::size_t mask = table_.size() - 1;
            if (((at - home(table_[at].id)) & mask) < ((at - hole) & mask)) continue;
            table_[hole] = table_[at];
            hole = at;
        }
        table_[hole] = {};
    }

    std::size_t capacity_;
    hash_seed seed_;
    ring<std::uint64_t> order_;
    std::vector<entry> table_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
