// SPDX-License-Identifier: MIT
#include "hub_loop.hpp"

#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/overloaded.hpp>

#include <chrono>
#include <utility>
#include <variant>
#include <vector>

namespace emulator {

using namespace webpubsub;

namespace {

instant now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

} // namespace

hub_loop::hub_loop(boost::asio::io_context& io, std::string name, const hub_settings& settings, const frame_log& log)
    : hub_(all_codecs(), settings.options), name_(std::move(name)), settings_(settings), log_(log), timer_(io) {}

admission hub_loop::admit(carrier& who, const std::string& target, connect_request request) {
    auto outcome = hub_.admit(now(), std::move(request));
    if (const auto* const let_in = std::get_if<accepted>(&outcome)) {
        const auto& name = let_in->subprotocol;
        transports_.emplace(let_in->transport, transport{&who, target, name, find_codec(name), "-"});
    }
    run();
    return outcome;
}

void hub_loop::opened(transport_id id) {
    hub_.handle_opened(now(), id);
    auto& it = transports_.at(id);
    if (const auto connection = hub_.connection_of(id); !connection.empty()) it.connection_id = connection;
    log_.opened(logged(it), it.target, it.subprotocol);
    run();
}

void hub_loop::received(transport_id id, frame_kind kind, std::string_view bytes) {
    log_.received(logged(transports_.at(id)), kind, bytes);
    hub_.handle_frame(now(), id, kind, bytes);
    run();
}

void hub_loop::received_bad_frame(transport_id id, std::uint16_t code) {
    hub_.handle_bad_frame(now(), id, code);
    run();
}

void hub_loop::written(transport_id id) {
    hub_.handle_written(now(), id);
    run();
}

void hub_loop::closed(transport_id id, std::uint16_t code, std::string_view reason) {
    log_.ended(logged(transports_.at(id)), code, reason);
    transports_.erase(id);
    hub_.handle_closed(now(), id, code, reason);
    run();
}

void hub_loop::close_all() {
    hub_.close_all(now());
    run();
}

/// The loop that the hub asks for: events, what can be written, the timer.
void hub_loop::run() {
    const overloaded handle{
        [this](user_event& event) { answer(event); },
        [this](invocation& asked) { answer(asked); },
        [this](close_transport& wanted) {
            const auto& it = transports_.at(wanted.transport);
            log_.closing(logged(it), wanted.code, wanted.reason);
            it.carried_by->close(wanted.code, wanted.reason);
        },
        // Not raised, for the application is not asked, or of no interest to it.
        // Of no interest here, or not raised because it was not asked for.
        [](auto&) {},
    };
    while (auto event = hub_.poll_event()) std::visit(handle, *event);

    while (const auto ready = hub_.poll_ready()) {
        const auto next = hub_.poll_transmit(*ready);
        if (!next) continue;
        const auto& it = transports_.at(*ready);
        log_.sent(logged(it), next->kind, next->prefix, next->body);
        it.carried_by->write(*next);
    }
    arm_timer();
}

void hub_loop::arm_timer() {
    const auto next = hub_.poll_timeout();
    if (next == armed_for_) return;
    armed_for_ = next;
    if (!next) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(*next);
    timer_.async_wait([this](boost::system::error_code canceled) {
        if (canceled) return;
        armed_for_.reset();
        hub_.handle_timeout(now());
        run();
    });
}

// The hub answers by itself when the application does not answer in time.

void hub_loop::answer(user_event& event) {
    const auto what = settings_.answer_to(event.event);
    if (what == event_answer::none) return;
    std::optional<payload> answer;
    if (what == event_answer::echo) answer = std::move(event.data);
    if (what != event_answer::failure && hub_.answer_event(now(), event.id, std::move(answer))) return;
    [[maybe_unused]] const auto failed = hub_.fail_event(now(), event.id);
}

void hub_loop::answer(invocation& asked) {
    const auto what = settings_.answer_to(asked.event);
    if (what == event_answer::none) return;
    std::optional<payload> answer;
    if (what == event_answer::echo) answer = std::move(asked.data);
    if (what != event_answer::failure && hub_.answer_invocation(now(), asked.id, std::move(answer))) return;
    [[maybe_unused]] const auto failed = hub_.fail_invocation(
        now(), asked.id, {std::string(error_names::internal_server_error), "Internal server error"});
}

hub_loop* hub_loops::find_or_make(const std::string& name) {
    const auto found = loops_.find(name);
    if (found != loops_.end()) return &found->second;
    if (config_.hubs.count(name) == 0) {
        if (unlisted_ >= max_unlisted) return nullptr;
        ++unlisted_;
    }
    return &loops_
                .emplace(std::piecewise_construct, std::forward_as_tuple(name),
                         std::forward_as_tuple(io_, name, *config_.find(name), log_))
                .first->second;
}

hub_loop& hub_loops::find(const std::string& name) {
    const auto found = loops_.find(name);
    return found != loops_.end() ? found->second : nobodys_;
}

void hub_loops::close_all() {
    for (auto& [name, loop] : loops_) loop.close_all();
    nobodys_.close_all();
}

} // namespace emulator
