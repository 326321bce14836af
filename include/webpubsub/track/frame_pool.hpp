// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/frame.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/slot_table.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A body in a `frame_pool`, as a queue holds it. Copying one counts nothing: whoever keeps it owns a reference that
/// was added for it and is to be released.
enum class frame_ref : std::uint32_t { none = no_slot };

/// The bodies of frames that wait in any queue, each once. References are plain counters, so that a broadcast adds its
/// thousands in one step and a queue's entry is four bytes. The bytes themselves never change and are shared by copies
/// of the pool, which may be used from different threads.
class frame_pool {
public:
    /// Of a body, in bytes.
    static constexpr std::uint32_t max_size = 0x7FFFFFFF;

    /// Takes the bytes in, with one reference, the caller's. At `expires` they are no longer worth sending.
    frame_ref add(std::string bytes, frame_kind kind, steady_time expires = steady_time::max()) {
        assert(bytes.size() <= max_size);
        const auto size = static_cast<std::uint32_t>(bytes.size());
        auto shared = std::make_shared<const std::string>(std::move(bytes));
        const auto slot = entries_.take();
        auto& added = entries_[slot];
        added.data = shared->data();
        added.owner = std::move(shared);
        added.size_and_kind = kind == frame_kind::binary ? size | binary_flag : size;
        added.references = 1;
        added.expires = expires;
        return frame_ref{slot};
    }

    void add_references(frame_ref frame, std::uint32_t n) noexcept { at(frame).references += n; }

    void release(frame_ref frame) noexcept {
        auto& it = at(frame);
        assert(it.references != 0);
        if (--it.references != 0) return;
        it.owner.reset();
        entries_.give_back(static_cast<std::uint32_t>(frame));
    }

    /// The view lives as long as the frame, whatever becomes of the pool's other frames.
    std::string_view bytes(frame_ref frame) const noexcept {
        const auto& it = at(frame);
        return {it.data, it.size_and_kind & max_size};
    }
    std::uint32_t size_of(frame_ref frame) const noexcept { return at(frame).size_and_kind & max_size; }
    frame_kind kind_of(frame_ref frame) const noexcept {
        return at(frame).size_and_kind > max_size ? frame_kind::binary : frame_kind::text;
    }
    bool has_expired(frame_ref frame, steady_time now) const noexcept { return at(frame).expires <= now; }
    std::uint32_t references(frame_ref frame) const noexcept { return at(frame).references; }

    /// How many bodies there are.
    std::size_t size() const noexcept { return entries_.used(); }

private:
    static constexpr std::uint32_t binary_flag = ~max_size;

    struct entry {
        const char* data = nullptr;
        std::shared_ptr<const std::string> owner;
        std::uint32_t references = 0;
        /// In bytes; the highest bit marks a binary frame.
        std::uint32_t size_and_kind = 0;
        steady_time expires = steady_time::max();
    };

    entry& at(frame_ref frame) noexcept { return entries_[static_cast<std::uint32_t>(frame)]; }
    const entry& at(frame_ref frame) const noexcept { return entries_[static_cast<std::uint32_t>(frame)]; }

    slot_table<entry> entries_;
};

} // namespace webpubsub
