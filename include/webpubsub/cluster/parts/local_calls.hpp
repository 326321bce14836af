// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/time.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// The most members in one answer.
inline constexpr std::uint32_t max_listed_members = 1000;

/// Does to the hub's connections what the command says; the reply has no number. Nothing happens to connections that
/// are not there. A command that no hub can do, because its group or its reason is none, reaches nobody.
WEBPUBSUB_DECL bus_messages::reply do_command(hub& local, instant now, const bus_messages::command& what);

/// Whether the hub has a connection that the command is for.
WEBPUBSUB_DECL bool has_targets(const hub& local, const bus_messages::audience& to);

WEBPUBSUB_DECL bus_messages::reply reply_with(bus_messages::reply_code code, std::uint64_t count = 0);

/// The hub's answer, without a number.
WEBPUBSUB_DECL bus_messages::reply answer_question(const hub& local, const bus_messages::question& about);

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/local_calls.ipp>
#endif
