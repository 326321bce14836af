// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/published_stream.hpp>
