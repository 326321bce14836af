// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/service/upstream_call.hpp>
#include <webpubsub/upstream/call_failure.hpp>

#include <boost/asio/io_context.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>

namespace emulator {

/// Who is told what becomes of calls.
class call_listener {
public:
    virtual void on_response_head(webpubsub::call_id id) = 0;
    virtual void on_response(webpubsub::call_id id, webpubsub::http_response response) = 0;
    virtual void on_failure(webpubsub::call_id id, webpubsub::call_failure why) = 0;

protected:
    ~call_listener() = default;
};

/// Sends the requests to event handlers, each over a connection of its own, with TLS when the URL says https: the
/// certificate is then verified with the system's authorities. A request about a client begins when the one before it
/// about the same client was written, so that they arrive in their order as far as the server reads them in it; no
/// request waits for a response. There are no time limits, since the one who asks has some.
class handler_client {
public:
    /// Both outlive it. The listener is called from the event loop, never from within a function of this class.
    handler_client(boost::asio::io_context& io, call_listener& listener) : io_(io), listener_(listener) {}
    handler_client(const handler_client&) = delete;
    handler_client& operator=(const handler_client&) = delete;
    ~handler_client();

    void send(const webpubsub::upstream_call& call);
    /// The listener hears nothing more of it.
    void cancel(webpubsub::call_id id);

private:
    class call;

    /// The call has been written, or will not be: the next one about the same client begins.
    void leave_line(const call& from);

    boost::asio::io_context& io_;
    call_listener& listener_;
    std::map<webpubsub::call_id, std::shared_ptr<call>> calls_;
    /// For each client, by its connection, the calls that are not written; the first is under way.
    std::map<std::string, std::deque<std::shared_ptr<call>>> lines_;
};

} // namespace emulator
