// SPDX-License-Identifier: MIT

// A connection string that was read is written, and then read as the same again; one that is none has an error with the
// place or the name of what is wrong.

#include "promise.hpp"

#include <webpubsub/access/connection_string.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace webpubsub;
    // So many bytes on the heap and not one more, for the sanitizer to see.
    const auto memory = std::make_unique<char[]>(size);
    std::copy(data, data + size, memory.get());
    const auto parts = parse_connection_string({memory.get(), size});
    if (!parts) {
        const auto& failure = parts.error();
        fuzz::require(failure.offset == error::no_offset || failure.offset < size, "an error is inside its text");
        fuzz::require(failure.subject != nullptr || failure.code == errc::key_too_short,
                      "an error names what is wrong");
        return 0;
    }
    const auto text = format_connection_string(*parts);
    const auto again = parse_connection_string(text);
    fuzz::require(again == parts, "what is written is read as the same");
    fuzz::require(format_connection_string(*again) == text, "writing is stable");
    fuzz::require(parts->key.text().size() >= access_key::min_bytes, "a key is long enough");
    fuzz::require(redacted(*parts).size() + parts->key.text().size() == text.size() + redacted_text.size(),
                  "what is redacted lacks its key");
    return 0;
}
