// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/client_url.hpp>
#include <webpubsub/client/client.hpp>
#include <webpubsub/hub/hub.hpp>

#include "exploration/action.hpp"
#include "exploration/fingerprint.hpp"
#include "exploration/link.hpp"
#include "exploration/machines.hpp"
#include "exploration/observations.hpp"
#include "exploration/scenario.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::tests {

/// A state of two clients, a hub and the links between them, which have no latency: what happens next is a choice, and
/// `actions` are all there is to choose from. A copy is cheap: it shares the machines until it changes one.
///
/// A machine follows from what it was given, so two states are the same if their machines were given the same at the
/// same times and the same is under way.
class small_world {
public:
    static constexpr steady_time beginning{std::chrono::hours(1)};

    /// Both clients have been connected for a while and nothing has happened yet. `bytes` must outlive all copies.
    small_world(const scenario& plan, counted_bytes& bytes)
        : plan_(&plan),
          bytes_(&bytes),
          hub_(std::make_shared<hub_node>(plan, bytes)),
          cuts_left_(plan.cuts),
          early_left_(plan.early_timeouts) {
        auto& node = give_hub(action::what::operate, 0, 0);
        node.admit_witness(moment());
        node.drawn = bytes.drawn;
        for (std::size_t i = 0; i < client_count; ++i) {
            clients_[i] = std::make_shared<client_node>(new_client(plan.members[i], i));
            auto& started = change_client(i);
            require(started.machine.start(now_).has_value(), "a client starts");
            pump_client(i, started);
            while (!links_[i].up.empty() || !links_[i].down.empty()) {
                if (!links_[i].up.empty()) deliver_up(links_[i]);
                if (!links_[i].down.empty()) deliver_down(links_[i]);
            }
        }
        // The connections count as good.
        for (std::size_t i = 0; i < client_count; ++i) client_timeout(i);
    }

    const scenario& plan() const noexcept { return *plan_; }
    steady_time now() const noexcept { return now_; }
    const std::vector<link>& links() const noexcept { return links_; }
    const client& client_at(std::size_t i) const noexcept { return clients_[i]->machine; }
    const client_observations& seen_by_client(std::size_t i) const noexcept { return clients_[i]->seen; }
    const hub& the_hub() const noexcept { return hub_->machine; }
    const hub_observations& seen_by_hub() const noexcept { return hub_->seen; }
    operation next_operation(std::size_t i) const {
        return plan_->members[i].script[clients_[i]->seen.requests.size()];
    }

    std::uint64_t print() const {
        fingerprint f;
        for (const auto& node : clients_) f.add(node->history.value());
        f.add(hub_->history.value()).add(ticks()).add(std::uint64_t{cuts_left_} << 8 | early_left_);
        for (const auto& l : links_) l.add_to(f);
        return f.value();
    }

    /// All that can happen next; empty at the end of a run. `calm` tells whether nothing can but cuts and timers.
    std::vector<action> actions(bool& calm) const {
        using what = action::what;
        std::vector<action> found;
        for (std::uint8_t i = 0; i < client_count; ++i) {
            if (has_operations(i)) found.push_back({what::operate, i});
        }
        for (std::uint8_t i = 0; i < links_.size(); ++i) {
            const auto& l = links_[i];
            if (!l.up.empty()) found.push_back({what::deliver_up, i});
            if (!l.down.empty()) found.push_back({what::deliver_down, i});
            if (l.client_can_learn()) found.push_back({what::client_learns, i});
            if (l.hub_can_learn()) found.push_back({what::hub_learns, i});
        }
        calm = found.empty();
        add_timeouts(found, calm);
        if (cuts_left_ > 0) add_cuts(found);
        return found;
    }

    /// There is nothing left to do but to keep the connections alive.
    bool is_settled() const {
        for (std::size_t i = 0; i < client_count; ++i) {
            const auto& machine = clients_[i]->machine;
            if (has_operations(i) || machine.pending_requests() != 0 || machine.state() != client_state::connected) {
                return false;
            }
        }
        return std::all_of(links_.begin(), links_.end(),
                           [](const link& l) { return !l.cut && l.up.empty() && l.down.empty(); });
    }

