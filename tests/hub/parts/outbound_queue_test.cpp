// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/outbound_queue.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::hub_parts;
using namespace std::chrono_literals;

namespace {

constexpr queue_limits no_limits{1'000'000, 1'000'000'000};

struct fixture {
    outbound_queue queue;
    /// Every frame there was, with a reference of the fixture's.
    std::vector<frame_owner> frames;

    steady_time now{};

    explicit fixture(bool reliable) { queue.start(reliable); }

    frame_owner made(const std::string& body, steady_time expires = steady_time::max()) {
        frames.emplace_back(make_frame(body, frame_kind::text, expires));
        ++frames.back()->references;
        return frame_owner(frames.back().get());
    }

    /// Frames that the queue, or somebody else, refers to.
    std::size_t kept() const {
        std::size_t count = 0;
        for (const auto& frame : frames) count += frame->references > 1;
        return count;
    }

    bool data(const std::string& body, const queue_limits& limits = no_limits,
              steady_time expires = steady_time::max()) {
        auto frame = made(body, expires);
        if (!queue.push_data(frame.get(), frame->size(), limits)) return false;
        frame.give();
        return true;
    }

    /// Expires that much later.
    bool short_lived(const std::string& body, duration life) { return data(body, no_limits, now + life); }

    bool control(const std::string& body, const queue_limits& limits = no_limits) {
        auto frame = made(body);
        return queue.push_control(frame, limits);
    }

    /// The body with the sequence id before it, empty when there is nothing.
    std::string take() {
        const auto taken = queue.take(now);
        if (taken.frame == nullptr) return {};
        std::string text = taken.sequence_id == 0 ? "" : std::to_string(taken.sequence_id) + ":";
        text += taken.frame->bytes();
        release_frame(taken.frame);
        return text;
    }

    std::vector<std::string> take_all() {
        std::vector<std::string> all;
        for (auto next = take(); !next.empty(); next = take()) all.push_back(next);
        return all;
    }
};

using list = std::vector<std::string>;

} // namespace

TEST_CASE("a plain queue gives each frame once, data without sequence ids") {
    fixture f(false);
    f.data("a");
    f.control("ack");
    f.data("b");
    CHECK(f.queue.has_output());
    CHECK(f.take_all() == list{"a", "ack", "b"});
    CHECK_FALSE(f.queue.has_output());
    CHECK(f.kept() == 0);
}

TEST_CASE("data of a reliable queue is numbered from 1 and kept until it is acknowledged") {
    fixture f(true);
    f.data("a");
    f.data("b");
    f.data("c");
    CHECK(f.take_all() == list{"1:a", "2:b", "3:c"});
    CHECK_FALSE(f.queue.has_output());
    CHECK(f.queue.data_frames() == 3);
    f.queue.acknowledge(2);
    CHECK(f.queue.data_frames() == 1);
    CHECK(f.queue.data_bytes() == 1);
    CHECK(f.kept() == 1);
    f.data("d");
    CHECK(f.take_all() == list{"4:d"});
}

TEST_CASE("control frames keep their place between data on both kinds of connection") {
    const bool reliable = GENERATE(false, true);
    fixture f(reliable);
    f.control("connected");
    f.data("x");
    f.control("ack 1");
    f.control("ack 2");
    f.data("y");
    f.data("z");
    f.control("ack 3");
    CHECK(f.take_all() == (reliable ? list{"connected", "1:x", "ack 1", "ack 2", "2:y", "3:z", "ack 3"}
                                    : list{"connected", "x", "ack 1", "ack 2", "y", "z", "ack 3"}));
}

TEST_CASE("an acknowledgement between takes does not move a control frame") {
    fixture f(true);
    f.data("a");
    f.data("b");
    f.control("ack");
    f.data("c");
    CHECK(f.take() == "1:a");
    f.queue.acknowledge(1);
    CHECK(f.take() == "2:b");
    CHECK(f.take() == "ack");
    CHECK(f.take() == "3:c");
}

TEST_CASE("an acknowledgement below what is kept changes nothing, and one above releases just what was sent") {
    fixture f(true);
    for (const auto* body : {"a", "b", "c", "d"}) f.data(body);
    CHECK(f.take() == "1:a");
    CHECK(f.take() == "2:b");

    SECTION("below") {
        f.queue.acknowledge(1);
        f.queue.acknowledge(1);
        f.queue.acknowledge(0);
        CHECK(f.queue.data_frames() == 3);
    }
    SECTION("above") {
        f.queue.acknowledge(
            GENERATE(std::uint64_t{3}, std::uint64_t{4}, std::uint64_t{1000}, std::uint64_t{0xFFFFFFFFFFFFFFFF}));
        CHECK(f.queue.data_frames() == 2);
    }
    CHECK(f.take_all() == list{"3:c", "4:d"});
}

TEST_CASE("an acknowledgement before anything was sent releases nothing") {
    fixture f(true);
    f.data("a");
    f.queue.acknowledge(1);
    CHECK(f.take_all() == list{"1:a"});
}

TEST_CASE("after a rewind unacknowledged data is sent again in order, and control frames are gone") {
    fixture f(true);
    for (const auto* body : {"a", "b", "c"}) f.data(body);
    f.control("ack");
    CHECK(f.take() == "1:a");
    CHECK(f.take() == "2:b");
    f.queue.acknowledge(1);
    f.queue.rewind();
    f.queue.push_first(f.made("connected"));
    f.data("d");
    CHECK(f.take_all() == list{"connected", "2:b", "3:c", "4:d"});
}

TEST_CASE("what an earlier transport carried can be acknowledged before it is sent again") {
    fixture f(true);
    for (const auto* body : {"a", "b", "c", "d"}) f.data(body);
    CHECK(f.take() == "1:a");
    CHECK(f.take() == "2:b");
    CHECK(f.take() == "3:c");
    f.queue.rewind();
    CHECK(f.take() == "1:a");
    f.queue.acknowledge(3);
    CHECK(f.take_all() == list{"4:d"});
}

TEST_CASE("both kinds of frames share the limits on a plain connection and have their own on a reliable one") {
    const bool reliable = GENERATE(false, true);
    const bool by_bytes = GENERATE(false, true);
    const queue_limits limits = by_bytes ? queue_limits{1000, 6} : queue_limits{2, 1000};
    fixture f(reliable);
    CHECK(f.data("abc", limits));
    CHECK(f.control("abc", limits));
    CHECK(f.data("abc", limits) == reliable);
    CHECK(f.control("abc", limits) == reliable);
    CHECK_FALSE(f.data("abc", limits));
    CHECK_FALSE(f.control("abc", limits));
}

TEST_CASE("data that was sent counts until it is acknowledged") {
    fixture f(true);
    const queue_limits limits{2, 1000};
    CHECK(f.data("a", limits));
    CHECK(f.data("b", limits));
    CHECK(f.take_all() == list{"1:a", "2:b"});
    CHECK_FALSE(f.data("c", limits));
    f.queue.acknowledge(1);
    CHECK(f.data("c", limits));
}

TEST_CASE("the last frame of a connection fits into a full queue") {
    fixture f(false);
    const queue_limits limits{1, 1};
    CHECK(f.data("a", limits));
    f.queue.push_last(f.made("bye"));
    CHECK(f.take_all() == list{"a", "bye"});
}

TEST_CASE("a queue that is reset gives all references back") {
    fixture f(true);
    f.data("a");
    f.take();
    f.data("b");
    f.control("ack");
    f.queue.reset();
    CHECK(f.kept() == 0);
    CHECK(f.queue.next_number() == 1);
}

TEST_CASE("data that expires before it is sent is left out, and what follows takes its number") {
    for (const bool reliable : {false, true}) {
        fixture f(reliable);
        f.data("a");
        f.short_lived("b", 5s);
        f.control("ack 1");
        f.short_lived("c", 2s);
        f.control("ack 2");
        f.data("d");
        f.control("ack 3");
        f.now += 4999ms;
        if (reliable) {
            CHECK(f.take_all() == list{"1:a", "2:b", "ack 1", "ack 2", "3:d", "ack 3"});
        } else {
            CHECK(f.take_all() == list{"a", "b", "ack 1", "ack 2", "d", "ack 3"});
        }
        CHECK(f.queue.data_bytes() == (reliable ? 3 : 0));
    }
}

TEST_CASE("what has expired gives its memory back when the queue is full, or when it comes to it") {
    fixture f(true);
    f.short_lived("aaaa", 1s);
    f.data("b");
    f.short_lived("cccc", 1s);
    CHECK(f.kept() == 3);
    f.now += 1s;
    f.queue.drop_expired(f.now);
    CHECK(f.kept() == 1);
    CHECK(f.queue.data_bytes() == 1);
    CHECK(f.queue.data_frames() == 1);
    CHECK(f.take_all() == list{"1:b"});
}

TEST_CASE("what was sent once is sent again after its time, for its number is known") {
    fixture f(true);
    f.short_lived("a", 1s);
    f.short_lived("b", 1s);
    CHECK(f.take() == "1:a");
    f.queue.rewind();
    f.now += 1s;
    f.data("c");
    CHECK(f.take_all() == list{"1:a", "2:c"});
}

TEST_CASE("control frames alone are left when all data has expired") {
    fixture f(false);
    f.short_lived("a", 1s);
    f.control("ack");
    f.short_lived("b", 1s);
    f.now += 1s;
    f.queue.drop_expired_next(f.now);
    CHECK(f.queue.has_output());
    CHECK(f.take_all() == list{"ack"});
    CHECK_FALSE(f.queue.has_output());
}
