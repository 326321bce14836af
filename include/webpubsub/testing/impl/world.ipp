// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/testing/passing_failure.hpp>
#include <webpubsub/testing/world.hpp>

#include <webpubsub/text/percent.hpp>

#include <cstdlib>
#include <utility>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::testing {

WEBPUBSUB_DECL world::world(std::uint64_t seed, const std::vector<service_codec>& codecs, const hub_options& options)
    : random_(seed), secrets_(~seed), codecs_(codecs), hub_(codecs, options, testing::random::source(secrets_)) {}

WEBPUBSUB_DECL client_options world::options() {
    client_options options;
    options.url = "ws://in-memory.test/client/hubs/hub";
    return options;
}

WEBPUBSUB_DECL connect_request world::request(std::string user_id) {
    connect_request request;
    request.user_id = std::move(user_id);
    request.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"};
    return request;
}

WEBPUBSUB_DECL std::size_t world::add_client(webpubsub::client added, connect_request request) {
    members_.push_back(member{std::move(added), std::move(request)});
    return members_.size() - 1;
}

WEBPUBSUB_DECL void world::start(std::size_t which) {
    client(which).start(now().steady).value();
    settle();
}

// --- the network -----------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL link* world::link_of(std::size_t which, transport_id transport) {
    for (auto& each : links_) {
        if (each.client == which && each.client_side == transport) return &each;
    }
    return nullptr;
}

WEBPUBSUB_DECL link* world::link_of_hub(transport_id transport) {
    for (auto& each : links_) {
        if (each.hub_has_it && each.hub_side == transport) return &each;
    }
    return nullptr;
}

WEBPUBSUB_DECL link* world::present_link(std::size_t which) {
    for (auto& each : links_) {
        if (each.client == which && each.client_has_it && !each.cut) return &each;
    }
    return nullptr;
}

