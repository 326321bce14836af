// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/requests.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL result<void> requests::check(const client_acknowledgement_options& options) {
    if (options.timeout && *options.timeout <= duration::zero()) {
        return error::about(errc::invalid_option, "requests.timeout");
    }
    if (!detail::is_valid(options.retry_delays)) return error::about(errc::invalid_option, "requests.retry_delays");
    if (options.max_in_flight == 0) return error::about(errc::invalid_option, "requests.max_in_flight");
    if (options.max_writes == 0) return error::about(errc::invalid_option, "requests.max_writes");
    return {};
}

WEBPUBSUB_COLD_DECL result<void> requests::check_room(std::size_t size) const {
    if (pending() >= options_.max_pending) {
        return error::exceeds(errc::too_many_pending, "requests.max_pending", options_.max_pending, pending() + 1);
    }
    if (size > options_.max_bytes || totals_.bytes > options_.max_bytes - size) {
        return error::exceeds(errc::queue_full, "requests.max_bytes", options_.max_bytes, totals_.bytes + size);
    }
    return {};
}

WEBPUBSUB_COLD_DECL void requests::add(ticket at, request_kind kind, std::string_view group, std::uint64_t tag,
                                       outgoing_frame frame) {
    auto& one = requests_.add(at);
    if (kind != request_kind::unacknowledged) {
        one.id = ack_id{++last_id_};
        by_id_.set({last_id_, 0}, at);
    }
    one.tag = tag;
    one.kind = kind;
    one.group = group;
    one.frame = std::move(frame);
    // What restores has no part in the limits, which are for what the application asks.
    if (is_restoring(kind)) {
        ++totals_.restoring;
    } else {
        totals_.bytes += one.frame.bytes.size();
    }
    if (!group.empty()) {
        ticket other_at = 0;
        for (; auto* const other = next_of_group(group, other_at); ++other_at) {
            if (!supersedes(kind, other->kind)) continue;
            other->superseded = true;
            // What would restore it is the client's own request, and the service has not seen it on this connection.
            if (is_restoring(other->kind) && other->writes_unanswered == 0) end_without_answer(other_at, *other);
        }
        if (!groups_.numbers.contains(group)) groups_.numbers.set(group, ++groups_.last_number);
        groups_.requests.set({*groups_.numbers.find(group), at});
    }
    queue(at, one);
}

WEBPUBSUB_COLD_DECL request* requests::next_of_group(std::string_view group, ticket& from) const {
    const auto* const number = groups_.numbers.find(group);
    detail::number_index::entry next;
    if (number == nullptr || !groups_.requests.find_from({*number, from}, next)) return nullptr;
    if (next.key.first != *number) return nullptr;
    from = next.key.second;
    return requests_.find(from);
}

WEBPUBSUB_COLD_DECL bool requests::has(request_kind kind, std::string_view group) const {
    ticket at = 0;
    for (; const auto* const one = next_of_group(group, at); ++at) {
        if (one->kind == kind && !one->superseded) return true;
    }
    return false;
}

WEBPUBSUB_COLD_DECL bool requests::ends_subscription(std::string_view group) const {
    ticket at = 0;
    for (; const auto* const one = next_of_group(group, at); ++at) {
        if (one->kind == request_kind::leave || one->kind == request_kind::unsubscribe) return true;
    }
    return false;
}

WEBPUBSUB_COLD_DECL void requests::hold_group(std::string_view group) {
    held_groups_.set(group);
    ticket at = 0;
    for (; auto* const one = next_of_group(group, at); ++at) {
        const bool queued = one->place == request::place::never_written || one->place == request::place::written_before;
        if (queued && needs_membership(one->kind)) move(at, *one, request::place::held);
    }
}

WEBPUBSUB_COLD_DECL void requests::release_group(std::string_view group) {
    if (!held_groups_.erase(group)) return;
    ticket at = 0;
    for (; auto* const one = next_of_group(group, at); ++at) {
        if (one->place == request::place::held) queue(at, *one);
    }
}

