// SPDX-License-Identifier: MIT
#include "fan_out.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <stdexcept>

namespace bench_nodes {

using clock = std::chrono::steady_clock;

fan_out::fan_out(const deployment& servers, const fan_out_shape& shape)
    : servers_(servers),
      shape_(shape),
      frame_(publication(servers.doors().front().spoken, shape.data_size)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    const auto& doors = servers.doors();
    const auto watch = [this](connection& client) {
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.ptr = &client;
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.descriptor(), &wanted) != 0) std::abort();
    };
    for (std::size_t i = 0; i < shape.subscribers; ++i) {
        subscribers_.push_back(std::make_unique<connection>(doors[i % doors.size()], client_role::subscriber));
        watch(*subscribers_.back());
    }
    for (std::size_t i = 0; i < shape.publishers; ++i) {
        publishers_.push_back(std::make_unique<connection>(doors[i % doors.size()], client_role::publisher));
        watch(*publishers_.back());
    }
}

fan_out::~fan_out() { ::close(epoll_); }

fan_out_rate fan_out::run(std::chrono::duration<double> warm_up, std::chrono::duration<double> measured) {
    const auto after = [](std::chrono::duration<double> time) {
        return clock::now() + std::chrono::duration_cast<clock::duration>(time);
    };
    go_on(after(warm_up));
    const auto begin = sum();
    go_on(after(measured));
    const auto end = sum();
    check();
    const auto deliveries = static_cast<double>(end.deliveries - begin.deliveries);
    return {deliveries / (end.seconds - begin.seconds), (end.node_cpu - begin.node_cpu) / deliveries,
            (end.broker_cpu - begin.broker_cpu) / deliveries, (end.client_cpu - begin.client_cpu) / deliveries,
            (end.broker_cpu - begin.broker_cpu) / static_cast<double>(end.published - begin.published)};
}

fan_out::sums fan_out::sum() const {
    timespec own{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    std::uint64_t deliveries = 0;
    for (const auto& each : subscribers_) deliveries += each->messages();
    return {std::chrono::duration<double>(clock::now().time_since_epoch()).count(),
            deliveries,
            published_,
            servers_.node_cpu_seconds(),
            servers_.broker_cpu_seconds(),
            static_cast<double>(own.tv_sec) + static_cast<double>(own.tv_nsec) * 1e-9};
}

void fan_out::publish() {
    const auto in_flight = shape_.publishers * shape_.messages_in_flight;
    for (const auto done = fewest(); published_ < done + in_flight; ++published_) {
        publishers_[published_ % publishers_.size()]->send(frame_);
    }
}

void fan_out::go_on(clock::time_point end) {
    while (clock::now() < end) {
        publish();
        receive();
    }
}

void fan_out::receive() {
    constexpr int patience_ms = 3'000;
    std::array<epoll_event, 128> ready{};
    const auto count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), patience_ms);
    if (count == 0) {
        throw std::runtime_error("LOST: a subscriber has " + std::to_string(fewest()) + " of " +
                                 std::to_string(published_) + " messages");
    }
    for (int i = 0; i < count; ++i) static_cast<connection*>(ready[static_cast<std::size_t>(i)].data.ptr)->receive();
}

void fan_out::check() {
    while (fewest() < published_) receive();
    // What comes twice has a moment to come.
    const auto end = clock::now() + std::chrono::milliseconds(50);
    while (clock::now() < end) {
        for (const auto& each : subscribers_) each->receive();
    }
    for (const auto& each : subscribers_) {
        if (each->messages() != published_) throw std::runtime_error("REPEATED: a subscriber has too many messages");
    }
}

std::uint64_t fan_out::fewest() const {
    std::uint64_t least = published_;
    for (const auto& each : subscribers_) least = std::min(least, each->messages());
    return least;
}

} // namespace bench_nodes
