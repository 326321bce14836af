// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_codec.hpp>
#include <webpubsub/cluster/bus_schema.hpp>
#include <webpubsub/codec/detail/frame_writer.hpp>
#include <webpubsub/codec/detail/protobuf_decoder.hpp>
#include <webpubsub/codec/detail/protobuf_encoder.hpp>
#include <webpubsub/support/wire_reader.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

inline constexpr std::size_t bus_node_bytes = node_id::size / 2;

} // namespace detail

WEBPUBSUB_DECL void append_bus_message(const bus_header& header, const bus_message& message, std::string& out) {
    char head[1 + detail::bus_node_bytes + 10];
    char* at = head;
    *at++ = static_cast<char>(bus_version);
    for (auto byte = detail::bus_node_bytes; byte-- > 0;) *at++ = static_cast<char>(header.from.number() >> (8 * byte));
    at = detail::write_varint(header.sequence << 1 | (header.begins_run ? 1 : 0), at);
    out.append(head, at);
    detail::protobuf_encoder(out, detail::bus_message_kinds[message.index()], message.data()).write_frame();
}

WEBPUBSUB_DECL result<bus_envelope> read_bus_envelope(std::string_view bytes, const bus_limits& limits) noexcept {
    if (bytes.empty()) return error(errc::invalid_field, 0);
    if (static_cast<std::uint8_t>(bytes.front()) != bus_version) return error(errc::unsupported_version, 0);
    if (bytes.size() > limits.max_bytes) {
        return error::exceeds(errc::frame_too_large, "max_bytes", limits.max_bytes, bytes.size());
    }
    if (bytes.size() <= 1 + detail::bus_node_bytes) return error(errc::invalid_field, bytes.size());
    std::uint64_t node = 0;
    for (const char byte : bytes.substr(1, detail::bus_node_bytes)) {
        node = node << 8 | static_cast<unsigned char>(byte);
    }
    const char* const end = bytes.data() + bytes.size();
    const auto sequence = detail::wire_reader::read_number(bytes.data() + 1 + detail::bus_node_bytes, end, 10);
    if (sequence.next == nullptr) return error(errc::invalid_field, 1 + detail::bus_node_bytes);
    return bus_envelope{{node_id::of_number(node), sequence.value >> 1, (sequence.value & 1) != 0},
                        {sequence.next, static_cast<std::size_t>(end - sequence.next)}};
}

WEBPUBSUB_DECL result<void> read_bus_message(std::string_view body, const decode_target<bus_message>& out,
                                             const bus_limits& limits) {
    codec_limits inner;
    inner.max_items = limits.max_items;
    const auto read = detail::protobuf_decoder(body, inner, detail::bus_message_table, detail::sink_into(out)).decode();
    if (read) return {};
    return read.error().code == errc::unknown_type ? error(errc::unsupported_version) : read.error();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
