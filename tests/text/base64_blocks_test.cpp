// SPDX-License-Identifier: MIT
#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/detail/base64_alphabet.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

// All that base64 does against a slow and simple reference, with each of the instruction sets that it has code for and
// this processor has.

using namespace webpubsub;

namespace {

struct alphabet {
    std::string_view digits;
    bool padded;

    std::uint32_t value(char c) const { return static_cast<std::uint32_t>(digits.find(c)); }
    bool has(char c) const { return digits.find(c) != std::string_view::npos; }
};

constexpr alphabet standard{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true};
constexpr alphabet url_alphabet{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false};

std::string reference_encoded(const alphabet& in, std::string_view bytes) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6) out += in.digits[bits >> (count - 6) & 0x3Fu];
    }
    if (count != 0) out += in.digits[bits << (6 - count) & 0x3Fu];
    while (in.padded && out.size() % 4 != 0) out += '=';
    return out;
}

struct decoded {
    std::optional<std::string> bytes;
    /// Of the error, if there are no bytes.
    std::size_t offset = 0;
};

decoded reference_decoded(const alphabet& in, std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    const auto spare = [&](std::size_t place) { return (bits & (place == 2 ? 0x0Fu : 0x03u)) != 0; };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t place = at % 4;
        const bool after_padding = at > 0 && text[at - 1] == '=';
        if (in.padded && text[at] == '=' && place >= 2) {
            if (!after_padding && spare(place)) return {std::nullopt, at - 1};
        } else if (after_padding || !in.has(text[at])) {
            return {std::nullopt, at};
        } else {
            bits = bits << 6 | in.value(text[at]);
            if (place > 0) bytes += static_cast<char>(static_cast<unsigned char>(bits >> (6 - 2 * place) & 0xFFu));
        }
    }
    const std::size_t place = text.size() % 4;
    if (place == 1 || (in.padded && place != 0)) return {std::nullopt, text.size()};
    if (place != 0 && spare(place)) return {std::nullopt, text.size() - 1};
    return {bytes, 0};
}

/// So many bytes on the heap and not one more, for the sanitizer to see. They may begin at any address.
class exact_copy {
public:
    explicit exact_copy(std::string_view text, std::size_t shift = 0)
        : memory_(new char[shift + text.size()]), begin_(memory_.get() + shift), size_(text.size()) {
        std::copy(text.begin(), text.end(), begin_);
    }

    std::string_view view() const { return {begin_, size_}; }
    char* data() { return begin_; }

private:
    std::unique_ptr<char[]> memory_;
    char* begin_;
    std::size_t size_;
};

std::string encoded(const alphabet& in, std::string_view bytes) {
    std::string out;
    if (in.padded) {
        base64_encode_append(bytes, out);
    } else {
        base64url_encode_append(bytes, out);
    }
    return out;
}

/// Whether decoding and checking come to what the reference comes to, bytes or error.
bool agrees(const alphabet& in, std::string_view text) {
    const auto expected = reference_decoded(in, text);
    std::string out = "before";
    const auto result = in.padded ? base64_decode_append(text, out) : base64url_decode_append(text, out);
    const auto is_expected = [&](const auto& got) {
        if (got.has_value() || expected.bytes) return got.has_value() && expected.bytes.has_value();
        return got.error().code == errc::invalid_base64 && got.error().offset == expected.offset;
    };
    return is_expected(result) && (!in.padded || is_expected(check_base64(text))) &&
           out == "before" + expected.bytes.value_or("");
}

using detail::base64_instructions;

std::vector<base64_instructions> instruction_sets() {
    std::vector<base64_instructions> sets{base64_instructions::scalar};
    for (const auto by : {base64_instructions::ssse3, base64_instructions::avx2}) {
        if (by <= detail::best_base64_instructions()) sets.push_back(by);
    }
    return sets;
}

class random_source {
public:
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(generator_() % bound); }
    char byte() { return static_cast<char>(static_cast<unsigned char>(generator_() & 0xFFu)); }
    std::string bytes(std::size_t size) {
        std::string made(size, '\0');
        for (char& each : made) each = byte();
        return made;
    }

private:
    std::mt19937_64 generator_{1};
};

} // namespace

TEST_CASE("Base64 of every length at every alignment is the reference's and comes back") {
    random_source random;
    for (const auto& in : {standard, url_alphabet}) {
        for (std::size_t size = 0; size <= 300; ++size) {
            CAPTURE(in.padded, size);
            const std::string bytes = random.bytes(size);
            const std::string text = reference_encoded(in, bytes);
            REQUIRE(reference_decoded(in, text).bytes == bytes);
            for (std::size_t shift = 0; shift < 32; ++shift) {
                CAPTURE(shift);
                REQUIRE(encoded(in, exact_copy(bytes, shift).view()) == text);
                REQUIRE(agrees(in, exact_copy(text, shift).view()));
            }
        }
    }
}

