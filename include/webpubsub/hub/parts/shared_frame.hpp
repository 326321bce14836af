// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/frame.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The bytes of a frame, in one block of memory with the count of those who refer to it: the queues of one hub, and the
/// deliveries that it gave out. The count is not atomic, so all of them belong to one thread. The bytes never change.
/// Pointers to frames count nothing by themselves: who keeps one owns a reference and gives it back by `release_frame`,
/// so that a broadcast can add its thousands in one step.
struct shared_frame {
    std::uint32_t references = 1;
    /// The size in bytes; the highest bit marks a binary frame.
    std::uint32_t size_and_kind = 0;
    /// The time from which on the frame is not worth sending.
    steady_time expires = steady_time::max();
    /// The same frame in the copy of a hub, while that is being made; null at any other time.
    shared_frame* copy = nullptr;

    static constexpr std::uint32_t max_size = 0x7FFFFFFF;

    std::uint32_t size() const noexcept { return size_and_kind & max_size; }
    frame_kind kind() const noexcept { return size_and_kind > max_size ? frame_kind::binary : frame_kind::text; }
    std::string_view bytes() const noexcept { return {reinterpret_cast<const char*>(this + 1), size()}; }
};

/// A new frame with a copy of the bytes, at most `shared_frame::max_size`, and one reference, which is the caller's.
WEBPUBSUB_DECL shared_frame* make_frame(std::string_view bytes, frame_kind kind,
                                        steady_time expires = steady_time::max());

WEBPUBSUB_DECL void destroy_frame(shared_frame* frame) noexcept;

inline void release_frame(shared_frame* frame) noexcept {
    if (--frame->references == 0) destroy_frame(frame);
}

/// An owner of one reference to a frame, or of none.
class frame_owner {
public:
    frame_owner() noexcept = default;
    explicit frame_owner(shared_frame* owned) noexcept : frame_(owned) {}
    frame_owner(frame_owner&& other) noexcept : frame_(other.give()) {}
    frame_owner& operator=(frame_owner&& other) noexcept {
        if (this == &other) return *this;
        reset();
        frame_ = other.give();
        return *this;
    }
    ~frame_owner() { reset(); }

    shared_frame* get() const noexcept { return frame_; }
    shared_frame* operator->() const noexcept { return frame_; }
    explicit operator bool() const noexcept { return frame_ != nullptr; }

    /// Gives the reference to the caller.
    shared_frame* give() noexcept {
        shared_frame* const given = frame_;
        frame_ = nullptr;
        return given;
    }

    void reset() noexcept {
        if (frame_ != nullptr) release_frame(give());
    }

private:
    shared_frame* frame_ = nullptr;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/shared_frame.ipp>
#endif
