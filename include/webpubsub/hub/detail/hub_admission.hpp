// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/ascii.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

// How connections are let into a hub: sessions.md sections 3 and 4, upstream.md section 5.

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// One codec for each name, the first.
inline std::vector<service_codec> without_repeated_names(const std::vector<service_codec>& codecs) {
    std::vector<service_codec> unique;
    for (const auto& candidate : codecs) {
        const bool known = std::any_of(unique.begin(), unique.end(), [&](const service_codec& other) {
            return equal_ignoring_case(other.protocol().name, candidate.protocol().name);
        });
        if (!known) unique.push_back(candidate);
    }
    return unique;
}

/// One codec for each kind of body.
inline std::vector<service_codec> distinct_forms(const std::vector<service_codec>& codecs) {
    std::vector<service_codec> forms;
    for (const auto& candidate : codecs) {
        const bool known = std::any_of(forms.begin(), forms.end(),
                                       [&](const service_codec& other) { return other.shares_bodies_with(candidate); });
        if (!known && forms.size() + 1 < shared_message::max_forms) forms.push_back(candidate);
    }
    return forms;
}

/// See `outlet::form`.
inline std::uint8_t form_of(const service_codec& which, const std::vector<service_codec>& forms) {
    const auto found = std::find_if(forms.begin(), forms.end(),
                                    [&](const service_codec& form) { return form.shares_bodies_with(which); });
    return static_cast<std::uint8_t>(found - forms.begin() + 1);
}

inline bool are_valid_group_names(const std::vector<std::string>& groups) {
    return std::all_of(groups.begin(), groups.end(), [](const auto& group) { return is_valid_group_name(group); });
}

} // namespace detail

inline hub::hub(const std::vector<service_codec>& codecs, const hub_options& options)
    : options_(options),
      codecs_(detail::without_repeated_names(codecs)),
      outputs_(detail::distinct_forms(codecs_), options.replay_buffer, options.outbound_queue),
      by_id_(0, seeded_hash{options.hash_seed}),
      users_(options.hash_seed),
      groups_(options.hash_seed),
      states_(options.hash_seed) {}

inline admission hub::admit(instant now, connect_request request) {
    if (options_.random.fill == nullptr) return refused{500, "The hub has no source of random bytes."};
    if (admissions_.size() + opening_ >= options_.max_pending_admissions ||
        outputs_.transports() >= detail::outputs::max_transports) {
        return refused{503, "Too many connections are being opened."};
    }
    if (request.recovery) return let_in_for_recovery(now, std::move(request));
    if (!detail::are_valid_group_names(request.groups)) {
        return refused{400, "The token contains an invalid group name."};
    }
    if (request.publishes_to && !is_valid_group_name(request.publishes_to->group)) {
        return refused{400, "The group to publish to has an invalid name."};
    }
    if (options_.max_connections != 0 && connections_.used() + admissions_.size() >= options_.max_connections) {
        return refused{503, "The hub has as many connections as it may have."};
    }
    auto connection_id = new_connection_id();
    if (!connection_id) return refused{500, "The source of random bytes repeats itself."};
    if (!options_.ask_application) {
        const auto chosen = std::string(choose_subprotocol(request.subprotocols));
        return let_in(now, std::move(*connection_id), std::move(request), chosen);
    }
    const auto id = ++last_admission_;
    timers_.set({timer_kind::admitting, id}, now.steady + options_.event_timeout);
    events_.push_back(connect_requested{id, *connection_id, request});
    admissions_.emplace(id, waiting_admission{std::move(*connection_id), std::move(request)});
    return waiting{id};
}

inline result<void> hub::accept_connect(instant now, admission_id id, connect_overrides overrides) {
    const auto found = admissions_.find(id);
    if (found == admissions_.end()) return errc::unknown_target;
    auto& [connection_id, request] = found->second;
    if (overrides.user_id) request.user_id = std::move(overrides.user_id);
    if (overrides.roles) request.roles = std::move(*overrides.roles);
    if (!overrides.groups.empty()) request.groups = std::move(overrides.groups);

    std::string chosen(choose_subprotocol(request.subprotocols));
    bool valid = detail::are_valid_group_names(request.groups);
    if (!overrides.subprotocol.empty()) {
        const auto offered =
            std::find_if(request.subprotocols.begin(), request.subprotocols.end(),
                         [&](const std::string& name) { return equal_ignoring_case(name, overrides.subprotocol); });
        valid = valid && offered != request.subprotocols.end() &&
                (!find_subprotocol(*offered) || find_codec(*offered) != nullptr);
        if (valid) chosen = *offered;
    }
    if (!valid) {
        conclude(id, refused{500, "The answer to the connect event is invalid."});
    } else {
        conclude(id, let_in(now, std::move(connection_id), std::move(request), chosen));
    }
    return {};
}

