// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/outbox.hpp>
#include <webpubsub/support/narrow.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL result<void> outbox::check(const client_write_window& window) {
    if (window.report_after && *window.report_after < duration::zero()) {
        return error::about(errc::invalid_option, "window.report_after");
    }
    return {};
}

WEBPUBSUB_COLD_DECL bool outbox::has_room() const noexcept {
    // One message may always be under way, however small the window is.
    if (sizes_.empty()) return true;
    if (window_.messages && sizes_.size() >= *window_.messages) return false;
    return !window_.bytes || bytes_ < *window_.bytes;
}

WEBPUBSUB_COLD_DECL outbox::writer outbox::choose(const offers& all) const noexcept {
    if (all.sequence_ack && last_writer_ != writer::sequence_ack) return writer::sequence_ack;
    if (all.ping) return writer::ping;

    writer best = writer::none;
    std::optional<offer> least;
    const auto consider = [&](writer who, std::optional<offer> wanted) {
        if (!wanted) return;
        if (who != writer::requests && wanted->order == write_order::by_ticket && all.up_to &&
            wanted->ticket > *all.up_to) {
            return;
        }
        // Open streams write in turns with the rest: before it, unless one of them has just written.
        if (wanted->order == write_order::streaming && last_writer_ != writer::stream) {
            wanted = offer{write_order::by_ticket, ticket{}};
        }
        if (least && !(*wanted < *least)) return;
        least = wanted;
        best = who;
    };
    consider(writer::requests, all.requests);
    consider(writer::invocations, all.invocations);
    consider(writer::stream_start, all.stream_start);
    consider(writer::stream, all.stream);
    if (best == writer::none && all.sequence_ack) return writer::sequence_ack;
    return best;
}

WEBPUBSUB_COLD_DECL void outbox::begin_write(steady_time now, writer who, std::size_t size) {
    last_writer_ = who;
    if (!is_limited()) return;
    if (sizes_.empty()) since_ = now;
    sizes_.push(size);
    bytes_ += size;
}

WEBPUBSUB_COLD_DECL bool outbox::handle_written(steady_time now, std::size_t count) {
    if (!is_limited()) return true;
    const bool known = count <= sizes_.size();
    if (!known) count = sizes_.size();
    for (; count != 0; --count) bytes_ -= detail::to_size(sizes_.pop());
    since_ = sizes_.empty() ? std::nullopt : std::optional(now);
    return known;
}

WEBPUBSUB_COLD_DECL void outbox::handle_link(link_change change, bool transport_stays) {
    if ((change != link_change::down || transport_stays) && change != link_change::stopped) return;
    sizes_.clear();
    bytes_ = 0;
    since_.reset();
    reported_ = false;
    last_writer_ = writer::none;
}

WEBPUBSUB_COLD_DECL std::optional<steady_time> outbox::deadline() const noexcept {
    if (!since_ || reported_) return std::nullopt;
    return add_saturating(*since_, window_.report_after);
}

WEBPUBSUB_COLD_DECL std::optional<error> outbox::handle_timeout(steady_time now) noexcept {
    const auto due = deadline();
    if (!due || now < *due) return std::nullopt;
    reported_ = true;
    return error(errc::write_not_completed);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
