// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/testing/link.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::testing {

WEBPUBSUB_COLD_DECL void pipe::send(steady_time now, random& chance, const link_options& options, packet sent) {
    sent_ += sent.bytes.size();
    if (sent.kind == packet::what::frame) unwritten_.push_back(sent_);
    if (closed_) {
        gone_ = sent_;
        return;
    }
    auto arrives = add_saturating(now, chance.between(options.min_latency, options.max_latency));
    if (arrives < last_arrival_) arrives = last_arrival_;
    if (options.bytes_per_second) {
        const double seconds = static_cast<double>(sent.bytes.size()) / static_cast<double>(*options.bytes_per_second);
        arrives = add_saturating(arrives, duration(static_cast<duration::rep>(seconds * 1e9)));
    }
    last_arrival_ = sent.arrives = arrives;
    packets_.push_back(std::move(sent));
}

WEBPUBSUB_COLD_DECL std::optional<steady_time> pipe::next() const noexcept {
    if (packets_.empty() || hangs_) return std::nullopt;
    return packets_.front().arrives;
}

WEBPUBSUB_COLD_DECL std::optional<pipe::packet> pipe::receive(steady_time now) {
    const auto due = next();
    if (!due || *due > now) return std::nullopt;
    std::optional<packet> arrived(std::move(packets_.front()));
    packets_.pop_front();
    gone_ += arrived->bytes.size();
    return arrived;
}

WEBPUBSUB_COLD_DECL steady_time pipe::emptied(steady_time now) const noexcept {
    return packets_.empty() || packets_.back().arrives < now ? now : packets_.back().arrives;
}

WEBPUBSUB_COLD_DECL std::size_t pipe::take_written(const link_options& options) noexcept {
    std::size_t completed = 0;
    while (!unwritten_.empty() && (unwritten_.front() <= gone_ || unwritten_.front() - gone_ <= options.buffer)) {
        unwritten_.pop_front();
        ++completed;
    }
    return completed;
}

WEBPUBSUB_COLD_DECL void pipe::lose(std::size_t keep) {
    while (packets_.size() > keep) {
        gone_ += packets_.back().bytes.size();
        packets_.pop_back();
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::testing
