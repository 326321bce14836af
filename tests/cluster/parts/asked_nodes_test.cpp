// SPDX-License-Identifier: MIT
#include <webpubsub/cluster/parts/asked_nodes.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <map>
#include <random>
#include <vector>

using namespace webpubsub;
using cluster_parts::asked_nodes;
using std::chrono::seconds;

namespace {

using nodes = std::vector<node_id>;

constexpr steady_time at(int second) { return steady_time(seconds(second)); }
node_id node(unsigned number) { return node_id::of_number(number); }

bus_messages::reply reply(std::uint64_t request, std::uint64_t count = 0) {
    return {request, static_cast<std::uint32_t>(bus_messages::reply_code::done), count, {}};
}

} // namespace

TEST_CASE("a question is over when all that were asked have answered") {
    asked_nodes asked(seconds(5), 10);
    const auto first = asked.ask(at(0), {node(1), node(2)}).value();
    const auto second = asked.ask(at(1), {node(2)}).value();
    CHECK(asked.handle_reply(node(2), reply(first, 20)));
    CHECK_FALSE(asked.poll_over());
    CHECK(asked.handle_reply(node(2), reply(second, 30)));
    CHECK(asked.poll_over()->request == second);
    CHECK(asked.handle_reply(node(1), reply(first, 10)));
    const auto over = asked.poll_over();
    REQUIRE(over);
    CHECK(over->request == first);
    REQUIRE(over->replies.size() == 2);
    CHECK(over->replies[0].first == node(2));
    CHECK(over->replies[1].second.count == 10);
    CHECK(over->silent.empty());
    CHECK(asked.size() == 0);
    CHECK(asked.poll_timeout() == std::nullopt);
}

TEST_CASE("whoever does not answer in time, or is lost, is silent") {
    asked_nodes asked(seconds(5), 10);
    const auto first = asked.ask(at(0), {node(1), node(2), node(3)}).value();
    const auto second = asked.ask(at(1), {node(2)}).value();
    CHECK(asked.handle_reply(node(1), reply(first)));
    asked.handle_lost(node(2));
    CHECK(asked.poll_over()->request == second);
    CHECK(asked.poll_timeout() == at(5));
    asked.handle_timeout(at(4));
    CHECK_FALSE(asked.poll_over());
    asked.handle_timeout(at(5));
    const auto over = asked.poll_over();
    REQUIRE(over);
    CHECK(over->replies.size() == 1);
    CHECK(over->silent == nodes{node(2), node(3)});
    CHECK_FALSE(asked.handle_reply(node(3), reply(first)));
}

TEST_CASE("what nobody asked for is no reply") {
    asked_nodes asked(seconds(5), 10);
    const auto request = asked.ask(at(0), {node(1), node(2)}).value();
    CHECK_FALSE(asked.handle_reply(node(1), reply(request + 1)));
    CHECK_FALSE(asked.handle_reply(node(3), reply(request)));
    CHECK(asked.handle_reply(node(1), reply(request)));
    CHECK_FALSE(asked.handle_reply(node(1), reply(request)));
}

TEST_CASE("with nobody to ask a question is over at once, and with too many it is not asked") {
    asked_nodes asked(std::nullopt, 2);
    const auto alone = asked.ask(at(0), {}).value();
    CHECK(asked.poll_over()->request == alone);
    CHECK(asked.ask(at(0), {node(1)}));
    CHECK(asked.ask(at(0), {node(1)}));
    CHECK(asked.ask(at(0), {node(1)}).error().code == errc::too_many_pending);
    CHECK(asked.poll_timeout() == std::nullopt);
    asked.handle_lost(node(1));
    CHECK(asked.ask(at(0), {node(1)}));
}

TEST_CASE("each question is over once, whatever comes in whatever order") {
    std::mt19937 random(1);
    asked_nodes asked(seconds(5), 20);
    std::map<std::uint64_t, std::size_t> open;
    int now = 0;
    for (int i = 0; i < 20'000; ++i) {
        switch (random() % 4) {
        case 0: {
            nodes some;
            for (unsigned n = 0; n < 4; ++n) {
                if (random() % 2 == 0) some.push_back(node(n));
            }
            const auto count = some.size();
            if (const auto request = asked.ask(at(now), std::move(some))) open[*request] = count;
            break;
        }
        case 1: asked.handle_timeout(at(now += static_cast<int>(random() % 2))); break;
        case 2:
            if (random() % 20 == 0) asked.handle_lost(node(static_cast<unsigned>(random() % 4)));
            break;
        default:
            if (open.empty()) break;
            asked.handle_reply(node(static_cast<unsigned>(random() % 5)), reply(open.begin()->first + random() % 3));
        }
        while (const auto over = asked.poll_over()) {
            REQUIRE(open.contains(over->request));
            CHECK(over->replies.size() + over->silent.size() == open[over->request]);
            open.erase(over->request);
        }
        CHECK(asked.size() == open.size());
    }
    asked.handle_timeout(at(now + 5));
    while (const auto over = asked.poll_over()) open.erase(over->request);
    CHECK(open.empty());
}
