// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/hash.hpp>
#include <webpubsub/support/prefetch.hpp>
#include <webpubsub/support/random.hpp>
#include <webpubsub/support/ring.hpp>
#include <webpubsub/support/slot_table.hpp>
#include <webpubsub/support/timers.hpp>

/// The parts of a hub: not for its users, and free to change.
namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

using detail::hash_seed;
using detail::no_slot;
using detail::prefetch;
using detail::random_hex;
using detail::ring;
using detail::siphash;
using detail::slot_table;
using detail::taken_slot;
using detail::timers;

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
