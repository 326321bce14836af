// SPDX-License-Identifier: MIT

// The scanner: it takes what Boost.JSON takes, finds the same end of a value wherever that stands, and a string that it
// has taken can be unescaped.

#include "round_trip.hpp"

#include <webpubsub/text/json_text.hpp>
#include <webpubsub/text/utf8.hpp>

#include "support/json_difference.hpp"

#include <algorithm>
#include <memory>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace webpubsub;
    // So many bytes on the heap and not one more, for the sanitizer to see.
    const auto memory = std::make_unique<char[]>(size);
    std::copy(data, data + size, memory.get());
    const std::string_view text(memory.get(), size);

    fuzz::require(!test::json_difference(text), "Boost.JSON's own parse takes the same");
    for (const unsigned depth : {0u, 1u, 3u, 64u, 2000u}) {
        const auto checked = check_json(text, depth);
        if (!checked) fuzz::require(checked.error().offset <= size, "an error is inside the text");
    }

    detail::json_scanner scanner(text);
    detail::json_value value;
    const auto* const at = scanner.skip_space(scanner.begin());
    const auto* const end = scanner.scan_value(at, 64, value);
    if (end == nullptr) return 0;
    fuzz::require(at < end && end <= scanner.end(), "a value ends inside the text");
    fuzz::require(check_json(value.text(), 64).has_value(), "what stands between its begin and its end is one value");
    const auto longer = std::string(value.text()) + " ,";
    detail::json_scanner again(longer);
    detail::json_value same;
    fuzz::require(again.scan_value(again.begin(), 64, same) == again.begin() + value.text().size() ||
                      *value.begin == '-' || is_digit(*value.begin),
                  "where a value ends does not depend on what follows");
    if (value.is_string()) {
        std::string content;
        const bool replaced = detail::append_unescaped_json(value.between_quotes(), content);
        fuzz::require(is_utf8(content), "what a string stands for is UTF-8");
        fuzz::require(!value.plain || (!replaced && content == value.between_quotes()),
                      "a plain string stands for itself");
    }
    return 0;
}
