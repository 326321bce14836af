// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/client_url.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/testing/passing_failure.hpp>

#include "exploration/action.hpp"
#include "exploration/client_node.hpp"
#include "exploration/fingerprint.hpp"
#include "exploration/hub_node.hpp"
#include "exploration/link.hpp"
#include "exploration/scenario.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::tests {

/// Clients, a hub and the links between them, which have no latency: what happens next is up to the caller. A copy is
/// cheap: it shares the machines until it changes one.
///
/// A machine follows from what it was given, so two states are the same if their machines were given the same at the
/// same times and the same is under way.
class small_network {
public:
    static constexpr steady_time beginning{std::chrono::hours(1)};

    const scenario& plan() const noexcept { return *plan_; }
    steady_time now() const noexcept { return now_; }
    const std::vector<link>& links() const noexcept { return links_; }
    std::size_t client_count() const noexcept { return clients_.size(); }
    const client& client_at(std::size_t i) const noexcept { return clients_[i]->machine; }
    const client_observations& seen_by_client(std::size_t i) const noexcept { return clients_[i]->seen; }
    const hub& the_hub() const noexcept { return hub_->machine; }
    const hub_observations& seen_by_hub() const noexcept { return hub_->seen; }
    const hub_node& hub_side() const noexcept { return *hub_; }
    const client_node& client_side(std::size_t i) const noexcept { return *clients_[i]; }

protected:
    /// `bytes` must outlive all copies.
    small_network(const scenario& plan, counted_bytes& bytes)
        : plan_(&plan), bytes_(&bytes), hub_(std::make_shared<hub_node>(plan, bytes)) {
        auto& node = give_hub(action::what::operate, 0, 0);
        node.admit_witness(moment());
        node.drawn = bytes.drawn;
        for (std::size_t i = 0; i < plan.members.size(); ++i) {
            clients_.push_back(std::make_shared<client_node>(plan, i));
            auto& added = change_client(i);
            require(added.machine.start(now_).has_value(), "a client starts");
            pump_client(i, added);
        }
    }

    std::uint64_t print() const {
        fingerprint f;
        for (const auto& node : clients_) f.add(node->history.value());
        f.add(hub_->history.value()).add(ticks());
        for (const auto& l : links_) l.add_to(f);
        return f.value();
    }

    // Inputs: each belongs to one machine, which is copied first if another state has it too, and to its history.

    void operate(std::size_t i, const operation& what) {
        auto& node = give_client(action::what::operate, i, static_cast<std::uint64_t>(what.what));
        node.ask(now_, what);
        pump_client(i, node);
    }

    void stop(std::size_t i) {
        auto& node = change_client(i);
        node.machine.stop(now_);
        pump_client(i, node);
    }

    void answer(std::size_t question, bool well) {
        auto& node = give_hub(well ? action::what::answer : action::what::refuse, 0, question);
        const auto busy = node.questions[question].connection;
        node.answer(question, well, moment());
        pump_hub(node, {busy});
    }

    void deliver_up(link& l) {
        const auto p = take_first(l.up);
        auto& node = give_hub(action::what::deliver_up, l.client << 32 | number_of(l.client_side), p.print);
        switch (p.kind) {
        case packet::what::open: open(node, l, *p.bytes); break;
        case packet::what::close:
            l.drop_hub();
            node.machine.handle_closed(moment(), l.hub_side, static_cast<std::uint16_t>(p.code), *p.bytes);
            break;
        default:
            if (auto& failed = node.failed[l.client]; !failed.empty()) failed.pass(read(l.client, p));
            node.machine.handle_frame(moment(), l.hub_side, p.frame, *p.bytes);
        }
        pump_hub(node);
    }

    /// What a failure that passes answers to the first packet, if there is such an answer.
    std::optional<service_message> failure_of_first(const link& l) const {
        if (l.up.empty() || l.up.front().kind != packet::what::frame) return std::nullopt;
        if (has_answers_waiting(the_hub(), the_hub().connection_of(l.hub_side))) return std::nullopt;
        const auto said = read(l.client, l.up.front());
        if (!hub_->failed[l.client].may_fail(said)) return std::nullopt;
        return webpubsub::testing::passing_failure(said);
    }

    void fail_up(link& l) {
        const auto failed = *failure_of_first(l);
        const auto p = take_first(l.up);
        auto& node = give_hub(action::what::fail_up, l.client << 32 | number_of(l.client_side), p.print);
        node.failed[l.client].fail(read(l.client, p));
        std::string frame;
        const auto& service = clients_[l.client]->service;
        require(service.encode(failed, frame).has_value(), "an answer can be encoded");
        l.send_down({packet::what::frame, service.protocol().frames(), 0, std::move(frame)});
    }

    void deliver_down(link& l) {
        const auto p = take_first(l.down);
        const auto i = l.client;
        auto& node = give_client(action::what::deliver_down, i,
                                 fingerprint().add(number_of(l.client_side)).add(p.print).value());
        switch (p.kind) {
        case packet::what::opened:
            l.opened_at_client = true;
            node.machine.handle_opened(now_, l.client_side, *p.bytes);
            break;
        case packet::what::close:
            l.drop_client();
            node.machine.handle_closed(now_, l.client_side, static_cast<std::uint16_t>(p.code), *p.bytes);
            break;
        default: {
            service_message said;
            require(node.form.decode(*p.bytes, said).has_value(), "a client understands");
            node.wire.note(said);
            require(node.machine.handle_frame(now_, l.client_side, p.frame, *p.bytes).has_value(), "frames are taken");
        }
        }
        pump_client(i, node);
    }

