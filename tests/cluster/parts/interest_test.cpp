// SPDX-License-Identifier: MIT
#include <webpubsub/cluster/parts/interest.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace webpubsub;
using cluster_parts::interest;
using cluster_parts::subscription_order;
using std::chrono::seconds;

namespace {

using orders = std::vector<subscription_order>;

constexpr steady_time at(int second) { return steady_time(seconds(second)); }
bus_channel group(const std::string& name) { return {bus_channel_kind::group, name}; }

const auto g = group("g");
const auto h = group("h");

orders ordered(interest& of) {
    orders all;
    while (auto order = of.poll_order()) all.push_back(std::move(*order));
    return all;
}

interest connected() {
    interest made(seconds(5));
    made.handle_connected();
    return made;
}

} // namespace

TEST_CASE("a channel is confirmed when the broker has said so") {
    auto of = connected();
    of.want(g);
    of.want(g);
    CHECK(ordered(of) == orders{{g, true}});
    CHECK_FALSE(of.is_confirmed(g));
    CHECK(of.handle_subscribed(g));
    CHECK(of.is_confirmed(g));
    CHECK_FALSE(of.handle_subscribed(g));
    CHECK_FALSE(of.handle_subscribed(h));
    CHECK(ordered(of).empty());
}

TEST_CASE("a channel that nobody wants is kept for a while") {
    auto of = connected();
    of.want(g);
    ordered(of);
    of.handle_subscribed(g);
    of.release(at(0), g);
    CHECK(of.poll_timeout() == at(5));
    CHECK(of.is_confirmed(g));
    of.want(g);
    CHECK(of.poll_timeout() == std::nullopt);
    of.release(at(10), g);
    of.handle_timeout(at(14));
    CHECK(ordered(of).empty());
    of.handle_timeout(at(15));
    CHECK(ordered(of) == orders{{g, false}});
    CHECK_FALSE(of.is_confirmed(g));
    CHECK(of.size() == 0);
}

TEST_CASE("a channel that is wanted again is confirmed by the answer to the last order only") {
    auto of = connected();
    of.want(g);
    ordered(of);
    of.release(at(0), g);
    of.handle_timeout(at(5));
    CHECK(ordered(of) == orders{{g, false}});
    of.want(g);
    CHECK(ordered(of) == orders{{g, true}});
    CHECK_FALSE(of.handle_subscribed(g));
    CHECK_FALSE(of.is_confirmed(g));
    CHECK(of.handle_subscribed(g));
}

TEST_CASE("an order that was not polled is taken back") {
    auto of = connected();
    of.want(g);
    of.release(at(0), g);
    CHECK(ordered(of).empty());
    CHECK(of.size() == 0);
}

TEST_CASE("a bus that comes back is told everything again") {
    interest of(seconds(5));
    of.want(g);
    of.want(h);
    CHECK_FALSE(of.poll_order());
    of.handle_connected();
    CHECK(ordered(of) == orders{{g, true}, {h, true}});
    of.handle_subscribed(g);
    of.release(at(0), h);
    of.handle_lost();
    CHECK_FALSE(of.is_connected());
    CHECK_FALSE(of.is_confirmed(g));
    // An answer of the connection that is lost.
    CHECK_FALSE(of.handle_subscribed(g));
    CHECK(of.poll_timeout() == at(5));
    SECTION("before a channel's time is over") {
        of.handle_connected();
        CHECK(ordered(of) == orders{{g, true}, {h, true}});
    }
    SECTION("after it") {
        of.handle_timeout(at(5));
        CHECK(of.size() == 1);
        of.handle_connected();
        CHECK(ordered(of) == orders{{g, true}});
    }
    CHECK(of.handle_subscribed(g));
}

TEST_CASE("a channel is kept for who comes later, before the bus is there and when others have gone") {
    interest of(seconds(5));
    of.keep(g, at(20));
    of.handle_connected();
    CHECK(ordered(of) == orders{{g, true}});
    CHECK(of.handle_subscribed(g));
    of.want(g);
    of.release(at(1), g);
    CHECK(of.poll_timeout() == at(20));
    of.keep(g, at(10));
    CHECK(of.poll_timeout() == at(20));
    of.handle_timeout(at(20));
    CHECK(ordered(of) == orders{{g, false}});
    CHECK(of.size() == 0);
}

TEST_CASE("whatever comes and goes, the broker has what is wanted in the end, and is confirmed if it is") {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        interest of(seconds(3));
        std::map<bus_channel, bool> wanted;
        // What the broker has, and what it was told and has not done yet.
        std::map<bus_channel, bool> has;
        orders told;
        const auto serve = [&] {
            const auto order = told.front();
            told.erase(told.begin());
            has[order.channel] = order.subscribe;
            if (order.subscribe) of.handle_subscribed(order.channel);
        };
        int now = 0;
        for (int i = 0; i < 300; ++i) {
            const auto channel = group(std::to_string(random() % 3));
            switch (random() % 8) {
            case 0:
            case 1:
                of.want(channel);
                wanted[channel] = true;
                break;
            case 2:
            case 3:
                of.release(at(now), channel);
                wanted[channel] = false;
                break;
            case 4: of.handle_timeout(at(now += static_cast<int>(random() % 4))); break;
            case 5:
                if (random() % 5 != 0) break;
                random() % 2 == 0 ? of.handle_lost() : of.handle_connected();
                told.clear();
                has.clear();
                break;
            default:
                for (auto order = of.poll_order(); order; order = of.poll_order()) told.push_back(*order);
                if (!told.empty()) serve();
            }
            // Nothing is missed on a channel that is confirmed: no order is under way that ends its subscription.
            for (const auto& [each, is_there] : wanted) {
                if (!of.is_confirmed(each)) continue;
                CHECK(has[each]);
                for (const auto& order : told) CHECK(order.channel != each);
            }
        }
        if (!of.is_connected()) of.handle_connected();
        of.handle_timeout(at(now + 10));
        for (const auto& order : ordered(of)) told.push_back(order);
        while (!told.empty()) serve();
        std::size_t count = 0;
        for (const auto& [each, is_wanted] : wanted) {
            CHECK(has[each] == is_wanted);
            CHECK(of.is_confirmed(each) == is_wanted);
            count += is_wanted;
        }
        CHECK(of.size() == count);
    }
}
