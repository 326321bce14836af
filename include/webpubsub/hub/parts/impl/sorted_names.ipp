// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/sorted_names.hpp>

#include <cstdlib>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

inline int compare_names(const void* left, const void* right) noexcept {
    return static_cast<const std::string_view*>(left)->compare(*static_cast<const std::string_view*>(right));
}

WEBPUBSUB_COLD_DECL void sort(std::vector<std::string_view>& names) noexcept {
    // The function of C, since the templates of <algorithm> would be several times the code of the rest.
    if (!names.empty()) std::qsort(names.data(), names.size(), sizeof(names[0]), compare_names);
}

WEBPUBSUB_COLD_DECL std::vector<std::string_view> sorted(const std::vector<std::string>& names) {
    std::vector<std::string_view> views;
    views.reserve(names.size());
    for (const auto& name : names) views.push_back(name);
    sort(views);
    return views;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
