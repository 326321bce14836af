// SPDX-License-Identifier: MIT
#include <webpubsub/messages/validity.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace webpubsub;

namespace {

errc verdict(const client_message& message) {
    const auto valid = check_validity(message);
    return valid ? errc{} : valid.error().code;
}

send_to_group_message with(string_map metadata) { return {"g", {}, false, text_payload("x"), std::move(metadata), 0}; }

} // namespace

TEST_CASE("names and ids of a client message are not empty") {
    const payload data = text_payload("");
    for (const client_message& bad : std::vector<client_message>{
             join_group_message{}, leave_group_message{}, send_to_group_message{"", {}, false, data},
             event_message{"", {}, data}, start_stream_message{"", false, {"s"}},
             start_stream_message{"g", false, {""}}, stream_data_message{"", 1, data}, stream_keep_alive_message{},
             end_stream_message{}, invoke_message{"", "e"}, invoke_message{"1", ""}, cancel_invocation_message{},
             set_group_state_message{}, subscribe_group_state_message{}, unsubscribe_group_state_message{}}) {
        CAPTURE(bad.index());
        CHECK(verdict(bad) == errc::missing_field);
    }
    CHECK(verdict(join_group_message{"g", 0}) == errc{});
    CHECK(verdict(ping_message{}) == errc{});
    CHECK(verdict(sequence_ack_message{0}) == errc{});
}

TEST_CASE("numbers of a client message are in their range") {
    const payload data = text_payload("");
    CHECK(verdict(send_to_group_message{"g", {}, false, data, {}, 300}) == errc{});
    CHECK(verdict(send_to_group_message{"g", {}, false, data, {}, 301}) == errc::invalid_field);
    CHECK(verdict(start_stream_message{"g", false, {"s", 1}}) == errc{});
    CHECK(verdict(start_stream_message{"g", false, {"s", 0}}) == errc::invalid_field);
    CHECK(verdict(stream_data_message{"s", 0, data}) == errc::invalid_field);
}

TEST_CASE("metadata has tokens for keys, ASCII for values, and a limited size") {
    CHECK(verdict(with({{"!#$%&'*+-.^_`|~aZ09", ""}, {"k", "any \x01 ASCII"}})) == errc{});
    for (const auto& bad : std::vector<string_map>{
             {{"", "v"}}, {{"a b", "v"}}, {{"a:", "v"}}, {{"\xc3\xa9", "v"}}, {{"k", "\xc3\xa9"}}}) {
        CHECK(verdict(with(bad)) == errc::invalid_metadata);
    }
    CHECK(verdict(with({{std::string(256, 'k'), std::string(1024, 'v')}})) == errc{});
    CHECK(verdict(with({{std::string(257, 'k'), ""}})) == errc::invalid_metadata);
    CHECK(verdict(with({{"k", std::string(1025, 'v')}})) == errc::invalid_metadata);

    string_map large;
    for (const char c : std::string("abcdefgh")) large.push_back({std::string(1, c), std::string(1023, 'v')});
    CHECK(verdict(with(large)) == errc{});
    large.push_back({"i", ""});
    CHECK(verdict(with(large)) == errc::invalid_metadata);
}
