// SPDX-License-Identifier: MIT
#include "cluster_link.hpp"

#include "hub_loop.hpp"
#include "whole_lines.hpp"

#include <webpubsub/variant.hpp>

#include <chrono>
#include <iostream>
#include <utility>

namespace emulator {

using namespace webpubsub;

namespace {

/// How long a REST call waits for the broker and for word of the other nodes.
constexpr auto patience = std::chrono::seconds(5);

bool only_sends(rest_operation operation) {
    return operation == rest_operation::send_to_all || operation == rest_operation::send_to_group ||
           operation == rest_operation::send_to_user || operation == rest_operation::send_to_connection;
}

} // namespace

cluster_link::cluster_link(boost::asio::io_context& io, const std::string& hub_name, hub& local,
                           const cluster_settings& settings, std::function<void()> run)
    : hub_(hub_name),
      tells_of_nodes_(settings.tells_of_nodes),
      member_(local, settings.self, settings.options, settings.random),
      run_(std::move(run)),
      broker_(settings.make_broker(io, *this, hub_name)) {
    broker_->start();
}

bool cluster_link::step(instant now) {
    if (const auto order = member_.poll_bus(now)) {
        follow(*order);
    } else if (const auto event = member_.poll_event()) {
        const auto* const answered = get_if<cluster_events::answered>(&*event);
        if (answered == nullptr || !calls_.handle(*answered)) print(*event);
    } else if (auto finished = calls_.poll_finished()) {
        const auto answer = answers_.extract(finished->number);
        answer.mapped()(std::move(finished->response));
    } else {
        return begin_next(now);
    }
    return true;
}

void cluster_link::follow(const bus_order& order) {
    if (const auto* const subscribe = get_if<bus_orders::subscribe>(&order)) {
        broker_->subscribe(subscribe->channel);
    } else if (const auto* const unsubscribe = get_if<bus_orders::unsubscribe>(&order)) {
        broker_->unsubscribe(unsubscribe->channel);
    } else if (const auto* const publish = get_if<bus_orders::publish>(&order)) {
        broker_->publish(publish->channel, publish->bytes);
    }
}

std::optional<steady_time> cluster_link::poll_timeout() const {
    auto next = member_.poll_timeout();
    for (const auto& each : waiting_) {
        next = earlier(next, std::optional(each.until));
        if (member_.is_bus_connected()) next = earlier(next, member_.knows_nodes_from());
    }
    return next;
}

void cluster_link::handle_timeout(instant now) { member_.handle_timeout(now); }

void cluster_link::call(instant now, rest_task task, rest_answer_handler answer) {
    waiting_.push_back({std::move(task), std::move(answer), now.steady + patience});
    run_();
}

bool cluster_link::can_begin(instant now, const waiting_call& call) const {
    if (now.steady >= call.until) return true;
    if (!member_.is_bus_connected()) return false;
    const auto known = member_.knows_nodes_from();
    return only_sends(call.task.received.call.operation) || (known && now.steady >= *known);
}

bool cluster_link::begin_next(instant now) {
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
        if (!can_begin(now, *at)) continue;
        auto call = std::move(*at);
        waiting_.erase(at);
        begin(now, std::move(call));
        return true;
    }
    return false;
}

void cluster_link::begin(instant now, waiting_call call) {
    auto outcome = calls_.begin(member_, now, std::move(call.task));
    if (auto* const response = get_if<http_response>(&outcome)) {
        call.answer(std::move(*response));
    } else {
        answers_.emplace(*get_if<std::uint64_t>(&outcome), std::move(call.answer));
    }
}

void cluster_link::print(const cluster_event& event) const {
    if (const auto* const joined = get_if<cluster_events::node_joined>(&event)) {
        const auto* const conflict = joined->is_place_taken ? ", and another one has the same place" : "";
        if (tells_of_nodes_) say("node " + joined->node.to_string() + " joined" + conflict);
    } else if (const auto* const lost = get_if<cluster_events::node_lost>(&event)) {
        if (tells_of_nodes_) say("node " + lost->node.to_string() + (lost->has_said_bye ? " has ended" : " is lost"));
    } else if (const auto* const gap = get_if<cluster_events::gap>(&event)) {
        say(std::to_string(gap->count) + " messages of node " + gap->node.to_string() + " are lost");
    } else if (const auto* const fenced = get_if<cluster_events::fenced>(&event)) {
        say("this node was dead for the others; it goes on as " + fenced->now.to_string());
    } else if (const auto* const differ = get_if<cluster_events::options_differ>(&event)) {
        say("node " + differ->node.to_string() + " has other options");
    }
}

void cluster_link::say(const std::string& what) const {
    print_line(std::cerr, "webpubsub-emulator: hub " + hub_ + ": " + what);
}

void cluster_link::handle_message(const bus_channel& channel, std::string_view bytes) {
    member_.handle_bus_message(time_now(), channel, bytes);
    run_();
}

void cluster_link::handle_subscribed(const bus_channel& channel) {
    member_.handle_bus_subscribed(time_now(), channel);
    run_();
}

void cluster_link::handle_lost() {
    say("the broker is lost");
    member_.handle_bus_lost(time_now());
    run_();
}

void cluster_link::handle_connected() {
    if (tells_of_nodes_) say("node " + member_.id().to_string() + " is connected to the broker");
    member_.handle_bus_connected(time_now());
    run_();
}

} // namespace emulator
