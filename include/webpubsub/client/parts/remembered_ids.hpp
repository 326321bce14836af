// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/shared_bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// A limited number of ids and of their bytes; beyond either limit the oldest are forgotten.
class remembered_ids {
public:
    remembered_ids(std::size_t max_count, std::size_t max_bytes) noexcept
        : max_count_(max_count), max_bytes_(max_bytes) {}

    std::size_t size() const noexcept { return ages_.size(); }
    bool contains(std::string_view id) const { return ages_.contains(id); }

    /// One that is not there yet.
    void add(std::string_view id);
    /// True if it was there.
    bool remove(std::string_view id);
    void clear() noexcept;

private:
    struct less {
        using is_transparent = void;
        bool operator()(const detail::shared_bytes& a, const detail::shared_bytes& b) const noexcept {
            return a.view() < b.view();
        }
        bool operator()(const detail::shared_bytes& a, std::string_view b) const noexcept { return a.view() < b; }
        bool operator()(std::string_view a, const detail::shared_bytes& b) const noexcept { return a < b.view(); }
    };

    std::size_t max_count_;
    std::size_t max_bytes_;
    std::map<detail::shared_bytes, std::uint64_t, less> ages_;
    /// The oldest has the least number.
    std::map<std::uint64_t, detail::shared_bytes> by_age_;
    std::size_t bytes_ = 0;
    std::uint64_t last_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/remembered_ids.ipp>
#endif
