// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/turn.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/text/utf8.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL std::size_t turn::deliver(std::span<const std::uint32_t> to, const service_message& message,
                                         std::optional<payload_view> bare, std::uint32_t except, steady_time expires,
                                         const connection_filter& filter) {
    std::size_t delivered = 0;
    fan_out::shared_message shared(fan, out.encodings(), message, bare, expires);
    for (std::size_t i = 0; i < to.size(); ++i) {
        if (i + outputs::prefetch_later < to.size()) {
            out.prefetch(to[i + outputs::prefetch_soon], to[i + outputs::prefetch_later]);
        }
        const auto at = to[i];
        const auto& receiver = out[at];
        if (at == except || receiver.excluded || !shared.is_for(receiver.encoding)) continue;
        if (filter && !filter(connection_view(connections, at))) continue;
        auto& encoded = shared.in_encoding(receiver.encoding);
        if (!out.push_data(at, encoded.frame.get(), encoded.size)) continue;
        ++encoded.receivers;
        ++delivered;
        out.note_load(at);
    }
    return delivered;
}

WEBPUBSUB_DECL void turn::publish(std::optional<payload_view> bare, std::uint32_t publisher, bool no_echo,
                                  std::uint32_t ttl_seconds) {
    const auto& sent = fan.outgoing_group_message();
    const auto except = no_echo ? publisher : no_slot;
    if (reports.are_wanted()) {
        senders.use_room(sent.group);
        reports.push(
            hub_reports::published{sent, except == no_slot ? std::string() : connections[except].id, ttl_seconds});
        if (defer_publication(publisher)) return;
    }
    deliver(connections.groups().members(sent.group), fan.outgoing(), bare, except,
            end_of_life(std::chrono::seconds(ttl_seconds)));
}

WEBPUBSUB_DECL bool turn::defer_publication(std::uint32_t publisher) {
    if (!reports.defer_publications()) return false;
    if (publisher != no_slot) connections[publisher].has_published = true;
    return true;
}

WEBPUBSUB_DECL result<void> turn::check(payload_view data) const {
    const auto limit = options.frames.max_payload_size;
    if (data.bytes.size() > limit) {
        return error::exceeds(errc::frame_too_large, "frames.max_payload_size", limit, data.bytes.size());
    }
    return check_bytes(data);
}

WEBPUBSUB_DECL result<void> turn::check_bytes(payload_view data) const {
    return connections.codecs().empty() ? check_payload(data) : connections.codecs().front().check(data);
}

/// Metadata with a key twice would break the frame of a JSON client.
WEBPUBSUB_DECL result<void> turn::check(const string_map& metadata) const {
    if (auto checked = check_metadata(metadata); !checked) return checked;
    std::vector<std::string_view> keys;
    keys.reserve(metadata.size());
    for (const auto& entry : metadata) keys.push_back(entry.key);
    sort(keys);
    for (std::size_t i = 1; i < keys.size(); ++i) {
        if (keys[i] == keys[i - 1]) return error::about(errc::invalid_metadata, "metadata");
    }
    return {};
}

WEBPUBSUB_DECL result<void> turn::check(const service_error& told) const {
    const auto limit = options.frames.max_payload_size;
    const auto size = told.name.size() + told.message.size();
    if (size > limit) return error::exceeds(errc::frame_too_large, "frames.max_payload_size", limit, size);
    if (!is_utf8(told.name) || !is_utf8(told.message)) return errc::invalid_utf8;
    return {};
}

WEBPUBSUB_DECL result<void> turn::check(const string_map& metadata, const send_options& how) const {
    if (!metadata.empty()) {
        if (auto checked = check(metadata); !checked) return checked;
    }
    const auto life = how.time_to_live;
    if (life < life.zero() || life > max_time_to_live) return error::about(errc::invalid_field, "time_to_live");
    return {};
}

WEBPUBSUB_DECL result<std::size_t> turn::send(std::span<const std::uint32_t> to, std::string_view group,
                                              payload_view data, const send_options& how) {
    if (auto checked = check(data); !checked) return checked.error();
    if (auto checked = check(how.metadata, how); !checked) return checked.error();
    const auto sender = how.sender.empty() ? no_slot : connections.find(how.sender);
    if (group.empty()) {
        auto& message = fan.outgoing_server_message();
        message.data.type = data.type;
        message.data.bytes = data.bytes;
        message.metadata = how.metadata;
    } else {
        auto& message = fan.outgoing_group_message();
        message.group = group;
        message.data.type = data.type;
        message.data.bytes = data.bytes;
        message.metadata = how.metadata;
        message.from_user_id = sender == no_slot ? std::string() : connections[sender].user_id;
        message.stream.reset();
    }
    return deliver_outgoing(to, data, how, how.no_echo ? sender : no_slot);
}

