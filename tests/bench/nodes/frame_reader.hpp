// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench_nodes {

/// Takes a server's WebSocket frames apart as their bytes come, and keeps none of them.
class frame_reader {
public:
    static constexpr unsigned close = 8;

    /// Calls `piece(opcode, bytes)` for the payload as it comes, and `end(opcode)` behind the last frame of a message.
    template <class Piece, class End>
    void read(std::string_view bytes, Piece&& piece, End&& end) {
        while (!bytes.empty()) {
            if (header_left_ != 0) {
                take_header_byte(static_cast<unsigned char>(bytes.front()));
                bytes.remove_prefix(1);
                if (header_left_ != 0 || left_ != 0) continue;
            } else {
                const auto part = bytes.substr(0, left_);
                piece(opcode_, part);
                bytes.remove_prefix(part.size());
                left_ -= part.size();
                if (left_ != 0) continue;
            }
            if (is_last_) end(opcode_);
            header_left_ = shortest_header;
            at_ = 0;
        }
    }

private:
    static constexpr unsigned shortest_header = 2;

    void take_header_byte(unsigned byte) {
        --header_left_;
        if (at_ == 0) {
            is_last_ = (byte & 0x80u) != 0;
            // A continuation goes on with the opcode that there is.
            if ((byte & 0xFu) != 0) opcode_ = byte & 0xFu;
        } else if (at_ == 1) {
            left_ = byte < 126 ? byte : 0;
            if (byte >= 126) header_left_ = byte == 126 ? 2 : 8;
        } else {
            left_ = left_ << 8 | byte;
        }
        ++at_;
    }

    unsigned header_left_ = shortest_header;
    unsigned at_ = 0;
    unsigned opcode_ = 0;
    bool is_last_ = true;
    std::uint64_t left_ = 0;
};

} // namespace bench_nodes
