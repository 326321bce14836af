// SPDX-License-Identifier: MIT
#include "service/sender_bench.hpp"

#include <functional>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

error refusal_with(const std::function<void(event_sender_options&)>& change) {
    auto options = sender_options({handler_of_everything()});
    change(options);
    std::mt19937 engine(1);
    const auto made = event_sender::make(options, {{}, openssl_hmac{}}, seeded_bytes(engine));
    REQUIRE_FALSE(made);
    CHECK(check_options(options).error() == made.error());
    return made.error();
}

error about(const char* name) { return error::about(errc::invalid_field, name); }

} // namespace

TEST_CASE("a sender is not made with options that can't be meant") {
    using options = event_sender_options;
    CHECK(refusal_with([](options& o) { o.hub = "1"; }).code == errc::invalid_hub_name);
    CHECK(refusal_with([](options& o) { o.origin = ""; }) == about("origin"));
    CHECK(refusal_with([](options& o) { o.origin = "a\r\nb"; }) == about("origin"));
    CHECK(refusal_with([](options& o) { o.times.event = seconds(-1); }) == about("times.event"));
    CHECK(refusal_with([](options& o) { o.times.body = seconds(-1); }) == about("times.body"));
    CHECK(refusal_with([](options& o) { o.times.validation = seconds(-1); }) == about("times.validation"));
    CHECK(refusal_with([](options& o) { o.times.opening = seconds(-1); }) == about("times.opening"));
    CHECK(refusal_with([](options& o) { o.times.retry_delays = {seconds(-1)}; }) == about("times.retry_delays"));
    CHECK(refusal_with([](options& o) { o.times.validation_pause = seconds(0); }) == about("times.validation_pause"));
    CHECK(refusal_with([](options& o) { o.times.max_validation_pause = seconds(0); }) ==
          about("times.max_validation_pause"));
    CHECK(refusal_with([](options& o) { o.limits.max_calls = 0; }) == about("limits.max_calls"));
    CHECK(refusal_with([](options& o) { o.limits.max_events = 0; }) == about("limits.max_events"));
    CHECK(refusal_with([](options& o) { o.limits.max_event_bytes = 0; }) == about("limits.max_event_bytes"));
}

TEST_CASE("a sender needs a source of random bytes") {
    const auto made = event_sender::make(sender_options({}), {{}, openssl_hmac{}}, {});
    REQUIRE_FALSE(made);
    CHECK(made.error() == about("random"));
}

TEST_CASE("events are signed with each key, and without keys not at all") {
    std::mt19937 engine(1);
    const auto other = access_key::make(std::string(32, 'k')).value();
    const std::vector<std::vector<access_key>> sets{{}, {the_sender_key()}, {the_sender_key(), other}};
    for (const auto& keys : sets) {
        auto sender =
            event_sender::make(sender_options({handler_of_everything()}), {keys, openssl_hmac{}}, seeded_bytes(engine))
                .value();
        sender.handle_event({}, connects("c1"));
        sender.handle_response({}, sender.poll_call()->id, allowed());
        const auto call = *sender.poll_call();
        CHECK(header(call, "ce-signature") == (keys.empty() ? "(none)" : sign_connection("c1", keys, openssl_hmac{})));
    }
}

TEST_CASE("times of zero are over at once, and nothing runs in circles") {
    auto options = sender_options({handler_of_everything()});
    options.times.event = options.times.body = options.times.validation = options.times.opening = seconds(0);
    options.times.retry_delays = {seconds(0), seconds(0)};
    sender_bench bench(options);
    bench.take(sends(1, "c1"));
    bench.pass(seconds(0));
    CHECK(bench.answer<sender_answers::event_failed>().id == event_id{1});
    bench.take(asks(2, "c2"));
    bench.pass(seconds(10));
    bench.answer<sender_answers::admission_refused>();
    bench.take(disconnects("c1"));
    bench.pass(seconds(10));
    bench.cancelled();
    bench.calls();
    bench.pass(seconds(10));
    bench.cancelled();
    bench.check_idle();
}
