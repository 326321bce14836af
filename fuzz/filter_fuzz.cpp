// SPDX-License-Identifier: MIT

// A filter that was read holds or does not, the same each time and the opposite under a `not`; a text that is none has
// a message. The data are two lines: whom it is held against, and the filter.

#include "promise.hpp"

#include <webpubsub/filter/condition.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace webpubsub;
    // So many bytes on the heap and not one more, for the sanitizer to see.
    const auto memory = std::make_unique<char[]>(size);
    std::copy(data, data + size, memory.get());
    const std::string_view all(memory.get(), size);
    const auto line = all.find('\n');
    const auto text = line == std::string_view::npos ? all : all.substr(line + 1);

    filter_subject subject;
    if (line != std::string_view::npos) subject.user_id = all.substr(0, line);
    subject.connection_id = all.substr(0, std::min<std::size_t>(size, 3));
    subject.group_count = 1;
    subject.groups = &subject;
    subject.is_in_group = [](const void* of, std::string_view name) {
        return static_cast<const filter_subject*>(of)->connection_id == name;
    };

    const auto read = condition::parse(text);
    if (!read) {
        fuzz::require(read.error().message.ends_with(" (Parameter 'filter')"), "an error has its text");
        return 0;
    }
    const bool holds = read->matches(subject);
    fuzz::require(read->matches(subject) == holds, "a filter holds each time");
    const auto opposite = condition::parse("not (" + std::string(text) + ")");
    if (opposite) fuzz::require(opposite->matches(subject) != holds, "the opposite is the opposite");
    const auto again = condition::parse("(" + std::string(text) + ") and true");
    if (again) fuzz::require(again->matches(subject) == holds, "parentheses change nothing");
    return 0;
}
