// SPDX-License-Identifier: MIT

// A fan-out to reliable members of which each leaves 100 messages unacknowledged on average, against the obvious way to
// do it: a queue of shared_ptr for each member. All do the same in the same shuffled order: give one encoded message to
// every member, take it out again to be written, and drop what was acknowledged. A member acknowledges each 56th
// message, not all at the same time.
//
// `queues` compares what the members hold, `outbound_queue` by itself. `hub` goes through the
// hub's public functions from end to end: encoding, limits, states, sequence ids, and the parsing of acknowledgements
// are in it, and of these the other side has the sequence ids only.

#include <webpubsub/codec/json_service.hpp>
#include <webpubsub/hub/hub.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace webpubsub;

/// A member acknowledges so many messages at a time, and leaves so many.
constexpr std::size_t batch = 56;
constexpr std::size_t left = 72;

/// 308 bytes in the frame, as in the other benchmarks.
const std::string& data() {
    static const std::string text = [] {
        const std::string frame = R"({"type":"message","from":"group","group":"bench","dataType":"text","data":"",)"
                                  R"("fromUserId":null})";
        return std::string(308 - frame.size(), 'x');
    }();
    return text;
}

std::vector<std::size_t> shuffled(std::size_t size) {
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
    return order;
}

/// In which of `batch` rounds each member acknowledges, in the order of the broadcast.
std::vector<std::uint8_t> random_turns(std::size_t size) {
    std::mt19937_64 generator(2);
    std::vector<std::uint8_t> turns(size);
    for (auto& turn : turns) turn = static_cast<std::uint8_t>(generator() % batch);
    return turns;
}

/// The same work with a queue of shared_ptr in each member.
template <bool with_prefix>
class shared_pointer_queues {
public:
    explicit shared_pointer_queues(std::size_t members)
        : members_(members), order_(shuffled(members)), turns_(random_turns(members)) {}

    std::uint64_t broadcast() {
        std::string frame = R"({"type":"message","from":"group","group":"bench","dataType":"text","data":")";
        frame.append(data()).append(R"(","fromUserId":null})");
        const auto body = std::make_shared<const std::string>(std::move(frame));
        ++sent_;
        for (const auto at : order_) members_[at].queue.push_back(body);
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < order_.size(); ++i) {
            auto& to = members_[order_[i]];
            bytes += write(to);
            if (sent_ % batch == turns_[i]) acknowledge(to);
        }
        return bytes;
    }

private:
    struct member {
        std::deque<std::shared_ptr<const std::string>> queue;
        std::size_t written = 0;
        std::uint64_t first = 1;
        char prefix[40];
    };

    static std::size_t write(member& to) {
        const auto frame = to.queue[to.written];
        if constexpr (!with_prefix) {
            ++to.written;
            return frame->size();
        }
        constexpr std::string_view name = "{\"sequenceId\":";
        std::copy(name.begin(), name.end(), to.prefix);
        auto* end = std::to_chars(to.prefix + name.size(), to.prefix + sizeof to.prefix, to.first + to.written).ptr;
        *end++ = ',';
        ++to.written;
        benchmark::DoNotOptimize(to.prefix);
        return static_cast<std::size_t>(end - to.prefix) + frame->size();
    }

    static void acknowledge(member& from) {
        for (; from.queue.size() > left; from.queue.pop_front()) {
            --from.written;
            ++from.first;
        }
    }

    std::vector<member> members_;
    std::vector<std::size_t> order_;
    std::vector<std::uint8_t> turns_;
    std::uint64_t sent_ = 0;
};

/// What a hub keeps for its members, without the hub.
class reference_queues {
public:
    explicit reference_queues(std::size_t members) : order_(shuffled(members)), turns_(random_turns(members)) {
        for (std::size_t i = 0; i < members; ++i) members_[members_.take()].start(true);
    }

    std::uint64_t broadcast() {
        std::string frame = R"({"type":"message","from":"group","group":"bench","dataType":"text","data":")";
        frame.append(data()).append(R"(","fromUserId":null})");
        hub_parts::frame_owner body(hub_parts::make_frame(frame, frame_kind::text));
        const auto size = body->size();
        ++sent_;
        const auto members = order_.size();
        for (std::size_t i = 0; i < members; ++i) {
            prefetch(i);
            if (!members_[at(i)].push_data(body.get(), size, {})) std::abort();
        }
        body->references += static_cast<std::uint32_t>(members);
        body.reset();
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < members; ++i) {
            prefetch(i);
            auto& to = members_[at(i)];
            const auto taken = to.take(webpubsub::steady_time{});
            bytes += taken.frame->bytes().size();
            hub_parts::release_frame(taken.frame);
            if (sent_ % batch == turns_[i] && sent_ > left) to.acknowledge(sent_ - left);
        }
        return bytes;
    }