    void take(const action& a) {
        using what = action::what;
        switch (a.kind) {
        case what::operate: operate(a.at); break;
        case what::deliver_up: deliver_up(links_[a.at]); break;
        case what::deliver_down: deliver_down(links_[a.at]); break;
        case what::cut:
        case what::cut_half_open: cut(links_[a.at], a.kind == what::cut_half_open); break;
        case what::client_learns: client_learns(links_[a.at]); break;
        case what::hub_learns: hub_learns(links_[a.at]); break;
        case what::client_timeout: client_timeout(a.at); break;
        case what::hub_timeout: hub_timeout(); break;
        }
        if (a.early) --early_left_;
        std::erase_if(links_, [](const link& l) { return l.is_over(); });
    }

    /// No more cuts, and time may pass once before something else.
    void calm_down() {
        cuts_left_ = 0;
        early_left_ = 1;
    }

    steady_time next_timeout(const action& a) const {
        return a.kind == action::what::hub_timeout ? *the_hub().poll_timeout() : *client_at(a.at).poll_timeout();
    }

    /// Ends the clients; their observations tell.
    void stop() {
        for (std::size_t i = 0; i < client_count; ++i) {
            auto& node = change_client(i);
            node.machine.stop(now_);
            pump_client(i, node);
        }
    }

private:
    std::uint64_t ticks() const noexcept { return static_cast<std::uint64_t>(now_.time_since_epoch().count()); }
    instant moment() const { return instant_at(now_); }
    bool has_operations(std::size_t i) const {
        return seen_by_client(i).requests.size() < plan_->members[i].script.size();
    }

    // The choices.

    void add_timeouts(std::vector<action>& found, bool calm) const {
        std::array<std::optional<steady_time>, client_count + 1> deadlines;
        for (std::size_t i = 0; i < client_count; ++i) deadlines[i] = clients_[i]->machine.poll_timeout();
        deadlines[client_count] = hub_->machine.poll_timeout();
        std::optional<steady_time> next;
        for (const auto& d : deadlines) {
            if (d && (!next || *d < *next)) next = d;
        }
        if (!next) return;
        // At the same moment is not early.
        const bool early = *next > now_ && (!calm || is_settled());
        if (early && early_left_ == 0) return;
        for (std::uint8_t i = 0; i <= client_count; ++i) {
            if (deadlines[i] != next) continue;
            found.push_back({i == client_count ? action::what::hub_timeout : action::what::client_timeout, i, early});
        }
    }

    void add_cuts(std::vector<action>& found) const {
        for (std::uint8_t i = 0; i < links_.size(); ++i) {
            const auto& l = links_[i];
            if (l.cut || !l.client_has_it()) continue;
            found.push_back({action::what::cut, i});
            if (plan_->half_open) found.push_back({action::what::cut_half_open, i});
        }
    }

    // Inputs: each belongs to one machine, which is copied first, and to its history.

    client_node& change_client(std::size_t i) {
        auto copy = std::make_shared<client_node>(*clients_[i]);
        auto& node = *copy;
        clients_[i] = std::move(copy);
        return node;
    }

    client_node& give_client(action::what kind, std::size_t i, std::uint64_t input) {
        auto& node = change_client(i);
        node.history.add(static_cast<std::uint64_t>(kind)).add(ticks()).add(input);
        return node;
    }

    hub_node& give_hub(action::what kind, std::uint64_t link, std::uint64_t input) {
        auto copy = std::make_shared<hub_node>(*hub_);
        auto& node = *copy;
        hub_ = std::move(copy);
        node.history.add(static_cast<std::uint64_t>(kind)).add(ticks()).add(link).add(input);
        bytes_->drawn = node.drawn;
        return node;
    }

