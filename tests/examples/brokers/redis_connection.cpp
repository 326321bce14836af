// SPDX-License-Identifier: MIT
#include "redis_connection.hpp"

#include <hiredis/async.h>

#include <csignal>
#include <utility>
#include <vector>

namespace examples {

namespace {

redis_connection& connection_of(void* data) { return *static_cast<redis_connection*>(data); }

/// hiredis writes with write(2), which ends a process that has not said otherwise when the server has gone.
void survive_broken_pipes() {
    struct sigaction now {};
    if (sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) std::signal(SIGPIPE, SIG_IGN);
}

} // namespace

std::shared_ptr<redis_connection> redis_connection::open(boost::asio::io_context& io, const std::string& address,
                                                         unsigned short port, redis_connection_owner& owner) {
    survive_broken_pipes();
    auto* const context = redisAsyncConnect(address.c_str(), port);
    if (context == nullptr) return nullptr;
    if (context->err != 0) {
        redisAsyncFree(context);
        return nullptr;
    }
    return std::shared_ptr<redis_connection>(new redis_connection(io, context, owner));
}

redis_connection::redis_connection(boost::asio::io_context& io, redisAsyncContext* context,
                                   redis_connection_owner& owner)
    : context_(context), owner_(&owner), descriptor_(io, context->c.fd) {
    context->data = this;
    context->ev.data = this;
    context->ev.addRead = [](void* self) { connection_of(self).wait_to_read(); };
    context->ev.addWrite = [](void* self) {
        connection_of(self).wants_to_write_ = true;
        connection_of(self).wait_to_write();
    };
    context->ev.delWrite = [](void* self) { connection_of(self).wants_to_write_ = false; };
    context->ev.cleanup = [](void* self) { connection_of(self).release(); };
}

void redis_connection::command(std::initializer_list<std::string_view> words) {
    std::vector<const char*> begins;
    std::vector<std::size_t> sizes;
    for (const auto word : words) {
        begins.push_back(word.data() == nullptr ? "" : word.data());
        sizes.push_back(word.size());
    }
    const auto pass_on = [](redisAsyncContext* context, void* reply, void*) {
        auto& self = connection_of(context->data);
        // Without a reply it is the end, which is told by itself.
        if (reply != nullptr && self.owner_ != nullptr) {
            self.owner_->handle_reply(self, *static_cast<const redisReply*>(reply));
        }
    };
    if (context_ == nullptr) return;
    redisAsyncCommandArgv(context_, pass_on, nullptr, static_cast<int>(words.size()), begins.data(), sizes.data());
}

std::size_t redis_connection::unwritten() const { return context_ == nullptr ? 0 : sdslen(context_->c.obuf); }

void redis_connection::close() {
    owner_ = nullptr;
    // From within a callback of hiredis, it is freed when that has returned.
    if (context_ != nullptr) redisAsyncFree(context_);
}

/// hiredis is about to close the descriptor, which is its own, and to forget the context.
void redis_connection::release() {
    descriptor_.release();
    context_ = nullptr;
    if (auto* const owner = std::exchange(owner_, nullptr)) owner->handle_end(*this);
}

void redis_connection::wait_to_read() {
    if (std::exchange(reads_, true)) return;
    descriptor_.async_wait(descriptor_.wait_read, [self = shared_from_this()](boost::system::error_code canceled) {
        self->reads_ = false;
        if (canceled || self->context_ == nullptr) return;
        self->unanswered = 0;
        redisAsyncHandleRead(self->context_);
    });
}

void redis_connection::wait_to_write() {
    if (std::exchange(writes_, true)) return;
    descriptor_.async_wait(descriptor_.wait_write, [self = shared_from_this()](boost::system::error_code canceled) {
        self->writes_ = false;
        if (canceled || self->context_ == nullptr || !self->wants_to_write_) return;
        redisAsyncHandleWrite(self->context_);
        if (self->owner_ != nullptr) self->owner_->handle_written(*self);
    });
}

} // namespace examples
