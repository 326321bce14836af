// SPDX-License-Identifier: MIT
#include "worker.hpp"

#include <boost/asio/dispatch.hpp>

#include <utility>
#include <vector>

namespace emulator {

namespace {

/// For connections to end by themselves.
constexpr auto grace = std::chrono::seconds(2);

} // namespace

void worker::host(webpubsub::service&& service, const hub_config& config, const frame_log& log,
                  std::optional<cluster_settings> cluster, net::ssl::context* tls) {
    hubs_.emplace(io_, std::move(service), config, log, std::move(cluster));
    sessions_.hubs = &*hubs_;
    sessions_.tls = tls;
}

void worker::serve(tcp_socket socket) {
    net::dispatch(io_, [this, socket = std::move(socket)]() mutable { start_session(std::move(socket), sessions_); });
}

void worker::end() {
    sessions_.is_ending = true;
    work_.reset();
    drop_if([](const live_session& session) { return !session.has_hub(); });
    hubs_->close_all();
    run_for(grace);
    hubs_->leave_clusters();
    drop_if([](const live_session&) { return true; });
    run_for(grace);
}

void worker::drop_if(const std::function<bool(const live_session&)>& condition) {
    // A copy, for a session may be gone after its `drop`.
    for (auto* const session : std::vector<live_session*>(sessions_.sessions.begin(), sessions_.sessions.end())) {
        if (condition(*session)) session->drop();
    }
}

void worker::run_for(std::chrono::seconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    io_.restart();
    while (!sessions_.sessions.empty() && io_.run_one_until(deadline) != 0) {}
}

} // namespace emulator
