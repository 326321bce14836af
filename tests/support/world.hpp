// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/client_url.hpp>
#include <webpubsub/client/client.hpp>
#include <webpubsub/hub/hub.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::tests {

/// Clients and a hub in virtual time, joined by links with latency. A link can be cut: then any suffix of what is under
/// way in each direction is lost, and each end learns of it in its own time, or, on the client's side, never.
class world {
public:
    struct link {
        std::size_t client = 0;
        transport_id client_side = 0;
        transport_id hub_side = 0;

        struct packet {
            enum class what : std::uint8_t { open, opened, open_failed, frame, close };
            steady_time at;
            packet::what kind = what::frame;
            frame_kind frame = frame_kind::text;
            /// A frame, a URL, a subprotocol or a close reason.
            std::string bytes;
            /// An HTTP status or a close code.
            unsigned code = 0;
        };
        std::deque<packet> up;
        std::deque<packet> down;
        bool cut = false;
        bool opened_at_client = false;
        bool client_has_it = true;
        bool hub_has_it = false;
        std::optional<steady_time> client_learns;
        std::optional<steady_time> hub_learns;
    };

    struct member {
        client c;
        connect_request request;
    };

    world(std::uint64_t seed, const std::vector<codec>& codecs, hub_options options)
        : random(seed), the_hub(codecs, with_random(std::move(options), random)) {}
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    std::mt19937_64 random;
    hub the_hub;
    std::vector<member> clients;
    std::deque<link> links;
    steady_time now{std::chrono::hours(1)};
    duration min_latency = std::chrono::milliseconds(1);
    duration max_latency = std::chrono::milliseconds(40);
    /// How often an attempt to connect is answered with 503.
    double refusal_rate = 0;
    std::uint64_t half_open = 0;

    std::function<void(std::size_t client, client_event&)> on_client_event = [](std::size_t, client_event&) {};
    std::function<void(hub_event&)> on_hub_event = [](hub_event&) {};
    /// Around every frame that reaches the hub, with the connection that sent it; what it causes is on its way already.
    std::function<void(std::string_view connection_id)> before_frame = [](std::string_view) {};
    std::function<void()> after_frame = [] {};
    /// Around the hub's timers.
    std::function<void()> before_timeout = [] {};
    std::function<void()> after_timeout = [] {};
    /// What the hub sends to transports that the test admitted by itself.
    std::function<void(transport_id, std::string)> on_other_delivery = [](transport_id, std::string) {};

    instant moment() const {
        return {now, wall_time(std::chrono::seconds(1'700'000'000)) +
                         std::chrono::duration_cast<wall_time::duration>(now.time_since_epoch())};
    }

    std::size_t add_client(client c, connect_request request) {
        clients.push_back({std::move(c), std::move(request)});
        return clients.size() - 1;
    }

    bool chance(double probability) { return std::bernoulli_distribution(probability)(random); }
    std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random); }
    duration between(duration low, duration high) {
        return duration(std::uniform_int_distribution<duration::rep>(low.count(), high.count())(random));
    }

    /// To be called after every command to a client.
    void pump_client(std::size_t i) {
        auto& c = clients[i].c;
        for (;;) {
            while (auto event = c.poll_event()) take(i, *event);
            const auto message = c.poll_transmit();
            if (!message) break;
            if (auto* to = link_of(i, message->transport)) {
                send(to->up, *to, {now, link::packet::what::frame, message->kind, std::string(message->bytes()), 0});
            }
            c.handle_written(now, message->transport);
        }
    }

    /// To be called after every command to the hub.
    void pump_hub() {
        for (;;) {
            while (auto event = the_hub.poll_event()) take(*event);
            const auto ready = the_hub.poll_ready();
            if (!ready) break;
            while (const auto delivery = the_hub.poll_transmit(*ready)) {
                auto bytes = std::string(delivery->prefix) + std::string(delivery->body);
                auto* to = link_of_hub(*ready);
                if (to == nullptr) {
                    on_other_delivery(*ready, std::move(bytes));
                } else {
                    send(to->down, *to, {now, link::packet::what::frame, delivery->kind, std::move(bytes), 0});
                }
                the_hub.handle_written(moment(), *ready);
            }
        }
    }

