// SPDX-License-Identifier: MIT
#include "hub_loop.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>

namespace emulator {

using namespace webpubsub;

instant time_now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

hub_loop::hub_loop(boost::asio::io_context& io, std::string name, hosted_hub& hub,
                   std::chrono::milliseconds keep_alive_interval, const frame_log& log)
    : hub_(hub),
      name_(std::move(name)),
      keep_alive_interval_(keep_alive_interval),
      log_(log),
      timer_(io),
      handlers_(io, *this),
      io_(io) {}

void hub_loop::accept(const accepted& as, std::shared_ptr<carrier> who, const std::string& target) {
    const auto& name = as.subprotocol;
    transports_.emplace(as.transport, transport{std::move(who), target, name, frame_codecs::find(name), "-"});
    run_later();
}

void hub_loop::wait(admission_id id, std::shared_ptr<carrier> who, const std::string& target) {
    candidates_.emplace(id, candidate{std::move(who), target});
    run_later();
}

void hub_loop::abandoned(admission_id id) {
    candidates_.erase(id);
    hub_.handle_abandoned(time_now(), id);
    run();
}

void hub_loop::opened(transport_id id) {
    machine().handle_opened(time_now(), id);
    auto& it = transports_.at(id);
    if (const auto connection = machine().connection_of(id); !connection.empty()) it.connection_id = connection;
    log_.opened(logged(it), it.target, it.subprotocol);
    run();
}

void hub_loop::received(transport_id id, frame_kind kind, std::string_view bytes) {
    log_.received(logged(transports_.at(id)), kind, bytes);
    machine().handle_frame(time_now(), id, kind, bytes);
    run();
}

void hub_loop::received_bad_frame(transport_id id, std::uint16_t code) {
    machine().handle_bad_frame(time_now(), id, code);
    run();
}

void hub_loop::written(transport_id id, std::size_t count) {
    machine().handle_written(time_now(), id, static_cast<std::uint32_t>(count));
    run();
}

void hub_loop::closed(transport_id id, std::uint16_t code, std::string_view reason) {
    log_.ended(logged(transports_.at(id)), code, reason);
    transports_.erase(id);
    machine().handle_closed(time_now(), id, code, reason);
    run();
}

void hub_loop::on_response_head(call_id id) {
    hub_.handle_response_head(time_now(), id);
    run();
}

void hub_loop::on_response(call_id id, http_response response) {
    hub_.handle_response(time_now(), id, std::move(response));
    run();
}

void hub_loop::on_failure(call_id id, call_failure why) {
    hub_.handle_failure(time_now(), id, why);
    run();
}

void hub_loop::close_all() {
    // Its reason is a good one.
    static_cast<void>(machine().close_all(time_now()));
    run();
}

void hub_loop::join_cluster(const cluster_settings& settings) {
    cluster_.emplace(io_, name_, machine(), settings, [this] { run(); });
    run();
}

void hub_loop::call(rest_task task, rest_answer_handler answer) {
    cluster_->call(time_now(), std::move(task), std::move(answer));
}

void hub_loop::leave_cluster() {
    if (!cluster_) return;
    cluster_->leave(time_now());
    run();
}

const hub_loop::transport* hub_loop::find(transport_id id) const {
    const auto found = transports_.find(id);
    return found == transports_.end() ? nullptr : &found->second;
}

/// A carrier is not told anything before it knows what has become of its client.
void hub_loop::run_later() {
    boost::asio::post(timer_.get_executor(), [this] { run(); });
}

/// The loop that the hub asks for. A carrier that calls back from within leaves it to the outer call to go on.
void hub_loop::run() {
    if (is_running_) return;
    is_running_ = true;
    do {
        hub_.settle(time_now());
    } while (step());
    is_running_ = false;
    arm_timer();
}

/// Does one thing; false when there is nothing to do.
bool hub_loop::step() {
    // Others come first: who waits for them may go on in the same turn.
    if (cluster_ && cluster_->step(time_now())) return true;
    if (const auto order = machine().poll_order()) {
        follow(*order);
    } else if (const auto unwanted = hub_.poll_cancel()) {
        handlers_.cancel(*unwanted);
    } else if (const auto call = hub_.poll_call()) {
        handlers_.send(*call);
    } else if (const auto ready = machine().poll_ready()) {
        write_to(*ready);
    } else {
        return false;
    }
    return true;
}

void hub_loop::follow(const hub_order& order) {
    if (const auto* const how = get_if<hub_orders::close_transport>(&order)) {
        close(*how);
    } else if (const auto* const pause = get_if<hub_orders::pause_reading>(&order)) {
        if (const auto* const it = find(pause->transport)) std::shared_ptr(it->carried_by)->pause_reading();
    } else if (const auto* const resume = get_if<hub_orders::resume_reading>(&order)) {
        if (const auto* const it = find(resume->transport)) std::shared_ptr(it->carried_by)->resume_reading();
    } else if (const auto* const decided = get_if<hub_orders::admission_decided>(&order)) {
        decide(*decided);
    }
    // Requests are not held: there is nobody else to ask.
}

void hub_loop::decide(const hub_orders::admission_decided& decided) {
    auto found = candidates_.extract(decided.id);
    if (found.empty()) return;
    auto [who, target] = std::move(found.mapped());
    if (const auto* const yes = get_if<accepted>(&decided.outcome)) accept(*yes, who, target);
    who->decided(decided.outcome);
}

void hub_loop::write_to(transport_id id) {
    const auto* const it = find(id);
    std::vector<delivery> messages;
    while (auto next = machine().poll_transmit(id)) {
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
    auto next = hub_.poll_timeout();
    if (cluster_) next = earlier(next, cluster_->poll_timeout());
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
        // A node that is dead for the others finds out before anything else.
        if (cluster_) cluster_->handle_timeout(time_now());
        hub_.handle_timeout(time_now());
        run();
    });
}

} // namespace emulator
