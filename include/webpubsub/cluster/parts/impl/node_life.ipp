// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/node_life.hpp>

#include <algorithm>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// Of what all nodes should have alike, with the numbers of FNV-1a.
WEBPUBSUB_DECL std::uint64_t hash_of(const cluster_options& options) noexcept {
    std::uint64_t hash = 14695981039346656037u;
    const auto count_of = [](duration of) { return static_cast<std::uint64_t>(of.count()); };
    for (const std::uint64_t each :
         {static_cast<std::uint64_t>(options.order), static_cast<std::uint64_t>(options.alone),
          std::uint64_t{options.relays}, count_of(options.heartbeat), count_of(options.silence),
          count_of(options.memory), count_of(options.answer.value_or(duration::max())), count_of(options.subscription),
          std::uint64_t{options.bus.max_bytes}, std::uint64_t{options.bus.max_items}}) {
        for (int byte = 0; byte < 8; ++byte) hash = (hash ^ ((each >> (8 * byte)) & 0xFF)) * 1099511628211u;
    }
    return hash;
}

WEBPUBSUB_DECL node_life::node_life(const cluster_options& options)
    : nodes(options.silence, std::max(options.memory, options.silence), options.max_nodes),
      pulse(options.heartbeat, options.silence),
      heartbeat_(options.heartbeat),
      options_hash_(hash_of(options)) {}

WEBPUBSUB_DECL bus_messages::heartbeat node_life::beat(steady_time now, std::size_t connections, std::uint64_t line) {
    pulse.beat(now);
    bus_messages::heartbeat said{connections, options_hash_, {}, nodes.count(), line};
    for (const auto node : nodes.dead()) said.dead.push_back(node.to_string());
    return said;
}

WEBPUBSUB_DECL void node_life::begin(steady_time now) {
    if (!knows_nodes_from_) knows_nodes_from_ = add_saturating(now, heartbeat_);
}

WEBPUBSUB_DECL void node_life::pause() {
    pulse.stop();
    nodes.pause();
    knows_nodes_from_.reset();
}

WEBPUBSUB_DECL bool node_life::is_fatal(node_id self, node_id from, const bus_messages::heartbeat& said) const {
    const auto own = self.to_string();
    for (const auto& dead : said.dead) {
        if (dead != own) continue;
        if (nodes.is_alive(from)) return true;
        const auto living = nodes.count();
        return living < said.living || (living == said.living && from < self);
    }
    return false;
}

WEBPUBSUB_DECL bool node_life::is_other(node_id from, const bus_messages::heartbeat& said) {
    return said.options_hash != options_hash_ && nodes.is_alive(from) && differing_.insert(from).second;
}

WEBPUBSUB_DECL bool node_life::has_new_line(node_id from, const bus_messages::heartbeat& said) {
    if (!nodes.is_alive(from)) return false;
    const auto [known, is_first] = lines_.try_emplace(from, said.line);
    return std::exchange(known->second, said.line) != said.line || is_first;
}

WEBPUBSUB_DECL void node_life::begin_anew(steady_time now, node_id before) {
    pulse.stop();
    nodes.clear();
    // What still comes back of it is from nobody.
    nodes.bury(now, before);
    differing_.clear();
    lines_.clear();
    knows_nodes_from_ = add_saturating(now, heartbeat_);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
