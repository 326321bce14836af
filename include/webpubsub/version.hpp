// SPDX-License-Identifier: MIT
#pragma once

/// The version of the library, read from here by both builds and by the installed package.
#define WEBPUBSUB_VERSION_MAJOR 0
#define WEBPUBSUB_VERSION_MINOR 2
#define WEBPUBSUB_VERSION_PATCH 0
