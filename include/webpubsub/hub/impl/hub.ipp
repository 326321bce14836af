// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/hub/parts/close_reasons.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/variant.hpp>

#include <exception>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace hub_parts {

WEBPUBSUB_DECL hash_seed draw_seed(const secure_random& random) {
    hash_seed drawn;
    if (random.fill == nullptr) return drawn;
    unsigned char bytes[16];
    random.fill(random.context, bytes, sizeof bytes);
    for (int i = 0; i < 8; ++i) {
        drawn.first = drawn.first << 8 | bytes[i];
        drawn.second = drawn.second << 8 | bytes[8 + i];
    }
    return drawn;
}

} // namespace hub_parts

WEBPUBSUB_DECL hub::call::call(hub& of, instant time)
    : turn{time, of.options_, of.roster_, of.outputs_, of.fan_out_, of.senders_, of.events_, of.reports_}, hub_(of) {
    of.outputs_.set_time(time.steady);
}

WEBPUBSUB_DECL hub::call::~call() noexcept(false) {
    if (!hub_.is_settled() && std::uncaught_exceptions() == 0) hub_.settle(*this);
}

WEBPUBSUB_DECL hub::hub(const std::vector<service_codec>& codecs, const hub_options& options,
                        const secure_random& random)
    : options_(options),
      reports_(options.cluster),
      roster_(codecs, options),
      outputs_(roster_.codecs(), options.queues, options.timeouts.close),
      admissions_(options, random),
      requests_(hub_parts::draw_seed(random)),
      group_states_(options.cluster) {}

WEBPUBSUB_DECL hub::hub(const hub& other) = default;
WEBPUBSUB_DECL hub::hub(hub&& other) noexcept = default;
WEBPUBSUB_DECL hub& hub::operator=(const hub& other) = default;
WEBPUBSUB_DECL hub& hub::operator=(hub&& other) noexcept = default;
WEBPUBSUB_DECL hub::~hub() = default;

WEBPUBSUB_DECL bool hub::is_settled() const noexcept {
    return outputs_.is_settled() && !streams_.has_departures() && !group_states_.has_departures() &&
           senders_.is_settled(roster_.leaves());
}

/// Closes the connections that are scheduled for it, announces what ended ones leave behind, lets those go on who need
/// not wait any more, and gives back the slots of drained ones, until nothing of that follows from the rest.
WEBPUBSUB_DECL void hub::settle(hub_parts::turn& during) {
    do {
        while (const auto next = outputs_.take_scheduled_close()) {
            if (!roster_[next->connection].is_live()) continue;
            if (next->at_once) {
                close_at_once(during, next->connection, next->code, next->reason);
            } else {
                close(during, next->connection, next->code, next->reason, next->reason);
            }
        }
        streams_.announce_departures(during);
        group_states_.announce_departures(during);
        for (const auto who : during.take_free_senders()) {
            const auto at = roster_.find(who);
            if (at == hub_parts::no_slot) continue;
            outputs_.set_paused(at, hub_parts::pause_reason::receivers, false);
            execute_waiting(during, at);
        }
        while (const auto drained = outputs_.take_drained()) free(*drained);
    } while (!is_settled());
}

// Admission.

WEBPUBSUB_DECL admission hub::admit(instant now, connect_request request) {
    call during(*this, now);
    return admissions_.admit(during, std::move(request));
}

WEBPUBSUB_DECL result<void> hub::accept_connect(instant now, admission_id id, connect_overrides overrides) {
    call during(*this, now);
    return admissions_.accept(during, id, std::move(overrides));
}

WEBPUBSUB_DECL result<void> hub::refuse_connect(instant now, admission_id id, unsigned http_status,
                                                std::string_view message) {
    const call during(*this, now);
    return admissions_.refuse(id, http_status, message);
}

WEBPUBSUB_DECL void hub::handle_abandoned(instant now, admission_id id) {
    const auto let_in = admissions_.abandon(id);
    if (let_in != transport_id{}) handle_closed(now, let_in);
}

