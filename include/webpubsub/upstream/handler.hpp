// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/upstream/event.hpp>
#include <webpubsub/upstream/url_template.hpp>
#include <webpubsub/upstream/user_event_pattern.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What an event is about, in the order of `upstream_event`.
enum class upstream_kind : std::uint8_t { connect, connected, disconnected, group_joined, group_left, user_event };

constexpr std::size_t upstream_kind_count = upstream_event::size;

WEBPUBSUB_COLD_INLINE upstream_kind kind_of(const upstream_event& event) noexcept {
    static_assert(upstream_kind_count == static_cast<std::size_t>(upstream_kind::user_event) + 1);
    return static_cast<upstream_kind>(event.index());
}

/// An event handler as the settings of a hub describe it (upstream.md section 1).
struct upstream_handler_settings {
    /// See `url_template`.
    std::string url_template{};
    /// See `user_event_pattern`.
    std::string user_event_pattern{};
    // The system events.
    bool connect = false;
    bool connected = false;
    bool disconnected = false;
    // Preview: the events of groups.
    bool group_joined = false;
    bool group_left = false;
    /// The names of the groups whose events these are; one that ends with a star stands for all that begin like it.
    /// Where there is no filter, it is all groups.
    std::vector<std::string> group_filters{};
};

/// An event handler whose settings have been checked.
class upstream_handler {
public:
    /// The errors are those of `url_template::parse` and `user_event_pattern::parse`, and invalid_group_name for a
    /// filter that no group can pass.
    [[nodiscard]] static result<upstream_handler> make(const upstream_handler_settings& settings);

    const url_template& url() const noexcept { return url_; }

    /// Whether some event of this kind may be for it.
    bool takes_any(upstream_kind kind) const noexcept { return kinds_[static_cast<std::size_t>(kind)]; }
    /// Whether an event is for it. The name is that of a user event, or the group of an event of groups.
    bool takes(upstream_kind kind, std::string_view name) const noexcept;

private:
    explicit upstream_handler(url_template&& url) noexcept : url_(std::move(url)) {}

    bool passes_filters(std::string_view group) const noexcept;

    url_template url_;
    user_event_pattern user_events_;
    bool kinds_[upstream_kind_count] = {};
    std::vector<std::string> group_filters_;
};

WEBPUBSUB_COLD_INLINE result<upstream_handler> upstream_handler::make(const upstream_handler_settings& settings) {
    auto url = url_template::parse(settings.url_template);
    if (!url) return url.error();
    auto user_events = user_event_pattern::parse(settings.user_event_pattern);
    if (!user_events) return user_events.error();
    for (const auto& filter : settings.group_filters) {
        // A star alone is the beginning of every name.
        if (!is_valid_group_name(filter)) return error(errc::invalid_group_name);
    }
    upstream_handler made(std::move(*url));
    const bool takes_user_events = *user_events != user_event_pattern();
    const bool kinds[] = {settings.connect,      settings.connected,  settings.disconnected,
                          settings.group_joined, settings.group_left, takes_user_events};
    std::copy(std::begin(kinds), std::end(kinds), made.kinds_);
    made.user_events_ = std::move(*user_events);
    made.group_filters_ = settings.group_filters;
    return made;
}

WEBPUBSUB_COLD_INLINE bool upstream_handler::takes(upstream_kind kind, std::string_view name) const noexcept {
    if (!takes_any(kind)) return false;
    if (kind == upstream_kind::user_event) return user_events_.matches(name);
    const bool of_group = kind == upstream_kind::group_joined || kind == upstream_kind::group_left;
    return !of_group || passes_filters(name);
}

WEBPUBSUB_COLD_INLINE bool upstream_handler::passes_filters(std::string_view group) const noexcept {
    const auto passes = [group](std::string_view filter) {
        if (!filter.ends_with('*')) return filter == group;
        filter.remove_suffix(1);
        return group.starts_with(filter);
    };
    return group_filters_.empty() || std::any_of(group_filters_.begin(), group_filters_.end(), passes);
}

/// The first handler that takes the event; none if no one does.
WEBPUBSUB_COLD_INLINE std::optional<std::size_t> find_handler(const std::vector<upstream_handler>& handlers,
                                                              upstream_kind kind, std::string_view name) noexcept {
    for (std::size_t i = 0; i < handlers.size(); ++i) {
        if (handlers[i].takes(kind, name)) return i;
    }
    return std::nullopt;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
