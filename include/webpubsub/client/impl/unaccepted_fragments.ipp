// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/unaccepted_fragments.hpp>
