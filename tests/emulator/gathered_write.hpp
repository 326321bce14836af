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

    /// What is to be written, valid until anything else is called. Short messages are copied into one piece, for the
    /// system takes a few pieces at a time only; long ones stay where they are.
    std::vector<boost::asio::const_buffer> buffers();

    void clear() noexcept;

private:
    /// The longest body that is copied.
    static constexpr std::size_t max_copied = 4 * 1024;
    /// The header of a frame that is not masked.
    static constexpr std::size_t max_header = 10;

    void append_header(const webpubsub::delivery& message);

    std::vector<webpubsub::delivery> messages_;
    std::string copied_;
};

} // namespace emulator
