// SPDX-License-Identifier: MIT
#pragma once

// WEBPUBSUB_TEST_SANITIZED is defined where a sanitizer slows everything down and replaces the allocation functions.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define WEBPUBSUB_TEST_SANITIZED
#endif
#endif
#if !defined(WEBPUBSUB_TEST_SANITIZED) && (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__))
#define WEBPUBSUB_TEST_SANITIZED
#endif