WEBPUBSUB_DECL result<std::size_t> turn::pass_on(const group_data_message& message, const send_options& how) {
    if (auto checked = check_bytes(message.data); !checked) return checked.error();
    if (auto checked = check(message.metadata, how); !checked) return checked.error();
    fan.outgoing_group_message() = message;
    std::optional<payload_view> bare;
    if (!message.stream || !message.stream->end) bare = message.data;
    return deliver_outgoing(connections.groups().members(message.group), bare, how, no_slot);
}

WEBPUBSUB_DECL std::size_t turn::deliver_outgoing(std::span<const std::uint32_t> to, std::optional<payload_view> bare,
                                                  const send_options& how, std::uint32_t except) {
    struct marks {
        turn& of;
        std::span<const std::string> ids;
        void set(bool excluded) const {
            for (const auto& id : ids) {
                if (const auto at = of.connections.find(id); at != no_slot) of.out[at].excluded = excluded;
            }
        }
        ~marks() { set(false); }
    } const marked{*this, how.except};
    marked.set(true);
    return deliver(to, fan.outgoing(), bare, except, end_of_life(how.time_to_live), how.filter);
}

WEBPUBSUB_DECL void turn::send_control(std::uint32_t to, const service_message& message) {
    if (!out.has_transport(to) || out[to].close_scheduled) return;
    out.push_control(to, fan.encode(*connections.codec_of(to), message));
}

/// Text and binary data is what it says whichever codec has read it.
WEBPUBSUB_DECL bool turn::is_valid_data(std::uint32_t from, const payload& data) const {
    const auto* const codec = connections.codec_of(from);
    if (codec == nullptr) return true;
    const bool reads_json = codec->protocol().encoding == encoding::json;
    const bool checked_by_reader =
        data.type == data_type::text || data.type == data_type::binary || (data.type == data_type::json) == reads_json;
    return checked_by_reader || codec->check(data).has_value();
}

WEBPUBSUB_DECL bool turn::has_congested_member(std::string_view group) const {
    if (out.congested_count() == 0) return false;
    for (const auto member : connections.groups().members(group)) {
        if (out[member].congested) return true;
    }
    return false;
}

WEBPUBSUB_DECL std::vector<connection_handle> turn::take_free_senders() {
    std::vector<connection_handle> free;
    const auto relieved = senders.take_relieved();
    const bool here = out.take_relief();
    if (!senders.note_leaves(connections.leaves()) && !here) {
        // What other nodes say is about one group at a time, and there may be many.
        for (const auto& group : relieved) {
            const auto at = senders.find(group);
            if (at == senders.group_count() || is_congested(group)) continue;
            const auto taken = senders.take(at);
            free.insert(free.end(), taken.begin(), taken.end());
        }
        return free;
    }
    auto& elsewhere = senders.waited_for_elsewhere();
    std::string name;
    for (const auto* at = elsewhere.first(); at != nullptr; at = elsewhere.next_after(name)) {
        name = at->name();
        if (has_congested_member(name)) continue;
        elsewhere.erase(name);
        reports.push(hub_reports::group_relieved{name});
    }
    std::vector<connection_handle> own;
    for (std::size_t i = 0; i < senders.group_count();) {
        const auto& group = senders.group(i);
        if (!group.empty() && is_congested(group)) {
            ++i;
            continue;
        }
        auto& to = group.empty() ? own : free;
        const auto taken = senders.take(i);
        to.insert(to.end(), taken.begin(), taken.end());
    }
    for (const auto who : own) {
        const auto at = connections.find(who);
        if (at == no_slot) continue;
        if (out[at].congested) {
            senders.wait(who, {});
        } else {
            free.push_back(who);
        }
    }
    return free;
}

WEBPUBSUB_DECL steady_time turn::end_of_life(duration time_to_live) const noexcept {
    return time_to_live == duration::zero() ? steady_time::max() : add_saturating(now.steady, time_to_live);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
