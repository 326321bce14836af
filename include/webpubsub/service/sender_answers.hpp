// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/admission.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/variant.hpp>

#include <optional>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What event handlers say to a hub's questions. There is one for each `connect_requested`, `user_event` and
/// `invocation`, unless its client is gone before.
namespace sender_answers {

/// To be given to `hub::accept_connect`.
struct admission_accepted {
    admission_id id{};
    connect_overrides overrides;
};

/// To be given to `hub::refuse_connect`.
struct admission_refused {
    admission_id id{};
    /// A status of 4xx as the handler gave it, or 500.
    unsigned http_status = 500;
};

/// To be given to `hub::answer_event`; if the hub refuses it, `hub::fail_event` and
/// `event_sender::handle_refused_answer` follow.
struct event_answered {
    event_id id{};
    std::string connection_id;
    /// Without a value the client gets no message. It is checked for its type, but not whether protobuf is an `Any`.
    std::optional<payload> data;
    /// There is none without data. Its keys are in lower case.
    string_map metadata;
};

/// To be given to `hub::fail_event`.
struct event_failed {
    event_id id{};
};

/// To be given to `hub::answer_invocation`; if the hub refuses it, `hub::fail_invocation` and
/// `event_sender::handle_refused_answer` follow.
struct invocation_answered {
    event_id id{};
    std::string connection_id;
    std::optional<payload> data;
    string_map metadata;
};

/// To be given to `hub::fail_invocation`. The error says nothing of the handler.
struct invocation_failed {
    event_id id{};
    service_error error;
};

} // namespace sender_answers

namespace detail {

/// What a client learns of an invocation that failed in the service or at its handler.
WEBPUBSUB_COLD_INLINE service_error internal_error() {
    return {std::string(error_names::internal_server_error), "Internal server error"};
}

} // namespace detail

using sender_answer =
    variant<sender_answers::admission_accepted, sender_answers::admission_refused, sender_answers::event_answered,
            sender_answers::event_failed, sender_answers::invocation_answered, sender_answers::invocation_failed>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