// Transports.

WEBPUBSUB_DECL void hub::handle_opened(instant now, transport_id id) {
    call during(*this, now);
    const auto opened = admissions_.take_opened(during, id);
    if (!opened) {
        ++counters_.late_inputs;
        return;
    }
    if (opened->recovery) return recover(during, id, *opened);
    const auto at = opened->connection;
    // Others may have taken the room for its groups since it was let in.
    if (roster_.could_begin_in(roster_[at].first_groups) != hub_parts::roster::join_outcome::joined) {
        abandon(during, id);
        return outputs_.close(*outputs_.find(id), close_code::policy_violation, hub_parts::hub_is_full_of_groups);
    }
    roster_.open(at, id, events_);
    outputs_.attach(at, *outputs_.find(id));
    send_connected(at);
    const auto& it = roster_[at];
    if (it.publishes_to && !it.permissions.allows(permission::send_to_group, it.publishes_to->group)) {
        outputs_.schedule_close(at, close_code::policy_violation, hub_parts::unauthorized_mode);
    }
}

/// Refused for every reason of sessions.md section 7.1 (9) alike. A wrong token changes nothing (sessions.md
/// section 7.2).
WEBPUBSUB_DECL void hub::recover(hub_parts::turn& during, transport_id id, const hub_parts::admissions::opened& how) {
    const auto& request = *how.recovery;
    auto& transport = *outputs_.find(id);
    const auto at = roster_.find_recoverable(during.now.wall, request);
    if (at == hub_parts::no_slot) {
        const bool may_be_elsewhere = reports_.take_guests() && !roster_.has_id(request.connection_id);
        return may_be_elsewhere ? welcome(id, how) : refuse_recovery(transport);
    }
    if (outputs_.has_transport(at)) {
        tell(during, at, hub_parts::connection_change::detached);
        auto& fenced = outputs_.transport_of(at);
        outputs_.detach(at);
        outputs_.close(fenced, close_code::going_away, "The connection goes on with another transport.");
    }
    ++counters_.recoveries;
    roster_.recover(at);
    outputs_.attach(at, transport);
    send_connected(at);
    tell(during, at, hub_parts::connection_change::recovered);
}

WEBPUBSUB_COLD_DECL void hub::refuse_recovery(hub_parts::transport_record& transport) {
    ++counters_.refused_recoveries;
    outputs_.close(transport, close_code::policy_violation, "The connection could not be recovered.");
}

WEBPUBSUB_COLD_DECL void hub::welcome(transport_id id, const hub_parts::admissions::opened& guest) {
    const auto at = roster_.add_guest(guest.recovery->connection_id);
    outputs_.add_outlet(at, false, nullptr);
    outputs_.attach(at, *outputs_.find(id));
    // Whoever has no connection makes no work for others.
    outputs_.set_paused(at, hub_parts::pause_reason::requests, true);
    reports_.push(hub_reports::guest_arrived{id, *guest.recovery, guest.subprotocol});
}

WEBPUBSUB_DECL void hub::send_connected(slot to) {
    const auto* const codec = roster_.codec_of(to);
    if (codec == nullptr) return;
    const auto& it = roster_[to];
    outputs_.push_first(to, fan_out_.encode(*codec, connected_message{it.user_id, it.id, it.reconnection_token}));
}

WEBPUBSUB_DECL void hub::handle_frame(instant now, transport_id id, frame_kind kind, std::string_view bytes) {
    call during(*this, now);
    const auto* const transport = outputs_.find(id);
    if (transport == nullptr || transport->state != hub_parts::transport_state::open) {
        ++counters_.late_inputs;
        return;
    }
    if (!roster_.is_guest(transport->connection)) return receive(during, transport->connection, kind, bytes);
    if (bytes.size() > options_.frames.max_received_size) {
        return reports_.push(hub_reports::guest_bad_frame{id, close_code::message_too_big});
    }
    reports_.push(hub_reports::guest_frame{id, kind, std::string(bytes)});
}