private:
    std::uint32_t at(std::size_t i) const { return static_cast<std::uint32_t>(order_[i]); }

    void prefetch(std::size_t i) const {
        if (i + 12 >= order_.size()) return;
        hub_parts::prefetch(&members_[at(i + 12)]);
        members_[at(i + 6)].prefetch();
    }

    hub_parts::slot_table<hub_parts::outbound_queue> members_;
    std::vector<std::size_t> order_;
    std::vector<std::uint8_t> turns_;
    std::uint64_t sent_ = 0;
};

void fill(void* context, unsigned char* bytes, std::size_t size) {
    auto& generator = *static_cast<std::mt19937_64*>(context);
    std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(generator()); });
}

class hub_fan_out {
public:
    explicit hub_fan_out(std::size_t members)
        : hub_({json_service_codec(), reliable_json_service_codec()}, {}, {&generator_, fill}),
          order_(shuffled(members)),
          turns_(random_turns(members)) {
        connect_request request;
        request.subprotocols = {std::string(subprotocols::json_reliable_v1.name)};
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < members; ++i) {
            const auto transport = get<accepted>(hub_.admit(now_, request)).transport;
            hub_.handle_opened(now_, transport);
            while (const auto event = hub_.poll_event()) {
                if (const auto* connected = get_if<hub_events::client_connected>(&*event)) {
                    ids.push_back(connected->connection_id);
                }
            }
            if (!hub_.poll_transmit(transport)) std::abort();
            hub_.handle_written(now_, transport);
        }
        for (const auto at : order_) {
            if (!hub_.add_to_group(now_, ids[at], "bench")) std::abort();
        }
    }

    std::uint64_t broadcast() {
        const auto receivers = hub_.send_to_group(now_, "bench", payload_view::text(data()));
        if (!receivers || *receivers != order_.size()) std::abort();
        ++sent_;
        if (sent_ > left) ack_ = R"({"type":"sequenceAck","sequenceId":)" + std::to_string(sent_ - left) + "}";
        std::uint64_t bytes = 0;
        std::size_t i = 0;
        while (const auto transport = hub_.poll_ready()) {
            const auto frame = hub_.poll_transmit(*transport);
            bytes += frame->size();
            hub_.handle_written(now_, *transport);
            const bool acknowledges = sent_ % batch == turns_[i++] && sent_ > left;
            if (acknowledges) hub_.handle_frame(now_, *transport, frame_kind::text, ack_);
        }
        return bytes;
    }

private:
    std::mt19937_64 generator_;
    instant now_{};
    hub hub_;
    std::vector<std::size_t> order_;
    std::vector<std::uint8_t> turns_;
    std::uint64_t sent_ = 0;
    std::string ack_;
};

template <class Work>
void run(benchmark::State& state) {
    const auto members = static_cast<std::size_t>(state.range(0));
    Work work(members);
    for (std::size_t i = 0; i < 4 * batch; ++i) work.broadcast();
    std::uint64_t bytes = 0;
    for (auto _ : state) bytes += work.broadcast();
    benchmark::DoNotOptimize(bytes);
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

template <class Work>
double nanoseconds_per_delivery(std::size_t members, std::size_t deliveries) {
    Work work(members);
    for (std::size_t i = 0; i < 4 * batch; ++i) work.broadcast();
    // Each member acknowledges equally often.
    const std::size_t rounds = std::max<std::size_t>(deliveries / members / batch, 1) * batch;
    double best = 1e300;
    for (int repetition = 0; repetition < 5; ++repetition) {
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < rounds; ++i) work.broadcast();
        const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count() / static_cast<double>(rounds * members));
    }
    return best;
}

/// Not a time but the ratio of two, as the counter `ratio`.
template <class Ours, class Theirs>
void ratio(benchmark::State& state) {
    const auto members = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        const double ours = nanoseconds_per_delivery<Ours>(members, 1'000'000);
        const double theirs = nanoseconds_per_delivery<Theirs>(members, 1'000'000);
        state.counters["ours_ns"] = ours;
        state.counters["shared_ptr_ns"] = theirs;
        state.counters["ratio"] = ours / theirs;
    }
}

} // namespace

BENCHMARK_TEMPLATE(run, hub_fan_out)->Name("fan_out/hub")->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK_TEMPLATE(run, shared_pointer_queues<true>)->Name("fan_out/shared_ptr")->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK_TEMPLATE(ratio, reference_queues, shared_pointer_queues<false>)
    ->Name("fan_out/ratio/queues")
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000)
    ->Iterations(1);
BENCHMARK_TEMPLATE(ratio, hub_fan_out, shared_pointer_queues<true>)
    ->Name("fan_out/ratio/hub")
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000)
    ->Iterations(1);

int main(int argc, char** argv) {
    // libstdc++ counts references without atomics until a program has made its first thread, as every server does.
    std::thread([] {}).join();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
}