    /// Cuts the link of a client's present transport, if it has one.
    void cut(std::size_t i) {
        for (auto& l : links) {
            if (l.client != i || l.cut || !l.client_has_it) continue;
            l.cut = true;
            lose_suffix(l.up);
            lose_suffix(l.down);
            const auto behind = [&](const std::deque<link::packet>& packets) {
                return packets.empty() ? now : std::max(now, packets.back().at);
            };
            // A host of the service pings, so it learns at last; a client has its keep-alive.
            l.hub_learns = behind(l.up) + (chance(0.2) ? std::chrono::seconds(40) : between(min_latency, max_latency));
            if (chance(0.2)) {
                ++half_open;
            } else {
                l.client_learns = behind(l.down) + between(min_latency, max_latency);
            }
        }
    }

    std::optional<steady_time> next_step() const {
        std::optional<steady_time> next = the_hub.poll_timeout();
        const auto consider = [&](std::optional<steady_time> when) {
            if (when && (!next || *when < *next)) next = when;
        };
        for (const auto& m : clients) consider(m.c.poll_timeout());
        for (const auto& l : links) {
            if (!l.up.empty()) consider(l.up.front().at);
            if (!l.down.empty()) consider(l.down.front().at);
            consider(l.client_learns);
            consider(l.hub_learns);
        }
        return next;
    }

    /// Lets the time pass.
    void run_for(duration time) {
        const auto end = now + time;
        for (auto next = next_step(); next && *next <= end; next = next_step()) {
            now = std::max(now, *next);
            step();
        }
        now = end;
    }

private:
    static hub_options with_random(hub_options options, std::mt19937_64& random) {
        options.random = {&random, [](void* context, unsigned char* bytes, std::size_t size) {
                              auto& generator = *static_cast<std::mt19937_64*>(context);
                              for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(generator());
                          }};
        options.hash_seed = {random(), random()};
        return options;
    }

    link* link_of(std::size_t i, transport_id transport) {
        for (auto& l : links) {
            if (l.client == i && l.client_side == transport) return &l;
        }
        return nullptr;
    }

    link* link_of_hub(transport_id transport) {
        for (auto& l : links) {
            if (l.hub_has_it && l.hub_side == transport) return &l;
        }
        return nullptr;
    }

    void send(std::deque<link::packet>& queue, const link& l, link::packet packet) {
        if (l.cut) return;
        packet.at = now + between(min_latency, max_latency);
        if (!queue.empty()) packet.at = std::max(packet.at, queue.back().at);
        queue.push_back(std::move(packet));
    }

    void lose_suffix(std::deque<link::packet>& packets) { packets.resize(pick(packets.size() + 1)); }

    void take(std::size_t i, client_event& event) {
        if (const auto* open = std::get_if<client_events::open_transport>(&event)) {
            links.push_back({});
            auto& l = links.back();
            l.client = i;
            l.client_side = open->transport;
            send(l.up, l, {now, link::packet::what::open, frame_kind::text, open->url, 0});
        } else if (const auto* close = std::get_if<client_events::close_transport>(&event)) {
            auto* l = link_of(i, close->transport);
            if (l == nullptr) return;
            l->client_has_it = false;
            l->client_learns.reset();
            l->down.clear();
            if (close->code == close_code::none || !l->opened_at_client) {
                l->cut = true;
                if (!l->hub_learns) l->hub_learns = now + between(min_latency, max_latency);
                if (!l->up.empty()) l->hub_learns = std::max(*l->hub_learns, l->up.back().at);
            } else {
                send(l->up, *l, {now, link::packet::what::close, frame_kind::text, close->reason, close->code});
            }
        } else {
            on_client_event(i, event);
        }
    }

    void take(hub_event& event) {
        if (const auto* close = std::get_if<close_transport>(&event)) {
            if (auto* l = link_of_hub(close->transport)) {
                send(l->down, *l, {now, link::packet::what::close, frame_kind::text, close->reason, close->code});
                // The host waits for the peer no longer than for the frame to be sent.
                l->hub_has_it = false;
                l->hub_learns.reset();
                the_hub.handle_closed(moment(), close->transport, close->code, close->reason);
            }
        } else {
            on_hub_event(event);
        }
    }

