// SPDX-License-Identifier: MIT
#pragma once

#include "cluster_link.hpp"
#include "frame_log.hpp"
#include "handler_client.hpp"

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/service/hosted_hub.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

/// What carries one transport of a hub. Each function may call the hub's loop back before it returns.
class carrier {
public:
    /// The outcome of an admission that was waiting. It may be refused; if it is accepted, a transport has begun.
    virtual void decided(const webpubsub::admission& outcome) = 0;
    /// Write these messages, and call `hub_loop::written` when that is done. They may come while others are written.
    virtual void write(std::vector<webpubsub::delivery>&& messages) = 0;
    /// Take no more frames, or take them again.
    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;
    /// Send a close frame and end; then call `hub_loop::closed`.
    virtual void close(const webpubsub::hub_orders::close_transport& how) = 0;

protected:
    ~carrier() = default;
};

/// One hub with its event handlers, its timer, and what carries its transports. After each input it does what the hub
/// says next.
class hub_loop final : public call_listener {
public:
    /// The hub outlives it.
    hub_loop(boost::asio::io_context& io, std::string name, webpubsub::hosted_hub& hub,
             std::chrono::milliseconds keep_alive_interval, const frame_log& log);

    std::chrono::milliseconds keep_alive_interval() const { return keep_alive_interval_; }
    std::size_t max_received_size() const { return hub_.settings().options.frames.max_received_size; }

    /// The hub has let a client in, who is kept alive until `closed`.
    void accept(const webpubsub::accepted& as, std::shared_ptr<carrier> who, const std::string& target);
    /// An event handler is asked about a client, who is kept alive until `decided` or `abandoned`.
    void wait(webpubsub::admission_id id, std::shared_ptr<carrier> who, const std::string& target);
    void abandoned(webpubsub::admission_id id);
    /// Does what the hub says after something that was done to it elsewhere.
    void run();

    // What happens to a transport, see the methods of `webpubsub::hub`.
    void opened(webpubsub::transport_id id);
    void received(webpubsub::transport_id id, webpubsub::frame_kind kind, std::string_view bytes);
    void received_bad_frame(webpubsub::transport_id id, std::uint16_t code);
    void written(webpubsub::transport_id id, std::size_t count);
    void closed(webpubsub::transport_id id, std::uint16_t code, std::string_view reason);

    // What becomes of a call of an event handler.
    void on_response_head(webpubsub::call_id id) override;
    void on_response(webpubsub::call_id id, webpubsub::http_response response) override;
    void on_failure(webpubsub::call_id id, webpubsub::call_failure why) override;

    void close_all();

    // As a node of a cluster.

    /// The hub is one from now on; it was made with the options of one.
    void join_cluster(const cluster_settings& settings);
    /// Does a REST call on all nodes that it concerns.
    void call(webpubsub::rest_task task, rest_answer_handler answer);
    /// Tells the others that this node ends, after `close_all`.
    void leave_cluster();

private:
    struct transport {
        std::shared_ptr<carrier> carried_by;
        /// Of the client's request.
        std::string target;
        std::string subprotocol;
        std::optional<frame_codecs> protocol;
        /// Of the logical connection, also after its end.
        std::string connection_id = "-";
    };
    struct candidate {
        std::shared_ptr<carrier> who;
        std::string target;
    };

    webpubsub::hub& machine() { return hub_.machine(); }
    void run_later();
    bool step();
    void follow(const webpubsub::hub_order& order);
    void arm_timer();
    /// Null for a transport that is gone.
    const transport* find(webpubsub::transport_id id) const;
    logged_connection logged(const transport& which) const { return {name_, which.connection_id, which.protocol}; }

    void write_to(webpubsub::transport_id id);
    void close(const webpubsub::hub_orders::close_transport& how);
    void decide(const webpubsub::hub_orders::admission_decided& decided);

    webpubsub::hosted_hub& hub_;
    std::string name_;
    std::chrono::milliseconds keep_alive_interval_;
    const frame_log& log_;
    boost::asio::steady_timer timer_;
    std::optional<webpubsub::steady_time> armed_for_;
    std::map<webpubsub::transport_id, transport> transports_;
    std::map<webpubsub::admission_id, candidate> candidates_;
    handler_client handlers_;
    bool is_running_ = false;
    boost::asio::io_context& io_;
    /// Without a value the hub stands alone.
    std::optional<cluster_link> cluster_;
};

webpubsub::instant time_now();

} // namespace emulator
