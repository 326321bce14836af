// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/invocations.hpp>
