// SPDX-License-Identifier: MIT
#pragma once

#include "byte_stream.hpp"
#include "hub_loops.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace emulator {

/// A client from the accepted TCP connection to its end.
class live_session {
public:
    /// Ends it at once, without a word.
    virtual void drop() = 0;
    /// Whether a hub knows it, which then closes it in its own way.
    virtual bool has_hub() const = 0;
    /// Writes what it has gathered, all of it together.
    virtual void write_gathered() = 0;

protected:
    ~live_session() = default;
};

/// What all sessions of a thread share.
struct session_context {
    net::io_context& io;
    /// Null for plain HTTP.
    net::ssl::context* tls = nullptr;
    hub_loops* hubs = nullptr;
    /// The one of another thread that has the connection to which a client with this request comes back, or null.
    std::function<session_context*(std::string_view target)> elsewhere = [](std::string_view) { return nullptr; };
    /// All there are.
    std::set<live_session*> sessions{};
    /// Those that have gathered something to write in this turn of the event loop.
    std::vector<std::weak_ptr<live_session>> writers{};
    /// One of them has gathered enough for a write.
    bool is_turn_over = false;
    /// Nobody is served any more.
    bool is_ending = false;
};

/// Starts a session, which keeps itself alive; the context outlives it.
void start_session(tcp_socket socket, session_context& context);

} // namespace emulator
