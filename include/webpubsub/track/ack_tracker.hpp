// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/backoff.hpp>
#include <webpubsub/track/timer_table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How a request ended.
enum class request_status : std::uint8_t {
    /// The service executed it.
    succeeded,
    /// The service did not execute it, and told why.
    failed,
    /// It was sent, but the connection was lost for good before an answer came: it may have been executed or not.
    outcome_unknown,
    /// It was never sent.
    not_sent,
};

constexpr std::string_view name_of(request_status status) noexcept {
    switch (status) {
    case request_status::succeeded: return "succeeded";
    case request_status::failed: return "failed";
    case request_status::outcome_unknown: return "outcome_unknown";
    case request_status::not_sent: break;
    }
    return "not_sent";
}

/// What the client sends for its application, and waits to be acknowledged.
struct tracked_request {
    enum class purpose : std::uint8_t {
        join,
        leave,
        /// To a group's states.
        subscribe,
        unsubscribe,
        other,
        fire_and_forget,
        /// By the client itself, on a new connection.
        rejoin,
        resubscribe,
    };

    /// One id for the request's whole life: across retries and recovery the service recognises it (subprotocols.md
    /// section 5.2).
    ack_id id = 0;
    /// The caller's.
    std::uint64_t tag = 0;
    tracked_request::purpose why = purpose::other;
    frame_kind kind = frame_kind::text;
    std::shared_ptr<const std::string> frame;
    /// Of all but `other` and `fire_and_forget`.
    std::string group;
    /// When it is given up; nothing is never.
    std::optional<steady_time> deadline;

    /// How often it was written on the present connection without an answer so far. After a recovery that may be more
    /// than once, and each writing that reached the service is answered.
    unsigned unanswered = 0;
    /// It was written and counts towards what may be in flight.
    bool in_flight = false;
    /// It failed and waits for its next try.
    bool resting = false;
    /// It was written on a connection that is gone, and that was not answered.
    bool was_lost = false;
    /// Why its last try failed.
    std::optional<service_error> failure{};
    /// A join or subscription that nothing later has taken back.
    bool lasting = true;
    unsigned retries = 0;

    /// Begins a new connection: goes before the rest, and is of no use on another one.
    bool restores() const noexcept { return why == purpose::rejoin || why == purpose::resubscribe; }

    /// To do it twice is the same as to do it once.
    bool idempotent() const noexcept { return why < purpose::other; }

    /// It may be executed twice, and that is not the same.
    bool may_be_duplicate() const noexcept { return was_lost && !idempotent(); }
};

/// Requests from the call to the outcome: what is to be written next, what waits for an acknowledgement, what for its
/// next try. Requests are written in the order of their ids; those that restore groups go first.
class ack_tracker {
public:
    struct limits {
        /// Requests without an outcome; those that restore groups are not counted.
        std::size_t pending = 1000;
        /// Bytes of their frames.
        std::size_t bytes = 16 << 20;
        /// Written and not acknowledged, at most: the service remembers 1000 ids (subprotocols.md section 5.2).
        std::size_t in_flight = 1000;
        unsigned max_retries = 3;
        backoff_options retry{};
    };

    struct outcome {
        tracked_request request;
        request_status status = request_status::succeeded;
        /// The service had executed it before: the answer to an earlier sending was lost.
        bool duplicate = false;
        service_error error;
    };

    explicit ack_tracker(const limits& the_limits) : limits_(the_limits) {}

    /// Whether one more request of `size` bytes is within the limits.
    [[nodiscard]] result<void> room_for(std::size_t size) const {
        if (requests_.size() - restoring_ >= limits_.pending) return errc::too_many_pending;
        if (bytes_ + size > limits_.bytes) return errc::queue_full;
        return {};
    }

    void add(tracked_request request) {
        const auto id = request.id;
        bytes_ += request.frame->size();
        if (request.restores()) ++restoring_;
        if (request.deadline) deadlines_.set(id, *request.deadline);
        queued_.insert(place_of(request));
        requests_.emplace(id, std::move(request));
    }

    /// Takes the next request to write; it counts as written from now on. Fire-and-forget requests are done with it.
    /// The pointer is valid until the next call.
    const tracked_request* take_next() {
        if (queued_.empty() || in_flight_ >= limits_.in_flight) return nullptr;
        const auto id = queued_.begin()->second;
        queued_.erase(queued_.begin());
        const auto found = requests_.find(id);
        if (found->second.why == tracked_request::purpose::fire_and_forget) {
            written_out_ = remove(found);
            return &written_out_;
        }
        ++found->second.unanswered;
        found->second.in_flight = true;
        ++in_flight_;
        return &found->second;
    }

    bool has_next() const noexcept { return !queued_.empty() && in_flight_ < limits_.in_flight; }

    /// Whether the request of that id was written more often than it was acknowledged.
    bool waits_for(ack_id id) const {
        const auto found = requests_.find(id);
        return found != requests_.end() && found->second.unanswered != 0;
    }

