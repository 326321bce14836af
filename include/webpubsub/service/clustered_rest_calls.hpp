// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/cluster_member.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/rest/answer.hpp>
#include <webpubsub/rest/call.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/service/apply_call.hpp>
#include <webpubsub/service/service.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Calls of the REST API to a hub that is one of several nodes, done on all nodes that they concern (rest.md sections 5
/// to 7). A message is sent and nothing is waited for. Everything else is answered when the nodes have: what they have
/// not answered in time is 503, since neither yes nor no would be true.
class clustered_rest_calls {
public:
    /// The answer, or the number of a call whose answer comes later.
    using outcome = variant<http_response, std::uint64_t>;

    /// Begins what the task says. Each call comes to one answer.
    outcome begin(cluster_member& member, instant now, rest_task task);

    /// Takes an event of the member; false if it belongs to no call.
    bool handle(const cluster_events::answered& answered);

    struct finished {
        std::uint64_t number = 0;
        http_response response;
    };
    /// The answer of a call that is done.
    std::optional<finished> poll_finished();

    /// The number of calls that are not done.
    std::size_t size() const noexcept { return calls_.size(); }

private:
    struct pending_call {
        rest_task task;
        std::optional<detail::page_request> page{};
        /// How many commands and questions of it are not answered.
        std::size_t open = 0;
        cluster_events::answered sum{};
    };

    using asked = result<cluster_request_id>;
    static http_response send(cluster_member& member, instant now, const rest_call& call);
    static std::vector<asked> ask(cluster_member& member, instant now, pending_call& call);
    static http_response conclude(const pending_call& call);

    std::uint64_t last_ = 0;
    std::map<std::uint64_t, pending_call> calls_;
    std::map<cluster_request_id, std::uint64_t> requests_;
    std::vector<finished> finished_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#include <webpubsub/service/detail/clustered_rest_calls.hpp>
