// SPDX-License-Identifier: MIT
#pragma once

#include "frame_log.hpp"
#include "hub_config.hpp"
#include "hub_loop.hpp"

#include <webpubsub/service/service.hpp>

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace emulator {

/// The service, with a loop for each of its hubs.
class hub_loops {
public:
    /// A client that a hub has let in.
    struct let_in {
        hub_loop* hub;
        webpubsub::accepted as;
    };
    /// A client about whom an event handler is asked.
    struct asked {
        hub_loop* hub;
        webpubsub::admission_id id;
    };
    using outcome = std::variant<webpubsub::http_response, let_in, asked>;

    /// With settings of a cluster its hubs are nodes of one each.
    hub_loops(boost::asio::io_context& io, webpubsub::service&& all, const hub_config& config, const frame_log& log,
              std::optional<cluster_settings> cluster)
        : io_(io), service_(std::move(all)), config_(config), log_(log), cluster_(std::move(cluster)) {
        join_clusters();
    }

    std::size_t max_body_size() const { return service_.options().rest.max_body_size; }

    /// A client's request. A carrier that is not refused is kept alive by its hub.
    outcome admit(std::shared_ptr<carrier> who, const webpubsub::http_request& request, bool is_websocket);

    /// A request of the REST API. The answer may come before the call returns.
    void call(const webpubsub::http_request& request, rest_answer_handler answer);

    void close_all();
    void leave_clusters();

private:
    hub_loop& loop_of(const std::string& name);
    /// Hubs of the configuration are nodes from the start, since others may have clients.
    void join_clusters();

    boost::asio::io_context& io_;
    webpubsub::service service_;
    hub_config config_;
    const frame_log& log_;
    std::optional<cluster_settings> cluster_;
    std::map<std::string, hub_loop> loops_;
};

} // namespace emulator
