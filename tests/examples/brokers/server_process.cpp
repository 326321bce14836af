// SPDX-License-Identifier: MIT
#include "server_process.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace examples {

namespace {

std::filesystem::path make_folder() {
    auto name = (std::filesystem::temp_directory_path() / "webpubsub-broker-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("there is no folder to be had");
    return name;
}

unsigned short free_port() {
    using boost::asio::ip::tcp;
    boost::asio::io_context io;
    const tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

} // namespace

server_process::server_process() : folder_(make_folder()), port_(free_port()) { start(); }

server_process::~server_process() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void server_process::start() {
    if (tested_kind.command == nullptr) return;
    const auto words = tested_kind.command(folder_.string(), port_);
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("there is no process to be had");
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    if (const int nowhere = ::open("/dev/null", O_RDWR); nowhere >= 0) {
        for (const int standard : {0, 1, 2}) ::dup2(nowhere, standard);
    }
    ::execv(arguments.front(), arguments.data());
    ::_exit(1);
}

void server_process::kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

void server_process::stop() { ::kill(pid_, SIGSTOP); }

void server_process::go_on() { ::kill(pid_, SIGCONT); }

} // namespace examples
