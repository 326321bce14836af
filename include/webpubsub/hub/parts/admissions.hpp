// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/admission.hpp>
#include <webpubsub/hub/options.hpp>
#include <webpubsub/hub/orders.hpp>
#include <webpubsub/hub/parts/support.hpp>
#include <webpubsub/hub/parts/turn.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// Why a connection is refused whose groups the hub has no room for.
inline constexpr std::string_view hub_is_full_of_groups = "The hub has as many groups as it may have.";

/// The admission of connections, from the request to the open transport: sessions.md sections 3 and 4, upstream.md
/// section 5.
class admissions {
public:
    admissions(const hub_options& options, const secure_random& random);

    const secure_random& random() const noexcept { return random_; }

    admission admit(turn& during, connect_request&& request);
    result<void> accept(turn& during, admission_id id, connect_overrides&& overrides);
    result<void> refuse(admission_id id, unsigned http_status, std::string_view message);
    /// The other nodes send what is for the client's user and groups.
    result<void> release(turn& during, admission_id id);
    /// They do not; the client is refused with 503.
    result<void> refuse_by_nodes(admission_id id, std::string_view message);
    /// The client has gone away. A decision that nobody has polled yet is taken back; the transport of one that let the
    /// client in is for the caller to end.
    transport_id abandon(admission_id id);
    /// Refuses every admission that waits, with 503.
    void refuse_all(std::string_view message);

    /// The purpose of a transport that was let in.
    struct opened {
        /// The slot of the new connection; `no_slot` for a recovery.
        std::uint32_t connection = no_slot;
        std::optional<recovery_request> recovery{};
        /// The subprotocol of a recovery.
        std::string subprotocol{};
    };
    /// The purpose of the transport that has opened; without a value if it was not waited for.
    std::optional<opened> take_opened(turn& during, transport_id transport);

    polled<hub_order> poll_order() { return decided_.poll(); }

    std::optional<steady_time> deadline() const;
    /// Refuses the admission that is due first, or gives back the transport that was not opened in time; then the
    /// transport is for the caller to close.
    transport_id handle_due(turn& during);

private:
    struct waiting_admission {
        std::string connection_id;
        connect_request request;
        /// The subprotocol of a client that waits for the other nodes; without a value it waits for the application.
        std::optional<std::string> decided{};
    };

    /// The admission with that id, if it waits for the other nodes or, if not, for the application; otherwise null.
    waiting_admission* find(admission_id id, bool is_for_nodes);
    /// The number of a new admission that waits; the time for its end is set.
    admission_id wait(turn& during, waiting_admission who, std::optional<duration> limit);
    /// Reports the client whose admission waits now for the other nodes.
    void hold(turn& during, admission_id id);
    static bool is_to_be_held(const turn& during, const connect_request& request);
    admission let_in(turn& during, std::string&& connection_id, connect_request&& request,
                     std::string_view subprotocol);
    admission let_in_for_recovery(turn& during, connect_request&& request);
    transport_id add_transport(turn& during, opened&& purpose);
    std::string_view choose_subprotocol(const turn& during, const std::vector<std::string>& offered) const noexcept;
    void forget(admission_id id);
    void decide(admission_id id, admission&& outcome);

    secure_random random_;
    /// The reason why nobody is let in, because the options are wrong; empty if they are right.
    std::string objection_;
    record_table<waiting_admission> waiting_;
    /// The purposes of the transports that were let in and are not open yet.
    record_table<opened> opening_;
    timer_table answers_;
    timer_table openings_;
    queue<hub_order> decided_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/admissions.ipp>
#endif
