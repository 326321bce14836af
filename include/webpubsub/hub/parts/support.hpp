// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/hash.hpp>
#include <webpubsub/support/name_index.hpp>
#include <webpubsub/support/narrow.hpp>
#include <webpubsub/support/number_index.hpp>
#include <webpubsub/support/prefetch.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/support/random.hpp>
#include <webpubsub/support/record_table.hpp>
#include <webpubsub/support/ring.hpp>
#include <webpubsub/support/slot_table.hpp>
#include <webpubsub/support/timer_table.hpp>

#include <cstddef>
#include <utility>

/// The parts of a hub: not for its users, and free to change.
namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

using detail::hash_seed;
using detail::name_index;
using detail::no_slot;
using detail::number_index;
using detail::prefetch;
using detail::queue;
using detail::random_hex;
using detail::record_table;
using detail::ring;
using detail::siphash;
using detail::slot_table;
using detail::taken_slot;
using detail::timer_table;
using detail::to_size;

/// A count of things that go with whatever is moved: 0 is left behind.
class moving_count {
public:
    moving_count() noexcept = default;
    moving_count(const moving_count&) noexcept = default;
    moving_count(moving_count&& other) noexcept : count_(std::exchange(other.count_, 0)) {}
    moving_count& operator=(const moving_count&) noexcept = default;
    moving_count& operator=(moving_count&& other) noexcept {
        count_ = std::exchange(other.count_, 0);
        return *this;
    }

    void operator++() noexcept { ++count_; }
    void operator--() noexcept { --count_; }
    operator std::size_t() const noexcept { return count_; }

private:
    std::size_t count_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
