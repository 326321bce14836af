// SPDX-License-Identifier: MIT
#include "round_trip.hpp"

#include <webpubsub/text/base64.hpp>

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace webpubsub;
    const auto text = fuzz::as_frame({data, size});
    std::string bytes = "kept";
    const auto decoded = base64_decode_append(text, bytes);
    const auto checked = check_base64(text);
    fuzz::require(decoded.has_value() == checked.has_value(), "checking and decoding say the same");
    if (decoded) {
        fuzz::require(bytes.size() - 4 == base64_decoded_size(text), "the size is known before");
        std::string again;
        base64_encode_append(std::string_view(bytes).substr(4), again);
        fuzz::require(again == text, "there is one text for each sequence of bytes");
    } else {
        fuzz::require(decoded.error() == checked.error(), "checking and decoding stop at the same place");
        fuzz::require(decoded.error().offset <= size, "an error is inside the text");
        fuzz::require(bytes == "kept", "what is refused leaves nothing");
    }
    std::string encoded;
    std::string back;
    base64_encode_append(text, encoded);
    fuzz::require(encoded.size() == base64_encoded_size(size), "the encoded size is known before");
    fuzz::require(base64_decode_append(encoded, back).has_value() && back == text, "what is encoded can be decoded");
    return 0;
}
