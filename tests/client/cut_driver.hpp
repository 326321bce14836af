// SPDX-License-Identifier: MIT
#pragma once

#include "client/calm_world.hpp"
#include "support/client_driver.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

namespace webpubsub::tests {

/// A `client_driver` of which after every step (of the first hundred, then of every hundredth) a copy loses its
/// transport and goes on in a calm world, where it has to keep its promises.
class cut_driver : public client_driver {
public:
    explicit cut_driver(client_driver driver) : client_driver(std::move(driver)) {}

    std::size_t cuts = 0;

    void drain() {
        step([&] { client_driver::drain(); });
    }
    void start() {
        step([&] { client_driver::start(); });
    }
    template <class... Subprotocol>
    void opened(Subprotocol... chosen) {
        step([&] { client_driver::opened(chosen...); });
    }
    void open_failed(unsigned status) {
        step([&] { client_driver::open_failed(status); });
    }
    template <class... How>
    void closed(How... how) {
        step([&] { client_driver::closed(how...); });
    }
    void written(std::size_t count = 1) {
        step([&] { client_driver::written(count); });
    }
    void receive(std::string_view frame) {
        step([&] { client_driver::receive(frame); });
    }
    void wait(duration time) {
        step([&] { client_driver::wait(time); });
    }
    template <class... Ids>
    void connect(Ids... ids) {
        step([&] { client_driver::connect(ids...); });
    }
    template <class... Ids>
    void recover(Ids... ids) {
        step([&] { client_driver::recover(ids...); });
    }
    template <class... Ids>
    void replace(Ids... ids) {
        step([&] { client_driver::replace(ids...); });
    }

private:
    template <class Step>
    void step(Step&& take) {
        take();
        if (++steps_ > 100 && steps_ % 100 != 0) return;
        for (const auto answer : {recovery_answer::yes, recovery_answer::no, recovery_answer::another_connection}) {
            calm_world(c, client_promises(c), {{}, 1'000'000}, now, answer).run(transport.transport);
        }
        ++cuts;
    }

    std::size_t steps_ = 0;
};

} // namespace webpubsub::tests