/// Puts a request where it waits to be written.
WEBPUBSUB_COLD_DECL void requests::queue(ticket at, request& one) {
    if (needs_membership(one.kind) && held_groups_.contains(one.group)) return move(at, one, request::place::held);
    const bool before = one.writes_unanswered != 0 || one.was_lost || one.retries != 0;
    move(at, one, before ? request::place::written_before : request::place::never_written);
}

WEBPUBSUB_COLD_DECL void requests::move(ticket at, request& one, enum request::place place) {
    switch (one.place) {
    case request::place::never_written: queues_.never_written.erase(position_of(at, one)); break;
    case request::place::written_before: queues_.written_before.erase(position_of(at, one)); break;
    case request::place::waiting_for_retry: retries_.cancel(at); break;
    case request::place::in_flight:
        --totals_.in_flight;
        if (is_restoring(one.kind)) --totals_.restoring_in_flight;
        timeouts_.cancel(at);
        break;
    default: break;
    }
    one.place = place;
    switch (place) {
    case request::place::never_written: queues_.never_written.set(position_of(at, one)); break;
    case request::place::written_before: queues_.written_before.set(position_of(at, one)); break;
    case request::place::in_flight:
        ++totals_.in_flight;
        if (is_restoring(one.kind)) ++totals_.restoring_in_flight;
        break;
    default: break;
    }
}

WEBPUBSUB_COLD_DECL std::optional<requests::position> requests::first_allowed(const detail::number_index& queue) const {
    // Rejoins have a window of their own.
    const auto from = totals_.restoring_in_flight >= max_rejoins_in_flight_ ? by_ticket : rejoins;
    detail::number_index::entry first;
    if (!queue.find_from({from, 0}, first)) return std::nullopt;
    const bool full = totals_.in_flight - totals_.restoring_in_flight >= options_.max_in_flight;
    if (first.key.first == by_ticket && full) return std::nullopt;
    return first.key;
}

WEBPUBSUB_COLD_DECL std::optional<requests::position> requests::next_position() const {
    if (phase_ == phase::offline || (losses_.one_at_a_time() && totals_.in_flight != 0)) return std::nullopt;
    const auto repeated = first_allowed(queues_.written_before);
    if (phase_ == phase::unconfirmed) {
        // What was written on an earlier connection only waits, for on this one the groups come first.
        return repeated && requests_.find(repeated->second)->written_here ? repeated : std::nullopt;
    }
    const auto fresh = first_allowed(queues_.never_written);
    if (!repeated || (fresh && *fresh < *repeated)) return fresh;
    return repeated;
}

WEBPUBSUB_COLD_DECL std::optional<offer> requests::next_write() const {
    const auto next = next_position();
    if (!next) return std::nullopt;
    return offer{next->first == by_ticket ? write_order::by_ticket : write_order::restoring, next->second};
}

WEBPUBSUB_COLD_DECL std::optional<ticket> requests::waits_for_answers() const {
    if (phase_ != phase::online || totals_.in_flight == 0) return std::nullopt;
    const bool searching = losses_.one_at_a_time();
    detail::number_index::entry first;
    // Groups are restored before anything else.
    for (const auto* queue : {&queues_.written_before, &queues_.never_written}) {
        if (searching && queue->find_from({}, first) && first.key.first != by_ticket) return ticket{};
    }
    if (!queues_.never_written.find_from({by_ticket, 0}, first)) return std::nullopt;
    if (!searching && totals_.in_flight - totals_.restoring_in_flight < options_.max_in_flight) return std::nullopt;
    return first.key.second;
}

WEBPUBSUB_COLD_DECL outgoing_frame requests::begin_write(steady_time now) {
    const auto at = next_position()->second;
    auto& one = *requests_.find(at);
    auto frame = one.frame;
    if (one.kind == request_kind::unacknowledged) {
        end(at, one, request_status::succeeded);
        return frame;
    }
    one.written_here = true;
    ++one.writes_unanswered;
    one.last_writing = ++totals_.writings;
    one.failure.reset();
    move(at, one, request::place::in_flight);
    losses_.handle_written(at);
    if (const auto limit = add_saturating(now, options_.timeout)) timeouts_.set(at, *limit);
    return frame;
}

