// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/backoff.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

// What a client does where the protocol leaves a choice, by topic. Of an optional duration or number, `std::nullopt`
// means that the limit does not exist or that the repetition never comes; zero is due at once. `client::start` refuses
// negative durations, and a zero where that would repeat something without end.

/// Connections are made, kept and replaced.
struct client_connect_options {
    /// Whether a new connection is made when one is lost and can't be recovered. Otherwise the client stops.
    bool auto_reconnect = true;
    /// Whether the client tries again when its very first attempt to connect fails. Otherwise it stops.
    bool retry_first = true;
    /// The client stops after this many failed attempts in a row; without a number it never does.
    std::optional<unsigned> max_attempts{};
    /// The delays between attempts to make a new connection. The first attempt after a good connection waits for a
    /// random time of up to `first_delay`, so that clients which lost their service together do not return together.
    backoff_options delays{};
    duration first_delay = std::chrono::seconds(1);
    /// A connection counts as good when it has been up for this long. Until then the delays go on growing, so that a
    /// service that accepts and closes is not flooded.
    duration stable_time = std::chrono::seconds(5);
    /// The longest time from asking for a transport to the `connected` message.
    std::optional<duration> handshake_timeout = std::chrono::seconds(30);
    /// The longest time for an answer to `need_url`; without one the attempt has failed.
    std::optional<duration> url_timeout = std::chrono::seconds(30);
    /// A provided URL whose lifetime ends within this time is not used again.
    duration url_renewal_margin = std::chrono::seconds(30);
    /// Whether the client stops when a fixed URL is refused with the status 401 or 403 while a new connection is made:
    /// its token will not become valid again.
    bool stop_when_url_is_refused = true;
    /// The longest `Retry-After` of a refused handshake that is respected.
    duration max_retry_after = std::chrono::minutes(5);
};

/// Lost transports of a reliable connection are replaced (sessions.md section 7.1).
struct client_recovery_options {
    /// Whether connections are recovered. Otherwise a lost one is replaced by a new one.
    bool enabled = true;
    /// The time since the loss for which a connection can be recovered.
    duration window = std::chrono::seconds(30);
    /// The longest time for one attempt, from asking for a transport to its handshake.
    duration attempt_timeout = std::chrono::seconds(5);
    /// The longest time from the handshake to the first frame, which confirms the recovery. A `ping` asks for one.
    duration confirmation = std::chrono::seconds(5);
    /// The delays between attempts.
    backoff_options delays{std::chrono::seconds(1), std::chrono::seconds(1), 0.2};
    /// The first attempt waits for a random time of up to this.
    duration first_delay = std::chrono::milliseconds(100);
};

/// A dead transport is noticed (sessions.md section 9).
struct client_keep_alive_options {
    /// The interval between pings. Without one no ping is sent, not even after a recovery.
    std::optional<duration> interval = std::chrono::seconds(15);
    /// The transport is given up when nothing was received for this long.
    std::optional<duration> timeout = std::chrono::seconds(120);
    /// When a deadline was missed by more than this, the process was suspended: the transport is asked by a `ping`
    /// before it is given up, and time that was slept through does not count. Nor does so much time after it, in which
    /// what waits in the socket is read. At least 1 s.
    std::optional<duration> suspension = std::chrono::seconds(5);
};

/// Requests that the service acknowledges (subprotocols.md section 5).
struct client_acknowledgement_options {
    /// The greatest number of requests without an outcome. Those that restore groups on a new connection do not count.
    std::size_t max_pending = 1000;
    /// The greatest number of bytes of the frames of these requests.
    std::size_t max_bytes = std::size_t{16} << 20;
    /// The greatest number of requests that are written and not answered. The service remembers 1000 ids
    /// (subprotocols.md section 5.2).
    std::size_t max_in_flight = 1000;
    /// How often a request is tried again after a failure that may pass.
    unsigned max_retries = 3;
    /// The delays before a request is tried again.
    backoff_options retry_delays{};
    /// A request without an answer for this long since it was last written, while connected, ends as
    /// `outcome_unknown`. The service gives the application 100 s (upstream.md section 8).
    /// Without a limit, a request that was written twice and has failed once ends when something later is answered.
    std::optional<duration> timeout = std::chrono::seconds(120);
    /// A request ends as `outcome_unknown` when this many of its writings were followed by the loss of their transport
    /// without any sign that the service had read them.
    unsigned max_writes = 5;
    /// Whether a client whose connection is replaced sends again what was written on it and not acknowledged. Those
    /// requests may then be executed twice, and their outcome says so. Otherwise they end as `outcome_unknown`.
    bool resend_on_new_connection = false;
};

/// Received messages are acknowledged (sessions.md section 6).
struct client_sequence_ack_options {
    /// The longest time from a message to its acknowledgement.
    duration interval = std::chrono::seconds(1);
    /// The number of messages without an acknowledgement at which one is sent at once.
    std::uint64_t messages = 128;
    /// The number of their bytes at which one is sent at once.
    std::size_t bytes = std::size_t{1} << 20;
};