WEBPUBSUB_DECL void hub::handle_bad_frame(instant now, transport_id id, std::uint16_t code) {
    call during(*this, now);
    const auto* const transport = outputs_.find(id);
    if (transport == nullptr || transport->state != hub_parts::transport_state::open) {
        ++counters_.late_inputs;
        return;
    }
    const auto at = transport->connection;
    if (roster_.is_guest(at)) return reports_.push(hub_reports::guest_bad_frame{id, code});
    outputs_.schedule_close(at, code, hub_parts::bad_frame_reason(code, roster_.codec_of(at)));
}

WEBPUBSUB_DECL void hub::handle_written(instant now, transport_id id, std::uint32_t n) {
    call during(*this, now);
    if (!outputs_.written(id, n)) {
        ++counters_.late_inputs;
    } else if (const auto& transport = *outputs_.find(id);
               transport.state == hub_parts::transport_state::open && roster_.is_guest(transport.connection)) {
        reports_.push(hub_reports::guest_written{id, n});
    }
}

WEBPUBSUB_DECL void hub::handle_closed(instant now, transport_id id, std::uint16_t code, std::string_view reason) {
    call during(*this, now);
    const auto* const transport = outputs_.find(id);
    if (transport == nullptr) {
        ++counters_.late_inputs;
        return;
    }
    const auto at = transport->connection;
    switch (transport->state) {
    case hub_parts::transport_state::admitted: abandon(during, id); break;
    case hub_parts::transport_state::open:
        if (roster_.is_guest(at)) {
            reports_.push(hub_reports::guest_left{id, code, std::string(reason)});
            free(at);
            break;
        }
        if (!roster_.survives(at, code)) {
            end_and_free(during, at, reason);
            break;
        }
        tell(during, at, hub_parts::connection_change::detached);
        outputs_.detach(at);
        roster_.detach(now.steady, at);
        break;
    case hub_parts::transport_state::draining: free(at); break;
    case hub_parts::transport_state::closing: break;
    }
    outputs_.remove(id);
}

WEBPUBSUB_DECL void hub::handle_timeout(instant now) {
    call during(*this, now);
    while (handle_next_due(during)) {}
}

WEBPUBSUB_DECL std::optional<steady_time> hub::poll_timeout() const {
    std::optional<steady_time> next;
    for (const auto each : {admissions_.deadline(), requests_.deadline(), invocations_.deadline(), roster_.deadline(),
                            streams_.deadline(), outputs_.deadline()}) {
        if (each && (!next || *each < *next)) next = each;
    }
    return next;
}

/// Handles the first deadline that has passed; of those at the same time, in the order of the parts below. The result
/// is false if none has passed.
WEBPUBSUB_DECL bool hub::handle_next_due(hub_parts::turn& during) {
    const auto due = poll_timeout();
    if (!due || *due > during.now.steady) return false;
    if (admissions_.deadline() == due) {
        const auto late = admissions_.handle_due(during);
        if (late == transport_id{}) return true;
        abandon(during, late);
        outputs_.close(*outputs_.find(late), close_code::policy_violation, "The connection was not opened in time.");
    } else if (requests_.deadline() == due) {
        const auto at = requests_.handle_due(during);
        if (at != hub_parts::no_slot) execute_waiting(during, at);
    } else if (invocations_.deadline() == due) {
        invocations_.handle_due(during);
    } else if (roster_.deadline() == due) {
        const auto at = roster_.take_expired(during.now.steady);
        end_and_free(during, at, "The connection recovery timeout expired.");
    } else if (streams_.deadline() == due) {
        const auto at = streams_.take_due(during);
        if (at != hub_parts::no_slot && requests_.waiting(at) == 0) streams_.close_idle(during, at);
    } else {
        outputs_.handle_due(during.now.steady);
    }
    if (!is_settled()) settle(during);
    return true;
}

// How connections end.

