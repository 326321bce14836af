// SPDX-License-Identifier: MIT
#include <webpubsub/proto/any.hpp>

#include "support/catch.hpp"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/wrappers.pb.h>

#include <string>

using namespace webpubsub;

TEST_CASE("a generated message travels in a payload and comes back") {
    google::protobuf::StringValue sent;
    sent.set_value("hello");
    const auto data = pack(sent);
    CHECK(data.type == data_type::protobuf);
    CHECK(any_of(data).value().type_url() == "type.googleapis.com/google.protobuf.StringValue");
    CHECK(unpack<google::protobuf::StringValue>(data).value().value() == "hello");
}

TEST_CASE("a payload that holds no Any, or another message, is refused and says which") {
    CHECK(any_of(text_payload("x")).error().code == errc::invalid_any);
    CHECK(unpack<google::protobuf::StringValue>(protobuf_payload("\xff")).error().code == errc::invalid_any);
    CHECK(unpack<google::protobuf::Duration>(pack(google::protobuf::StringValue())).error().code ==
          errc::wrong_any_type);
    google::protobuf::Any broken;
    broken.set_type_url("type.googleapis.com/google.protobuf.StringValue");
    broken.set_value("\xff");
    const auto data = protobuf_payload(broken.SerializeAsString());
    CHECK(unpack<google::protobuf::StringValue>(data).error().code == errc::invalid_any);
}
