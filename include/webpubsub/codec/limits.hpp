// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/payload.hpp>
#include <webpubsub/result.hpp>

#include <cstddef>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a frame may hold, beside its size, which is for a client or a hub to limit.
struct codec_limits {
    /// How deep JSON may be nested, but for `data`; the message itself is level 1.
    std::size_t max_depth = 32;
    /// The same for the value of `data`, counted by itself, and for a payload that `check` looks at.
    std::size_t max_data_depth = 64;
    /// How many entries a group state or the metadata of a message may have.
    std::size_t max_map_entries = 4096;
    /// How many items a group state snapshot or update may have. The service sends at most 200 (subprotocols.md section
    /// 11).
    std::size_t max_items = 1000;
};

/// What a decoder had to change in a frame that it could read.
///
/// A JSON string may hold half of a surrogate pair as an escape, as in `"\ud83d"`: the grammar allows it (RFC 8259
/// section 8.2), and JavaScript writes it for a text that was cut inside an emoji. No UTF-8 stands for it. Where JSON
/// is handed on as it came (data of type json, properties that the protocol does not know) nothing is changed. In a
/// string that is decoded, U+FFFD takes the place of the half, the frame is no error, and these members tell where it
/// was. Who receives the message decides (design: a hub refuses the request with `BadRequest`, or drops it if it has no
/// ack id, and the connection goes on; a client delivers the message and tells the application).
struct decode_notes {
    /// A name, an id or another string that has a meaning for the protocol was changed: its JSON name, e.g. `group`.
    /// Null where none was. It points to memory that lives as long as the program.
    const char* replaced_in_name = nullptr;
    /// Data of type text was changed.
    bool replaced_in_text = false;

    constexpr bool empty() const noexcept { return replaced_in_name == nullptr && !replaced_in_text; }

    friend bool operator==(const decode_notes&, const decode_notes&) = default;
};

/// Whether the bytes of `data` are what its type says, so that they may be put into a frame as they are: one JSON
/// value, with arrays and objects nested `max_depth` deep, UTF-8, anything, a serialised Any. `errc::invalid_payload`,
/// with the offset where there is one.
WEBPUBSUB_DECL result<void> check_payload(payload_view data,
                                          std::size_t max_depth = codec_limits().max_data_depth) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/limits.ipp>
#endif
