// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/delivery.hpp>

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace emulator {

/// Messages that are written together, each in a frame of its own. It owns their bytes.
class gathered_write {
public:
    void add(std::vector<webpubsub::delivery>&& messages);

    bool empty() const noexcept { return messages_.empty(); }
    std::size_t count() const noexcept { return messages_.size(); }
    /// Whether these are so many that more would hardly make the write of one cheaper. The hub's write window lets so
    /// many out.
    bool is_full() const noexcept { return messages_.size() >= enough_messages || size_ >= enough_bytes; }

    /// What is to be written, valid until anything else is called. Short messages are copied into one piece, for the
    /// system takes a few pieces at a time only; long ones stay where they are.
    std::vector<boost::asio::const_buffer> buffers();

    void clear() noexcept;

private:
    static constexpr std::size_t enough_messages = 16;
    static constexpr std::size_t enough_bytes = 64 * 1024;
    /// The longest body that is copied.
    static constexpr std::size_t max_copied = 4 * 1024;
    /// The header of a frame that is not masked.
    static constexpr std::size_t max_header = 10;

    void append_header(const webpubsub::delivery& message);

    std::vector<webpubsub::delivery> messages_;
    std::size_t size_ = 0;
    std::string copied_;
};

} // namespace emulator