/// Groups are joined again on a new connection.
struct client_group_options {
    /// Whether groups are joined, and subscribed to, again on a new connection.
    bool rejoin = true;
    /// The greatest number of groups to join again, those that are being joined included, and of groups to subscribe to
    /// again. One more is refused with `errc::too_many_groups`.
    std::size_t max_groups = 10'000;
    /// The greatest number of rejoins that are written and not answered. It is not 0.
    std::size_t max_rejoins_in_flight = 1000;
};

/// Streams that this client publishes (subprotocols.md section 9).
struct client_publisher_options {
    /// The greatest number of streams that are open at a time.
    std::size_t max_streams = 100;
    /// The greatest number of fragments of a stream that are not acknowledged, sent or not.
    std::size_t max_fragments = 256;
    /// The greatest number of bytes of the frames of these fragments.
    std::size_t max_bytes = std::size_t{1} << 20;
    /// The pause before refused fragments are sent again. It gathers the refusals of all that were on their way, and
    /// grows while none is accepted.
    backoff_options rewind_delays{std::chrono::milliseconds(100), std::chrono::seconds(5), 0.5};
};

/// Streams that this client receives (subprotocols.md section 9).
struct client_subscriber_options {
    /// The greatest number of streams that are followed at a time. Beyond it the one that was silent longest is
    /// abandoned.
    std::size_t max_streams = 1000;
    /// The greatest number of bytes of a group's name and a stream's id together; a fragment with more is a protocol
    /// error.
    std::size_t max_key_size = 8192;
    /// A stream is abandoned when nothing of it came for this long.
    std::optional<duration> idle_timeout = std::chrono::seconds(300);
    /// Whether streams whose beginning was missed are left out.
    bool only_from_start = false;
};

/// Invocations (preview; subprotocols.md section 10).
struct client_invocation_options {
    /// The greatest number of invocations without an answer.
    std::size_t max_pending = 100;
    /// The greatest number of bytes of their frames.
    std::size_t max_bytes = std::size_t{4} << 20;
    /// An invocation without an answer for this long since it was written is cancelled. An invocation may have a limit
    /// of its own.
    std::optional<duration> timeout = std::chrono::seconds(120);
};

/// States in groups (preview; subprotocols.md section 11).
struct client_group_state_options {
    /// The greatest number of bytes of the keys and values of a state that this client sets.
    std::size_t max_size = 512;
    /// The greatest number of connections of a group whose states are kept.
    std::size_t max_states = 10'000;
    /// The greatest number of bytes that are kept for a group: keys and values with the memory of each entry, and ids.
    /// A state that does not fit is left out.
    std::size_t max_bytes = std::size_t{16} << 20;
    /// The greatest number of marks of cleared states that are kept for a group; the oldest is forgotten first.
    std::size_t max_cleared = 200;
    /// The number of items from which on a snapshot may have left others out.
    std::size_t full_snapshot = 200;
};

/// What is handed to the transport and has not been reported by `handle_written` is limited. Without either limit
/// `handle_written` need not be called: for a transport that buffers by itself.
struct client_write_window {
    /// The greatest number of messages under way; without one their number is not limited.
    std::optional<std::size_t> messages = 16;
    /// The number of bytes under way from which on no further message is handed out; without one it is not limited.
    std::optional<std::size_t> bytes = std::size_t{256} << 10;
    /// A write that is under way for this long is told as misuse by the host (`errc::write_not_completed`), once for
    /// each transport.
    std::optional<duration> report_after = std::chrono::seconds(30);
};

/// WebSocket messages, in bytes.
struct client_frame_options {
    /// The greatest size of a message that is sent (subprotocols.md section 1).
    std::size_t max_sent_size = std::size_t{1} << 20;
    /// The greatest size of a message that is received. It is more than what anyone may send: the same data can be
    /// longer in the receiver's encoding, where base64 adds a third and an escaped character takes six bytes.
    std::size_t max_received_size = std::size_t{8} << 20;
    /// Whether a connection on which a malformed frame came is given up for a new one. Otherwise the frame is only
    /// reported.
    bool close_on_malformed = false;
};

/// Events that wait to be taken. Beyond a limit no frame is taken (`client::wants_input`).
struct client_event_options {
    /// The greatest number of events that wait.
    std::size_t max_count = 4096;
    /// The greatest number of bytes of their structs and texts.
    std::size_t max_bytes = std::size_t{16} << 20;
    /// Whether there are events `state_changed`.
    bool report_states = false;
};

struct client_options {
    /// The client access URL, used for every connection. Empty: the client asks with `need_url`, which is the way to
    /// outlive a token.
    std::string url{};

    client_connect_options connect{};
    client_recovery_options recovery{};
    client_keep_alive_options keep_alive{};
    client_acknowledgement_options requests{};
    client_sequence_ack_options sequence_ack{};
    client_group_options groups{};
    client_publisher_options publisher{};
    client_subscriber_options subscriber{};
    client_invocation_options invocations{};
    client_group_state_options group_states{};
    client_write_window window{};
    client_frame_options frames{};
    client_event_options events{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