inline result<void> hub::refuse_connect(instant, admission_id id, unsigned http_status, std::string_view message) {
    if (!admissions_.contains(id)) return errc::unknown_target;
    const bool relayed = http_status >= 400 && http_status < 500;
    conclude(id, refused{relayed ? http_status : 500, std::string(message)});
    return {};
}

inline void hub::handle_abandoned(instant, admission_id id) {
    admissions_.erase(id);
    timers_.cancel({timer_kind::admitting, id});
}

inline void hub::conclude(admission_id id, admission outcome) {
    admissions_.erase(id);
    timers_.cancel({timer_kind::admitting, id});
    events_.push_back(admitted{id, std::move(outcome)});
}

/// Nothing if the source of random bytes gives what it gave before.
inline std::optional<std::string> hub::new_connection_id() const {
    for (int tries = 0; tries < 8; ++tries) {
        auto id = random_hex<16>(options_.random);
        if (!by_id_.contains(id)) return id;
    }
    return std::nullopt;
}

inline admission hub::let_in(instant now, std::string connection_id, connect_request request,
                             std::string_view subprotocol) {
    if (options_.max_groups_per_connection != 0 && request.groups.size() > options_.max_groups_per_connection) {
        return refused{400, "The token names too many groups."};
    }
    if (by_id_.contains(connection_id)) return refused{500, "The source of random bytes repeats itself."};
    const auto* const protocol = find_codec(subprotocol);
    const bool reliable = protocol != nullptr && protocol->protocol().reliable;
    const auto form = protocol == nullptr ? std::uint8_t{0} : detail::form_of(*protocol, outputs_.forms());

    const slot at = connections_.take();
    [[maybe_unused]] const slot same = outputs_.add_outlet(reliable, form);
    assert(at == same);
    auto& added = connections_[at];
    added = detail::connection();
    added.state = detail::connection_state::admitted;
    added.id = std::move(connection_id);
    added.user_id = request.user_id.value_or(std::string());
    added.subprotocol = subprotocol;
    if (protocol != nullptr) {
        added.protocol = *protocol;
    } else {
        added.publishes_to = std::move(request.publishes_to);
    }
    added.permissions = permission_set(request.roles, options_.permissions);
    added.first_groups = std::move(request.groups);
    added.acks = ack_history(options_.ack_history, options_.hash_seed);
    if (reliable) {
        added.reconnection_token = random_hex<32>(options_.random);
        added.token_expires = now.wall + options_.token_lifetime;
    }
    by_id_.emplace(added.id, at);
    const auto transport = add_transport(now);
    outputs_.find(transport)->connection = at;
    return accepted{transport, added.subprotocol};
}

/// Which connection it is shows when the transport is open; a client that can't know is told nothing earlier.
inline admission hub::let_in_for_recovery(instant now, connect_request request) {
    std::string_view answered = choose_subprotocol(request.subprotocols);
    for (const auto& name : request.subprotocols) {
        const auto* const protocol = find_codec(name);
        if (protocol == nullptr || !protocol->protocol().reliable) continue;
        answered = name;
        break;
    }
    const auto transport = add_transport(now);
    recoveries_.emplace(transport, std::move(*request.recovery));
    return accepted{transport, std::string(answered)};
}

inline transport_id hub::add_transport(instant now) {
    ++opening_;
    const auto id = outputs_.add_transport().id;
    timers_.set({timer_kind::opening, id}, now.steady + options_.open_timeout);
    return id;
}

inline const service_codec* hub::find_codec(std::string_view name) const noexcept {
    for (const auto& candidate : codecs_) {
        if (equal_ignoring_case(candidate.protocol().name, name)) return &candidate;
    }
    return nullptr;
}

inline std::string_view hub::choose_subprotocol(const std::vector<std::string>& offered) const noexcept {
    for (const auto& name : offered) {
        if (find_codec(name) != nullptr) return name;
    }
    return {};
}

} // namespace webpubsub