TEST_CASE("Base64 that ends anywhere is judged as the reference does") {
    random_source random;
    for (const auto& in : {standard, url_alphabet}) {
        for (const std::size_t size : {225u, 226u, 227u}) {
            const std::string text = reference_encoded(in, random.bytes(size));
            for (std::size_t end = 0; end <= text.size(); ++end) {
                CAPTURE(text, end);
                REQUIRE(agrees(in, exact_copy(text.substr(0, end)).view()));
            }
        }
    }
}

TEST_CASE("Every byte in every place of a text longer than two vectors is judged as the reference does") {
    random_source random;
    for (const auto& in : {standard, url_alphabet}) {
        // Without padding and with it, where there is any.
        for (const std::size_t size : {57u, 58u}) {
            exact_copy text(reference_encoded(in, random.bytes(size)));
            for (std::size_t at = 0; at < text.view().size(); ++at) {
                const char original = text.data()[at];
                for (int i = 0; i < 256; ++i) {
                    text.data()[at] = static_cast<char>(static_cast<unsigned char>(i));
                    CAPTURE(in.padded, text.view(), at, i);
                    REQUIRE(agrees(in, text.view()));
                }
                text.data()[at] = original;
            }
        }
    }
}

TEST_CASE("Base64 of some KiB is the reference's, and strangers in it are found where they are") {
    random_source random;
    for (int round = 0; round < 200; ++round) {
        const auto& in = round % 2 == 0 ? standard : url_alphabet;
        const std::string bytes = random.bytes(random.below(4097));
        const std::string text = reference_encoded(in, bytes);
        CAPTURE(round, text);
        REQUIRE(encoded(in, exact_copy(bytes).view()) == text);
        exact_copy changed(text);
        REQUIRE(agrees(in, changed.view()));
        for (std::size_t changes = 0; changes < 4 && !text.empty(); ++changes) {
            changed.data()[random.below(text.size())] = random.byte();
            REQUIRE(agrees(in, changed.view()));
        }
    }
}

TEST_CASE("Base64 takes all vectors that there are and touches nothing beyond its groups") {
    random_source random;
    const auto by = GENERATE(from_range(instruction_sets()));
    const bool by_vectors = by != base64_instructions::scalar;
    for (const auto* const in : {&detail::base64_standard, &detail::base64_url}) {
        const auto& reference = in == &detail::base64_standard ? standard : url_alphabet;
        for (std::size_t groups = 0; groups <= 100; ++groups) {
            CAPTURE(groups, static_cast<int>(by));
            const exact_copy bytes(random.bytes(groups * 3));
            const exact_copy text(reference_encoded(reference, bytes.view()));
            const std::size_t vectors = by_vectors ? groups / 4 : 0;

            exact_copy out(std::string(groups * 3, '#'));
            CHECK(detail::base64_decode_blocks(by, in->tables, text.view().data(), groups, out.data()) == vectors * 4);
            CHECK(out.view().substr(0, vectors * 12) == bytes.view().substr(0, vectors * 12));
            REQUIRE(detail::base64_decode_groups(*in, text.view().data(), groups, out.data(), by));
            CHECK(out.view() == bytes.view());

            // Encoding leaves the last two groups and what of a vector is before them.
            const std::size_t encoded_vectors = by_vectors && groups > 2 ? (groups - 2) / 4 : 0;
            exact_copy text_out(std::string(groups * 4, '#'));
            CHECK(detail::base64_encode_blocks(by, in->tables, bytes.view().data(), groups, text_out.data()) ==
                  encoded_vectors * 4);
            CHECK(text_out.view().substr(0, encoded_vectors * 16) == text.view().substr(0, encoded_vectors * 16));
        }
    }
}

TEST_CASE("Base64 finds every character that is no digit, in each place of a vector") {
    const auto by = GENERATE(from_range(instruction_sets()));
    for (const auto* const in : {&detail::base64_standard, &detail::base64_url}) {
        const auto& reference = in == &detail::base64_standard ? standard : url_alphabet;
        std::string out(3 * 24, '#');
        for (std::size_t place = 0; place < 4 * 24; ++place) {
            for (int c = 0; c < 256; ++c) {
                std::string text(4 * 24, 'A');
                text[place] = static_cast<char>(c);
                CHECK(detail::base64_decode_groups(*in, text.data(), 24, out.data(), by) == reference.has(text[place]));
            }
        }
    }
}

TEST_CASE("Base64 blocks leave what is behind their groups alone") {
    random_source random;
    const auto by = GENERATE(from_range(instruction_sets()));
    const auto& tables = detail::base64_standard.tables;
    for (std::size_t groups = 0; groups <= 100; ++groups) {
        CAPTURE(groups, static_cast<int>(by));
        const std::string bytes = random.bytes(groups * 3);
        const std::string text = reference_encoded(standard, bytes);
        std::string out(groups * 3 + 64, '#');
        detail::base64_decode_blocks(by, tables, text.data(), groups, out.data());
        CHECK(out.substr(groups * 3) == std::string(64, '#'));
        out.assign(groups * 4 + 64, '#');
        detail::base64_encode_blocks(by, tables, bytes.data(), groups, out.data());
        CHECK(out.substr(groups * 4) == std::string(64, '#'));
    }
}
