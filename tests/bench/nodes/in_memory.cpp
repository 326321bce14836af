// SPDX-License-Identifier: MIT
#include "in_memory.hpp"

#include "nodes/counted_cluster.hpp"

#include <cstdio>
#include <functional>

namespace bench_nodes {

namespace {

double nanoseconds(std::chrono::steady_clock::duration time) {
    return std::chrono::duration<double, std::nano>(time).count();
}

double median(std::vector<double> of) {
    std::nth_element(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2), of.end());
    return of[of.size() / 2];
}

/// Five nodes, of which the first has the sender. The group has members on the second and the third, and perhaps on the
/// first.
class publication_count {
public:
    explicit publication_count(bool has_member_here) {
        sender_ = nodes_.connect(0, "sender", {});
        if (has_member_here) nodes_.connect(0, "near", {"g"});
        nodes_.connect(1, "far", {"g"});
        nodes_.connect(2, "other", {"g"});
        nodes_.connect(3, "lonely", {});
    }

    void print(const char* what, const std::function<void(counted_cluster&, transport_id sender)>& send) {
        std::vector<traffic> before;
        for (std::size_t i = 0; i < nodes_.size(); ++i) before.push_back(nodes_.received_by(i));
        const auto sent = nodes_.sent_by(0);
        const auto own = nodes_.member(0).counters().own;
        send(nodes_, sender_);
        nodes_.settle();
        const auto out = nodes_.sent_by(0);
        std::printf("%5llu %7llu  ", number(out.messages - sent.messages), number(out.bytes - sent.bytes));
        for (std::size_t i = 1; i < nodes_.size(); ++i) {
            std::printf("%4llu", number(nodes_.received_by(i).messages - before[i].messages));
        }
        std::printf("%7llu%7llu   %s\n", number(nodes_.received_by(0).messages - before[0].messages),
                    number(nodes_.member(0).counters().own - own), what);
    }

private:
    static unsigned long long number(std::uint64_t of) { return of; }

    counted_cluster nodes_{5};
    transport_id sender_{};
};

struct heartbeat_cost {
    double sent = 0;
    double received = 0;
    double own = 0;
    std::size_t bytes = 0;
};

/// The medians of many rounds, in nanoseconds of one thread. In each round every node is told that it is time, and then
/// hears all.
heartbeat_cost measure_heartbeats(std::size_t count) {
    counted_cluster nodes(count);
    for (std::size_t i = 0; i < count; ++i) nodes.connect(i, "user", {"g"});
    heartbeat_cost cost;
    std::vector<double> sent;
    std::vector<double> received;
    std::vector<double> own;
    std::vector<bus_orders::publish> beats;
    const auto hear = [&](std::vector<double>& times, bool is_own) {
        const auto begin = std::chrono::steady_clock::now();
        std::size_t heard = 0;
        for (std::size_t to = 0; to < count; ++to) {
            for (std::size_t from = 0; from < count; ++from) {
                if ((from == to) != is_own) continue;
                nodes.member(to).handle_bus_message(nodes.now, beats[from].channel, beats[from].bytes);
                ++heard;
            }
        }
        times.push_back(nanoseconds(std::chrono::steady_clock::now() - begin) / static_cast<double>(heard));
    };
    for (int round = 0; round < 1000; ++round) {
        nodes.now.steady += std::chrono::seconds(3);
        nodes.now.wall += std::chrono::seconds(3);
        beats.clear();
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < count; ++i) {
            nodes.member(i).handle_timeout(nodes.now);
            while (auto order = nodes.member(i).poll_bus(nodes.now)) {
                beats.push_back(std::move(get<bus_orders::publish>(*order)));
            }
        }
        sent.push_back(nanoseconds(std::chrono::steady_clock::now() - begin) / static_cast<double>(count));
        if (beats.size() != count) std::abort();
        cost.bytes = beats.front().bytes.size();
        hear(received, false);
        hear(own, true);
    }
    cost.sent = median(sent);
    cost.received = median(received);
    cost.own = median(own);
    return cost;
}

} // namespace

void print_bus_messages() {
    std::printf("\nbus messages for one publication of 100 bytes; five nodes, the sender is on the first\n"
                "  out   bytes  into nodes 2 to 5   back  dropped by its header\n");
    const std::string data(100, 'x');
    const auto text = payload_view::text(data);
    const auto frame = R"({"type":"sendToGroup","group":"g","dataType":"text","data":")" + data + R"("})";
    const auto by_client = [&](counted_cluster& nodes, transport_id sender) {
        nodes.hub_of(0).handle_frame(nodes.now, sender, frame_kind::text, frame);
    };
    publication_count with(true);
    with.print("a client to a group with members on nodes 1, 2 and 3", by_client);
    publication_count(false).print("a client to a group with members on nodes 2 and 3", by_client);
    with.print("the application to the group", [&](counted_cluster& nodes, transport_id) {
        static_cast<void>(nodes.member(0).send_to_group(nodes.now, "g", text).value());
    });
    with.print("the application to all", [&](counted_cluster& nodes, transport_id) {
        static_cast<void>(nodes.member(0).send_to_all(nodes.now, text).value());
    });
    with.print("the application to a user on node 4", [&](counted_cluster& nodes, transport_id) {
        static_cast<void>(nodes.member(0).send_to_user(nodes.now, "lonely", text).value());
    });
}

void print_heartbeats() {
    constexpr double interval = 3;
    std::printf("\nheartbeats: ns for one sent, one received, and an own one that comes back\n"
                "  nodes    sent  received   own  bytes\n");
    for (const std::size_t count : {3u, 20u}) {
        const auto cost = measure_heartbeats(count);
        std::printf("%7zu %7.0f %9.0f %5.0f %6zu\n", count, cost.sent, cost.received, cost.own, cost.bytes);
        if (count != 20) continue;
        const auto out = static_cast<double>(count) / interval;
        const auto in = out * static_cast<double>(count);
        std::printf(
            "  20 nodes, one in 3 s each: %.1f messages a second to the broker and %.0f from it, %.1f KB a second\n"
            "  in all; each node spends %.1f microseconds a second on them\n",
            out, in, (out + in) * static_cast<double>(cost.bytes) / 1e3,
            (cost.sent + cost.own + cost.received * static_cast<double>(count - 1)) / interval / 1e3);
    }
}

} // namespace bench_nodes
