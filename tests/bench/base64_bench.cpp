// SPDX-License-Identifier: MIT

// Base64 against OpenSSL's EVP_DecodeBlock and EVP_EncodeBlock, which neither check padding nor spare bits.

#include "compare.hpp"

#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/detail/base64_alphabet.hpp>

#include <openssl/evp.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::bench;

namespace {

using detail::base64_instructions;

const char* name_of(base64_instructions by) {
    return by == base64_instructions::avx2 ? "AVX2" : by == base64_instructions::ssse3 ? "SSSE3" : "scalar";
}

std::string random_bytes(std::size_t size) {
    std::mt19937_64 generator(1);
    std::string bytes(size, '\0');
    for (char& each : bytes) each = static_cast<char>(generator() & 0xFFu);
    return bytes;
}

const unsigned char* unsigned_data(const std::string& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string title(const char* work, std::size_t size, const char* by) {
    return std::string("base64 ") + work + ", " + std::to_string(size) + " bytes, " + by;
}

void compare_decode(std::size_t size) {
    std::string text;
    base64_encode_append(random_bytes(size / 4 * 3), text);
    std::string out;
    std::vector<unsigned char> their_out(size);
    const auto ours = [&] {
        out.clear();
        if (!base64_decode_append(text, out)) std::abort();
    };
    const auto theirs = [&] {
        if (EVP_DecodeBlock(their_out.data(), unsigned_data(text), static_cast<int>(size)) < 0) std::abort();
    };
    ours();
    theirs();
    require(out == std::string(their_out.begin(), their_out.begin() + static_cast<std::ptrdiff_t>(out.size())),
            "OpenSSL");
    comparison decode(title("decode", size, name_of(detail::best_base64_instructions())), ours, size >= 16384);
    const auto target = detail::best_base64_instructions() == base64_instructions::scalar ? 0.6 : 0.15;
    decode.against("OpenSSL EVP_DecodeBlock", theirs, target);
    decode.run();
}

void compare_encode(std::size_t size) {
    const std::string bytes = random_bytes(size);
    std::string out;
    std::vector<unsigned char> their_out(size / 3 * 4 + 8);
    const auto ours = [&] {
        out.clear();
        base64_encode_append(bytes, out);
    };
    const auto theirs = [&] { EVP_EncodeBlock(their_out.data(), unsigned_data(bytes), static_cast<int>(size)); };
    ours();
    theirs();
    require(out == reinterpret_cast<const char*>(their_out.data()), "OpenSSL");
    comparison encode(title("encode", size, name_of(detail::best_base64_instructions())), ours);
    encode.against("OpenSSL EVP_EncodeBlock", theirs);
    encode.run();
}

/// The digits alone, with each of the instruction sets that this processor has.
void compare_instructions(base64_instructions by) {
    constexpr std::size_t size = 16384;
    std::string text;
    base64_encode_append(random_bytes(size / 4 * 3), text);
    std::vector<char> out(size);
    std::vector<unsigned char> their_out(size);
    comparison decode(
        title("decode", size, name_of(by)),
        [&] {
            if (!detail::base64_decode_groups(detail::base64_standard, text.data(), size / 4, out.data(), by))
                std::abort();
        },
        true);
    decode.against(
        "OpenSSL EVP_DecodeBlock",
        [&] {
            if (EVP_DecodeBlock(their_out.data(), unsigned_data(text), static_cast<int>(size)) < 0) std::abort();
        },
        by == base64_instructions::scalar ? 0.6 : 0.15);
    decode.run();
}

} // namespace

int main() {
    for (const auto by : {base64_instructions::scalar, base64_instructions::ssse3, base64_instructions::avx2}) {
        if (by <= detail::best_base64_instructions()) compare_instructions(by);
    }
    for (const std::size_t size : {16384u, 256u}) {
        compare_decode(size);
        compare_encode(size);
    }
}
