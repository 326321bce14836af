// SPDX-License-Identifier: MIT
#pragma once

#include "json_place.hpp"

#include <webpubsub/hub/options.hpp>

#include <string>
#include <string_view>

namespace emulator {

/// What `limits` of a hub says: those of `webpubsub::hub_options`, but for the ones of a host that keeps clients or
/// requests waiting until it has decided, which this one never does.
void read_limits(const json_place& from, webpubsub::hub_options& to);

/// All members of `limits` with these values, each on a line behind one with what it means.
std::string write_limits(webpubsub::hub_options from, std::string_view indent);

} // namespace emulator
