// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/connection.hpp>
#include <webpubsub/hub/parts/request.hpp>
#include <webpubsub/hub/parts/support.hpp>
#include <webpubsub/hub/parts/turn.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The invocations of all connections that are not answered yet (subprotocols.md section 10), by the hub's number and
/// by the id that the client gave. An invocation is known from its arrival, so that it can be cancelled while it waits
/// its turn. Each operation is logarithmic, but that the invocations of the connection are counted.
class invocations {
public:
    // The kinds of this part: invoke, and its cancelling. See `requests`, which has the same functions.

    arrival arrive(turn& during, std::uint32_t from, const client_message& message, bool altered);
    /// The application is told, unless the invocation was cancelled before its turn came.
    outcome execute(turn& during, std::uint32_t from, client_message& message, std::uint64_t number);

    /// Answers an invocation that the application was told of: `unknown_target` if nobody waits any more. The client's
    /// id is filled in.
    result<void> answer(turn& during, event_id id, invoke_response_message response);

    /// Answers are not replayed (subprotocols.md section 10): with the transport that would have taken them the
    /// invocations end.
    void handle_change(turn& during, std::uint32_t at, connection_change change);

    std::optional<steady_time> deadline() const { return answers_.next(); }
    /// Answers what is due first with the error `Timeout`.
    void handle_due(turn& during);

private:
    struct entry {
        connection_handle owner{};
        std::string invocation_id;
        /// Whether the application was told; until then the invocation waits its turn.
        bool raised = false;
    };

    arrival expect(turn& during, std::uint32_t from, const invoke_message& message, bool altered);
    std::size_t pending(connection_handle owner) const;
    void cancel(turn& during, std::uint64_t number);
    void respond(turn& during, std::uint64_t number, invoke_response_message response);

    /// The numbers of the invocations, by `owned_name`.
    name_index by_id_;
    record_table<entry> by_number_;
    timer_table answers_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/invocations.ipp>
#endif
