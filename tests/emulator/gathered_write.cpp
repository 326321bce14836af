// SPDX-License-Identifier: MIT
#include "gathered_write.hpp"

#include <cstdint>
#include <iterator>
#include <utility>

namespace emulator {

using namespace webpubsub;

void gathered_write::add(std::vector<delivery>&& messages) {
    for (const auto& each : messages) size_ += each.size();
    if (messages_.empty()) {
        messages_ = std::move(messages);
    } else {
        messages_.insert(messages_.end(), std::make_move_iterator(messages.begin()),
                         std::make_move_iterator(messages.end()));
    }
}

std::vector<boost::asio::const_buffer> gathered_write::buffers() {
    std::size_t size = 0;
    for (const auto& each : messages_) {
        size += max_header + each.prefix().size() + (each.body().size() <= max_copied ? each.body().size() : 0);
    }
    // The pieces of it that are named below stay where they are.
    copied_.clear();
    copied_.reserve(size);
    std::vector<boost::asio::const_buffer> pieces;
    std::size_t begin = 0;
    const auto end_piece = [&] {
        if (copied_.size() > begin) pieces.emplace_back(copied_.data() + begin, copied_.size() - begin);
        begin = copied_.size();
    };
    for (const auto& each : messages_) {
        append_header(each);
        copied_.append(each.prefix());
        if (each.body().size() <= max_copied) {
            copied_.append(each.body());
        } else {
            end_piece();
            pieces.emplace_back(each.body().data(), each.body().size());
        }
    }
    end_piece();
    return pieces;
}

void gathered_write::clear() noexcept {
    messages_.clear();
    size_ = 0;
    // Most connections are silent most of the time.
    std::string().swap(copied_);
}

/// RFC 6455 section 5.2: the whole message in one frame, without a mask.
void gathered_write::append_header(const delivery& message) {
    constexpr unsigned char final_bit = 0x80;
    const std::uint64_t size = message.size();
    copied_.push_back(static_cast<char>(final_bit | (message.kind() == frame_kind::text ? 1 : 2)));
    const auto append_size = [&](unsigned bytes) {
        while (bytes-- > 0) copied_.push_back(static_cast<char>(size >> (8 * bytes) & 0xFF));
    };
    if (size < 126) {
        append_size(1);
    } else if (size < 0x10000) {
        copied_.push_back(126);
        append_size(2);
    } else {
        copied_.push_back(127);
        append_size(8);
    }
}

} // namespace emulator
