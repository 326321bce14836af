// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/group_state_view.hpp>
