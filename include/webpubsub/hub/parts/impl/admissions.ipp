// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/admissions.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/utf8.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_COLD_DECL bool are_valid_group_names(const std::vector<std::string>& groups) {
    for (const auto& group : groups) {
        if (!is_valid_group_name(group)) return false;
    }
    return true;
}

WEBPUBSUB_COLD_DECL bool is_valid_user_id(const std::optional<std::string>& id, const hub_options& options) {
    return !id || (id->size() <= options.connections.max_user_id_size && is_utf8(*id));
}

WEBPUBSUB_COLD_DECL admissions::admissions(const hub_options& options, const secure_random& random) : random_(random) {
    if (const auto checked = check_options(options); !checked) objection_ = checked.error().message();
    if (random.fill == nullptr) objection_ = "The hub has no source of random bytes.";
}

WEBPUBSUB_COLD_DECL admission admissions::admit(turn& during, connect_request&& request) {
    const auto& limits = during.options.connections;
    if (!objection_.empty()) return refused{500, objection_};
    if (waiting_.size() + opening_.size() >= limits.max_pending_admissions ||
        during.out.transports() >= outputs::max_transports) {
        return refused{503, "Too many connections are being opened."};
    }
    if (during.events.is_full(during.options.application)) {
        return refused{503, "The application does not take its events."};
    }
    if (request.recovery) return let_in_for_recovery(during, std::move(request));
    if (!are_valid_group_names(request.groups)) return refused{400, "The token contains an invalid group name."};
    if (!is_valid_user_id(request.user_id, during.options))
        return refused{400, "The token contains an invalid user id."};
    switch (during.connections.could_begin_in(request.groups)) {
    case roster::join_outcome::too_many_groups: return refused{400, "The token names too many groups."};
    case roster::join_outcome::hub_is_full: return refused{503, std::string(hub_is_full_of_groups)};
    case roster::join_outcome::joined:
    case roster::join_outcome::was_member: break;
    }
    if (request.publishes_to && !is_valid_group_name(request.publishes_to->group)) {
        return refused{400, "The group to publish to has an invalid name."};
    }
    if (limits.max_connections && during.connections.used() + waiting_.size() >= *limits.max_connections) {
        return refused{503, "The hub has as many connections as it may have."};
    }
    auto connection_id = during.connections.new_id(random_);
    if (!connection_id) return refused{500, "The source of random bytes repeats itself."};
    if (!during.options.application.ask_on_connect) {
        std::string chosen(choose_subprotocol(during, request.subprotocols));
        if (!is_to_be_held(during, request)) {
            return let_in(during, std::move(*connection_id), std::move(request), chosen);
        }
        const auto id = wait(during, {std::move(*connection_id), std::move(request), std::move(chosen)},
                             during.options.timeouts.held_request);
        hold(during, id);
        return waiting{id};
    }
    hub_events::connect_requested asked{{}, *connection_id, request};
    asked.id = wait(during, {std::move(*connection_id), std::move(request)}, during.options.timeouts.answer);
    const waiting outcome{asked.id};
    during.events.push(std::move(asked));
    return outcome;
}

WEBPUBSUB_COLD_DECL admission_id admissions::wait(turn& during, waiting_admission who, std::optional<duration> limit) {
    const auto number = during.events.next_number();
    waiting_.add(number, std::move(who));
    answers_.set(number, add_saturating(during.now.steady, limit));
    return admission_id{number};
}

/// Nobody sends to a client without a user and groups but who sends to all.
WEBPUBSUB_COLD_DECL bool admissions::is_to_be_held(const turn& during, const connect_request& request) {
    return during.reports.are_wanted() && (!request.groups.empty() || (request.user_id && !request.user_id->empty()));
}

WEBPUBSUB_COLD_DECL void admissions::hold(turn& during, admission_id id) {
    const auto& request = waiting_.find(number_of(id))->request;
    during.reports.push(hub_reports::admission_waits{id, request.user_id.value_or(std::string()), request.groups});
}

WEBPUBSUB_COLD_DECL admissions::waiting_admission* admissions::find(admission_id id, bool is_for_nodes) {
    auto* const found = waiting_.find(number_of(id));
    return found != nullptr && found->decided.has_value() == is_for_nodes ? found : nullptr;
}

WEBPUBSUB_COLD_DECL result<void> admissions::release(turn& during, admission_id id) {
    auto* const found = find(id, true);
    if (found == nullptr) return errc::unknown_target;
    decide(id, let_in(during, std::move(found->connection_id), std::move(found->request), *found->decided));
    return {};
}

WEBPUBSUB_COLD_DECL result<void> admissions::refuse_by_nodes(admission_id id, std::string_view message) {
    if (find(id, true) == nullptr) return errc::unknown_target;
    decide(id, refused{503, std::string(message)});
    return {};
}

