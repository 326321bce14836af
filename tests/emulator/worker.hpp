// SPDX-License-Identifier: MIT
#pragma once

#include "byte_stream.hpp"
#include "hub_loops.hpp"
#include "session.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace emulator {

/// What one thread does: an event loop with the hubs of a node and the clients that it has let in.
class worker {
public:
    worker() = default;

    /// Makes the hubs, before anything else; log and TLS outlive the worker, and TLS is null for plain HTTP.
    void host(webpubsub::service&& service, const hub_config& config, const frame_log& log,
              std::optional<cluster_settings> cluster, net::ssl::context* tls);

    net::io_context& io() { return io_; }
    session_context& sessions() { return sessions_; }

    // From any thread.

    /// Serves a client whose socket is of this event loop.
    void serve(tcp_socket socket);
    /// Lets `run` come to its end, also if it is called later.
    void stop() { io_.stop(); }

    // On the worker's thread.

    /// Serves until `stop`.
    void run();
    /// Ends all connections, which takes at most a few seconds.
    void end();

private:
    void drop_if(const std::function<bool(const live_session&)>& condition);
    void run_for(std::chrono::seconds time);
    void finish_turn();

    /// Whatever keeps a session alive ends before what it refers to.
    session_context sessions_{io_};
    net::io_context io_{1};
    /// Until its end there may be clients at any time.
    net::executor_work_guard<net::io_context::executor_type> work_{io_.get_executor()};
    std::optional<hub_loops> hubs_;
};

} // namespace emulator
