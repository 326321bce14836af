// SPDX-License-Identifier: MIT

// Base64 against OpenSSL's EVP_DecodeBlock and EVP_EncodeBlock, which neither check padding nor spare bits. Compiled
// once for each instruction set that the header has code for.

#include "compare.hpp"

#include <webpubsub/text/base64.hpp>

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

// `target` is that of decoding 16 KiB.
#if defined(__AVX2__)
constexpr const char* instruction_set = "AVX2";
constexpr double target = 0.15;
bool is_supported() { return __builtin_cpu_supports("avx2") != 0; }
#elif defined(__SSSE3__)
constexpr const char* instruction_set = "SSSE3";
constexpr double target = 0.15;
bool is_supported() { return __builtin_cpu_supports("ssse3") != 0; }
#else
constexpr const char* instruction_set = "portable";
constexpr double target = 0.6;
bool is_supported() { return true; }
#endif

std::string random_bytes(std::size_t size) {
    std::mt19937_64 generator(1);
    std::string bytes(size, '\0');
    for (char& each : bytes) each = static_cast<char>(generator() & 0xFFu);
    return bytes;
}

const unsigned char* unsigned_data(const std::string& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string title(const char* work, std::size_t size) {
    return std::string("base64 ") + work + ", " + std::to_string(size) + " bytes, " + instruction_set;
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
    comparison decode(title("decode", size), ours, size >= 16384);
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
    comparison encode(title("encode", size), ours);
    encode.against("OpenSSL EVP_EncodeBlock", theirs);
    encode.run();
}

} // namespace

int main() {
    if (!is_supported()) {
        std::printf("\nbase64: this processor has no %s\n", instruction_set);
        return 0;
    }
    for (const std::size_t size : {16384u, 256u}) {
        compare_decode(size);
        compare_encode(size);
    }
}
