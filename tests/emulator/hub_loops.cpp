// SPDX-License-Identifier: MIT
#include "hub_loops.hpp"

#include <utility>

namespace emulator {

using namespace webpubsub;

hub_loops::outcome hub_loops::admit(std::shared_ptr<carrier> who, const http_request& request, bool is_websocket) {
    auto answer = service_.handle_upgrade(time_now(), request, is_websocket);
    if (auto* const refusal = get_if<http_response>(&answer)) return std::move(*refusal);
    auto& upgrade = *get_if<service_upgrade>(&answer);
    auto& loop = loop_of(upgrade.hub);
    if (const auto* const question = get_if<waiting>(&upgrade.outcome)) {
        loop.wait(question->id, std::move(who), request.target);
        return asked{&loop, question->id};
    }
    auto& as = *get_if<accepted>(&upgrade.outcome);
    loop.accept(as, std::move(who), request.target);
    return let_in{&loop, std::move(as)};
}

http_response hub_loops::call(const http_request& request) {
    auto answer = service_.handle_request(time_now(), request);
    loop_of(answer.hub).run();
    return std::move(answer.response);
}

void hub_loops::close_all() {
    for (auto& [name, loop] : loops_) loop.close_all();
}

hub_loop& hub_loops::loop_of(const std::string& name) {
    const auto found = loops_.find(name);
    if (found != loops_.end()) return found->second;
    const auto* const settings = config_.find(name);
    const auto interval = (settings != nullptr ? *settings : config_.defaults).keep_alive_interval;
    const auto shown = name.empty() ? std::string("-") : name;
    return loops_
        .emplace(std::piecewise_construct, std::forward_as_tuple(name),
                 std::forward_as_tuple(io_, shown, *service_.find(name), interval, log_))
        .first->second;
}

} // namespace emulator
