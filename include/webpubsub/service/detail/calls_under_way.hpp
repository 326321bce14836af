// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/service/upstream_call.hpp>
#include <webpubsub/support/number_index.hpp>
#include <webpubsub/support/number_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// What a call is for.
struct call_purpose {
    bool is_validation = false;
    /// The key of a delivery, or the index of the handler that is validated.
    std::uint64_t number = 0;
};

/// The requests under way, and those that nobody waits for any more.
class calls_under_way {
public:
    call_id begin(const call_purpose& purpose) {
        calls_.set({++last_, 0}, purpose.number * 2 + (purpose.is_validation ? 1 : 0));
        return call_id{last_};
    }
    /// Nothing for a call that has ended, was cancelled or never made.
    std::optional<call_purpose> find(call_id id) const noexcept {
        const auto* const found = calls_.find({number_of(id), 0});
        return found != nullptr ? std::optional(call_purpose{*found % 2 == 1, *found / 2}) : std::nullopt;
    }
    void end(call_id id) noexcept { calls_.erase({number_of(id), 0}); }
    /// Does nothing if the call has ended.
    void cancel(call_id id) {
        if (calls_.erase({number_of(id), 0})) cancelled_.push(number_of(id));
    }

    std::optional<call_id> poll_cancel() {
        return cancelled_.empty() ? std::nullopt : std::optional(call_id{cancelled_.pop()});
    }
    std::size_t size() const noexcept { return calls_.size(); }

private:
    static std::uint64_t number_of(call_id id) noexcept { return static_cast<std::uint64_t>(id); }

    std::uint64_t last_ = 0;
    number_index calls_;
    number_queue cancelled_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
