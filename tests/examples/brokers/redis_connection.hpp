// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

struct redisAsyncContext;
struct redisReply;

namespace examples {

class redis_connection;

/// Whom a connection tells. Each function may close the connection.
class redis_connection_owner {
public:
    virtual void handle_reply(redis_connection& from, const redisReply& reply) = 0;
    virtual void handle_written(redis_connection& by) = 0;
    /// It has ended by itself, or could not be made; nothing more comes of it.
    virtual void handle_end(redis_connection& of) = 0;

protected:
    ~redis_connection_owner() = default;
};

/// A connection of hiredis (0.14, asynchronous) that gets its events from Asio. All replies go to its owner, whatever
/// command they answer. hiredis sets TCP_NODELAY.
class redis_connection : public std::enable_shared_from_this<redis_connection> {
public:
    /// Null when there is no connection to be made from here. The address is numeric.
    static std::shared_ptr<redis_connection> open(boost::asio::io_context& io, const std::string& address,
                                                  unsigned short port, redis_connection_owner& owner);
    redis_connection(const redis_connection&) = delete;
    redis_connection& operator=(const redis_connection&) = delete;

    void command(std::initializer_list<std::string_view> words);
    std::size_t unwritten() const;
    /// The owner hears nothing more of it.
    void close();

    /// Counted by who asks for signs of life, and set to zero by everything that comes.
    unsigned unanswered = 0;

private:
    redis_connection(boost::asio::io_context& io, redisAsyncContext* context, redis_connection_owner& owner);

    void wait_to_read();
    void wait_to_write();
    void release();

    /// Null when hiredis has freed it.
    redisAsyncContext* context_;
    redis_connection_owner* owner_;
    boost::asio::posix::stream_descriptor descriptor_;
    bool reads_ = false, writes_ = false;
    bool wants_to_write_ = false;
};

} // namespace examples
