// SPDX-License-Identifier: MIT
#pragma once

#include "cluster_link.hpp"
#include "hub_config.hpp"
#include "options.hpp"

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/service/service.hpp>

#include <functional>
#include <optional>

namespace emulator {

// What the options come to. Everything here throws `bad_files` where an option names what can't be used.

hub_config make_hub_config(const options& chosen);

/// Of each thread by its number, from 0 on; nothing for a service that stands alone.
using cluster_maker = std::function<std::optional<cluster_settings>(unsigned thread)>;
cluster_maker make_clusters(const options& chosen);

/// With the hubs as nodes of the cluster, where there is one.
hub_config as_nodes(hub_config config, const std::optional<cluster_settings>& cluster);

webpubsub::service make_service(const options& chosen, const hub_config& config,
                                const webpubsub::connection_string& as);

} // namespace emulator
