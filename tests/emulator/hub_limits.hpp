// SPDX-License-Identifier: MIT
#pragma once

#include "json_place.hpp"

#include <webpubsub/hub/options.hpp>

#include <string>
#include <string_view>

namespace emulator {

/// What `limits` of a hub says: those of `webpubsub::hub_options`, but the two for a host that takes its time to answer
/// an upgrade, which this one never does.
void read_limits(const json_place& from, webpubsub::hub_options& to);

/// All members of `limits` with these values, each on a line behind one with what it means.
std::string write_limits(const webpubsub::hub_options& from, std::string_view indent);

} // namespace emulator