WEBPUBSUB_COLD_DECL bool requests::handle_ack(steady_time now, const ack_message& ack) {
    const auto* const known = by_id_.find({ack.ack_id, 0});
    if (known == nullptr) return false;
    const auto at = *known;
    losses_.handle_ack(at);
    auto& one = *requests_.find(at);
    if (one.writes_unanswered == 0) return false;
    --one.writes_unanswered;
    if (one.writes_unanswered == 0) end_failed_before(one.last_writing);
    const bool duplicate = ack.error && ack.error->name == error_names::duplicate;
    if (!ack.error || duplicate) {
        end(at, one, request_status::succeeded, {}, duplicate);
    } else if (ack.error->name == error_names::internal_server_error || ack.error->name == error_names::timeout) {
        fail_once(now, at, one, *ack.error);
    } else {
        // Names that this library does not know count as permanent, like `Forbidden`, `BadRequest` and `NotFound`
        // (subprotocols.md section 5.3).
        end(at, one, request_status::failed, *ack.error);
    }
    end_search_if_answered();
    return true;
}

/// The service answers in the order in which it reads, so once a writing is answered, nothing more comes for what was
/// written before it.
WEBPUBSUB_COLD_DECL void requests::end_failed_before(std::uint64_t writing) {
    detail::number_index::entry first;
    while (queues_.failed_once.first(first) && first.key.first < writing) {
        queues_.failed_once.erase(first.key);
        const auto at = first.key.second;
        auto* const one = requests_.find(at);
        if (one == nullptr || one->last_writing != first.key.first || !one->failure) continue;
        if (one->place == request::place::in_flight) end(at, *one, request_status::failed, std::move(*one->failure));
    }
}

/// A try has failed in a way that may pass.
WEBPUBSUB_COLD_DECL void requests::fail_once(steady_time now, ticket at, request& one, const service_error& failure) {
    one.failure = failure;
    // An earlier writing has failed, and the request waits for its retry already.
    if (one.place == request::place::waiting_for_retry) return;
    if (one.superseded || one.retries >= options_.max_retries) {
        // An event may be behind another one that waits for its answer, and so may its other writing.
        if (one.writes_unanswered != 0 && has_unanswered_event()) {
            return queues_.failed_once.set({one.last_writing, at});
        }
        return end(at, one, request_status::failed, failure);
    }
    // A failed id is not remembered by the service, so the retry keeps it.
    ++one.retries;
    ++totals_.retries_made;
    move(at, one, request::place::waiting_for_retry);
    retries_.set(at, add_saturating(now, detail::backoff_delay(options_.retry_delays, one.retries, chance_)));
}

WEBPUBSUB_COLD_DECL void requests::handle_link(link_change change) {
    switch (change) {
    case link_change::up:
    case link_change::recovered: phase_ = phase::online; break;
    case link_change::recovering: phase_ = phase::unconfirmed; break;
    case link_change::down: handle_transport_lost(); break;
    case link_change::replaced: handle_connection_lost(false); break;
    case link_change::replaced_after_rejected_frame: handle_connection_lost(true); break;
    case link_change::stopped:
        phase_ = phase::offline;
        for (ticket at = 0; auto* const one = requests_.find_from(at);) end_without_answer(at, *one);
        held_groups_.clear();
        break;
    }
}

/// Whether the service may have read a later request that makes this one pointless: written again, this one would be
/// executed after it.
WEBPUBSUB_COLD_DECL bool requests::is_overtaken(ticket at, const request& one) const {
    if (!one.superseded) return false;
    for (auto later = at + 1; const auto* const other = next_of_group(one.group, later); ++later) {
        if (supersedes(other->kind, one.kind) && other->writes_unanswered == 0) return false;
    }
    return true;
}

/// What was written and not acknowledged is to be written again, under the same id.
WEBPUBSUB_COLD_DECL void requests::handle_transport_lost() {
    phase_ = phase::offline;
    for (auto charged = losses_.handle_lost(); !charged.empty();) {
        const auto at = charged.pop();
        auto* const one = requests_.find(at);
        if (one != nullptr && ++one->writes_charged >= options_.max_writes) end_without_answer(at, *one);
    }
    ticket at = 0;
    for (; auto* const one = requests_.find_from(at); ++at) {
        if (one->place != request::place::in_flight) continue;
        if (is_overtaken(at, *one)) {
            end_without_answer(at, *one);
        } else {
            queue(at, *one);
        }
    }
}

