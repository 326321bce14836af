// SPDX-License-Identifier: MIT

#include "competitors.hpp"

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>

#include <array>

namespace webpubsub::inline WEBPUBSUB_MODE::bench {
namespace {

namespace json = boost::json;

struct null_handler {
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    using ec = json::error_code;
    using view = json::string_view;

    bool on_document_begin(ec&) { return true; }
    bool on_document_end(ec&) { return true; }
    bool on_object_begin(ec&) { return true; }
    bool on_object_end(std::size_t, ec&) { return true; }
    bool on_array_begin(ec&) { return true; }
    bool on_array_end(std::size_t, ec&) { return true; }
    bool on_key_part(view, std::size_t, ec&) { return true; }
    bool on_key(view, std::size_t, ec&) { return true; }
    bool on_string_part(view, std::size_t, ec&) { return true; }
    bool on_string(view, std::size_t, ec&) { return true; }
    bool on_number_part(view, ec&) { return true; }
    bool on_int64(std::int64_t, view, ec&) { return true; }
    bool on_uint64(std::uint64_t, view, ec&) { return true; }
    bool on_double(double, view, ec&) { return true; }
    bool on_bool(bool, ec&) { return true; }
    bool on_null(ec&) { return true; }
    bool on_comment_part(view, ec&) { return true; }
    bool on_comment(view, ec&) { return true; }
};

/// Memory for one value at a time.
using value_memory = std::array<unsigned char, 32768>;

void parse_alone(const std::string& frame, bool, comparison& with) {
    with.against(
        "Boost.JSON basic_parser alone, used again",
        [frame, parser = std::make_shared<json::basic_parser<null_handler>>(json::parse_options{})] {
            json::error_code ec;
            parser->reset();
            if (parser->write_some(false, frame.data(), frame.size(), ec) != frame.size() || ec) std::abort();
        },
        1.25);
    with.against(
        "Boost.JSON DOM alone, monotonic_resource",
        [frame, memory = std::make_shared<value_memory>()] {
            json::monotonic_resource resource(memory->data(), memory->size());
            if (!json::parse(frame, &resource).is_object()) std::abort();
        },
        0.5);
}

void read(const json::object& object, group_data_message& out) {
    if (object.at("type").as_string() != "message" || object.at("from").as_string() != "group") std::abort();
    out.sequence_id = object.at("sequenceId").to_number<std::uint64_t>();
    out.group = object.at("group").as_string();
    out.from_user_id = object.at("fromUserId").as_string();
    out.data.type = data_type_of(object.at("dataType").as_string());
    if (out.data.type == data_type::text) out.data.bytes = object.at("data").as_string();
}

void decode(const std::string& frame, const group_data_message& message, comparison& with) {
    group_data_message out;
    const auto value = json::parse(frame);
    read(value.as_object(), out);
    if (out.data.type == data_type::json) {
        require(value.at("data") == json::parse(message.data.bytes), "Boost.JSON");
        out.data.bytes = message.data.bytes;
    }
    require(out == message, "Boost.JSON");
    parse_alone(frame, false, with);
    with.against("Boost.JSON DOM, monotonic_resource",
                 [frame, out, memory = std::make_shared<value_memory>()]() mutable {
                     json::monotonic_resource resource(memory->data(), memory->size());
                     const auto parsed = json::parse(frame, &resource);
                     read(parsed.get_object(), out);
                 });
}

json::object build(const group_data_message& message, const json::value& data, const json::storage_ptr& memory) {
    return json::object({{"sequenceId", *message.sequence_id},
                         {"type", "message"},
                         {"from", "group"},
                         {"group", message.group},
                         {"dataType", name_of(message.data.type)},
                         {"data", data},
                         {"fromUserId", message.from_user_id}},
                        memory);
}

void encode(const std::string& frame, const group_data_message& message, comparison& with) {
    // JSON is there as a value already.
    const json::value data =
        message.data.type == data_type::json ? json::parse(message.data.bytes) : json::value(message.data.bytes);
    require(json::parse(frame) == json::value(build(message, data, {})), "Boost.JSON");
    with.against(
        "Boost.JSON object, serialize",
        [message, data] {
            if (json::serialize(build(message, data, {})).empty()) std::abort();
        },
        0.15);
    with.against("Boost.JSON object, monotonic_resource, into the same string",
                 [message, data, memory = std::make_shared<value_memory>(), out = std::string(8192, ' ')]() mutable {
                     json::monotonic_resource resource(memory->data(), memory->size());
                     const json::value built = build(message, data, &resource);
                     json::serializer serializer;
                     serializer.reset(&built);
                     if (serializer.read(out.data(), out.size()).empty() || !serializer.done()) std::abort();
                 });
}

const bool added = add({parse_alone, decode, encode});

} // namespace
} // namespace webpubsub::inline WEBPUBSUB_MODE::bench
