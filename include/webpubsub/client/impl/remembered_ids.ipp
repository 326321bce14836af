// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/remembered_ids.hpp>
