// SPDX-License-Identifier: MIT

// Counts by replacing the global operator new, which the sanitizers replace themselves: under them there is no such
// test.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define WEBPUBSUB_TEST_SANITIZED
#endif
#endif
#if !defined(WEBPUBSUB_TEST_SANITIZED) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {

std::atomic<std::size_t> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
    ++allocations;
    void* const memory = alignment <= alignof(std::max_align_t)
                             ? std::malloc(size == 0 ? 1 : size)
                             : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

} // namespace

void* operator new(std::size_t size) { return counted(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

using namespace webpubsub;

namespace {

/// How much is allocated for one broadcast to so many members, each of which writes it and acknowledges it, when
/// everything has been going on for a while.
std::size_t allocations_per_broadcast(std::size_t members) {
    hub_fixture f;
    std::vector<transport_id> transports;
    for (std::size_t i = 0; i < members; ++i) transports.push_back(f.connect(f.reliable, {}, {"a"}));
    const auto broadcast = [&](std::size_t number) {
        const auto acknowledgement =
            R"({"type":"sequenceAck","sequenceId":)" + std::to_string(number > 20 ? number - 20 : 0) + "}";
        if (f.hub.send_to_group(f.now, "a", text_payload("a text that fits into no small string")).value() != members) {
            throw std::logic_error("not everybody was there");
        }
        while (const auto ready = f.hub.poll_ready()) {
            if (!f.hub.poll_transmit(*ready)) throw std::logic_error("nothing to write");
            f.hub.handle_written(f.now, *ready);
            f.hub.handle_frame(f.now, *ready, frame_kind::text, acknowledgement);
        }
    };
    constexpr std::size_t warm = 200;
    for (std::size_t i = 1; i <= warm; ++i) broadcast(i);
    const auto before = allocations.load();
    constexpr std::size_t rounds = 50;
    for (std::size_t i = 1; i <= rounds; ++i) broadcast(warm + i);
    return (allocations - before) / rounds;
}

} // namespace

TEST_CASE("in a steady state a delivery allocates nothing: a broadcast costs the same for any number of members") {
    const auto one = allocations_per_broadcast(1);
    CHECK(one > 0);
    CHECK(allocations_per_broadcast(500) == one);
}

#endif
