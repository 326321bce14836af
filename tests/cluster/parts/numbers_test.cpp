// SPDX-License-Identifier: MIT

// The numbers of messages on the bus, as senders give them and receivers check them.

#include <webpubsub/cluster/parts/received_numbers.hpp>
#include <webpubsub/cluster/parts/sent_numbers.hpp>

#include "support/catch.hpp"

#include <map>
#include <random>
#include <string>

using namespace webpubsub;
using cluster_parts::received_numbers;
using cluster_parts::sent_numbers;

namespace {

const auto first = node_id::of_number(1);
const auto second = node_id::of_number(2);

bus_channel group(int number) { return {bus_channel_kind::group, std::to_string(number)}; }

bus_header header_of(node_id from, const sent_numbers::number& number) {
    return {from, number.sequence, number.begins_run};
}

} // namespace

TEST_CASE("what is lost of a sender on a channel shows with its next message there") {
    sent_numbers sent(10);
    received_numbers received;
    for (int i = 0; i < 3; ++i) CHECK(received.receive(group(1), header_of(first, sent.next(group(1)))).missing == 0);
    CHECK(received.receive(group(2), header_of(first, sent.next(group(2)))).missing == 0);
    for (int i = 0; i < 5; ++i) sent.next(group(1));
    CHECK(received.receive(group(2), header_of(first, sent.next(group(2)))).missing == 0);
    CHECK(received.receive(group(1), header_of(first, sent.next(group(1)))).missing == 5);
    CHECK(received.receive(group(1), header_of(first, sent.next(group(1)))).missing == 0);
}

TEST_CASE("a number that is taken back is missing nowhere") {
    sent_numbers sent(10);
    received_numbers received;
    sent.take_back(group(1), sent.next(group(1)));
    const auto begin = received.receive(group(1), header_of(first, sent.next(group(1))));
    CHECK_FALSE(begin.is_behind_others);
    sent.take_back(group(1), sent.next(group(1)));
    const auto next = received.receive(group(1), header_of(first, sent.next(group(1))));
    CHECK_FALSE(next.is_late);
    CHECK(next.missing == 0);
}

TEST_CASE("what comes twice, or behind a later message, is late") {
    received_numbers received;
    CHECK_FALSE(received.receive(group(1), {first, 7, false}).is_late);
    CHECK(received.receive(group(1), {first, 7, false}).is_late);
    CHECK(received.receive(group(1), {first, 6, true}).is_late);
    CHECK_FALSE(received.receive(group(1), {second, 6, false}).is_late);
    CHECK_FALSE(received.receive(group(2), {first, 6, false}).is_late);
    CHECK_FALSE(received.receive(group(1), {first, 8, false}).is_late);
}

TEST_CASE("the first message under a subscription, and one that begins a run, say nothing of what was before") {
    received_numbers received;
    CHECK(received.receive(group(1), {first, 7, false}).missing == 0);
    CHECK(received.receive(group(1), {first, 100, true}).missing == 0);
    received.forget(group(1));
    CHECK(received.receive(group(1), {first, 200, false}).missing == 0);
    CHECK(received.receive(group(1), {first, 202, false}).missing == 1);
    received.receive(group(10), {first, 1, false});
    received.forget(first);
    CHECK(received.size() == 0);
    CHECK(received.receive(group(1), {first, 300, false}).missing == 0);
}

TEST_CASE("the first message that comes of a sender is the first that was sent, or behind others") {
    sent_numbers sent(10);
    received_numbers received;
    CHECK_FALSE(received.receive(group(1), header_of(first, sent.next(group(1)))).is_behind_others);
    CHECK_FALSE(received.receive(group(1), header_of(first, sent.next(group(1)))).is_behind_others);
    sent.next(group(2));
    CHECK(received.receive(group(2), header_of(first, sent.next(group(2)))).is_behind_others);
    CHECK_FALSE(received.receive(group(2), header_of(first, sent.next(group(2)))).is_behind_others);
}

TEST_CASE("a sender remembers the channels that it has used last, and never gives a number twice") {
    sent_numbers sent(4);
    std::mt19937 random(1);
    std::map<int, std::uint64_t> last;
    for (int i = 0; i < 20'000; ++i) {
        if (random() % 1000 == 0) sent.begin_anew();
        const int channel = static_cast<int>(random() % (random() % 2 == 0 ? 3 : 40));
        const auto number = sent.next(group(channel));
        auto& before = last[channel];
        CHECK(number.sequence > before);
        CHECK((number.begins_run || number.sequence == before + 1));
        before = number.sequence;
        CHECK(sent.size() <= 8);
    }
    sent_numbers few(4);
    few.next(group(0));
    for (int i = 0; i < 100; ++i) {
        few.next(group(i % 4));
        CHECK_FALSE(few.next(group(0)).begins_run);
    }
}