    void operate(std::size_t i) {
        const auto what = next_operation(i);
        auto& node = give_client(action::what::operate, i, 0);
        node.ask(now_, what, std::string(1, static_cast<char>('a' + i)) + std::to_string(node.seen.requests.size()));
        pump_client(i, node);
    }

    void deliver_up(link& l) {
        const auto p = l.up.front();
        l.up.erase(l.up.begin());
        auto& node = give_hub(action::what::deliver_up, l.client << 32 | number_of(l.client_side), p.print);
        switch (p.kind) {
        case packet::what::open: open(node, l, *p.bytes); break;
        case packet::what::close:
            l.drop_hub();
            node.machine.handle_closed(moment(), l.hub_side, static_cast<std::uint16_t>(p.code), *p.bytes);
            break;
        default: node.machine.handle_frame(moment(), l.hub_side, p.frame, *p.bytes);
        }
        pump_hub(node);
    }

    void open(hub_node& node, link& l, const std::string& url) {
        auto request = request_of(plan_->members[l.client], l.client);
        const auto parsed = parse_client_url(url).value();
        if (!parsed.target.connection_id.empty()) {
            request.recovery = recovery_request{parsed.target.connection_id, parsed.target.reconnection_token};
        }
        const auto outcome = node.machine.admit(moment(), std::move(request));
        const auto& yes = std::get<accepted>(outcome);
        l.hub_side = yes.transport;
        l.hub_end = link::end::open;
        l.send_down({packet::what::opened, frame_kind::text, 0, yes.subprotocol});
        node.machine.handle_opened(moment(), l.hub_side);
    }

    void deliver_down(link& l) {
        const auto p = l.down.front();
        l.down.erase(l.down.begin());
        const auto i = l.client;
        auto& node = give_client(action::what::deliver_down, i, fingerprint().add(number_of(l.client_side)).add(p.print).value());
        switch (p.kind) {
        case packet::what::opened:
            l.opened_at_client = true;
            node.machine.handle_opened(now_, l.client_side, *p.bytes);
            break;
        case packet::what::close:
            l.drop_client();
            node.machine.handle_closed(now_, l.client_side, static_cast<std::uint16_t>(p.code), *p.bytes);
            break;
        default:
            require(node.machine.handle_frame(now_, l.client_side, p.frame, *p.bytes).has_value(), "frames are taken");
        }
        pump_client(i, node);
    }

    void cut(link& l, bool half_open) {
        --cuts_left_;
        l.cut = true;
        l.half_open = half_open;
        if (half_open) l.down.clear();
    }

    void client_learns(link& l) {
        const auto i = l.client;
        auto& node = give_client(action::what::client_learns, i, number_of(l.client_side));
        l.drop_client();
        if (l.opened_at_client) {
            node.machine.handle_closed(now_, l.client_side, close_code::abnormal, {});
        } else {
            node.machine.handle_open_failed(now_, l.client_side);
        }
        pump_client(i, node);
    }

    void hub_learns(link& l) {
        // A request to open may be lost as well.
        if (l.hub_end == link::end::not_yet) return l.drop_hub();
        auto& node = give_hub(action::what::hub_learns, l.client << 32 | number_of(l.client_side), 0);
        l.drop_hub();
        node.machine.handle_closed(moment(), l.hub_side, close_code::abnormal);
        pump_hub(node);
    }

    void client_timeout(std::size_t i) {
        now_ = std::max(now_, *client_at(i).poll_timeout());
        auto& node = give_client(action::what::client_timeout, i, 0);
        node.machine.handle_timeout(now_);
        pump_client(i, node);
    }

    void hub_timeout() {
        now_ = std::max(now_, *hub_->machine.poll_timeout());
        auto& node = give_hub(action::what::hub_timeout, 0, 0);
        node.machine.handle_timeout(moment());
        pump_hub(node);
    }

    // Outputs.

    link* link_of(std::size_t i, transport_id client_side) {
        for (auto& l : links_) {
            if (l.client == i && l.client_side == client_side) return &l;
        }
        return nullptr;
    }

