// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace webpubsub::tests {

/// Which fragments were refused in the hub's place. A service that has refused one accepts none behind it, so it does
/// not ask for a later one either.
class failed_fragments {
public:
    bool may_fail(const client_message& message) const {
        const auto* const fragment = std::get_if<stream_data_message>(&message);
        if (fragment == nullptr) return true;
        const auto found = failed_.find(fragment->stream_id);
        return found == failed_.end() || fragment->stream_sequence_id <= found->second;
    }

    void fail(const client_message& message) {
        if (const auto* fragment = std::get_if<stream_data_message>(&message)) {
            failed_[fragment->stream_id] = fragment->stream_sequence_id;
        }
    }

    /// The hub gets the message.
    void pass(const client_message& message) {
        if (const auto* fragment = std::get_if<stream_data_message>(&message)) {
            const auto found = failed_.find(fragment->stream_id);
            if (found != failed_.end() && found->second == fragment->stream_sequence_id) failed_.erase(found);
        } else if (const auto* start = std::get_if<start_stream_message>(&message)) {
            failed_.erase(start->stream.stream_id);
        }
    }

    bool empty() const noexcept { return failed_.empty(); }

private:
    std::map<std::string, std::uint64_t> failed_;
};

} // namespace webpubsub::tests
