// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/shared_bytes.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// A stream as its subscribers name it, in somebody else's memory.
struct stream_name {
    std::string_view group;
    std::string_view stream_id;
};

/// The same with memory of its own, which copies share.
class stream_key {
public:
    explicit stream_key(const stream_name& name)
        : bytes_(std::string(name.group).append(name.stream_id)), group_size_(name.group.size()) {}

    stream_name name() const noexcept {
        return {bytes_.view().substr(0, group_size_), bytes_.view().substr(group_size_)};
    }

private:
    detail::shared_bytes bytes_;
    std::size_t group_size_;
};

struct stream_key_less {
    using is_transparent = void;

    static bool is_less(const stream_name& a, const stream_name& b) noexcept {
        const int order = a.group.compare(b.group);
        return order != 0 ? order < 0 : a.stream_id < b.stream_id;
    }
    bool operator()(const stream_key& a, const stream_key& b) const noexcept { return is_less(a.name(), b.name()); }
    bool operator()(const stream_key& a, const stream_name& b) const noexcept { return is_less(a.name(), b); }
    bool operator()(const stream_name& a, const stream_key& b) const noexcept { return is_less(a, b.name()); }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
