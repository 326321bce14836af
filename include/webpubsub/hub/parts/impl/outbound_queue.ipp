// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/outbound_queue.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL outbound_queue::outbound_queue(const outbound_queue& other)
    : data_(other.data_),
      first_(other.first_),
      sent_(other.sent_),
      ever_sent_(other.ever_sent_),
      data_bytes_(other.data_bytes_),
      keeps_data_(other.keeps_data_),
      has_control_(other.has_control_),
      control_(other.control_),
      control_bytes_(other.control_bytes_) {
    for (std::uint32_t i = 0; i < data_.size(); ++i) ++data_[i]->references;
    for (std::uint32_t i = 0; i < control_.size(); ++i) ++control_[i].frame->references;
}

WEBPUBSUB_DECL outbound_queue& outbound_queue::operator=(const outbound_queue& other) {
    if (this == &other) return *this;
    auto data = other.data_;
    auto control = other.control_;
    release_all();
    data_ = static_cast<ring<shared_frame*>&&>(data);
    control_ = static_cast<ring<control_frame>&&>(control);
    first_ = other.first_;
    sent_ = other.sent_;
    ever_sent_ = other.ever_sent_;
    data_bytes_ = other.data_bytes_;
    keeps_data_ = other.keeps_data_;
    has_control_ = other.has_control_;
    control_bytes_ = other.control_bytes_;
    for (std::uint32_t i = 0; i < data_.size(); ++i) ++data_[i]->references;
    for (std::uint32_t i = 0; i < control_.size(); ++i) ++control_[i].frame->references;
    return *this;
}

WEBPUBSUB_DECL bool outbound_queue::is_nearly_empty(const queue_limits& data,
                                                    const queue_limits& control) const noexcept {
    if (!is_nearly_empty_of_control(control)) return false;
    return !keeps_data_ || (data_.size() <= data.frames / 4 && data_bytes_ <= data.bytes / 4);
}

WEBPUBSUB_DECL bool outbound_queue::is_nearly_empty_of_control(const queue_limits& control) const noexcept {
    std::uint64_t frames = control_.size();
    std::uint64_t bytes = control_bytes_;
    if (!keeps_data_) {
        frames += data_.size();
        bytes += data_bytes_;
    }
    return frames <= control.frames / 4 && bytes <= control.bytes / 4;
}

WEBPUBSUB_DECL bool outbound_queue::push_control(frame_owner& frame, const queue_limits& limits) {
    const std::uint64_t frames = std::uint64_t{control_.size()} + (keeps_data_ ? 0 : data_.size());
    const std::uint64_t bytes = control_bytes_ + frame->size() + (keeps_data_ ? 0 : data_bytes_);
    if (frames >= limits.frames || bytes > limits.bytes) return false;
    push(next_number(), frame);
    return true;
}

WEBPUBSUB_DECL void outbound_queue::push_first(frame_owner frame) {
    assert(!has_control_ && sent_ == 0);
    push(first_, frame);
}

WEBPUBSUB_DECL void outbound_queue::push(std::uint64_t before, frame_owner& frame) {
    control_.push_back({before, frame.get()});
    control_bytes_ += frame->size();
    has_control_ = true;
    frame.give();
}

WEBPUBSUB_DECL outbound_queue::taken outbound_queue::take_control() noexcept {
    shared_frame* const frame = control_.front().frame;
    control_.pop_front();
    control_bytes_ -= frame->size();
    has_control_ = !control_.empty();
    return {frame, 0};
}

WEBPUBSUB_DECL void outbound_queue::drop_expired(steady_time now) noexcept {
    std::uint32_t kept = sent_ < ever_sent_ ? ever_sent_ : sent_;
    std::uint32_t control = 0;
    for (auto i = kept; i < data_.size(); ++i) {
        control = renumber(control, first_ + i, i - kept);
        if (data_[i]->expires > now) {
            data_[kept++] = data_[i];
            continue;
        }
        data_bytes_ -= data_[i]->size();
        release_frame(data_[i]);
    }
    const auto dropped = data_.size() - kept;
    renumber(control, next_number(), dropped);
    data_.drop_back(dropped);
}

WEBPUBSUB_DECL bool outbound_queue::acknowledge(std::uint64_t sequence_id) noexcept {
    if (sequence_id < first_ || ever_sent_ == 0) return false;
    const auto wanted = sequence_id - first_;
    const auto n = (wanted < ever_sent_ - 1 ? static_cast<std::uint32_t>(wanted) : ever_sent_ - 1) + 1;
    for (std::uint32_t i = 0; i < n; ++i) {
        data_bytes_ -= data_[i]->size();
        release_frame(data_[i]);
    }
    data_.drop_front(n);
    first_ += n;
    ever_sent_ -= n;
    sent_ -= sent_ < n ? sent_ : n;
    return true;
}

WEBPUBSUB_DECL void outbound_queue::reset() noexcept {
    release_all();
    data_.reset();
    control_.reset();
    first_ = 1;
    sent_ = ever_sent_ = data_bytes_ = 0;
    keeps_data_ = has_control_ = false;
    control_bytes_ = 0;
}

/// Control frames from that index on, as far as they go before the data of number `last` or earlier data, go before
/// data whose number is less by `dropped`. Returns the index of the first that does not.
WEBPUBSUB_DECL std::uint32_t outbound_queue::renumber(std::uint32_t control, std::uint64_t last,
                                                      std::uint32_t dropped) noexcept {
    for (; control < control_.size() && control_[control].before <= last; ++control) {
        control_[control].before -= dropped;
    }
    return control;
}

WEBPUBSUB_DECL void outbound_queue::drop_control() noexcept {
    for (std::uint32_t i = 0; i < control_.size(); ++i) release_frame(control_[i].frame);
    control_.reset();
    control_bytes_ = 0;
    has_control_ = false;
}

WEBPUBSUB_DECL void outbound_queue::release_all() noexcept {
    for (std::uint32_t i = 0; i < data_.size(); ++i) release_frame(data_[i]);
    for (std::uint32_t i = 0; i < control_.size(); ++i) release_frame(control_[i].frame);
}

WEBPUBSUB_DECL void outbound_queue::unshare() {
    const auto replace = [](shared_frame*& place) {
        if (place->copy == nullptr) {
            place->copy = make_frame(place->bytes(), place->kind(), place->expires);
            place->copy->references = 0;
        }
        shared_frame* const own = place->copy;
        ++own->references;
        release_frame(place);
        place = own;
    };
    for (std::uint32_t i = 0; i < data_.size(); ++i) replace(data_[i]);
    for (std::uint32_t i = 0; i < control_.size(); ++i) replace(control_[i].frame);
}

WEBPUBSUB_DECL void outbound_queue::forget_copies() const noexcept {
    for (std::uint32_t i = 0; i < data_.size(); ++i) data_[i]->copy = nullptr;
    for (std::uint32_t i = 0; i < control_.size(); ++i) control_[i].frame->copy = nullptr;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
