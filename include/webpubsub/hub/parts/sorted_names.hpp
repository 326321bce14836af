// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL void sort(std::vector<std::string_view>& names) noexcept;

/// Views of the names in their order, those that are there twice next to each other.
WEBPUBSUB_DECL std::vector<std::string_view> sorted(const std::vector<std::string>& names);

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/sorted_names.ipp>
#endif
