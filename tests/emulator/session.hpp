// SPDX-License-Identifier: MIT
#pragma once

#include "byte_stream.hpp"
#include "hub_loops.hpp"

#include <set>

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

protected:
    ~live_session() = default;
};

/// What all sessions share.
struct session_context {
    /// Null for plain HTTP.
    boost::asio::ssl::context* tls;
    hub_loops& hubs;
    /// All there are.
    std::set<live_session*> sessions{};
};

/// Starts a session, which keeps itself alive; the context outlives it.
void start_session(tcp_socket socket, session_context& context);

} // namespace emulator
