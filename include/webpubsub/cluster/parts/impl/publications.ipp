// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/publications.hpp>
#include <webpubsub/filter/connection_condition.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// The message of a publication on the channel of a group.
WEBPUBSUB_DECL group_data_message to_message(bus_messages::publication&& from) {
    return {std::nullopt,
            std::move(from.group),
            std::move(from.data),
            std::move(from.from_user_id),
            std::move(from.metadata),
            std::move(from.stream)};
}

/// A message of the application, as it is told to other nodes.
WEBPUBSUB_DECL bus_messages::publication to_publication(payload_view data, const cluster_send_options& how) {
    bus_messages::publication made;
    made.data = data.to_payload();
    made.metadata = how.metadata;
    made.to.except = how.except;
    made.to.filter = how.filter;
    if (how.time_to_live.count() != 0) {
        made.to.time_to_live_ms = static_cast<std::uint64_t>(how.time_to_live.count());
    }
    return made;
}

/// Gives a message to those of this hub's connections whom the channel and the options name.
WEBPUBSUB_DECL result<std::size_t> send_here(member_turn& during, const bus_channel& channel, payload_view data,
                                             const send_options& how) {
    switch (channel.kind) {
    case bus_channel_kind::group: return during.local.send_to_group(during.now, channel.name, data, how);
    case bus_channel_kind::user: return during.local.send_to_user(during.now, channel.name, data, how);
    case bus_channel_kind::node: return during.local.send_to_connection(during.now, channel.name, data, how);
    case bus_channel_kind::all: break;
    }
    return during.local.send_to_all(during.now, data, how);
}

/// Options for this hub; they refer to the arguments.
WEBPUBSUB_DECL send_options options_here(const std::vector<std::string>& except, const string_map& metadata,
                                         std::chrono::milliseconds time_to_live,
                                         const std::optional<connection_condition>& filter) {
    send_options here;
    here.except = except;
    here.metadata = metadata;
    here.time_to_live = time_to_live;
    if (filter) here.filter = connection_filter(*filter);
    return here;
}

/// Nothing for an empty filter.
WEBPUBSUB_DECL result<std::optional<connection_condition>> read_filter(const std::string& text) {
    if (text.empty()) return std::optional<connection_condition>();
    auto parsed = condition::parse(text);
    if (!parsed) return error::about(errc::invalid_argument, "filter");
    return std::optional(connection_condition(std::move(*parsed)));
}

WEBPUBSUB_DECL void publications::publish(member_turn& during, hub_reports::published&& what) {
    const bus_channel channel{bus_channel_kind::group, what.message.group};
    bus_messages::publication made;
    if (what.ttl_seconds != 0) made.to.time_to_live_ms = std::uint64_t{what.ttl_seconds} * 1000;
    made.is_delivered = during.options.order != bus_order_rule::by_bus;
    if (!made.is_delivered) {
        if (!what.without.empty()) made.to.except.push_back(std::move(what.without));
        made.is_delivered = !during.comes_back(channel);
        if (made.is_delivered) {
            const auto here = options_here(made.to.except, {}, std::chrono::seconds(what.ttl_seconds), std::nullopt);
            static_cast<void>(during.node.deliver(during.now, what.message, here));
        }
    }
    made.group = channel.name;
    made.from_user_id = std::move(what.message.from_user_id);
    made.data = std::move(what.message.data);
    made.metadata = std::move(what.message.metadata);
    made.stream = std::move(what.message.stream);
    publish(during, channel, std::move(made));
}

/// What can't come back, because the bus does not take it, is given to this node's connections now.
WEBPUBSUB_DECL void publications::publish(member_turn& during, const bus_channel& channel,
                                          bus_messages::publication&& what) {
    bus_message message(std::move(what));
    if (!during.publish(channel, message)) {
        handle(during, channel, during.self, std::move(*get_if<bus_messages::publication>(&message)));
    }
}

WEBPUBSUB_DECL result<void> publications::send(member_turn& during, const bus_channel& channel, payload_view data,
                                               const cluster_send_options& how) {
    const auto filter = read_filter(how.filter);
    if (!filter) return filter.error();
    auto here = options_here(how.except, how.metadata, how.time_to_live, *filter);
    here.sender = how.sender;
    here.no_echo = how.no_echo;
    const bool is_delivered = !during.comes_back(channel);
    // A message to nobody is checked all the same.
    const bus_channel nobody{bus_channel_kind::node, {}};
    if (const auto sent = send_here(during, is_delivered ? channel : nobody, data, here); !sent) return sent.error();

    auto made = to_publication(data, how);
    if (channel.kind == bus_channel_kind::group) {
        made.group = channel.name;
        made.from_user_id = during.local.user_of(how.sender);
        during.node.use_room(channel.name);
    }
    if (how.no_echo && !how.sender.empty()) made.to.except.push_back(how.sender);
    made.is_delivered = is_delivered;
    publish(during, channel, std::move(made));
    return {};
}

WEBPUBSUB_DECL result<void> publications::send_to_connection(member_turn& during, std::string_view connection_id,
                                                             payload_view data, const cluster_send_options& how) const {
    const auto owner = node_id::of_connection(connection_id);
    const bool is_here = !owner || *owner == during.self;
    const auto filter = read_filter(how.filter);
    if (!filter) return filter.error();
    auto here = options_here(how.except, how.metadata, how.time_to_live, *filter);
    here.sender = how.sender;
    here.no_echo = how.no_echo;
    const bus_channel target{bus_channel_kind::node, std::string(is_here ? connection_id : std::string_view())};
    if (const auto sent = send_here(during, target, data, here); !sent) return sent.error();
    if (is_here) return {};
    auto made = to_publication(data, how);
    made.to.connection_id = connection_id;
    if (how.no_echo && !how.sender.empty()) made.to.except.push_back(how.sender);
    during.publish_to(*owner, std::move(made));
    return {};
}

WEBPUBSUB_DECL void publications::handle(member_turn& during, const bus_channel& channel, node_id from,
                                         bus_messages::publication&& what) {
    if (from == during.self && what.is_delivered) return;
    const auto filter = read_filter(what.to.filter);
    const bool is_for_group = channel.kind == bus_channel_kind::group;
    const auto life = std::min(what.to.time_to_live_ms.value_or(0), std::uint64_t{1} << 40);
    if (!filter || (is_for_group && what.group != channel.name)) {
        ++during.counters.malformed;
        return;
    }
    // What has no time left is not for anybody.
    if (what.to.time_to_live_ms && life == 0) return;
    const auto to = std::move(what.to);
    auto here = options_here(to.except, {}, std::chrono::milliseconds(static_cast<std::int64_t>(life)), *filter);
    const auto sent = [&]() -> result<std::size_t> {
        if (is_for_group) {
            const auto message = to_message(std::move(what));
            if (from != during.self && !streams_.note(from, message)) ++during.counters.over_limit;
            return during.node.deliver(during.now, message, here);
        }
        here.metadata = std::move(what.metadata);
        const bool is_for_one = channel.kind == bus_channel_kind::node;
        return send_here(during, is_for_one ? bus_channel{channel.kind, to.connection_id} : channel, what.data, here);
    }();
    if (!sent) ++during.counters.malformed;
}

WEBPUBSUB_DECL void publications::handle_lost(member_turn& during, node_id node) {
    for (const auto& end : streams_.take_lost(node)) static_cast<void>(during.node.deliver(during.now, end));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
