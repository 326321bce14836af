// SPDX-License-Identifier: MIT
#include "close_codes.hpp"

#include <algorithm>

namespace emulator {

namespace {

constexpr unsigned char close_opcode = 8;
constexpr unsigned char mask_bit = 0x80;

} // namespace

void close_codes::filter(unsigned char* bytes, std::size_t size) {
    for (std::size_t at = 0; at < size;) {
        if (left_ == 0) {
            take_header(bytes[at++]);
        } else if (is_close_ && code_size_ == 0) {
            first_of_code_ = static_cast<unsigned char>(bytes[at++] ^ mask_[0]);
            code_size_ = 1;
            --left_;
        } else if (is_close_ && code_size_ == 1) {
            const auto second = static_cast<unsigned char>(bytes[at] ^ mask_[1]);
            if ((first_of_code_ << 8 | second) == refused_by_beast) {
                bytes[at] ^= static_cast<unsigned char>(refused_by_beast ^ shown_to_beast);
                has_changed_ = true;
            }
            ++at;
            code_size_ = 2;
            --left_;
        } else {
            const auto skipped = std::min<std::uint64_t>(left_, size - at);
            at += static_cast<std::size_t>(skipped);
            left_ -= skipped;
        }
    }
}

void close_codes::take_header(unsigned char byte) {
    header_[header_size_++] = byte;
    if (header_size_ == 2) {
        const unsigned size = byte & 0x7F;
        header_end_ = 2 + (size == 126 ? 2u : size == 127 ? 8u : 0u) + ((byte & mask_bit) != 0 ? 4u : 0u);
    }
    if (header_size_ == header_end_) begin_payload();
}

void close_codes::begin_payload() {
    const bool is_masked = (header_[1] & mask_bit) != 0;
    const auto size_end = header_end_ - (is_masked ? 4 : 0);
    left_ = header_[1] & 0x7F;
    if (size_end > 2) left_ = 0;
    for (std::size_t i = 2; i < size_end; ++i) left_ = left_ << 8 | header_[i];
    mask_ = {};
    if (is_masked) std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(size_end), 4, mask_.begin());
    is_close_ = (header_[0] & 0x0F) == close_opcode;
    code_size_ = 0;
    header_size_ = 0;
    header_end_ = 2;
}

} // namespace emulator
