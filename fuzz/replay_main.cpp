// SPDX-License-Identifier: MIT

// Runs a fuzz target on every file of the folders (or files) given, with any compiler and without an engine.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& place) {
    std::vector<fs::path> files;
    if (fs::is_regular_file(place)) files.push_back(place);
    if (fs::is_directory(place)) {
        for (const auto& entry : fs::recursive_directory_iterator(place)) {
            if (entry.is_regular_file()) files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// False if the file can't be read or the target does not return 0, which it always must.
bool replay(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream) {
        std::fprintf(stderr, "%s: can't be read\n", file.string().c_str());
        return false;
    }
    // A copy of exactly that size, so that a sanitizer sees each read past the end.
    const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
    const int returned = LLVMFuzzerTestOneInput(input.data(), input.size());
    if (returned != 0) std::fprintf(stderr, "%s: the target returned %d\n", file.string().c_str(), returned);
    return returned == 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s FOLDER-OR-FILE...\n", argv[0]);
        return 2;
    }
    bool good = true;
    for (int i = 1; i < argc; ++i) {
        const auto files = files_in(argv[i]);
        if (files.empty()) {
            std::fprintf(stderr, "%s: no input there\n", argv[i]);
            good = false;
        }
        for (const auto& file : files) good = replay(file) && good;
        std::printf("%s: %zu inputs replayed\n", argv[i], files.size());
    }
    return good ? 0 : 1;
}
