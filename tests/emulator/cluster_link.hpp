// SPDX-License-Identifier: MIT
#pragma once

#include "examples/brokers/broker.hpp"

#include <webpubsub/cluster/cluster_member.hpp>
#include <webpubsub/service/clustered_rest_calls.hpp>
#include <webpubsub/service/service.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

/// How the emulator is one node of several.
struct cluster_settings {
    /// Of this thread; its hubs are made with it, since a hub may have clients before it has its link.
    webpubsub::node_id self;
    webpubsub::cluster_options options;
    webpubsub::secure_random random{};
    /// Makes the connection to the broker for the bus of the hub with this name.
    std::function<std::unique_ptr<examples::broker>(boost::asio::io_context&, examples::bus_listener&,
                                                    const std::string& hub)>
        make_broker;
    /// Whether it is of interest that the others come and go.
    bool tells_of_nodes = true;
};

using rest_answer_handler = std::function<void(webpubsub::http_response)>;

/// What makes a hub a node of a cluster: its member, the connection to the broker, and the REST calls that wait for
/// other nodes. Events of the cluster are printed to standard error.
class cluster_link final : public examples::bus_listener {
public:
    /// `run` is the hub's loop, to be called when something has happened here. Everything outlives it.
    cluster_link(boost::asio::io_context& io, const std::string& hub, webpubsub::hub& local,
                 const cluster_settings& settings, std::function<void()> run);

    /// Does one thing that the member wants; false when there is nothing to do.
    bool step(webpubsub::instant now);
    std::optional<webpubsub::steady_time> poll_timeout() const;
    void handle_timeout(webpubsub::instant now);

    /// Does a call on all nodes that it concerns. It begins when the other nodes are known, or when that takes too
    /// long.
    void call(webpubsub::instant now, webpubsub::rest_task task, rest_answer_handler answer);

    /// The node ends.
    void leave(webpubsub::instant now) { member_.leave(now); }

    void handle_message(const webpubsub::bus_channel& channel, std::string_view bytes) override;
    void handle_subscribed(const webpubsub::bus_channel& channel) override;
    void handle_lost() override;
    void handle_connected() override;

private:
    struct waiting_call {
        webpubsub::rest_task task;
        rest_answer_handler answer;
        webpubsub::steady_time until;
    };

    bool can_begin(webpubsub::instant now, const waiting_call& call) const;
    void begin(webpubsub::instant now, waiting_call call);
    bool begin_next(webpubsub::instant now);
    void print(const webpubsub::cluster_event& event) const;
    void follow(const webpubsub::bus_order& order);

    void say(const std::string& what) const;

    std::string hub_;
    bool tells_of_nodes_;
    webpubsub::cluster_member member_;
    std::function<void()> run_;
    webpubsub::clustered_rest_calls calls_;
    std::map<std::uint64_t, rest_answer_handler> answers_;
    std::list<waiting_call> waiting_;
    std::unique_ptr<examples::broker> broker_;
};

} // namespace emulator
