// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/messages/client_message.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace webpubsub::tests {

/// Whether an answer to the connection waits in the hub, or a request that is answered later. A service answers in
/// order, so a failure in the hub's place must not overtake it.
template <class Hub>
bool has_answers_waiting(const Hub& service, std::string_view connection_id) {
    const auto queue = service.queue_of(connection_id);
    return queue && queue->control_frames + queue->waiting_requests != 0;
}

/// Which fragments were refused in the hub's place. A service that has refused one accepts none behind it, so it does
/// not ask for a later one either; and it asks for none that it has accepted before.
class failed_fragments {
public:
    bool may_fail(const client_message& message) const {
        const auto* const fragment = get_if<stream_data_message>(&message);
        if (fragment == nullptr) return true;
        const auto found = streams_.find(fragment->stream_id);
        if (found == streams_.end()) return true;
        const auto& [failed, passed] = found->second;
        const auto number = fragment->stream_sequence_id;
        return number > passed && (failed == 0 || number <= failed);
    }

    void fail(const client_message& message) {
        if (const auto* fragment = get_if<stream_data_message>(&message)) {
            streams_[fragment->stream_id].failed = fragment->stream_sequence_id;
        }
    }

    /// The hub gets the message.
    void pass(const client_message& message) {
        if (const auto* fragment = get_if<stream_data_message>(&message)) {
            auto& [failed, passed] = streams_[fragment->stream_id];
            const auto number = fragment->stream_sequence_id;
            if (failed == number) failed = 0;
            // Behind one that is missing it is not accepted.
            if (failed == 0 && number == passed + 1) passed = number;
        } else if (const auto* start = get_if<start_stream_message>(&message)) {
            streams_.erase(start->stream.stream_id);
        }
    }

    bool empty() const noexcept { return streams_.empty(); }

private:
    struct stream {
        /// The fragment that was refused and did not come again; 0 for none.
        std::uint64_t failed = 0;
        /// The last fragment that the hub has taken.
        std::uint64_t passed = 0;
    };

    std::map<std::string, stream> streams_;
};

} // namespace webpubsub::tests