    link* link_of_hub(transport_id hub_side) {
        for (auto& l : links_) {
            if (l.hub_has_it() && l.hub_side == hub_side) return &l;
        }
        return nullptr;
    }

    void pump_client(std::size_t i, client_node& node) {
        for (;;) {
            while (const auto order = node.machine.poll_order()) obey(i, *order);
            while (const auto event = node.machine.poll_event()) node.seen.take(*event);
            const auto message = node.machine.poll_transmit();
            if (!message) break;
            if (auto* to = link_of(i, message->transport)) {
                to->send_up({packet::what::frame, message->kind, 0, std::string(message->bytes())});
            }
            node.machine.handle_written(now_, message->transport);
        }
    }

    void obey(std::size_t i, const client_order& order) {
        if (const auto* asked = std::get_if<client_orders::open_transport>(&order)) {
            link added{i, asked->transport};
            added.send_up({packet::what::open, frame_kind::text, 0, asked->url});
            // In an order that does not tell whose came first.
            const auto place = std::find_if(links_.begin(), links_.end(), [&](const link& l) { return l.client > i; });
            links_.insert(place, std::move(added));
        } else if (const auto* close = std::get_if<client_orders::close_transport>(&order)) {
            auto* l = link_of(i, close->transport);
            if (l == nullptr) return;
            if (close->code == close_code::none || !l->opened_at_client) {
                l->cut = true;
            } else {
                l->send_up({packet::what::close, frame_kind::text, close->code, close->reason});
            }
            l->drop_client();
        } else {
            require(false, "a client that is read from and has a URL orders nothing else");
        }
    }

    void pump_hub(hub_node& node) {
        for (;;) {
            while (const auto order = node.machine.poll_order()) obey(node, *order);
            while (const auto event = node.machine.poll_event()) take(node, *event);
            const auto ready = node.machine.poll_ready();
            if (!ready) break;
            while (const auto delivery = node.machine.poll_transmit(*ready)) {
                auto bytes = std::string(delivery->prefix()).append(delivery->body());
                if (*ready == node.witness_transport) {
                    node.witness(bytes);
                } else if (auto* to = link_of_hub(*ready)) {
                    to->send_down({packet::what::frame, delivery->kind(), 0, std::move(bytes)});
                }
                node.machine.handle_written(moment(), *ready);
            }
        }
        node.drawn = bytes_->drawn;
        for (const auto& id : node.seen.connections) node.seen.note(id, node.machine.is_in_group(id, the_group));
    }

    void obey(hub_node& node, const hub_order& order) {
        if (const auto* close = std::get_if<hub_orders::close_transport>(&order)) {
            if (close->code == close_code::going_away) ++node.seen.fenced;
            if (auto* l = link_of_hub(close->transport)) {
                l->send_down({packet::what::close, frame_kind::text, close->code, close->reason});
                l->drop_hub();
                node.machine.handle_closed(moment(), close->transport, close->code, close->reason);
            }
        } else {
            require(false, "a hub whose deliveries are written at once orders nothing else");
        }
    }

    void take(hub_node& node, const hub_event& event) {
        auto& connections = node.seen.connections;
        if (const auto* begun = std::get_if<hub_events::client_connected>(&event)) {
            connections.push_back(begun->connection_id);
        } else if (const auto* gone = std::get_if<hub_events::client_disconnected>(&event)) {
            require(std::erase(connections, gone->connection_id) == 1, "a connection ends once");
            node.seen.note(gone->connection_id, false);
        }
    }

    const scenario* plan_;
    counted_bytes* bytes_;
    std::array<std::shared_ptr<const client_node>, client_count> clients_;
    std::shared_ptr<const hub_node> hub_;
    std::vector<link> links_;
    steady_time now_ = beginning;
    std::uint8_t cuts_left_;
    std::uint8_t early_left_;
};

} // namespace webpubsub::tests
