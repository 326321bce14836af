// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/wire_reader.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The fields of one protobuf message, by their numbers, as slices of its bytes. A known number with the wrong wire
/// type is an unknown field, so varints and length-delimited fields are kept apart.
class protobuf_object {
public:
    /// Above every field number of the schema's messages, but for the two at the top.
    static constexpr std::uint32_t numbers = 8;

    /// Reads the fields of this level; `message` must outlive this. False where it is malformed.
    bool read(std::string_view message, int depth) noexcept {
        message_ = message;
        depth_ = depth;
        std::uint32_t varints_present = 0;
        std::uint32_t bytes_present = 0;
        std::uint32_t repeated = 0;
        wire_reader reader(message, depth);
        for (wire_field field; reader.next(field);) {
            if (field.number >= numbers) continue;
            const auto bit = bit_of(field.number);
            if (field.type == wire_type::varint) {
                varints_[field.number] = field.value;
                varints_present |= bit;
            } else if (field.type == wire_type::length) {
                repeated |= bytes_present & bit;
                bytes_[field.number] = {field.bytes.data(), field.bytes.size()};
                bytes_present |= bit;
            }
        }
        varints_present_ = varints_present;
        bytes_present_ = bytes_present;
        repeated_ = repeated;
        stopped_at_ = reader.position();
        return !reader.malformed();
    }

    bool has_varint(std::uint32_t number) const noexcept { return (varints_present_ & bit_of(number)) != 0; }
    bool has_bytes(std::uint32_t number) const noexcept { return (bytes_present_ & bit_of(number)) != 0; }

    /// The last value, 0 if there is none.
    std::uint64_t varint(std::uint32_t number) const noexcept { return has_varint(number) ? varints_[number] : 0; }

    /// The last value, empty if there is none.
    std::string_view bytes(std::uint32_t number) const noexcept {
        return has_bytes(number) ? std::string_view(bytes_[number].begin, bytes_[number].size) : std::string_view{};
    }

    bool is_repeated(std::uint32_t number) const noexcept { return (repeated_ & bit_of(number)) != 0; }

    /// Calls `visit(bytes)`, which returns whether to go on, for every length-delimited field of that number, in order.
    /// Returns whether all of them said so.
    template <class Visit>
    bool for_each(std::uint32_t number, Visit&& visit) const {
        if (!has_bytes(number)) return true;
        if (!is_repeated(number)) return visit(bytes(number));
        wire_reader reader(message_, depth_);
        for (std::string_view bytes; next_bytes(reader, number, bytes);) {
            if (!visit(bytes)) return false;
        }
        return true;
    }

    /// How deep messages may lie in this one.
    int depth() const noexcept { return depth_; }
    const char* stopped_at() const noexcept { return stopped_at_; }

private:
    // Not a template, and not inlined, for what is repeated is rare and this is used for every field of every message.
    [[gnu::noinline]] static bool next_bytes(wire_reader& reader, std::uint32_t number,
                                             std::string_view& bytes) noexcept {
        for (wire_field field; reader.next(field);) {
            if (!field.is(number, wire_type::length)) continue;
            bytes = field.bytes;
            return true;
        }
        return false;
    }

    static constexpr std::uint32_t bit_of(std::uint32_t number) noexcept { return std::uint32_t{1} << number; }

    std::string_view message_;
    const char* stopped_at_ = nullptr;
    int depth_ = 0;
    std::uint32_t varints_present_ = 0;
    std::uint32_t bytes_present_ = 0;
    std::uint32_t repeated_ = 0;
    /// Without a constructor, so that an array of them costs nothing.
    struct slice {
        const char* begin;
        std::size_t size;
    };
    // Of the fields that are not present anything.
    std::array<std::uint64_t, numbers> varints_;
    std::array<slice, numbers> bytes_;
};

/// Which member of a oneof of messages is set, and its bytes.
class protobuf_oneof {
public:
    /// The last member that `message` sets wins; a member that is set again is merged, which is to put the bytes of
    /// both one after the other. `is_member(number)` says which fields are members, `check(number, bytes)` whether the
    /// bytes of one are well-formed; it is called for members only that are not the result by themselves. False where
    /// something is malformed.
    template <class IsMember, class Check>
    bool read(std::string_view message, int depth, IsMember&& is_member, Check&& check) {
        wire_reader reader(message, depth);
        bool alone = true;
        for (wire_field field; reader.next(field);) {
            if (field.type != wire_type::length || !is_member(field.number)) {
                last_unknown_ = field.number;
                continue;
            }
            if (number_ != 0) {
                if (alone && !check(number_, bytes_)) return false;
                alone = false;
                if (!check(field.number, field.bytes)) return false;
                if (number_ == field.number) {
                    if (merged_.empty()) merged_.assign(bytes_);
                    merged_.append(field.bytes);
                    bytes_ = merged_;
                    continue;
                }
                merged_.clear();
            }
            number_ = field.number;
            bytes_ = field.bytes;
        }
        stopped_at_ = reader.position();
        return !reader.malformed();
    }

    /// 0 if no member is set.
    std::uint32_t number() const noexcept { return number_; }
    /// Lives as long as this and the message that was read.
    std::string_view bytes() const noexcept { return bytes_; }
    /// The number of the last field that is no member, 0 if there was none.
    std::uint32_t last_unknown() const noexcept { return last_unknown_; }
    const char* stopped_at() const noexcept { return stopped_at_; }

private:
    std::uint32_t number_ = 0;
    std::uint32_t last_unknown_ = 0;
    std::string_view bytes_;
    std::string merged_;
    const char* stopped_at_ = nullptr;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
