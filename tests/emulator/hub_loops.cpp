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

void hub_loops::call(const http_request& request, rest_answer_handler answer) {
    if (!cluster_) {
        auto done = service_.handle_request(time_now(), request);
        loop_of(done.hub).run();
        return answer(std::move(done.response));
    }
    auto what = service_.read_request(time_now(), request);
    if (auto* const response = get_if<http_response>(&what)) return answer(std::move(*response));
    auto& task = *get_if<rest_task>(&what);
    auto& loop = loop_of(task.received.hub);
    loop.call(std::move(task), std::move(answer));
}

void hub_loops::close_all() {
    for (auto& [name, loop] : loops_) loop.close_all();
}

void hub_loops::leave_clusters() {
    for (auto& [name, loop] : loops_) loop.leave_cluster();
}

void hub_loops::join_clusters() {
    if (!cluster_) return;
    for (const auto& name : service_.hubs()) loop_of(name);
}

hub_loop& hub_loops::loop_of(const std::string& name) {
    const auto found = loops_.find(name);
    if (found != loops_.end()) return found->second;
    const auto* const settings = config_.find(name);
    const auto interval = (settings != nullptr ? *settings : config_.defaults).keep_alive_interval;
    const auto shown = name.empty() ? std::string("-") : name;
    auto& made = loops_
                     .emplace(std::piecewise_construct, std::forward_as_tuple(name),
                              std::forward_as_tuple(io_, shown, *service_.find(name), interval, log_))
                     .first->second;
    if (cluster_ && !name.empty()) made.join_cluster(*cluster_);
    return made;
}

} // namespace emulator
