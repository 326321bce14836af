// SPDX-License-Identifier: MIT
#pragma once

#include "support/full_codec.hpp"

#include <webpubsub/proto/codec.hpp>

#include <google/protobuf/any.pb.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>

namespace webpubsub::inline WEBPUBSUB_MODE::test {

/// Brings what the two codecs may write differently into one form: the order in maps and the bytes of an Any.
class protobuf_meaning {
public:
    static client_message of(client_message message) { return normal(std::move(message)); }
    static service_message of(service_message message) { return normal(std::move(message)); }

private:
    template <class Variant>
    static Variant normal(Variant message) {
        webpubsub::visit([](auto& it) { visit(it); }, message);
        return message;
    }

    template <class Message>
    static void visit(Message& it) {
        if constexpr (requires { it.data; }) normalize(it.data);
        if constexpr (requires { it.metadata; }) normalize(it.metadata);
        if constexpr (requires { it.state; }) normalize(it.state);
        if constexpr (requires { it.outcome; }) {
            if (auto* data = get_if<payload>(&it.outcome)) normalize(*data);
        }
        if constexpr (requires { it.items; }) {
            for (auto& item : it.items) normalize(item.state);
        }
    }

    static void normalize(payload& data) {
        if (data.type != data_type::protobuf) return;
        google::protobuf::Any any;
        data.bytes = any.ParseFromString(data.bytes) ? any.SerializeAsString() : "not an Any";
    }

    static void normalize(string_map& map) {
        std::sort(map.begin(), map.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    }

    template <class T>
    static void normalize(std::optional<T>& value) {
        if (value) normalize(*value);
    }
};

/// Compares this library's protobuf codec with the one on the generated classes: empty if they agree on the frame in
/// verdict and meaning, otherwise what they differ in.
template <class Message>
std::string protobuf_difference(std::string_view frame) {
    Message ours;
    Message theirs;
    const auto ours_by = full_protobuf_codec();
    const full_codec theirs_by{reliable_generated_protobuf_codec(), reliable_generated_protobuf_service_codec()};
    const auto our_verdict = ours_by.decode(frame, ours);
    const auto their_verdict = theirs_by.decode(frame, theirs);
    if (our_verdict.has_value() != their_verdict.has_value()) {
        return our_verdict
                   ? "accepted, and the generated parser refuses: " +
                         std::string(message_of(their_verdict.error().code))
                   : "refused, and the generated parser accepts: " + std::string(message_of(our_verdict.error().code));
    }
    if (!our_verdict) {
        const auto offset = our_verdict.error().offset;
        return offset == error::no_offset || offset <= frame.size() ? "" : "an error outside of the frame";
    }
    if (protobuf_meaning::of(ours) != protobuf_meaning::of(theirs)) return "a different meaning";

    std::string our_bytes;
    std::string their_bytes;
    if constexpr (std::is_same_v<Message, service_message>) {
        if (holds_alternative<unknown_message>(ours)) return "";
    }
    if (!ours_by.encode(ours, our_bytes)) return "can't be encoded";
    if (!theirs_by.encode(ours, their_bytes)) return "can't be encoded by the generated classes";
    Message ours_again;
    if (!ours_by.decode(our_bytes, ours_again) || ours_again != ours) return "no identity";
    Message theirs_again;
    if (!ours_by.decode(their_bytes, theirs_again)) return "can't read what the generated classes write";
    if (protobuf_meaning::of(theirs_again) != protobuf_meaning::of(ours)) return "another meaning once written";
    return "";
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::test
