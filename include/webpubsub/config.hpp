// SPDX-License-Identifier: MIT
#pragma once

#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "webpubsub needs C++20: compile with -std=c++20 or later."
// There is no such file: it ends the compilation here, before thousands of errors that follow from this one.
#include <webpubsub needs C++20>
#endif

// The library can be used in two ways, with the same headers:
//   - header-only, the default: every file that includes a header compiles the functions that it uses;
//   - compiled: with WEBPUBSUB_COMPILED defined the headers only declare, and one library, made of
//     <webpubsub/src.hpp>, holds the functions. CMake's target webpubsub::compiled defines it.
//
// The way is part of the names of all types and functions, by an inline namespace, so that objects of both ways can be
// linked into one program: each uses its own functions.

#ifdef WEBPUBSUB_COMPILED
#define WEBPUBSUB_DECL
#define WEBPUBSUB_MODE compiled
#else
#define WEBPUBSUB_DECL inline
#define WEBPUBSUB_MODE header_only
#endif

// The same for a function that is compiled for size: one that runs once for a connection or an error, or that waits for
// the network anyway, as all of a client does. It makes the code of a client a fifth smaller, and cheaper to compile.
// WEBPUBSUB_COLD_INLINE is for components, which are header-only in either mode.
#ifdef __GNUC__
#define WEBPUBSUB_COLD_DECL [[gnu::cold]] WEBPUBSUB_DECL
#define WEBPUBSUB_COLD_INLINE [[gnu::cold]] inline
#else
#define WEBPUBSUB_COLD_DECL WEBPUBSUB_DECL
#define WEBPUBSUB_COLD_INLINE inline
#endif
