// SPDX-License-Identifier: MIT

// Whatever an event handler answers is an answer or an error, and what is read is answered by this library in words
// that are read as the same. The data are headers, one a line, an empty line, and the body.

#include "http_lines.hpp"
#include "promise.hpp"

#include <webpubsub/upstream/answer.hpp>
#include <webpubsub/upstream/read_answer.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace webpubsub;

bool same(const connect_answer& a, const connect_answer& b) {
    return a.user_id == b.user_id && a.groups == b.groups && a.roles == b.roles && a.subprotocol == b.subprotocol &&
           a.state == b.state;
}

bool same(const event_answer& a, const event_answer& b) {
    return a.data == b.data && a.metadata == b.metadata && a.state == b.state;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view from(reinterpret_cast<const char*>(data), size);
    http_response response;
    response.status = 200;
    response.headers = fuzz::take_headers(from);
    response.body = from;
    if (const auto read = read_connect_answer(response)) {
        if (const auto again = accept_connect(*read)) {
            const auto second = read_connect_answer(*again);
            fuzz::require(second && same(*second, *read), "a connect answer that is made again is the same");
        }
    }
    if (const auto read = read_event_answer(response)) {
        if (const auto again = answer_event(*read)) {
            const auto second = read_event_answer(*again);
            fuzz::require(second && same(*second, *read), "an answer that is made again is the same");
        }
    }
    return 0;
}
