// SPDX-License-Identifier: MIT

#include "competitors.hpp"

#include <simdjson.h>

#include <cstring>

namespace webpubsub::inline WEBPUBSUB_MODE::bench {
namespace {

namespace ondemand = simdjson::ondemand;

/// On-demand parsing validates what it reads; a value that is taken as it stands it only finds the end of.
class reader {
public:
    void read(const std::string& frame, group_data_message& out) {
        // Frames come without padding behind them.
        if (padded_.size() < frame.size() + simdjson::SIMDJSON_PADDING) {
            padded_.resize(frame.size() + simdjson::SIMDJSON_PADDING);
        }
        std::memcpy(padded_.data(), frame.data(), frame.size());
        ondemand::document document = parser_.iterate(padded_.data(), frame.size(), padded_.size());
        for (ondemand::field field : document.get_object()) {
            const std::string_view name = field.unescaped_key();
            ondemand::value value = field.value();
            if (auto* member = string_member(out, name)) {
                member->assign(std::string_view(value.get_string()));
            } else if (name == "sequenceId") {
                out.sequence_id = std::uint64_t(value.get_uint64());
            } else if (name == "dataType") {
                out.data.type = data_type_of(value.get_string());
            } else if (name == "data") {
                read_data(value, out.data.bytes);
            } else if (name == "type") {
                if (std::string_view(value.get_string()) != "message") std::abort();
            } else if (name == "from") {
                if (std::string_view(value.get_string()) != "group") std::abort();
            }
        }
    }

private:
    static void read_data(ondemand::value& value, std::string& out) {
        switch (ondemand::json_type(value.type())) {
        case ondemand::json_type::object: {
            ondemand::object object = value.get_object();
            out.assign(std::string_view(object.raw_json()));
            break;
        }
        case ondemand::json_type::array: {
            ondemand::array array = value.get_array();
            out.assign(std::string_view(array.raw_json()));
            break;
        }
        case ondemand::json_type::string: out.assign(std::string_view(value.get_string())); break;
        default: out.assign(value.raw_json_token()); break;
        }
    }

    ondemand::parser parser_;
    std::vector<char> padded_;
};

void decode(const std::string& frame, const group_data_message& message, comparison& with) {
    group_data_message out;
    reader().read(frame, out);
    require(out == message, "simdjson");
    with.against(
        "simdjson on-demand, with the copy to padded memory",
        [frame, out, with_simdjson = std::make_shared<reader>()]() mutable { with_simdjson->read(frame, out); });
}

const bool added = add({nullptr, decode, nullptr});

} // namespace
} // namespace webpubsub::inline WEBPUBSUB_MODE::bench
