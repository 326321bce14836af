// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/frame_encoder.hpp>
