// SPDX-License-Identifier: MIT
#pragma once

#include "promise.hpp"

#include <webpubsub/hub/delivery.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {

inline std::string bytes_of(const delivery& each) { return std::string(each.prefix()).append(each.body()); }

/// What a hub's host is writing, with copies of the bytes as they were when it was handed out.
class hub_writes {
public:
    void begin(delivery frame) {
        copies_.push_back(bytes_of(frame));
        under_way_.push_back(std::move(frame));
    }

    /// The oldest write has completed.
    void complete() {
        require(bytes_of(under_way_.front()) == copies_.front(), "bytes stay valid");
        under_way_.pop_front();
        copies_.pop_front();
    }

    /// Takes over those of a transport that is gone, which are read for a while longer.
    void adopt(hub_writes&& gone) {
        for (auto& each : gone.under_way_) under_way_.push_back(std::move(each));
        for (auto& each : gone.copies_) copies_.push_back(std::move(each));
    }

    std::size_t size() const noexcept { return under_way_.size(); }
    bool empty() const noexcept { return under_way_.empty(); }

private:
    std::deque<delivery> under_way_;
    std::deque<std::string> copies_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz
