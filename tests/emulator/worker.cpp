// SPDX-License-Identifier: MIT
#include "worker.hpp"

#include <boost/asio/dispatch.hpp>

#include <utility>
#include <vector>

namespace emulator {

namespace {

/// For connections to end by themselves.
constexpr auto grace = std::chrono::seconds(2);
/// For which a message may wait at most for others that are written with it.
constexpr auto longest_turn = std::chrono::milliseconds(2);

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

void worker::run() {
    while (io_.run_one() != 0) finish_turn();
}

/// Does whatever else can be done at once. What has come of it is written then: one write costs about as much as all
/// else that is done for a message, and takes many messages as well.
void worker::finish_turn() {
    const auto end = std::chrono::steady_clock::now() + longest_turn;
    while (!sessions_.is_turn_over && std::chrono::steady_clock::now() < end && io_.poll_one() != 0) {}
    sessions_.is_turn_over = false;
    for (const auto& each : sessions_.writers) {
        if (const auto session = each.lock()) session->write_gathered();
    }
    sessions_.writers.clear();
}

void worker::end() {
    sessions_.is_ending = true;
    work_.reset();
    drop_if([](const live_session& session) { return !session.has_hub(); });
    hubs_->close_all();
    hubs_->leave_clusters();
    run_for(grace);
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
    do {
        finish_turn();
    } while (!sessions_.sessions.empty() && io_.run_one_until(deadline) != 0);
}

} // namespace emulator