WEBPUBSUB_COLD_DECL result<void> admissions::accept(turn& during, admission_id id, connect_overrides&& overrides) {
    auto* const found = find(id, false);
    if (found == nullptr) return errc::unknown_target;
    auto& [connection_id, request, decided] = *found;
    if (overrides.user_id) request.user_id = std::move(overrides.user_id);
    if (overrides.roles) request.roles = std::move(*overrides.roles);
    if (!overrides.groups.empty()) request.groups = std::move(overrides.groups);

    std::string chosen(choose_subprotocol(during, request.subprotocols));
    const auto joining = during.connections.could_begin_in(request.groups);
    bool valid = are_valid_group_names(request.groups) && is_valid_user_id(request.user_id, during.options) &&
                 joining != roster::join_outcome::too_many_groups;
    if (!overrides.subprotocol.empty()) {
        const std::string* offered = nullptr;
        for (const auto& name : request.subprotocols) {
            if (offered == nullptr && equal_ignoring_case(name, overrides.subprotocol)) offered = &name;
        }
        valid = valid && offered != nullptr &&
                (!find_subprotocol(*offered) || during.connections.find_codec(*offered) != 0);
        if (valid) chosen = *offered;
    }
    if (!valid) {
        decide(id, refused{500, "The answer to the connect event is invalid."});
    } else if (joining == roster::join_outcome::hub_is_full) {
        decide(id, refused{503, std::string(hub_is_full_of_groups)});
    } else if (is_to_be_held(during, request)) {
        decided = std::move(chosen);
        answers_.set(number_of(id), add_saturating(during.now.steady, during.options.timeouts.held_request));
        hold(during, id);
    } else {
        decide(id, let_in(during, std::move(connection_id), std::move(request), chosen));
    }
    return {};
}

WEBPUBSUB_COLD_DECL result<void> admissions::refuse(admission_id id, unsigned http_status, std::string_view message) {
    if (find(id, false) == nullptr) return errc::unknown_target;
    const bool relayed = http_status >= 400 && http_status < 500;
    decide(id, refused{relayed ? http_status : 500, std::string(message)});
    return {};
}

WEBPUBSUB_COLD_DECL transport_id admissions::abandon(admission_id id) {
    forget(id);
    transport_id left{};
    for (auto unseen = decided_.size(); unseen != 0; --unseen) {
        auto order = decided_.poll();
        const auto& decision = *get_if<hub_orders::admission_decided>(&*order);
        if (decision.id != id) {
            decided_.push(std::move(order));
        } else if (const auto* const yes = get_if<accepted>(&decision.outcome)) {
            left = yes->transport;
        }
    }
    return left;
}

WEBPUBSUB_COLD_DECL void admissions::forget(admission_id id) {
    waiting_.erase(number_of(id));
    answers_.cancel(number_of(id));
}

WEBPUBSUB_COLD_DECL void admissions::refuse_all(std::string_view message) {
    std::uint64_t number = 0;
    while (waiting_.find_from(number) != nullptr) decide(admission_id{number}, refused{503, std::string(message)});
}

WEBPUBSUB_COLD_DECL void admissions::decide(admission_id id, admission&& outcome) {
    forget(id);
    decided_.push(new hub_order(hub_orders::admission_decided{id, std::move(outcome)}));
}

WEBPUBSUB_COLD_DECL admission admissions::let_in(turn& during, std::string&& connection_id, connect_request&& request,
                                                 std::string_view subprotocol) {
    if (during.connections.has_id(connection_id)) return refused{500, "The source of random bytes repeats itself."};
    const auto at =
        during.connections.admit(during.now, std::move(connection_id), std::move(request), subprotocol, random_);
    const auto& added = during.connections[at];
    during.out.add_outlet(at, added.reliable, during.connections.codec_of(at));
    const auto transport = add_transport(during, {at, std::nullopt, {}});
    during.out.find(transport)->connection = at;
    return accepted{transport, added.subprotocol};
}

/// The connection is looked for when the transport is open, so that the answer to the upgrade tells a client without
/// the token nothing.
WEBPUBSUB_COLD_DECL admission admissions::let_in_for_recovery(turn& during, connect_request&& request) {
    std::string answered(choose_subprotocol(during, request.subprotocols));
    for (const auto& name : request.subprotocols) {
        const auto codec = during.connections.find_codec(name);
        if (codec == 0 || !during.connections.codecs()[codec - 1u].protocol().reliable) continue;
        answered = name;
        break;
    }
    const auto transport = add_transport(during, {no_slot, std::move(request.recovery), answered});
    return accepted{transport, std::move(answered)};
}

WEBPUBSUB_COLD_DECL transport_id admissions::add_transport(turn& during, opened&& purpose) {
    const auto id = during.out.add_transport();
    opening_.add(number_of(id), std::move(purpose));
    openings_.set(number_of(id), add_saturating(during.now.steady, during.options.timeouts.open));
    return id;
}

WEBPUBSUB_COLD_DECL std::string_view admissions::choose_subprotocol(
    const turn& during, const std::vector<std::string>& offered) const noexcept {
    for (const auto& name : offered) {
        if (during.connections.find_codec(name) != 0) return name;
    }
    return {};
}

WEBPUBSUB_COLD_DECL std::optional<admissions::opened> admissions::take_opened(turn&, transport_id transport) {
    auto* const found = opening_.find(number_of(transport));
    if (found == nullptr) return std::nullopt;
    std::optional<opened> taken(std::move(*found));
    opening_.erase(number_of(transport));
    openings_.cancel(number_of(transport));
    return taken;
}

WEBPUBSUB_COLD_DECL std::optional<steady_time> admissions::deadline() const {
    const auto answer = answers_.next();
    const auto opening = openings_.next();
    return !answer || (opening && *opening < *answer) ? opening : answer;
}

WEBPUBSUB_COLD_DECL transport_id admissions::handle_due(turn& during) {
    if (const auto late = answers_.pop_due(during.now.steady)) {
        if (waiting_.find(*late)->decided) {
            decide(admission_id{*late}, refused{503, "The other nodes of the service did not answer in time."});
        } else {
            decide(admission_id{*late}, refused{500, "The application did not answer the connect event in time."});
        }
        return {};
    }
    const auto late = openings_.pop_due(during.now.steady);
    return late ? transport_id{*late} : transport_id{};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
