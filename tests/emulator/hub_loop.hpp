// SPDX-License-Identifier: MIT
#pragma once

#include "frame_log.hpp"
#include "hub_config.hpp"

#include <webpubsub/hub/hub.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

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

/// One hub, its timer, and the application behind it, which does with events and invocations what the settings say.
/// After each input it does what the hub says next.
class hub_loop {
public:
    /// The settings outlive it.
    hub_loop(boost::asio::io_context& io, std::string name, const hub_settings& settings,
             const webpubsub::secure_random& random, const frame_log& log);

    const hub_settings& settings() const { return settings_; }

    /// A carrier whose transport is accepted is kept alive until `closed`.
    webpubsub::admission admit(std::shared_ptr<carrier> who, const std::string& target,
                               webpubsub::connect_request request);

    // What happens to a transport, see the methods of `webpubsub::hub`.
    void opened(webpubsub::transport_id id);
    void received(webpubsub::transport_id id, webpubsub::frame_kind kind, std::string_view bytes);
    void received_bad_frame(webpubsub::transport_id id, std::uint16_t code);
    void written(webpubsub::transport_id id, std::size_t count);
    void closed(webpubsub::transport_id id, std::uint16_t code, std::string_view reason);

    void close_all();

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

    void run();
    bool step();
    void arm_timer();
    /// Null for a transport that is gone.
    const transport* find(webpubsub::transport_id id) const;
    logged_connection logged(const transport& which) const { return {name_, which.connection_id, which.protocol}; }

    void write_to(webpubsub::transport_id id);
    void close(const webpubsub::hub_orders::close_transport& how);
    void answer(const webpubsub::hub_events::user_event& event);
    void answer(const webpubsub::hub_events::invocation& asked);

    webpubsub::hub hub_;
    std::string name_;
    const hub_settings& settings_;
    const frame_log& log_;
    boost::asio::steady_timer timer_;
    std::optional<webpubsub::steady_time> armed_for_;
    std::map<webpubsub::transport_id, transport> transports_;
    bool is_running_ = false;
};

/// Hubs by name, each made when the first client that may have it comes.
class hub_loops {
public:
    /// Of those that the configuration does not list.
    static constexpr std::size_t max_unlisted = 100;

    hub_loops(boost::asio::io_context& io, const hub_config& config, const webpubsub::secure_random& random,
              const frame_log& log)
        : io_(io), config_(config), random_(random), log_(log), nobodys_(io, "-", config_.defaults, random, log) {}

    /// Null for a hub that is not served.
    const hub_settings* settings_of(const std::string& name) const { return config_.find(name); }

    /// One that is served. Null when there are `max_unlisted` others.
    hub_loop* find_or_make(const std::string& name);

    /// For a client that has proved nothing: the hub if it exists, otherwise one that knows no connection.
    hub_loop& find(const std::string& name);

    void close_all();

private:
    boost::asio::io_context& io_;
    hub_config config_;
    webpubsub::secure_random random_;
    const frame_log& log_;
    std::map<std::string, hub_loop> loops_;
    std::size_t unlisted_ = 0;
    hub_loop nobodys_;
};

} // namespace emulator