    void step() {
        // Deliveries may add links, so they are walked by index.
        for (std::size_t i = 0; i < links.size(); ++i) {
            while (!links[i].up.empty() && links[i].up.front().at <= now) deliver_up(links[i]);
            while (!links[i].down.empty() && links[i].down.front().at <= now) deliver_down(links[i]);
            if (links[i].client_learns && *links[i].client_learns <= now) client_learns(links[i]);
            if (links[i].hub_learns && *links[i].hub_learns <= now) hub_learns(links[i]);
        }
        for (std::size_t i = 0; i < clients.size(); ++i) {
            if (const auto when = clients[i].c.poll_timeout(); when && *when <= now) {
                clients[i].c.handle_timeout(now);
                pump_client(i);
            }
        }
        if (const auto when = the_hub.poll_timeout(); when && *when <= now) {
            before_timeout();
            the_hub.handle_timeout(moment());
            pump_hub();
            after_timeout();
        }
        std::erase_if(links, [](const link& l) {
            return !l.client_has_it && !l.hub_has_it && l.up.empty() && l.down.empty() && !l.hub_learns;
        });
    }

    void deliver_up(link& l) {
        auto packet = std::move(l.up.front());
        l.up.pop_front();
        if (packet.kind == link::packet::what::open) {
            open(l, packet.bytes);
        } else if (!l.hub_has_it) {
            return;
        } else if (packet.kind == link::packet::what::close) {
            l.hub_has_it = false;
            the_hub.handle_closed(moment(), l.hub_side, static_cast<std::uint16_t>(packet.code), packet.bytes);
        } else {
            before_frame(the_hub.connection_of(l.hub_side));
            the_hub.handle_frame(moment(), l.hub_side, packet.frame, packet.bytes);
            pump_hub();
            after_frame();
        }
        pump_hub();
    }

    void open(link& l, const std::string& url) {
        auto request = clients[l.client].request;
        const auto parsed = parse_client_url(url).value();
        if (!parsed.target.connection_id.empty()) {
            request.recovery = recovery_request{parsed.target.connection_id, parsed.target.reconnection_token};
        }
        if (chance(refusal_rate)) {
            send(l.down, l, {now, link::packet::what::open_failed, frame_kind::text, {}, 503});
            return;
        }
        const auto outcome = the_hub.admit(moment(), std::move(request));
        if (const auto* yes = std::get_if<accepted>(&outcome)) {
            l.hub_side = yes->transport;
            l.hub_has_it = true;
            send(l.down, l, {now, link::packet::what::opened, frame_kind::text, yes->subprotocol, 101});
            the_hub.handle_opened(moment(), l.hub_side);
        } else {
            const auto& no = std::get<refused>(outcome);
            send(l.down, l, {now, link::packet::what::open_failed, frame_kind::text, {}, no.http_status});
        }
    }

    void deliver_down(link& l) {
        auto packet = std::move(l.down.front());
        l.down.pop_front();
        const auto i = l.client;
        auto& c = clients[i].c;
        if (!l.client_has_it) return;
        switch (packet.kind) {
        case link::packet::what::opened:
            l.opened_at_client = true;
            c.handle_opened(now, l.client_side, packet.bytes);
            break;
        case link::packet::what::open_failed:
            l.client_has_it = false;
            l.client_learns.reset();
            c.handle_open_failed(now, l.client_side, packet.code);
            break;
        case link::packet::what::close:
            l.client_has_it = false;
            l.client_learns.reset();
            c.handle_closed(now, l.client_side, static_cast<std::uint16_t>(packet.code), packet.bytes);
            break;
        default:
            // The loop drains events, so a frame is always taken.
            if (!c.handle_frame(now, l.client_side, packet.frame, packet.bytes)) std::abort();
        }
        pump_client(i);
    }

    void client_learns(link& l) {
        const auto i = l.client;
        l.client_learns.reset();
        if (!std::exchange(l.client_has_it, false)) return;
        if (l.opened_at_client) {
            clients[i].c.handle_closed(now, l.client_side, close_code::abnormal, {});
        } else {
            clients[i].c.handle_open_failed(now, l.client_side, 0);
        }
        pump_client(i);
    }

    void hub_learns(link& l) {
        l.hub_learns.reset();
        l.up.clear();
        if (!std::exchange(l.hub_has_it, false)) return;
        the_hub.handle_closed(moment(), l.hub_side, close_code::abnormal);
        pump_hub();
    }
};

} // namespace webpubsub::tests