WEBPUBSUB_DECL void world::cut(std::size_t which) {
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

WEBPUBSUB_DECL void world::hang(std::size_t which, bool hung) {
    for (auto& each : links_) {
        if (each.client != which) continue;
        each.up.hang(hung);
        each.down.hang(hung);
    }
}

WEBPUBSUB_DECL void world::close(std::size_t which, std::uint16_t code, std::string_view reason) {
    auto* const over = present_link(which);
    if (over == nullptr) return;
    over->down.send(now().steady, random_, network,
                    {pipe::packet::what::close, frame_kind::text, code, std::string(reason)});
    if (over->hub_has_it) end_at_hub(*over, close_code::abnormal, reason);
    settle();
}

WEBPUBSUB_DECL void world::end_at_hub(link& of, std::uint16_t code, std::string_view reason) {
    of.hub_has_it = false;
    of.hub_learns.reset();
    hub_.handle_closed(now(), of.hub_side, code, reason);
}

// --- orders, events and messages -------------------------------------------------------------------------------------

WEBPUBSUB_DECL void world::settle() {
    for (bool busy = true; busy;) {
        busy = settle_hub();
        for (std::size_t i = 0; i < members_.size(); ++i) busy = settle_client(i) || busy;
        busy = settle_writes() || busy;
    }
}

WEBPUBSUB_DECL bool world::settle_client(std::size_t which) {
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

WEBPUBSUB_DECL bool world::settle_hub() {
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

WEBPUBSUB_DECL bool world::settle_writes() {
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

WEBPUBSUB_DECL void world::obey(std::size_t which, const client_order& order) {
    const auto time = now().steady;
    if (const auto* open = std::get_if<client_orders::open_transport>(&order)) {
        links_.emplace_back();
        auto& added = links_.back();
        added.client = which;
        added.client_side = open->transport;
        auto& subprotocols = members_[which].request.subprotocols;
        subprotocols.clear();
        if (!open->subprotocol.empty()) subprotocols.push_back(open->subprotocol);
        added.up.send(time, random_, network, {pipe::packet::what::open, frame_kind::text, 0, open->url});
    } else if (const auto* url = std::get_if<client_orders::need_url>(&order)) {
        client(which).provide_url(time, url->request, options().url).value();
    } else if (const auto* pause = std::get_if<client_orders::pause_reading>(&order)) {
        if (auto* const over = link_of(which, pause->transport)) over->client_reads = false;
    } else if (const auto* resume = std::get_if<client_orders::resume_reading>(&order)) {
        if (auto* const over = link_of(which, resume->transport)) over->client_reads = true;
    } else if (const auto* close = std::get_if<client_orders::close_transport>(&order)) {
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

WEBPUBSUB_DECL void world::obey(const hub_order& order) {
    if (const auto* close = std::get_if<hub_orders::close_transport>(&order)) {
        auto* const over = link_of_hub(close->transport);
        if (over == nullptr) return hub_.handle_closed(now(), close->transport);
        over->down.send(now().steady, random_, network,
                        {pipe::packet::what::close, frame_kind::text, close->code, close->reason});
        // The host waits for the peer no longer than for the frame to be sent.
        end_at_hub(*over, close->code, close->reason);
    } else if (const auto* pause = std::get_if<hub_orders::pause_reading>(&order)) {
        if (auto* const over = link_of_hub(pause->transport)) over->hub_reads = false;
    } else if (const auto* resume = std::get_if<hub_orders::resume_reading>(&order)) {
        if (auto* const over = link_of_hub(resume->transport)) over->hub_reads = true;
    } else if (const auto* decided = std::get_if<hub_orders::admission_decided>(&order)) {
        for (auto& each : links_) {
            if (each.admission == decided->id) return decide(each, decided->outcome);
        }
    } else if (const auto* held = std::get_if<hub_orders::request_held>(&order)) {
        static_cast<void>(hub_.release_request(now(), held->id));
    }
}

WEBPUBSUB_DECL void world::take(hub_event event) {
    if (watched_by != nullptr && watched_by->handle_hub_event(event)) return;
    if (answer_events) {
        if (const auto* asked = std::get_if<hub_events::user_event>(&event)) {
            static_cast<void>(hub_.answer_event(now(), asked->id, payload_view(asked->data)));
        } else if (const auto* invoked = std::get_if<hub_events::invocation>(&event)) {
            std::optional<payload_view> answer;
            if (invoked->data) answer = *invoked->data;
            static_cast<void>(hub_.answer_invocation(now(), invoked->id, answer));
        } else if (const auto* wants = std::get_if<hub_events::connect_requested>(&event)) {
            static_cast<void>(hub_.accept_connect(now(), wants->id));
        }
    }
    hub_events_.push_back(std::move(event));
}

WEBPUBSUB_DECL std::optional<hub_event> world::poll_hub_event() {
    if (hub_events_.empty()) return std::nullopt;
    std::optional<hub_event> event(std::move(hub_events_.front()));
    hub_events_.pop_front();
    return event;
}

// --- time ------------------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL std::optional<steady_time> world::next_step() const {
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

WEBPUBSUB_DECL void world::run_for(duration time) {
    run_until([] { return false; }, time);
}

WEBPUBSUB_DECL bool world::step(steady_time end) {
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

WEBPUBSUB_DECL bool world::deliver_up(link& over) {
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

WEBPUBSUB_DECL bool world::fail(link& over, const std::string& frame) {
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

WEBPUBSUB_DECL void world::open(link& over, std::string_view url) {
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

WEBPUBSUB_DECL void world::decide(link& over, const admission& outcome) {
    const auto answer = [&](pipe::packet::what what, unsigned code, std::string text) {
        over.down.send(now().steady, random_, network, {what, frame_kind::text, code, std::move(text)});
    };
    over.admission.reset();
    if (const auto* yes = std::get_if<accepted>(&outcome)) {
        over.hub_side = yes->transport;
        over.hub_has_it = true;
        answer(pipe::packet::what::opened, 101, yes->subprotocol);
        hub_.handle_opened(now(), over.hub_side);
    } else if (const auto* no = std::get_if<refused>(&outcome)) {
        answer(pipe::packet::what::open_failed, no->http_status, {});
    } else {
        over.admission = std::get<waiting>(outcome).id;
    }
}

WEBPUBSUB_DECL bool world::deliver_down(link& over) {
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

WEBPUBSUB_DECL void world::client_learns(link& of) {
    of.client_learns.reset();
    if (!std::exchange(of.client_has_it, false)) return;
    if (of.opened_at_client) {
        client(of.client).handle_closed(now().steady, of.client_side, close_code::abnormal, {});
    } else {
        client(of.client).handle_open_failed(now().steady, of.client_side);
    }
    settle();
}

WEBPUBSUB_DECL void world::hub_learns(link& of) {
    of.up.lose(0);
    of.hub_learns.reset();
    if (!of.hub_has_it) return;
    end_at_hub(of, close_code::abnormal, {});
    settle();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::testing
