// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/support/name_index.hpp>
#include <webpubsub/support/record_table.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The states of connections in one group, each with its `connection_id` and in the order of these ids:
/// `for (const auto& item : states)`. Finding one and every step of a walk are logarithmic.
class group_state_table {
public:
    class iterator {
    public:
        iterator(const group_state_table& table, const detail::name_index::entry* at) noexcept
            : table_(&table), at_(at) {}

        const group_state_item& operator*() const noexcept { return *table_->items_.find(at_->value); }
        const group_state_item* operator->() const noexcept { return table_->items_.find(at_->value); }
        iterator& operator++() noexcept {
            at_ = table_->numbers_.next_after(at_->name());
            return *this;
        }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.at_ == b.at_; }

    private:
        const group_state_table* table_;
        /// The number of the item by the connection's id; null at the end.
        const detail::name_index::entry* at_;
    };

    /// Null for a connection that has no state.
    const group_state_item* find(std::string_view connection_id) const;
    iterator begin() const { return {*this, numbers_.first()}; }
    iterator end() const noexcept { return {*this, nullptr}; }
    std::size_t size() const noexcept { return numbers_.size(); }
    bool empty() const noexcept { return numbers_.empty(); }

    /// The connection has no state so far.
    void add(const group_state_item& item);
    void erase(std::string_view connection_id);
    void clear() noexcept;

private:
    detail::name_index numbers_;
    detail::record_table<group_state_item> items_;
    std::uint64_t last_number_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/group_state_table.ipp>
#endif