    /// The acknowledgement of a request that waits for it. Nothing if the request will be tried again: then
    /// `deadline` tells when.
    std::optional<outcome> acknowledge(steady_time now, const ack_message& ack, jitter_source& chance) {
        const auto found = requests_.find(ack.ack_id);
        auto& request = found->second;
        const bool duplicate = ack.error && ack.error->name == error_names::duplicate;
        --request.unanswered;
        if (!ack.error || duplicate) return outcome{remove(found), request_status::succeeded, duplicate, {}};
        if (!is_transient(ack.error->name)) return outcome{remove(found), request_status::failed, false, *ack.error};
        // An earlier writing has failed, and the request rests already.
        if (request.resting) return std::nullopt;
        if (request.retries < limits_.max_retries) {
            // A failed id is not remembered by the service, so the retry keeps it.
            leave_flight(request);
            request.resting = true;
            ++request.retries;
            request.failure = *ack.error;
            ++retries_made_;
            retries_.set(request.id, now + backoff_delay(limits_.retry, request.retries, chance));
            return std::nullopt;
        }
        // A later writing may still be executed.
        const auto status = request.unanswered == 0 ? request_status::failed : request_status::outcome_unknown;
        return outcome{remove(found), status, false, *ack.error};
    }

    /// When to call `retry_due` and `take_expired`.
    std::optional<steady_time> deadline() const {
        const auto retry = retries_.next();
        const auto expiry = deadlines_.next();
        return retry && expiry ? std::min(*retry, *expiry) : retry ? retry : expiry;
    }

    /// The next request whose time is up. One that was written and not answered may have been executed.
    std::optional<outcome> take_expired(steady_time now) {
        const auto id = deadlines_.pop_due(now);
        if (!id) return std::nullopt;
        return given_up(requests_.find(*id));
    }

    /// Queues what has waited long enough.
    void retry_due(steady_time now) {
        while (const auto id = retries_.pop_due(now)) {
            auto& request = requests_.at(*id);
            request.resting = false;
            queued_.insert(place_of(request));
        }
    }

    /// The transport is gone but the connection may be recovered: what was written and not acknowledged is written
    /// again, under the same id.
    void transport_lost() {
        for (auto& [id, request] : requests_) {
            leave_flight(request);
            if (request.unanswered != 0 && !request.resting) queued_.insert(place_of(request));
        }
    }

    /// What to do with requests that were written on a connection that is gone for good.
    enum class resending : std::uint8_t { none, idempotent, all };

    /// The connection is gone for good, and with it the service's memory of ids. Returns what can't go on: requests
    /// that were written and are not to be written again.
    std::vector<outcome> connection_lost(resending which) {
        std::vector<outcome> ended;
        for (auto it = requests_.begin(); it != requests_.end();) {
            auto& request = it->second;
            const auto here = it++;
            if (request.restores()) {
                remove(here);
            } else if (request.unanswered != 0) {
                const bool again = which == resending::all || (which == resending::idempotent && request.idempotent());
                if (!again) {
                    ended.push_back({remove(here), request_status::outcome_unknown, false, {}});
                    continue;
                }
                leave_flight(request);
                request.unanswered = 0;
                request.was_lost = true;
                if (!request.resting) queued_.insert(place_of(request));
            }
        }
        return ended;
    }

    /// Ends everything.
    std::vector<outcome> give_up() {
        auto ended = connection_lost(resending::none);
        while (!requests_.empty()) ended.push_back(given_up(requests_.begin()));
        return ended;
    }

    /// What was asked for so far in a group no longer lasts when it succeeds: joins and subscriptions after a leave,
    /// subscriptions after an end of one.
    void overtake(std::string_view group, tracked_request::purpose by) {
        for (auto& [id, request] : requests_) {
            const bool taken_back =
                by == tracked_request::purpose::leave || request.why == tracked_request::purpose::subscribe;
            if (request.group == group && taken_back) request.lasting = false;
        }
    }

    std::uint64_t retries_made() const noexcept { return retries_made_; }

    /// Requests without an outcome.
    std::size_t size() const noexcept { return requests_.size(); }

    /// Whether a failure may pass when the request is tried again (subprotocols.md section 5.3). Names that this
    /// library does not know count as permanent, like `Forbidden`, `BadRequest` and `NotFound`.
    static bool is_transient(std::string_view error_name) noexcept {
        return error_name == error_names::internal_server_error || error_name == error_names::timeout;
    }

private:
    using map = std::map<ack_id, tracked_request>;
    /// What restores groups before the rest, then by id.
    using place = std::pair<bool, ack_id>;

    static place place_of(const tracked_request& request) { return {!request.restores(), request.id}; }

    void leave_flight(tracked_request& request) {
        if (std::exchange(request.in_flight, false)) --in_flight_;
    }

    /// The end of a request that has none by the service.
    outcome given_up(map::iterator it) {
        auto request = remove(it);
        if (request.unanswered != 0 || request.was_lost) {
            return {std::move(request), request_status::outcome_unknown, false, {}};
        }
        if (auto failure = std::exchange(request.failure, std::nullopt)) {
            return {std::move(request), request_status::failed, false, std::move(*failure)};
        }
        return {std::move(request), request_status::not_sent, false, {}};
    }

    tracked_request remove(map::iterator it) {
        leave_flight(it->second);
        queued_.erase(place_of(it->second));
        retries_.cancel(it->first);
        deadlines_.cancel(it->first);
        tracked_request request = std::move(it->second);
        requests_.erase(it);
        bytes_ -= request.frame->size();
        if (request.restores()) --restoring_;
        return request;
    }

    limits limits_;
    map requests_;
    std::set<place> queued_;
    timer_table<ack_id> retries_;
    timer_table<ack_id> deadlines_;
    std::size_t bytes_ = 0;
    std::size_t restoring_ = 0;
    std::size_t in_flight_ = 0;
    std::uint64_t retries_made_ = 0;
    tracked_request written_out_;
};

} // namespace webpubsub
