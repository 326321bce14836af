// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/admission.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a hub wants of the program that runs it. Orders come from `hub::poll_order` and never wait behind events. None
/// comes for a transport after its `hub::handle_closed`.
namespace hub_orders {

/// An admission that was `waiting` is decided: the outcome is `accepted` or `refused`. Answer the upgrade.
struct admission_decided {
    admission_id id{};
    admission outcome;
};

/// Close the transport, and call `hub::handle_closed` when it is gone. Given at most once for a transport.
///
/// With `abort` unset every message that was handed out for this transport has been reported as written: send a close
/// frame with this code and reason. With `abort` set messages are still under way, and the hub does not wait for them,
/// because the peer does not read or has another transport: send the close frame behind them if that is soon possible,
/// and drop the transport otherwise.
struct close_transport {
    transport_id transport{};
    std::uint16_t code = close_code::normal;
    /// The reason has at most 123 bytes, which is what a close frame can carry.
    std::string reason;
    bool abort = false;
};

/// Take no more frames from this transport until `resume_reading`: its client sends faster than others read, or than
/// the application answers. What was read already may be handed in. `hub::wants_input` tells the same as a level.
struct pause_reading {
    transport_id transport{};
};

struct resume_reading {
    transport_id transport{};
};

/// A client wants to join a group, and the join waits for `hub::release_request` or `hub::refuse_request`, if
/// `hub_application_options::hold_joins` asks for it. The connection's later requests wait behind it.
struct request_held {
    held_request_id id{};
    std::string connection_id;
    std::string group;
};

} // namespace hub_orders

using hub_order = variant<hub_orders::admission_decided, hub_orders::close_transport, hub_orders::pause_reading,
                          hub_orders::resume_reading, hub_orders::request_held>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
