// SPDX-License-Identifier: MIT

#include "competitors.hpp"

#include <webpubsub/text/utf8.hpp>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::bench {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

void put(const protozero::data_view& bytes, bool is_string, std::string& out) {
    out.assign(bytes.data(), bytes.size());
    if (is_string && !is_utf8(out)) std::abort();
}

void read_data(pbf_reader data, payload& out) {
    while (data.next()) {
        switch (data.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::length_delimited):
            out.type = data_type::text;
            put(data.get_view(), true, out.bytes);
            break;
        case tag_and_type(2, pbf_wire_type::length_delimited):
            out.type = data_type::binary;
            put(data.get_view(), false, out.bytes);
            break;
        case tag_and_type(4, pbf_wire_type::length_delimited):
            out.type = data_type::json;
            put(data.get_view(), true, out.bytes);
            break;
        default: data.skip();
        }
    }
}

void read_message(pbf_reader message, group_data_message& out) {
    out.sequence_id.reset();
    while (message.next()) {
        switch (message.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::length_delimited): {
            const auto from = message.get_view();
            if (std::string_view(from.data(), from.size()) != "group") std::abort();
            break;
        }
        case tag_and_type(2, pbf_wire_type::length_delimited): put(message.get_view(), true, out.group); break;
        case tag_and_type(3, pbf_wire_type::length_delimited): read_data(message.get_message(), out.data); break;
        case tag_and_type(4, pbf_wire_type::varint): out.sequence_id = message.get_uint64(); break;
        default: message.skip();
        }
    }
}

void read(const std::string& frame, group_data_message& out) {
    pbf_reader message(frame);
    while (message.next()) {
        if (message.tag_and_type() == tag_and_type(2, pbf_wire_type::length_delimited)) {
            read_message(message.get_message(), out);
        } else {
            message.skip();
        }
    }
}

void decode(const std::string& frame, const group_data_message& message, comparison& with) {
    group_data_message out;
    read(frame, out);
    require(out == message, "protozero");
    with.against(
        "protozero, the same UTF-8 check, into the same struct", [frame, out]() mutable { read(frame, out); }, 1.1);
}

void write(const group_data_message& message, std::string& out) {
    out.clear();
    protozero::pbf_writer top(out);
    protozero::pbf_writer to(top, 2);
    to.add_string(1, "group");
    to.add_string(2, message.group);
    {
        protozero::pbf_writer data(to, 3);
        switch (message.data.type) {
        case data_type::text: data.add_string(1, message.data.bytes); break;
        case data_type::binary: data.add_bytes(2, message.data.bytes); break;
        case data_type::json: data.add_string(4, message.data.bytes); break;
        default: std::abort();
        }
    }
    to.add_uint64(4, *message.sequence_id);
}

void encode(const std::string& frame, const group_data_message& message, comparison& with) {
    std::string out;
    write(message, out);
    group_data_message again;
    read(out, again);
    require(out.size() == frame.size() && again == message, "protozero");
    with.against(
        "protozero", [message, out]() mutable { write(message, out); }, 1.1);
}

const bool added = add({nullptr, decode, encode});

} // namespace
} // namespace webpubsub::inline WEBPUBSUB_MODE::bench
