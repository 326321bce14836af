// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/group_states.hpp>
