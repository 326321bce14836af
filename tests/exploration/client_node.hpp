// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>

#include "exploration/client_log.hpp"
#include "exploration/fingerprint.hpp"
#include "exploration/scenario.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace webpubsub::tests {

inline webpubsub::client new_client(const scenario& plan, std::size_t i) {
    auto options = plan.client;
    options.requests.resend_on_new_connection = plan.members[i].resends;
    return client(plan.members[i].form, i, std::move(options));
}

/// A client, what its application saw, and what it was given.
struct client_node : client_log {
    webpubsub::client machine;
    codec form;
    service_codec service;
    fingerprint history{};

    client_node(const scenario& plan, std::size_t i)
        : client_log(i, plan.settles),
          machine(new_client(plan, i)),
          form(plan.members[i].form),
          service(*find_service_codec(form.protocol().name)) {}

    bool may_ask(const operation& what) const { return client_log::may_ask(machine, what); }
    void ask(steady_time now, const operation& what) { client_log::ask(machine, now, what); }
};

} // namespace webpubsub::tests
