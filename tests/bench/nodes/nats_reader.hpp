// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bench_nodes {

/// Counts what a NATS server says, as its bytes come.
class nats_reader {
public:
    std::uint64_t messages = 0;
    std::uint64_t pings = 0;
    std::uint64_t pongs = 0;

    void read(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto skipped = std::min(payload_left_, bytes.size());
            payload_left_ -= skipped;
            bytes.remove_prefix(skipped);
            if (payload_left_ != 0) return;
            if (skipped != 0) ++messages;
            const auto end = bytes.find('\n');
            if (end == std::string_view::npos) {
                line_.append(bytes);
                return;
            }
            if (line_.empty()) {
                take_line(bytes.substr(0, end));
            } else {
                take_line(line_.append(bytes.substr(0, end)));
                line_.clear();
            }
            bytes.remove_prefix(end + 1);
        }
    }

private:
    /// Without the line feed, but with what is before it.
    void take_line(std::string_view line) {
        if (line.starts_with("MSG ")) {
            const auto digits = line.substr(line.rfind(' ') + 1);
            std::from_chars(digits.data(), digits.data() + digits.size(), payload_left_);
            payload_left_ += std::string_view("\r\n").size();
        } else if (line.starts_with("PING")) {
            ++pings;
        } else if (line.starts_with("PONG")) {
            ++pongs;
        } else if (line.starts_with("-ERR")) {
            throw std::runtime_error("nats-server says " + std::string(line));
        }
    }

    std::size_t payload_left_ = 0;
    std::string line_;
};

} // namespace bench_nodes