    static void cut(link& l, bool half_open) {
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
        now_ = std::max(now_, client_at(i).poll_timeout().value_or(now_));
        auto& node = give_client(action::what::client_timeout, i, 0);
        node.machine.handle_timeout(now_);
        pump_client(i, node);
    }

    void hub_timeout() {
        now_ = std::max(now_, hub_->machine.poll_timeout().value_or(now_));
        auto& node = give_hub(action::what::hub_timeout, 0, 0);
        node.machine.handle_timeout(moment());
        // What was not answered in time lets others go on.
        pump_hub(node, std::vector<std::string>(node.seen.connections));
    }

    void forget_links() {
        std::erase_if(links_, [](const link& l) { return l.is_over(); });
    }

    std::vector<link>& change_links() noexcept { return links_; }

private:
    std::uint64_t ticks() const noexcept { return static_cast<std::uint64_t>(now_.time_since_epoch().count()); }
    instant moment() const { return instant_at(now_); }

    client_message read(std::size_t i, const packet& p) const {
        client_message said;
        require(clients_[i]->service.decode(*p.bytes, said).has_value(), "a service understands");
        return said;
    }

    static packet take_first(std::vector<packet>& way) {
        auto first = std::move(way.front());
        way.erase(way.begin());
        return first;
    }

    template <class Node>
    static Node& own(std::shared_ptr<Node>& node) {
        if (node.use_count() > 1) node = std::make_shared<Node>(*node);
        return *node;
    }

    client_node& change_client(std::size_t i) { return own(clients_[i]); }

    client_node& give_client(action::what kind, std::size_t i, std::uint64_t input) {
        auto& node = change_client(i);
        node.history.add(static_cast<std::uint64_t>(kind)).add(ticks()).add(input);
        return node;
    }

    hub_node& give_hub(action::what kind, std::uint64_t link, std::uint64_t input) {
        auto& node = own(hub_);
        node.history.add(static_cast<std::uint64_t>(kind)).add(ticks()).add(link).add(input);
        bytes_->drawn = node.drawn;
        return node;
    }

    void open(hub_node& node, link& l, const std::string& url) {
        auto request = request_of(plan_->members[l.client], l.client);
        const auto parsed = parse_client_url(url).value();
        if (!parsed.target.connection_id.empty()) {
            request.recovery = recovery_request{parsed.target.connection_id, parsed.target.reconnection_token};
        }
        const auto outcome = node.machine.admit(moment(), std::move(request));
        const auto& yes = get<accepted>(outcome);
        l.hub_side = yes.transport;
        l.hub_end = link::end::open;
        l.send_down({packet::what::opened, frame_kind::text, 0, yes.subprotocol});
        node.machine.handle_opened(moment(), l.hub_side);
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
            while (const auto event = node.machine.poll_event()) {
                node.seen.take(*event);
                node.wire.note(*event, node.machine);
            }
            const auto message = node.machine.poll_transmit();
            if (!message) break;
            client_message said;
            require(node.service.decode(message->bytes(), said).has_value(), "a service understands");
            node.wire.note(said, node.seen);
            if (auto* to = link_of(i, message->transport)) {
                to->send_up({packet::what::frame, message->kind, 0, std::string(message->bytes())});
            }
            node.machine.handle_written(now_, message->transport);
        }
    }

    void obey(std::size_t i, const client_order& order) {
        if (const auto* asked = get_if<client_orders::open_transport>(&order)) {
            link added{i, asked->transport};
            added.send_up({packet::what::open, frame_kind::text, 0, asked->url});
            // In an order that does not tell whose came first.
            const auto place = std::find_if(links_.begin(), links_.end(), [&](const link& l) { return l.client > i; });
            links_.insert(place, std::move(added));
        } else if (const auto* close = get_if<client_orders::close_transport>(&order)) {
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

    /// Those connections may have had several requests executed.
    void pump_hub(hub_node& node, const std::vector<std::string>& busy = {}) {
        for (;;) {
            while (const auto order = node.machine.poll_order()) obey(node, *order);
            while (auto event = node.machine.poll_event()) node.take(*event, moment());
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
        node.look(busy);
    }

    void obey(hub_node& node, const hub_order& order) {
        if (const auto* close = get_if<hub_orders::close_transport>(&order)) {
            if (close->code == close_code::going_away) ++node.seen.fenced;
            require(close->transport != node.witness_transport, "the witness is not closed");
            auto* const l = link_of_hub(close->transport);
            if (l == nullptr) return;
            l->send_down({packet::what::close, frame_kind::text, close->code, close->reason});
            l->drop_hub();
            node.machine.handle_closed(moment(), close->transport, close->code, close->reason);
        } else if (const auto* pause = get_if<hub_orders::pause_reading>(&order)) {
            if (auto* l = link_of_hub(pause->transport)) l->hub_reads = false;
        } else if (const auto* resume = get_if<hub_orders::resume_reading>(&order)) {
            if (auto* l = link_of_hub(resume->transport)) l->hub_reads = true;
        } else {
            require(false, "a hub without questions to its host orders nothing else");
        }
    }

    const scenario* plan_;
    counted_bytes* bytes_;
    std::vector<std::shared_ptr<client_node>> clients_;
    std::shared_ptr<hub_node> hub_;
    std::vector<link> links_;
    steady_time now_ = beginning;
};

} // namespace webpubsub::tests
