// SPDX-License-Identifier: MIT

// A message that came in one encoding goes out in the other, and back, and means the same.

#include "round_trip.hpp"

#include <algorithm>
#include <type_traits>

namespace {

using namespace webpubsub;

void drop_what_protobuf_lacks(client_message&) {}

void drop_what_protobuf_lacks(service_message& message) {
    if (auto* data = get_if<group_data_message>(&message)) data->from_user_id.clear();
}

/// JSON that came in protobuf was not looked into, so it may be none; and in a JSON frame the white space around a
/// value is not part of it.
bool prepare(payload& data) {
    if (data.type == data_type::json) {
        const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
        while (!data.bytes.empty() && is_space(data.bytes.back())) data.bytes.pop_back();
        data.bytes.erase(data.bytes.begin(), std::find_if_not(data.bytes.begin(), data.bytes.end(), is_space));
    }
    return check_payload(data).has_value();
}

template <class Message>
bool prepare_payload(Message& message) {
    return visit(
        [&](auto& it) {
            if constexpr (requires { it.data.bytes; }) return prepare(it.data);
            if constexpr (requires { it.data->bytes; }) return !it.data || prepare(*it.data);
            if constexpr (requires { it.outcome; }) {
                auto* const data = get_if<payload>(&it.outcome);
                return data == nullptr || prepare(*data);
            }
            return true;
        },
        message);
}

template <class Message>
void transcode(const test::full_codec& from, const test::full_codec& to, std::string_view frame) {
    Message message;
    const auto notes = from.decode(frame, message);
    if (!notes || fuzz::may_be_in_metadata(*notes)) return;
    drop_what_protobuf_lacks(message);
    if (!prepare_payload(message)) return;
    std::string there;
    if (!to.encode(message, there)) return;
    Message arrived;
    fuzz::require(to.decode(there, arrived).has_value(), "what goes out in the other encoding can be decoded");
    fuzz::require(arrived == message, "the other encoding means the same");
    std::string back;
    Message again;
    fuzz::require(from.encode(arrived, back) && from.decode(back, again).has_value() && again == message,
                  "the way back loses nothing");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto frame = fuzz::as_frame({data, size});
    for (const auto& [from, to] : {std::pair(test::full_json_codec(), test::full_protobuf_codec()),
                                   std::pair(test::full_protobuf_codec(), test::full_json_codec())}) {
        transcode<client_message>(from, to, frame);
        transcode<service_message>(from, to, frame);
    }
    return 0;
}
