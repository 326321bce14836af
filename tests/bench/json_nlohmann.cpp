// SPDX-License-Identifier: MIT

#include "competitors.hpp"

#include <nlohmann/json.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::bench {
namespace {

using json = nlohmann::json;

void read(const json& object, group_data_message& out) {
    const auto string = [&](const char* name) -> const std::string& {
        return object.at(name).get_ref<const std::string&>();
    };
    if (string("type") != "message" || string("from") != "group") std::abort();
    out.sequence_id = object.at("sequenceId").get<std::uint64_t>();
    out.group = string("group");
    out.from_user_id = string("fromUserId");
    out.data.type = data_type_of(string("dataType"));
    if (out.data.type == data_type::text) out.data.bytes = string("data");
}

void decode(const std::string& frame, const group_data_message& message, comparison& with) {
    group_data_message out;
    const json value = json::parse(frame);
    read(value, out);
    if (out.data.type == data_type::json) {
        require(value.at("data") == json::parse(message.data.bytes), "nlohmann");
        out.data.bytes = message.data.bytes;
    }
    require(out == message, "nlohmann");
    with.against("nlohmann DOM", [frame, out]() mutable { read(json::parse(frame), out); });
}

std::string write(const group_data_message& message, const json& data) {
    const json object = {{"sequenceId", *message.sequence_id},
                         {"type", "message"},
                         {"from", "group"},
                         {"group", message.group},
                         {"dataType", name_of(message.data.type)},
                         {"data", data},
                         {"fromUserId", message.from_user_id}};
    return object.dump();
}

void encode(const std::string& frame, const group_data_message& message, comparison& with) {
    const json data = message.data.type == data_type::json ? json::parse(message.data.bytes) : json(message.data.bytes);
    require(json::parse(write(message, data)) == json::parse(frame), "nlohmann");
    with.against("nlohmann object, dump", [message, data] {
        if (write(message, data).empty()) std::abort();
    });
}

const bool added = add({nullptr, decode, encode});

} // namespace
} // namespace webpubsub::inline WEBPUBSUB_MODE::bench
