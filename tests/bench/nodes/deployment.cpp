// SPDX-License-Identifier: MIT
#include "deployment.hpp"

#include "nodes/connection.hpp"

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace bench_nodes {

namespace {

using namespace webpubsub;

constexpr auto patience = std::chrono::seconds(10);

unsigned short free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const place = reinterpret_cast<sockaddr*>(&address);
    const bool done = ::bind(socket, place, size) == 0 && ::getsockname(socket, place, &size) == 0;
    ::close(socket);
    if (!done) throw std::runtime_error("there is no port to be had");
    return ntohs(address.sin_port);
}

void wait_for(unsigned short port) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        try {
            return static_cast<void>(tcp_socket(port));
        } catch (const std::exception&) {
            if (std::chrono::steady_clock::now() > end) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
}

std::string need(const char* path, const char* name) {
    if (*path == '\0') throw std::runtime_error(std::string(name) + " is not installed");
    return path;
}

std::string client_target(const connection_string& to, const client_token_options& claims) {
    const auto url = mint_client_url(to, "chat", claims, std::chrono::system_clock::now(), openssl_hmac()).value();
    return url.substr(url.find('/', url.find("://") + 3));
}

} // namespace

class deployment::folder {
public:
    folder() {
        auto name = (std::filesystem::temp_directory_path() / "webpubsub-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("there is no folder to be had");
        path_ = name;
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

deployment deployment::alone(const std::vector<std::string>& options) {
    deployment made;
    made.add_emulator(options);
    return made;
}

deployment deployment::over(broker_kind kind, std::size_t nodes) {
    deployment made;
    made.folder_ = std::make_shared<folder>();
    made.broker_port_ = free_port();
    const auto number = std::to_string(made.broker_port_);
    std::vector<std::string> options;
    if (kind == broker_kind::redis) {
        const std::vector<std::string> words{need(BENCH_REDIS_SERVER, "redis-server"),
                                             "--bind",
                                             "127.0.0.1",
                                             "--port",
                                             number,
                                             "--dir",
                                             made.folder_->path().string(),
                                             "--save",
                                             "",
                                             "--appendonly",
                                             "no"};
        made.broker_ = std::make_unique<child_process>(words);
        options = {"--redis", "127.0.0.1:" + number};
    } else {
        made.broker_ = std::make_unique<child_process>(
            std::vector<std::string>{need(BENCH_NATS_SERVER, "nats-server"), "--addr", "127.0.0.1", "--port", number});
        options = {"--nats", "nats://127.0.0.1:" + number};
    }
    wait_for(made.broker_port_);
    for (std::size_t i = 0; i < nodes; ++i) {
        auto with_place = options;
        with_place.insert(with_place.end(), {"--node", "b00" + std::to_string(i)});
        made.add_emulator(std::move(with_place));
    }
    return made;
}

deployment deployment::nats_websocket() {
    deployment made;
    made.folder_ = std::make_shared<folder>();
    const auto config = made.folder_->path() / "nats.conf";
    const auto port = free_port();
    std::ofstream(config) << "listen: \"127.0.0.1:" << free_port() << "\"\nwebsocket { listen: \"127.0.0.1:" << port
                          << "\", no_tls: true }\n";
    made.nodes_.push_back(std::make_unique<child_process>(
        std::vector<std::string>{need(BENCH_NATS_SERVER, "nats-server"), "--config", config.string()}));
    wait_for(port);
    made.doors_.push_back({dialect::nats, port, "/", "/"});
    return made;
}

void deployment::add_emulator(std::vector<std::string> options) {
    std::vector<std::string> words{BENCH_EMULATOR, "--port", "0"};
    words.insert(words.end(), options.begin(), options.end());
    auto process = std::make_unique<child_process>(std::move(words));
    static_cast<void>(process->read_line());
    const auto line = process->read_line();
    if (!line) throw std::runtime_error("the emulator does not start with " + options.front());
    const auto to = parse_connection_string(line->substr(line->find(": ") + 2)).value();
    doors_.push_back({dialect::webpubsub, *to.endpoint.port, client_target(to, {.groups = {std::string(group)}}),
                      client_target(to, {.roles = {"webpubsub.sendToGroup"}})});
    nodes_.push_back(std::move(process));
}

double deployment::node_cpu_seconds() const {
    double sum = 0;
    for (const auto& each : nodes_) sum += each->cpu_seconds();
    return sum;
}

double deployment::broker_cpu_seconds() const { return broker_ ? broker_->cpu_seconds() : 0; }

bool emulator_knows(std::string_view option) {
    child_process help({BENCH_EMULATOR, "--help"});
    bool found = false;
    while (const auto line = help.read_line()) {
        found = found || line->find("  " + std::string(option) + " ") != std::string::npos;
    }
    return found;
}

} // namespace bench_nodes
