// SPDX-License-Identifier: MIT
#include "hub_loop.hpp"

#include <webpubsub/codec/all_service_codecs.hpp>

#include <chrono>
#include <utility>

namespace emulator {

using namespace webpubsub;

namespace {

instant now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

} // namespace

hub_loop::hub_loop(boost::asio::io_context& io, std::string name, const hub_settings& settings,
                   const secure_random& random, const frame_log& log)
    : hub_(all_service_codecs(), settings.options, random),
      name_(std::move(name)),
      settings_(settings),
      log_(log),
      timer_(io) {}

admission hub_loop::admit(std::shared_ptr<carrier> who, const std::string& target, connect_request request) {
    auto outcome = hub_.admit(now(), std::move(request));
    if (const auto* const let_in = get_if<accepted>(&outcome)) {
        const auto& name = let_in->subprotocol;
        transports_.emplace(let_in->transport, transport{std::move(who), target, name, frame_codecs::find(name), "-"});
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

void hub_loop::written(transport_id id, std::size_t count) {
    hub_.handle_written(now(), id, static_cast<std::uint32_t>(count));
    run();
}

void hub_loop::closed(transport_id id, std::uint16_t code, std::string_view reason) {
    log_.ended(logged(transports_.at(id)), code, reason);
    transports_.erase(id);
    hub_.handle_closed(now(), id, code, reason);
    run();
}

void hub_loop::close_all() {
    // Its reason is a good one.
    static_cast<void>(hub_.close_all(now()));
    run();
}

const hub_loop::transport* hub_loop::find(transport_id id) const {
    const auto found = transports_.find(id);
    return found == transports_.end() ? nullptr : &found->second;
}

/// The loop that the hub asks for. A carrier that calls back from within leaves it to the outer call to go on.
void hub_loop::run() {
    if (is_running_) return;
    is_running_ = true;
    while (step()) {}
    is_running_ = false;
    arm_timer();
}

/// Does one thing; false when there is nothing to do.
bool hub_loop::step() {
    if (const auto order = hub_.poll_order()) {
        if (const auto* const how = get_if<hub_orders::close_transport>(&*order)) {
            close(*how);
        } else if (const auto* const pause = get_if<hub_orders::pause_reading>(&*order)) {
            if (const auto* const it = find(pause->transport)) std::shared_ptr(it->carried_by)->pause_reading();
        } else if (const auto* const resume = get_if<hub_orders::resume_reading>(&*order)) {
            if (const auto* const it = find(resume->transport)) std::shared_ptr(it->carried_by)->resume_reading();
        }
        // The others do not come: the application is not asked who may connect or join.
        return true;
    }
    if (const auto event = hub_.poll_event()) {
        if (const auto* const sent = get_if<hub_events::user_event>(&*event)) {
            answer(*sent);
        } else if (const auto* const asked = get_if<hub_events::invocation>(&*event)) {
            answer(*asked);
        }
        // The application does not care about the others.
        return true;
    }
    if (const auto ready = hub_.poll_ready()) {
        write_to(*ready);
        return true;
    }
    return false;
}

void hub_loop::write_to(transport_id id) {
    const auto* const it = find(id);
    std::vector<delivery> messages;
    while (auto next = hub_.poll_transmit(id)) {
        if (it != nullptr) log_.sent(logged(*it), *next);
        messages.push_back(std::move(*next));
    }
    if (it != nullptr && !messages.empty()) std::shared_ptr(it->carried_by)->write(std::move(messages));
}

void hub_loop::close(const hub_orders::close_transport& how) {
    const auto* const it = find(how.transport);
    if (it == nullptr) return;
    log_.closing(logged(*it), how.code, how.reason);
    std::shared_ptr(it->carried_by)->close(how);
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

void hub_loop::answer(const hub_events::user_event& event) {
    const auto what = settings_.answer_to(event.event);
    if (what == event_answer::none) return;
    std::optional<payload_view> answer;
    if (what == event_answer::echo) answer = event.data;
    if (what != event_answer::failure && hub_.answer_event(now(), event.id, answer)) return;
    static_cast<void>(hub_.fail_event(now(), event.id));
}

void hub_loop::answer(const hub_events::invocation& asked) {
    const auto what = settings_.answer_to(asked.event);
    if (what == event_answer::none) return;
    std::optional<payload_view> answer;
    if (what == event_answer::echo && asked.data) answer = *asked.data;
    if (what != event_answer::failure && hub_.answer_invocation(now(), asked.id, answer)) return;
    static_cast<void>(hub_.fail_invocation(now(), asked.id,
                                           {std::string(error_names::internal_server_error), "Internal server error"}));
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
                         std::forward_as_tuple(io_, name, *config_.find(name), random_, log_))
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
