// SPDX-License-Identifier: MIT
#include "latency.hpp"

#include "nodes/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>

namespace bench_nodes {

namespace {

using clock = std::chrono::steady_clock;

class latency_run {
public:
    explicit latency_run(const deployment& servers, std::size_t data_size)
        : publisher_(servers.doors().front(), client_role::publisher),
          frame_(publication(servers.doors().front().spoken, data_size)),
          times_(servers.doors().size()) {
        for (const auto& each : servers.doors()) {
            subscribers_.push_back(std::make_unique<connection>(each, client_role::subscriber));
            waited_.push_back({subscribers_.back()->descriptor(), POLLIN, 0});
        }
    }

    void send_one(bool counts) {
        ++sent_;
        const auto begin = clock::now();
        publisher_.send(frame_);
        for (std::size_t arrived = 0; arrived < subscribers_.size();) {
            constexpr int patience_ms = 3'000;
            if (::poll(waited_.data(), waited_.size(), patience_ms) < 1) throw std::runtime_error("LOST: a message");
            for (std::size_t i = 0; i < subscribers_.size(); ++i) {
                if (waited_[i].revents == 0) continue;
                const auto before = subscribers_[i]->messages();
                subscribers_[i]->receive();
                if (subscribers_[i]->messages() == before) continue;
                if (subscribers_[i]->messages() != sent_) throw std::runtime_error("REPEATED: a message");
                ++arrived;
                const std::chrono::duration<double, std::micro> time = clock::now() - begin;
                if (counts) times_[i].push_back(time.count());
            }
        }
    }

    std::vector<latency> results() {
        std::vector<latency> out;
        for (auto& each : times_) {
            std::sort(each.begin(), each.end());
            out.push_back({each[each.size() / 2], each[each.size() * 99 / 100]});
        }
        return out;
    }

private:
    connection publisher_;
    std::string frame_;
    std::vector<std::unique_ptr<connection>> subscribers_;
    std::vector<pollfd> waited_;
    std::vector<std::vector<double>> times_;
    std::uint64_t sent_ = 0;
};

} // namespace

std::vector<latency> measure_latency(const deployment& servers, std::size_t messages, std::size_t data_size) {
    latency_run run(servers, data_size);
    for (std::size_t i = 0; i < messages / 10; ++i) run.send_one(false);
    for (std::size_t i = 0; i < messages; ++i) run.send_one(true);
    return run.results();
}

} // namespace bench_nodes
