// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>
#include <webpubsub/variant.hpp>

#include <cstddef>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A message to decode into, again and again. A variant loses its strings when it changes its alternative; here a
/// message of each kind that came before is kept with its memory, so that a stream of mixed kinds needs no new memory.
/// `Variant` is `client_message` or `service_message`. A copy is empty.
template <class Variant>
class message_buffer {
public:
    message_buffer() noexcept = default;
    message_buffer(const message_buffer&) noexcept {}
    message_buffer(message_buffer&& other) noexcept { swap(other); }
    message_buffer& operator=(message_buffer other) noexcept {
        swap(other);
        return *this;
    }
    ~message_buffer() {
        for (auto* const each : kept_) delete each;
    }

    /// What was decoded last. It may be moved from; then the next message of that kind needs new memory. There is one
    /// once something was decoded.
    Variant& message() noexcept { return *kept_[current_]; }
    const Variant& message() const noexcept { return *kept_[current_]; }

    /// Makes the message that is kept for a kind (the index of the alternative) the current one, for decoders: they
    /// overwrite it, or replace it if it holds another alternative.
    Variant& select(std::size_t kind) {
        if (kept_[kind] == nullptr) kept_[kind] = new Variant;
        current_ = kind;
        return *kept_[kind];
    }

private:
    void swap(message_buffer& other) noexcept {
        std::swap(kept_, other.kept_);
        std::swap(current_, other.current_);
    }

    Variant* kept_[Variant::size] = {};
    std::size_t current_ = 0;
};

/// Where a decoder puts what it reads: into one message, or into a buffer.
template <class Variant>
class decode_target {
public:
    decode_target(Variant& message) noexcept : message_(&message) {}
    decode_target(message_buffer<Variant>& buffer) noexcept : buffer_(&buffer) {}

    /// The message into which one of that kind is to be put.
    Variant& select(std::size_t kind) const { return buffer_ != nullptr ? buffer_->select(kind) : *message_; }

    Variant& message() const noexcept { return buffer_ != nullptr ? buffer_->message() : *message_; }

private:
    Variant* message_ = nullptr;
    message_buffer<Variant>* buffer_ = nullptr;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