/// With the connection the service's memory of ids is gone.
WEBPUBSUB_COLD_DECL void requests::handle_connection_lost(bool verdict) {
    phase_ = phase::offline;
    held_groups_.clear();
    queues_.failed_once.clear();
    ticket at = 0;
    for (; auto* const one = requests_.find_from(at); ++at) {
        one->written_here = false;
        const bool restoring = is_restoring(one->kind);
        if (one->writes_unanswered != 0 || (restoring && one->superseded)) {
            const bool repeated = is_idempotent(one->kind) || options_.resend_on_new_connection;
            if (one->superseded || !repeated || (verdict && !restoring)) {
                end_without_answer(at, *one);
                continue;
            }
            one->writes_unanswered = 0;
            one->was_lost = true;
        }
        // The new connection begins with what restores the groups, so that does not wait for its retry.
        const bool waits =
            one->place == request::place::held || (restoring && one->place == request::place::waiting_for_retry);
        if (waits) queue(at, *one);
    }
}

WEBPUBSUB_COLD_DECL std::optional<steady_time> requests::deadline() const {
    return earlier(retries_.next(), timeouts_.next());
}

WEBPUBSUB_COLD_DECL void requests::handle_timeout(steady_time now) {
    while (const auto at = retries_.pop_due(now)) {
        auto& one = *requests_.find(*at);
        if (one.superseded) {
            end(*at, one, request_status::failed, *one.failure);
        } else {
            queue(*at, one);
        }
    }
    while (const auto at = timeouts_.pop_due(now)) {
        auto& one = *requests_.find(*at);
        // After the last writing only an earlier one was answered, or none.
        if (one.failure) {
            end(*at, one, request_status::failed, std::move(*one.failure));
            continue;
        }
        one.failure = service_error{std::string(error_names::timeout), "The service did not answer in time."};
        end_without_answer(*at, one);
    }
    end_search_if_answered();
}

WEBPUBSUB_COLD_DECL bool requests::has_unanswered_event() const noexcept {
    ticket at = 0;
    for (; const auto* const one = requests_.find_from(at); ++at) {
        if (one->kind == request_kind::event && one->writes_unanswered != 0) return true;
    }
    return false;
}

WEBPUBSUB_COLD_DECL void requests::end_search_if_answered() {
    if (losses_.one_at_a_time() && totals_.in_flight == 0 && queues_.written_before.empty()) {
        losses_.handle_all_answered();
    }
}

WEBPUBSUB_COLD_DECL void requests::end_without_answer(ticket at, request& one) {
    const bool written = one.writes_unanswered != 0 || one.was_lost;
    const auto status = written       ? request_status::outcome_unknown
                        : one.failure ? request_status::failed
                                      : request_status::not_sent;
    end(at, one, status, one.failure ? std::move(*one.failure) : service_error{});
}

WEBPUBSUB_COLD_DECL void requests::end(ticket at, request& one, request_status status, service_error error,
                                       bool duplicate) {
    move(at, one, request::place::none);
    by_id_.erase({number_of(one.id), 0});
    if (!one.group.empty()) {
        const auto number = *groups_.numbers.find(one.group);
        groups_.requests.erase({number, at});
        detail::number_index::entry next;
        if (!groups_.requests.find_from({number, 0}, next) || next.key.first != number) {
            groups_.numbers.erase(one.group);
        }
    }
    if (is_restoring(one.kind)) {
        --totals_.restoring;
    } else {
        totals_.bytes -= one.frame.bytes.size();
    }
    if (one.kind != request_kind::unacknowledged) {
        auto* const outcome = new request_outcome;
        outcome->kind = one.kind;
        outcome->id = one.id;
        outcome->tag = one.tag;
        outcome->group = std::move(one.group);
        outcome->status = status;
        outcome->duplicate = duplicate;
        outcome->may_be_duplicate = one.was_lost && !is_idempotent(one.kind);
        outcome->superseded = one.superseded;
        outcome->breaks_transports = one.writes_charged >= options_.max_writes;
        outcome->error = std::move(error);
        outcomes_.push(outcome);
    }
    requests_.erase(at);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