/// The connection of a transport that was let in and will not be opened, or not be used, ends.
WEBPUBSUB_DECL void hub::abandon(hub_parts::turn& during, transport_id id) {
    static_cast<void>(admissions_.take_opened(during, id));
    const auto at = std::exchange(outputs_.find(id)->connection, hub_parts::no_slot);
    if (at != hub_parts::no_slot) end_and_free(during, at, {});
}

WEBPUBSUB_DECL void hub::tell(hub_parts::turn& during, slot about, hub_parts::connection_change change) {
    requests_.handle_change(during, about, change);
    streams_.handle_change(during, about, change);
    group_states_.handle_change(during, about, change);
    invocations_.handle_change(during, about, change);
}

/// Ends the logical connection and leaves its slot and its output, for frames that are still to be written.
WEBPUBSUB_DECL void hub::end(hub_parts::turn& during, slot at, std::string_view reason) {
    tell(during, at, hub_parts::connection_change::ended);
    roster_.end(at, reason, events_);
}

WEBPUBSUB_DECL void hub::end_and_free(hub_parts::turn& during, slot at, std::string_view reason) {
    end(during, at, reason);
    free(at);
}

/// Gives the slot of an ended connection back.
WEBPUBSUB_DECL void hub::free(slot at) {
    if (outputs_.has_transport(at)) outputs_.detach(at);
    outputs_.remove_outlet(at);
    roster_.is_guest(at) ? roster_.end_guest(at) : roster_.give_back(at);
}

/// Ends a live connection; its transport is closed when what is queued is written, or after `timeouts.close`.
WEBPUBSUB_DECL void hub::close(hub_parts::turn& during, slot at, std::uint16_t code, std::string_view reason,
                               std::string_view disconnect_reason) {
    end(during, at, disconnect_reason);
    if (!outputs_.has_transport(at)) return free(at);
    outputs_.close_when_drained(at, code, hub_parts::clip_close_reason(reason));
}

/// Ends a live connection whose queue is full (sessions.md section 7.3). There is no use in waiting for it to read.
WEBPUBSUB_DECL void hub::close_at_once(hub_parts::turn& during, slot at, std::uint16_t code, std::string_view reason) {
    ++counters_.slow_consumers;
    end(during, at, reason);
    if (outputs_.has_transport(at)) {
        auto& transport = outputs_.transport_of(at);
        outputs_.detach(at);
        outputs_.close(transport, code, reason);
    }
    free(at);
}

/// The last frame of a PubSub client that the service closes (subprotocols.md section 3.5).
WEBPUBSUB_DECL void hub::send_disconnected(slot to, std::string_view message) {
    const auto* const codec = roster_.codec_of(to);
    if (codec == nullptr || !outputs_.has_transport(to)) return;
    outputs_.push_last(to, fan_out_.encode(*codec, disconnected_message{std::string(message)}));
}

WEBPUBSUB_DECL result<void> hub::close_connection(instant now, std::string_view connection_id,
                                                  std::string_view reason) {
    call during(*this, now);
    const auto at = roster_.find(connection_id);
    if (at == hub_parts::no_slot) return errc::unknown_target;
    if (!is_utf8(reason)) return errc::invalid_utf8;
    std::string text = "Application server closed the connection.";
    if (!reason.empty()) text.append(" Reason: ").append(reason);
    send_disconnected(at, text);
    close(during, at, close_code::normal, {}, text);
    return {};
}

WEBPUBSUB_DECL result<void> hub::close_all(instant now, std::uint16_t code, std::string_view reason) {
    call during(*this, now);
    if (!is_utf8(reason)) return errc::invalid_utf8;
    admissions_.refuse_all(reason);
    for (const auto id : outputs_.transports_in(hub_parts::transport_state::admitted)) {
        abandon(during, id);
        outputs_.close(*outputs_.find(id), code, hub_parts::clip_close_reason(reason));
    }
    for (const auto at : roster_.everyone()) {
        send_disconnected(at, reason);
        close(during, at, code, reason, reason);
    }
    return {};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
