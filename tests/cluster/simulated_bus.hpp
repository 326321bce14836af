// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/cluster/bus_order.hpp>
#include <webpubsub/variant.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// A broker and the lines to it, as queues that the test moves on: what one node sends stays in its order, and nothing
/// else is promised.
namespace simulated {

using namespace webpubsub;

/// What a node hears from the broker.
struct bus_input {
    bus_channel channel;
    /// A message; without a value the broker has subscribed the node to the channel.
    std::optional<std::string> bytes{};
};

class bus {
public:
    explicit bus(std::size_t nodes) : lines_(nodes) {}

    std::size_t size() const { return lines_.size(); }

    void connect(std::size_t node) { lines_[node].is_connected = true; }
    /// What is on its way is lost, and the broker forgets the node.
    void cut(std::size_t node) { lines_[node] = line(); }
    bool is_connected(std::size_t node) const { return lines_[node].is_connected; }
    /// A line that takes everything and carries nothing.
    void set_mute(std::size_t node, bool mute) { lines_[node].is_mute = mute; }

    void obey(std::size_t node, const bus_order& order) {
        if (watch) watch(node, order);
        auto& its = lines_[node];
        const bool is_published = holds_alternative<bus_orders::publish>(order);
        if (its.is_connected && !its.is_mute) its.up.push_back(order);
        if (its.is_mute && !is_published) its.has_forgotten = true;
        if (is_published) ++published;
    }

    /// The broker takes the next order of the node; false if there is none.
    bool move_up(std::size_t node) {
        auto& its = lines_[node];
        if (its.up.empty()) return false;
        const auto order = std::move(its.up.front());
        its.up.pop_front();
        if (const auto* const subscribe = get_if<bus_orders::subscribe>(&order)) {
            its.subscribed.insert(subscribe->channel);
            its.down.push_back({subscribe->channel});
        } else if (const auto* const unsubscribe = get_if<bus_orders::unsubscribe>(&order)) {
            its.subscribed.erase(unsubscribe->channel);
        } else {
            const auto& message = get<bus_orders::publish>(order);
            for (auto& to : lines_) {
                if (!to.subscribed.contains(message.channel)) continue;
                if (!to.is_mute) to.down.push_back({message.channel, message.bytes});
            }
        }
        return true;
    }

    /// What the node hears next.
    std::optional<bus_input> move_down(std::size_t node) {
        auto& waiting = lines_[node].down;
        if (waiting.empty()) return std::nullopt;
        auto next = std::move(waiting.front());
        waiting.pop_front();
        return next;
    }

    /// The next message for the node is lost, or comes twice; false if there is none.
    bool lose_next(std::size_t node) {
        auto& waiting = lines_[node].down;
        if (!next_is_message(node)) return false;
        waiting.pop_front();
        return true;
    }
    bool repeat_next(std::size_t node) {
        auto& waiting = lines_[node].down;
        if (!next_is_message(node)) return false;
        waiting.push_front(waiting.front());
        return true;
    }

    bool next_is_message(std::size_t node) const {
        return !lines_[node].down.empty() && lines_[node].down.front().bytes.has_value();
    }
    std::size_t up(std::size_t node) const { return lines_[node].up.size(); }
    std::size_t down(std::size_t node) const { return lines_[node].down.size(); }
    bool is_subscribed(std::size_t node, const bus_channel& channel) const {
        return lines_[node].subscribed.contains(channel);
    }
    const std::set<bus_channel>& subscriptions(std::size_t node) const { return lines_[node].subscribed; }
    /// Whether orders about subscriptions were lost on the line, after which a real one can't go on.
    bool has_forgotten(std::size_t node) const { return lines_[node].has_forgotten; }

    /// Is told of every order that a node gives, whatever becomes of it.
    std::function<void(std::size_t node, const bus_order& order)> watch{};

    /// How many messages nodes have published.
    std::size_t published = 0;

private:
    struct line {
        bool is_connected = false;
        bool is_mute = false;
        bool has_forgotten = false;
        std::deque<bus_order> up;
        std::deque<bus_input> down;
        std::set<bus_channel> subscribed;
    };

    std::vector<line> lines_;
};

} // namespace simulated
