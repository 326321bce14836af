// SPDX-License-Identifier: MIT

// The protobuf codec against the generated classes: every input is taken by both or by none, and means the same.

#include "support/catch.hpp"
#include "support/chance.hpp"
#include "support/hex.hpp"
#include "support/protobuf_difference.hpp"
#include "support/random_message.hpp"
#include "support/sanitized.hpp"

#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

#ifdef WEBPUBSUB_TEST_SANITIZED
constexpr int rounds = 20'000;
#else
constexpr int rounds = 300'000;
#endif

/// A wire message at random: known numbers and wire types mostly, nested, repeated, and broken now and then.
std::string random_wire(test::seeded_chance& chance, int depth) {
    std::string out;
    for (auto left = chance.below(5); left != 0; --left) {
        const auto number = static_cast<std::uint32_t>(chance.below(30) == 0 ? chance.below(40) : 1 + chance.below(8));
        const auto type = chance.below(12) == 0 ? chance.below(8) : chance.below(3) == 0 ? 0 : 2;
        const auto overlong = [&](std::uint64_t value, std::size_t max) {
            for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
            if (chance.below(20) == 0) {
                for (auto more = chance.below(max); more != 0; --more) {
                    out.push_back(static_cast<char>(value | 0x80));
                    value = 0;
                }
            }
            out.push_back(static_cast<char>(value));
        };
        overlong(number << 3 | type, 6);
        switch (type) {
        case 0: overlong(chance.below(3) == 0 ? chance.engine() : chance.below(4), 11); break;
        case 2: {
            std::string content;
            switch (chance.below(4)) {
            case 0: content = test::random_message(chance).text(6); break;
            case 1: content = chance.below(2) == 0 ? "group" : "server"; break;
            case 2: content = test::random_message(chance).bytes(6); break;
            default:
                if (depth > 0) content = random_wire(chance, depth - 1);
            }
            overlong(content.size(), 6);
            out.append(content);
            break;
        }
        case 3:
            out.append(random_wire(chance, depth - 1 > 0 ? depth - 1 : 0));
            overlong(number << 3 | 4, 3);
            break;
        default: out.append(test::random_message(chance).bytes(9)); break;
        }
    }
    return out;
}

std::string mutated(test::seeded_chance& chance, std::string bytes, const std::string& other) {
    for (auto left = 1 + chance.below(3); left != 0; --left) {
        const auto at = chance.below(bytes.size() + 1);
        switch (chance.below(6)) {
        case 0: bytes.resize(at); break;
        case 1: bytes.insert(at, 1, static_cast<char>(chance.below(256))); break;
        case 2:
            if (at < bytes.size()) bytes.erase(at, 1 + chance.below(3));
            break;
        case 3:
            if (at < bytes.size()) bytes[at] = static_cast<char>(chance.below(256));
            break;
        case 4: bytes.append(other); break;
        default:
            if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << chance.below(8)));
            break;
        }
    }
    return bytes;
}

template <class Message>
Message make(test::seeded_chance& chance) {
    test::random_message<test::seeded_chance> maker(chance);
    if constexpr (std::is_same_v<Message, client_message>)
        return maker.client();
    else
        return maker.service();
}

std::string encoded(const client_message& message) {
    std::string out;
    protobuf_codec().encode(message, out);
    return out;
}

std::string encoded(const service_message& message) {
    std::string out;
    REQUIRE(protobuf_service_codec().encode(message, out));
    return out;
}

template <class Message>
void compare(std::string_view frame) {
    const auto difference = test::protobuf_difference<Message>(frame);
    if (difference.empty()) return;
    CAPTURE(test::to_hex(frame));
    FAIL_CHECK(difference);
}

struct quiet {
    quiet() { google::protobuf::SetLogHandler(nullptr); }
};
const quiet no_log_lines;

} // namespace

TEMPLATE_TEST_CASE("random messages mean the same to the generated classes", "", client_message, service_message) {
    test::seeded_chance chance(20260101);
    for (int i = 0; i < rounds / 10; ++i) compare<TestType>(encoded(make<TestType>(chance)));
}

TEMPLATE_TEST_CASE("mutated frames are taken by both parsers or by none", "", client_message, service_message) {
    test::seeded_chance chance(20260102);
    for (int i = 0; i < rounds; ++i) {
        const auto one = encoded(make<TestType>(chance));
        compare<TestType>(mutated(chance, one, encoded(make<TestType>(chance))));
    }
}

TEMPLATE_TEST_CASE("random wire messages are taken by both parsers or by none", "", client_message, service_message) {
    test::seeded_chance chance(20260103);
    for (int i = 0; i < rounds; ++i) {
        std::string frame;
        const auto outer = random_wire(chance, 4);
        if (chance.below(4) == 0) {
            frame = outer;
        } else {
            // In a known member at the top, or in two of them.
            for (auto left = 1 + chance.below(3); left != 0; --left) {
                const auto inner = random_wire(chance, 4);
                const auto number = 1 + chance.below(std::is_same_v<TestType, client_message> ? 17 : 10);
                const auto tag = number << 3 | 2;
                if (tag >= 0x80) frame.push_back(static_cast<char>(tag | 0x80));
                frame.push_back(static_cast<char>(tag >= 0x80 ? tag >> 7 : tag));
                if (inner.size() >= 0x80) frame.push_back(static_cast<char>(inner.size() | 0x80));
                frame.push_back(static_cast<char>(inner.size() >= 0x80 ? inner.size() >> 7 : inner.size()));
                frame.append(inner);
            }
        }
        compare<TestType>(frame);
    }
}
