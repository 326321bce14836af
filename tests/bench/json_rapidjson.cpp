// SPDX-License-Identifier: MIT

#ifdef __SSE2__
#define RAPIDJSON_SSE2
#endif

#include "competitors.hpp"

#include <rapidjson/document.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>

namespace webpubsub::inline WEBPUBSUB_MODE::bench {
namespace {

/// Takes the values of the outer object as they come, and of data that is JSON where it begins and ends.
class handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, handler> {
public:
    handler(const std::string& frame, rapidjson::StringStream& stream, group_data_message& out)
        : frame_(frame), stream_(stream), out_(out) {}

    bool Key(const char* name, rapidjson::SizeType size, bool) {
        if (depth_ == 1) name_.assign(name, size);
        return true;
    }
    bool String(const char* text, rapidjson::SizeType size, bool) {
        if (depth_ != 1) return true;
        const std::string_view value(text, size);
        if (auto* member = string_member(out_, name_)) member->assign(value);
        if (name_ == "data") out_.data.bytes.assign(value);
        if (name_ == "dataType") out_.data.type = data_type_of(value);
        if (name_ == "type") return value == "message";
        if (name_ == "from") return value == "group";
        return true;
    }
    bool Uint(unsigned value) { return Uint64(value); }
    bool Uint64(std::uint64_t value) {
        if (depth_ == 1 && name_ == "sequenceId") out_.sequence_id = value;
        return true;
    }
    bool StartObject() { return begin(); }
    bool EndObject(rapidjson::SizeType) { return end(); }
    bool StartArray() { return begin(); }
    bool EndArray(rapidjson::SizeType) { return end(); }

private:
    bool begin() {
        if (depth_++ == 1) begin_ = stream_.Tell() - 1;
        return true;
    }
    bool end() {
        if (--depth_ == 1 && name_ == "data") out_.data.bytes.assign(frame_, begin_, stream_.Tell() - begin_);
        return true;
    }

    const std::string& frame_;
    rapidjson::StringStream& stream_;
    group_data_message& out_;
    std::string name_;
    int depth_ = 0;
    std::size_t begin_ = 0;
};

void read(const std::string& frame, rapidjson::Reader& reader, group_data_message& out) {
    rapidjson::StringStream stream(frame.c_str());
    handler with(frame, stream, out);
    if (!reader.Parse<rapidjson::kParseValidateEncodingFlag>(stream, with)) std::abort();
}

/// A document over a copy of the frame, in memory that is used again.
class document_reader {
public:
    void read(const std::string& frame, group_data_message& out) {
        copy_.assign(frame);
        rapidjson::MemoryPoolAllocator<> values(memory_->data(), memory_->size());
        rapidjson::MemoryPoolAllocator<> stack(stack_->data(), stack_->size());
        rapidjson::GenericDocument<rapidjson::UTF8<>, rapidjson::MemoryPoolAllocator<>,
                                   rapidjson::MemoryPoolAllocator<>>
            document(&values, stack_->size() / 2, &stack);
        document.ParseInsitu<rapidjson::kParseValidateEncodingFlag>(copy_.data());
        if (document.HasParseError()) std::abort();
        for (const auto& each : document.GetObject()) {
            const auto name = view(each.name);
            if (auto* member = string_member(out, name)) {
                member->assign(view(each.value));
            } else if (name == "sequenceId") {
                out.sequence_id = each.value.GetUint64();
            } else if (name == "dataType") {
                out.data.type = data_type_of(view(each.value));
            } else if (name == "data") {
                if (each.value.IsString()) out.data.bytes.assign(view(each.value));
            } else if (name == "type") {
                if (view(each.value) != "message") std::abort();
            } else if (name == "from") {
                if (view(each.value) != "group") std::abort();
            }
        }
    }

private:
    static std::string_view view(const rapidjson::Value& value) { return {value.GetString(), value.GetStringLength()}; }

    std::string copy_;
    std::shared_ptr<std::array<char, 65536>> memory_ = std::make_shared<std::array<char, 65536>>();
    std::shared_ptr<std::array<char, 65536>> stack_ = std::make_shared<std::array<char, 65536>>();
};

void decode(const std::string& frame, const group_data_message& message, comparison& with) {
    group_data_message out;
    rapidjson::Reader reader;
    read(frame, reader, out);
    require(out == message, "RapidJSON's reader");
    with.against("RapidJSON SAX", [frame, out, used_again = std::make_shared<rapidjson::Reader>()]() mutable {
        read(frame, *used_again, out);
    });
    group_data_message from_document;
    if (message.data.type == data_type::json) from_document.data.bytes = message.data.bytes;
    document_reader().read(frame, from_document);
    require(from_document == message, "RapidJSON's document");
    with.against("RapidJSON DOM, in situ, with the copy",
                 [frame, out, documents = document_reader()]() mutable { documents.read(frame, out); });
}

class writer {
public:
    std::string_view write(const group_data_message& message) {
        buffer_.Clear();
        rapidjson::Writer<rapidjson::StringBuffer> to(buffer_);
        to.StartObject();
        to.Key("sequenceId");
        to.Uint64(*message.sequence_id);
        to.Key("type");
        to.String("message");
        to.Key("from");
        to.String("group");
        to.Key("group");
        string(to, message.group);
        to.Key("dataType");
        string(to, name_of(message.data.type));
        to.Key("data");
        if (message.data.type == data_type::json) {
            to.RawValue(message.data.bytes.data(), message.data.bytes.size(), rapidjson::kObjectType);
        } else {
            string(to, message.data.bytes);
        }
        to.Key("fromUserId");
        string(to, message.from_user_id);
        to.EndObject();
        return {buffer_.GetString(), buffer_.GetSize()};
    }

private:
    static void string(rapidjson::Writer<rapidjson::StringBuffer>& to, std::string_view text) {
        to.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    }

    rapidjson::StringBuffer buffer_;
};

void encode(const std::string& frame, const group_data_message& message, comparison& with) {
    auto used_again = std::make_shared<writer>();
    require(used_again->write(message) == frame, "RapidJSON's writer");
    with.against("RapidJSON Writer", [message, used_again] {
        if (used_again->write(message).empty()) std::abort();
    });
}

const bool added = add({nullptr, decode, encode});

} // namespace
} // namespace webpubsub::inline WEBPUBSUB_MODE::bench
