// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/testing/world.hpp>
#include <webpubsub/variant.hpp>

#include <cstdlib>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::testing {

template <class Hub>
WEBPUBSUB_COLD_DECL client_options basic_world<Hub>::options() {
    client_options options;
    options.url = "ws://in-memory.test/client/hubs/hub";
    return options;
}

template <class Hub>
WEBPUBSUB_COLD_DECL connect_request basic_world<Hub>::request(std::string user_id) {
    connect_request request;
    request.user_id = std::move(user_id);
    request.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"};
    return request;
}

template <class Hub>
WEBPUBSUB_COLD_DECL std::size_t basic_world<Hub>::add_client(webpubsub::client added, connect_request request) {
    members_.push_back(member{std::move(added), std::move(request)});
    return members_.size() - 1;
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::start(std::size_t which) {
    client(which).start(now().steady).value();
    settle();
}

// --- the network -----------------------------------------------------------------------------------------------------

template <class Hub>
WEBPUBSUB_COLD_DECL link* basic_world<Hub>::link_of(std::size_t which, transport_id transport) {
    for (auto& each : links_) {
        if (each.client == which && each.client_side == transport) return &each;
    }
    return nullptr;
}

template <class Hub>
WEBPUBSUB_COLD_DECL link* basic_world<Hub>::link_of_hub(transport_id transport) {
    for (auto& each : links_) {
        if (each.hub_has_it && each.hub_side == transport) return &each;
    }
    return nullptr;
}

template <class Hub>
WEBPUBSUB_COLD_DECL link* basic_world<Hub>::present_link(std::size_t which) {
    for (auto& each : links_) {
        if (each.client == which && each.client_has_it && !each.cut) return &each;
    }
    return nullptr;
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::cut(std::size_t which) {
    auto* const over = present_link(which);
    if (over == nullptr) return;
    const auto time = now().steady;
    over->cut = true;
    over->up.lose(random_.below(over->up.size() + 1));
    over->down.lose(random_.below(over->down.size() + 1));
    over->up.close();
    over->down.close();
    // A host of the service pings, so it learns of a silent loss at last; a client has its keep-alive.
    const auto soon = random_.between(network.min_latency, network.max_latency);
    over->hub_learns = over->up.emptied(time) + (random_.chance(half_open_rate) ? std::chrono::seconds(40) : soon);
    if (random_.chance(half_open_rate)) {
        ++half_open_;
    } else {
        over->client_learns = over->down.emptied(time) + random_.between(network.min_latency, network.max_latency);
    }
    settle();
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::hang(std::size_t which, bool hung) {
    for (auto& each : links_) {
        if (each.client != which) continue;
        each.up.hang(hung);
        each.down.hang(hung);
    }
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::close(std::size_t which, std::uint16_t code, std::string_view reason) {
    auto* const over = present_link(which);
    if (over == nullptr) return;
    over->down.send(now().steady, random_, network,
                    {pipe::packet::what::close, frame_kind::text, code, std::string(reason)});
    if (over->hub_has_it) end_at_hub(*over, close_code::abnormal, reason);
    settle();
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::end_at_hub(link& of, std::uint16_t code, std::string_view reason) {
    of.hub_has_it = false;
    of.hub_learns.reset();
    hub_.handle_closed(now(), of.hub_side, code, reason);
}

// --- orders, events and messages -------------------------------------------------------------------------------------

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::settle() {
    for (bool busy = true; busy;) {
        busy = settle_hub();
        for (std::size_t i = 0; i < members_.size(); ++i) busy = settle_client(i) || busy;
        busy = settle_writes() || busy;
    }
}

template <class Hub>
WEBPUBSUB_COLD_DECL bool basic_world<Hub>::settle_client(std::size_t which) {
    auto& who = members_[which];
    bool busy = false;
    while (const auto order = who.client.poll_order()) {
        obey(which, *order);
        busy = true;
    }
    while (auto event = who.client.poll_event()) {
        busy = true;
        if (watched_by == nullptr || !watched_by->handle_client_event(which, *event)) who.events.push(std::move(event));
    }
    while (const auto message = who.client.poll_transmit()) {
        busy = true;
        if (watched_by != nullptr) watched_by->handle_sent(which, message->bytes());
        auto* const over = link_of(which, message->transport);
        if (over == nullptr) std::abort();
        over->up.send(now().steady, random_, network,
                      {pipe::packet::what::frame, message->kind, 0, std::string(message->bytes())});
    }
    return busy;
}

template <class Hub>
WEBPUBSUB_COLD_DECL bool basic_world<Hub>::settle_hub() {
    bool busy = false;
    while (const auto order = hub_.poll_order()) {
        obey(*order);
        busy = true;
    }
    while (auto event = hub_.poll_event()) {
        take(std::move(*event));
        busy = true;
    }
    while (const auto ready = hub_.poll_ready()) {
        busy = true;
        while (const auto message = hub_.poll_transmit(*ready)) {
            auto* const over = link_of_hub(*ready);
            if (over == nullptr) {
                hub_.handle_written(now(), *ready);
                const auto bytes = std::string(message->prefix()).append(message->body());
                if (watched_by != nullptr) watched_by->handle_other_delivery(*ready, bytes);
                continue;
            }
            over->down.send(now().steady, random_, network,
                            {pipe::packet::what::frame, message->kind(), 0,
                             std::string(message->prefix()).append(message->body())});
        }
    }
    return busy;
}

template <class Hub>
WEBPUBSUB_COLD_DECL bool basic_world<Hub>::settle_writes() {
    bool busy = false;
    for (auto& each : links_) {
        if (const auto written = each.up.take_written(network); written != 0 && each.client_has_it) {
            client(each.client).handle_written(now().steady, each.client_side, written);
            busy = true;
        }
        if (const auto written = each.down.take_written(network); written != 0 && each.hub_has_it) {
            hub_.handle_written(now(), each.hub_side, static_cast<std::uint32_t>(written));
            busy = true;
        }
    }
    return busy;
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::obey(std::size_t which, const client_order& order) {
    const auto time = now().steady;
    if (const auto* open = get_if<client_orders::open_transport>(&order)) {
        links_.emplace_back();
        auto& added = links_.back();
        added.client = which;
        added.client_side = open->transport;
        auto& subprotocols = members_[which].request.subprotocols;
        subprotocols.clear();
        if (!open->subprotocol.empty()) subprotocols.push_back(open->subprotocol);
        added.up.send(time, random_, network, {pipe::packet::what::open, frame_kind::text, 0, open->url});
    } else if (const auto* url = get_if<client_orders::need_url>(&order)) {
        client(which).provide_url(time, url->request, options().url).value();
    } else if (const auto* pause = get_if<client_orders::pause_reading>(&order)) {
        if (auto* const over = link_of(which, pause->transport)) over->client_reads = false;
    } else if (const auto* resume = get_if<client_orders::resume_reading>(&order)) {
        if (auto* const over = link_of(which, resume->transport)) over->client_reads = true;
    } else if (const auto* close = get_if<client_orders::close_transport>(&order)) {
        auto* const over = link_of(which, close->transport);
        if (over == nullptr) return;
        over->client_has_it = false;
        over->client_learns.reset();
        over->down.lose(0);
        if (close->code != close_code::none && over->opened_at_client) {
            over->up.send(time, random_, network,
                          {pipe::packet::what::close, frame_kind::text, close->code, close->reason});
        } else {
            over->cut = true;
            over->up.close();
            const auto learns = over->up.emptied(time) + random_.between(network.min_latency, network.max_latency);
            if (!over->hub_learns) over->hub_learns = learns;
        }
    }
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::obey(const hub_order& order) {
    if (const auto* close = get_if<hub_orders::close_transport>(&order)) {
        auto* const over = link_of_hub(close->transport);
        if (over == nullptr) return hub_.handle_closed(now(), close->transport);
        over->down.send(now().steady, random_, network,
                        {pipe::packet::what::close, frame_kind::text, close->code, close->reason});
        // The host waits for the peer no longer than for the frame to be sent.
        end_at_hub(*over, close->code, close->reason);
    } else if (const auto* pause = get_if<hub_orders::pause_reading>(&order)) {
        if (auto* const over = link_of_hub(pause->transport)) over->hub_reads = false;
    } else if (const auto* resume = get_if<hub_orders::resume_reading>(&order)) {
        if (auto* const over = link_of_hub(resume->transport)) over->hub_reads = true;
    } else if (const auto* decided = get_if<hub_orders::admission_decided>(&order)) {
        for (auto& each : links_) {
            if (each.admission == decided->id) return decide(each, decided->outcome);
        }
    } else if (const auto* held = get_if<hub_orders::request_held>(&order)) {
        static_cast<void>(hub_.release_request(now(), held->id));
    }
}

template <class Hub>
WEBPUBSUB_COLD_DECL void basic_world<Hub>::take(hub_event event) {
    if (watched_by != nullptr && watched_by->handle_hub_event(event)) return;
    if (answer_events) {
        if (const auto* asked = get_if<hub_events::user_event>(&event)) {
            static_cast<void>(hub_.answer_event(now(), asked->id, payload_view(asked->data)));
        } else if (const auto* invoked = get_if<hub_events::invocation>(&event)) {
            std::optional<payload_view> answer;
            if (invoked->data) answer = *invoked->data;
            static_cast<void>(hub_.answer_invocation(now(), invoked->id, answer));
        } else if (const auto* wants = get_if<hub_events::connect_requested>(&event)) {
            static_cast<void>(hub_.accept_connect(now(), wants->id));
        }
    }
    hub_events_.push_back(std::move(event));
}

template <class Hub>
WEBPUBSUB_COLD_DECL std::optional<hub_event> basic_world<Hub>::poll_hub_event() {
    if (hub_events_.empty()) return std::nullopt;
    std::optional<hub_event> event(std::move(hub_events_.front()));
    hub_events_.pop_front();
    return event;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::testing
