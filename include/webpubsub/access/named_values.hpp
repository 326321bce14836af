// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <string>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A name with its values: a claim, a parameter of a query or a header, as an event handler sees it, to which
/// everything is text (upstream.md section 5).
struct named_values {
    std::string name;
    std::vector<std::string> values;

    friend bool operator==(const named_values&, const named_values&) = default;
};

/// One of an access token.
using claim = named_values;

} // namespace webpubsub::inline WEBPUBSUB_MODE
