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

#include <webpubsub/client/impl/client.ipp>
#include <webpubsub/client/impl/client_messages.ipp>
#include <webpubsub/client/impl/connector.ipp>
#include <webpubsub/client/impl/event_queue.ipp>
#include <webpubsub/client/impl/events.ipp>
#include <webpubsub/client/impl/frame_encoder.ipp>
#include <webpubsub/client/impl/group_state_table.ipp>
#include <webpubsub/client/impl/group_state_view.ipp>
#include <webpubsub/client/impl/group_states.ipp>
#include <webpubsub/client/impl/invocations.ipp>
#include <webpubsub/client/impl/link.ipp>
#include <webpubsub/client/impl/memberships.ipp>
#include <webpubsub/client/impl/orders.ipp>
#include <webpubsub/client/impl/outbox.ipp>
#include <webpubsub/client/impl/pending_events.ipp>
#include <webpubsub/client/impl/presets.ipp>
#include <webpubsub/client/impl/print.ipp>
#include <webpubsub/client/impl/published_stream.ipp>
#include <webpubsub/client/impl/publisher.ipp>
#include <webpubsub/client/impl/recovery_url.ipp>
#include <webpubsub/client/impl/requests.ipp>
#include <webpubsub/client/impl/subscriber.ipp>
#include <webpubsub/client/impl/unaccepted_fragments.ipp>
#include <webpubsub/cluster/impl/bus_channel.ipp>
#include <webpubsub/cluster/impl/bus_codec.ipp>
#include <webpubsub/cluster/impl/cluster_member.ipp>
#include <webpubsub/cluster/impl/cluster_member_calls.ipp>
#include <webpubsub/cluster/impl/node_id.ipp>
#include <webpubsub/cluster/parts/impl/asked_nodes.ipp>
#include <webpubsub/cluster/parts/impl/bus_line.ipp>
#include <webpubsub/cluster/parts/impl/bus_waits.ipp>
#include <webpubsub/cluster/parts/impl/calls.ipp>
#include <webpubsub/cluster/parts/impl/echoes.ipp>
#include <webpubsub/cluster/parts/impl/foreign_streams.ipp>
#include <webpubsub/cluster/parts/impl/interest.ipp>
#include <webpubsub/cluster/parts/impl/local_calls.ipp>
#include <webpubsub/cluster/parts/impl/node_life.ipp>
#include <webpubsub/cluster/parts/impl/node_table.ipp>
#include <webpubsub/cluster/parts/impl/outgoing.ipp>
#include <webpubsub/cluster/parts/impl/publications.ipp>
#include <webpubsub/cluster/parts/impl/received_numbers.ipp>
#include <webpubsub/cluster/parts/impl/relays.ipp>
#include <webpubsub/cluster/parts/impl/sending_room.ipp>
#include <webpubsub/cluster/parts/impl/sent_numbers.ipp>
#include <webpubsub/cluster/parts/impl/slow_members.ipp>
#include <webpubsub/cluster/parts/impl/state_exchange.ipp>
#include <webpubsub/codec/impl/frame_writer.ipp>
#include <webpubsub/codec/impl/json.ipp>
#include <webpubsub/codec/impl/json_decoder.ipp>
#include <webpubsub/codec/impl/json_decoder_completion.ipp>
#include <webpubsub/codec/impl/json_decoder_values.ipp>
#include <webpubsub/codec/impl/json_encoder.ipp>
#include <webpubsub/codec/impl/json_service.ipp>
#include <webpubsub/codec/impl/limits.ipp>
#include <webpubsub/codec/impl/protobuf.ipp>
#include <webpubsub/codec/impl/protobuf_decoder.ipp>
#include <webpubsub/codec/impl/protobuf_decoder_values.ipp>
#include <webpubsub/codec/impl/protobuf_encoder.ipp>
#include <webpubsub/codec/impl/protobuf_service.ipp>
#include <webpubsub/codec/impl/wire_any.ipp>
#include <webpubsub/filter/impl/condition_match.ipp>
#include <webpubsub/filter/impl/condition_parse.ipp>
#include <webpubsub/filter/impl/filter.ipp>
#include <webpubsub/hub/impl/hub.ipp>
#include <webpubsub/hub/impl/hub_commands.ipp>
#include <webpubsub/hub/impl/hub_node.ipp>
#include <webpubsub/hub/impl/options.ipp>
#include <webpubsub/hub/parts/impl/admissions.ipp>
#include <webpubsub/hub/parts/impl/close_reasons.ipp>
#include <webpubsub/hub/parts/impl/connection.ipp>
#include <webpubsub/hub/parts/impl/fan_out.ipp>
#include <webpubsub/hub/parts/impl/group_index.ipp>
#include <webpubsub/hub/parts/impl/group_states.ipp>
#include <webpubsub/hub/parts/impl/invocations.ipp>
#include <webpubsub/hub/parts/impl/outbound_queue.ipp>
#include <webpubsub/hub/parts/impl/outputs.ipp>
#include <webpubsub/hub/parts/impl/outputs_congestion.ipp>
#include <webpubsub/hub/parts/impl/pending_events.ipp>
#include <webpubsub/hub/parts/impl/request.ipp>
#include <webpubsub/hub/parts/impl/requests.ipp>
#include <webpubsub/hub/parts/impl/roster.ipp>
#include <webpubsub/hub/parts/impl/shared_frame.ipp>
#include <webpubsub/hub/parts/impl/sorted_names.ipp>
#include <webpubsub/hub/parts/impl/streams.ipp>
#include <webpubsub/hub/parts/impl/turn.ipp>
#include <webpubsub/hub/parts/impl/waiting_senders.ipp>
#include <webpubsub/impl/error.ipp>
#include <webpubsub/impl/result.ipp>
#include <webpubsub/messages/impl/metadata.ipp>
#include <webpubsub/messages/impl/print.ipp>
#include <webpubsub/messages/impl/row_checks.ipp>
#include <webpubsub/messages/impl/string_map.ipp>
#include <webpubsub/messages/impl/validity.ipp>
#include <webpubsub/support/impl/number_queue.ipp>
#include <webpubsub/support/impl/ordered_index.ipp>
#include <webpubsub/support/impl/random.ipp>
#include <webpubsub/support/impl/timer_table.ipp>
#include <webpubsub/support/impl/wire_reader.ipp>
#include <webpubsub/testing/impl/link.ipp>
#include <webpubsub/testing/impl/passing_failure.ipp>
#include <webpubsub/testing/impl/world.ipp>
#include <webpubsub/testing/impl/world_time.ipp>
#include <webpubsub/text/impl/base64.ipp>
#include <webpubsub/text/impl/base64_blocks.ipp>
#include <webpubsub/text/impl/endpoint.ipp>
#include <webpubsub/text/impl/json_text.ipp>
#include <webpubsub/text/impl/utf8.ipp>
#include <webpubsub/text/impl/websocket_address.ipp>

namespace webpubsub::inline WEBPUBSUB_MODE::testing {
template class basic_world<hub>;
} // namespace webpubsub::inline WEBPUBSUB_MODE::testing
