// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/testing/passing_failure.hpp>
#include <webpubsub/testing/world.hpp>
#include <webpubsub/text/percent.hpp>
#include <webpubsub/variant.hpp>

#include <cstdlib>
#include <utility>

// What happens as time passes: what arrives at either end of a link, and who learns of its loss.

namespace webpubsub::inline WEBPUBSUB_MODE::testing {

template <class Hub>
WEBPUBSUB_COLD_DECL std::optional<steady_time> basic_world<Hub>::next_step() const {
    auto next = hub_.poll_timeout();
    const auto consider = [&next](const std::optional<steady_time>& when) {
        if (when && (!next || *when < *next)) next = when;
    };
    for (const auto& each : members_) consider(each.client.poll_timeout());
    for (const auto& each : links_) {
        if (each.hub_reads) consider(each.up.next());
        if (each.client_reads) consider(each.down.next());
        consider(each.client_learns);
        consider(each.hub_learns);
    }
    return next;
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::run_for(duration time) {
    run_until([] { return false; }, time);
}

template <class Hub>
WEBPUBSUB_COLD_DECL bool basic_world<Hub>::step(steady_time end) {
    const auto next = next_step();
    if (!next || *next > end) {
        clock_.advance_to(end);
        return false;
    }
    clock_.advance_to(*next);
    const auto is_due = [this](const std::optional<steady_time>& when) { return when && *when <= now().steady; };
    // What arrives may add links, so they are walked by index.
    for (std::size_t i = 0; i < links_.size(); ++i) {
        while (links_[i].hub_reads && deliver_up(links_[i])) settle();
        while (links_[i].client_reads && deliver_down(links_[i])) settle();
        if (is_due(links_[i].client_learns)) client_learns(links_[i]);
        if (is_due(links_[i].hub_learns)) hub_learns(links_[i]);
    }
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (!is_due(client(i).poll_timeout())) continue;
        client(i).handle_timeout(now().steady);
        settle();
    }
    if (is_due(hub_.poll_timeout())) {
        if (watched_by != nullptr) watched_by->before_timeout();
        hub_.handle_timeout(now());
        settle();
        if (watched_by != nullptr) watched_by->after_timeout();
    }
    std::erase_if(links_, [](const link& each) {
        return !each.client_has_it && !each.hub_has_it && each.up.empty() && each.down.empty() && !each.hub_learns;
    });
    return true;
}

template <class Hub>
WEBPUBSUB_COLD_DECL bool basic_world<Hub>::deliver_up(link& over) {
    const auto arrived = over.up.receive(now().steady);
    if (!arrived) return false;
    if (arrived->kind == pipe::packet::what::open) {
        open(over, arrived->bytes);
    } else if (!over.hub_has_it) {
        return true;
    } else if (arrived->kind == pipe::packet::what::close) {
        end_at_hub(over, static_cast<std::uint16_t>(arrived->code), arrived->bytes);
    } else if (!fail(over, arrived->bytes)) {
        if (watched_by != nullptr) watched_by->before_frame(hub_.connection_of(over.hub_side));
        hub_.handle_frame(now(), over.hub_side, arrived->frames, arrived->bytes);
        settle();
        if (watched_by != nullptr) watched_by->after_frame();
    }
    return true;
}

template <class Hub>
WEBPUBSUB_COLD_DECL bool basic_world<Hub>::fail(link& over, const std::string& frame) {
    const auto& offered = members_[over.client].request.subprotocols;
    if (watched_by == nullptr || offered.empty()) return false;
    for (const auto& codec : codecs_) {
        if (codec.protocol().name != offered.front()) continue;
        client_message message;
        if (!codec.decode(frame, message)) return false;
        const auto failure = passing_failure(message);
        std::string answer;
        if (!failure || !watched_by->fails(over.client, message) || !codec.encode(*failure, answer)) return false;
        over.down.send(now().steady, random_, network,
                       {pipe::packet::what::frame, codec.protocol().frames(), 0, std::move(answer)});
        return true;
    }
    return false;
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::open(link& over, std::string_view url) {
    const auto answer = [&](pipe::packet::what what, unsigned code, std::string text) {
        over.down.send(now().steady, random_, network, {what, frame_kind::text, code, std::move(text)});
    };
    if (unreachable) return;
    if (random_.chance(refusal_rate)) return answer(pipe::packet::what::open_failed, 503, {});

    auto request = members_[over.client].request;
    recovery_request recovery;
    const auto visited =
        for_each_query_parameter(split_request_target(url).query, [&](std::string_view name, std::string_view value) {
            if (name == "awps_connection_id") recovery.connection_id = value;
            if (name == "awps_reconnection_token") recovery.reconnection_token = value;
        });
    if (!visited) return answer(pipe::packet::what::open_failed, 400, {});
    if (!recovery.connection_id.empty()) request.recovery = std::move(recovery);
    decide(over, hub_.admit(now(), std::move(request)));
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::decide(link& over, const admission& outcome) {
    const auto answer = [&](pipe::packet::what what, unsigned code, std::string text) {
        over.down.send(now().steady, random_, network, {what, frame_kind::text, code, std::move(text)});
    };
    over.admission.reset();
    if (const auto* yes = get_if<accepted>(&outcome)) {
        over.hub_side = yes->transport;
        over.hub_has_it = true;
        answer(pipe::packet::what::opened, 101, yes->subprotocol);
        hub_.handle_opened(now(), over.hub_side);
    } else if (const auto* no = get_if<refused>(&outcome)) {
        answer(pipe::packet::what::open_failed, no->http_status, {});
    } else {
        over.admission = get<waiting>(outcome).id;
    }
}

template <class Hub>
WEBPUBSUB_COLD_DECL bool basic_world<Hub>::deliver_down(link& over) {
    const auto arrived = over.down.receive(now().steady);
    if (!arrived) return false;
    if (!over.client_has_it) return true;
    auto& c = client(over.client);
    switch (arrived->kind) {
    case pipe::packet::what::opened:
        over.opened_at_client = true;
        c.handle_opened(now().steady, over.client_side, arrived->bytes);
        break;
    case pipe::packet::what::open_failed:
        over.client_has_it = false;
        over.client_learns.reset();
        c.handle_open_failed(now().steady, over.client_side, open_failure{arrived->code});
        break;
    case pipe::packet::what::close:
        over.client_has_it = false;
        over.client_learns.reset();
        c.handle_closed(now().steady, over.client_side, static_cast<std::uint16_t>(arrived->code), arrived->bytes);
        break;
    default:
        // The world takes events at once, so a frame is always taken.
        if (!c.handle_frame(now().steady, over.client_side, arrived->frames, arrived->bytes)) std::abort();
    }
    return true;
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::client_learns(link& of) {
    of.client_learns.reset();
    if (!std::exchange(of.client_has_it, false)) return;
    if (of.opened_at_client) {
        client(of.client).handle_closed(now().steady, of.client_side, close_code::abnormal, {});
    } else {
        client(of.client).handle_open_failed(now().steady, of.client_side);
    }
    settle();
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::hub_learns(link& of) {
    of.up.lose(0);
    of.hub_learns.reset();
    if (!of.hub_has_it) return;
    end_at_hub(of, close_code::abnormal, {});
    settle();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::testing
