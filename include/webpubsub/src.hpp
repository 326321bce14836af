// SPDX-License-Identifier: MIT
#pragma once

// Every function of webpubsub::webpubsub, for the one file of a program that compiles them: the library
// webpubsub::compiled, or a source of your own that includes nothing before this. All other files of the program are
// then compiled with WEBPUBSUB_COMPILED.

#ifndef WEBPUBSUB_COMPILED
#ifdef WEBPUBSUB_DECL
#error "Include <webpubsub/src.hpp> first, or define WEBPUBSUB_COMPILED: another header of webpubsub came before it."
#endif
#define WEBPUBSUB_COMPILED
#endif

#include <webpubsub/impl/error.ipp>
#include <webpubsub/impl/result.ipp>
