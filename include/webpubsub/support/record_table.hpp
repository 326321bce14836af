// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/narrow.hpp>
#include <webpubsub/support/number_index.hpp>
#include <webpubsub/support/queue.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// An ordered map from numbers to records, which stay where they are until they are erased. It is a `number_index` of
/// pointers, so that a program compiles little for each kind of record. Operations are logarithmic.
template <class Record>
class record_table {
public:
    record_table() = default;
    record_table(const record_table& other) {
        number_index::entry at;
        for (number_index::key from; other.index_.find_from(from, at); from = {at.key.first + 1, 0}) {
            add(at.key.first, *record_at(at.value));
        }
    }
    record_table(record_table&& other) noexcept { std::swap(index_, other.index_); }
    record_table& operator=(record_table other) noexcept {
        std::swap(index_, other.index_);
        return *this;
    }
    ~record_table() { clear(); }

    /// Makes a record of its members. The key is a new one.
    template <class... Members>
    Record& add(std::uint64_t key, Members&&... members) {
        polled<Record> added(new Record{std::forward<Members>(members)...});
        index_.set({key, 0}, reinterpret_cast<std::uintptr_t>(&*added));
        return *added.release();
    }
    /// Gives a record another key, which is a new one. The record stays where it is.
    void move(std::uint64_t from, std::uint64_t to) {
        const auto record = *index_.find({from, 0});
        index_.set({to, 0}, record);
        index_.erase({from, 0});
    }
    /// The same with a record that is made already.
    Record& add(std::uint64_t key, Record&& record) {
        auto* const added = new Record(std::move(record));
        index_.set({key, 0}, reinterpret_cast<std::uintptr_t>(added));
        return *added;
    }
    void erase(std::uint64_t key) {
        const auto* const found = index_.find({key, 0});
        if (found == nullptr) return;
        auto* const record = record_at(*found);
        index_.erase({key, 0});
        delete record;
    }
    void clear() noexcept {
        number_index::entry at;
        for (number_index::key from; index_.find_from(from, at); from = {at.key.first + 1, 0}) {
            delete record_at(at.value);
        }
        index_.clear();
    }

    /// Null for a key that is not there.
    Record* find(std::uint64_t key) const {
        const auto* const found = index_.find({key, 0});
        return found == nullptr ? nullptr : record_at(*found);
    }
    /// The record with the least key that is not less than `key`, which becomes that one's; null if there is none. A
    /// walk over all goes on from the key plus one, whatever was erased meanwhile.
    Record* find_from(std::uint64_t& key) const {
        number_index::entry at;
        if (!index_.find_from({key, 0}, at)) return nullptr;
        key = at.key.first;
        return record_at(at.value);
    }

    std::size_t size() const noexcept { return index_.size(); }
    bool empty() const noexcept { return index_.empty(); }

private:
    static Record* record_at(std::uint64_t value) noexcept { return reinterpret_cast<Record*>(to_address(value)); }

    number_index index_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
