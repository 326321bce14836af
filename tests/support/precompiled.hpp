// SPDX-License-Identifier: MIT
#pragma once

// What most tests of clients and hubs include. The build compiles it once and gives it to each of their files, which
// include what they need all the same.

#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/testing/world.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
