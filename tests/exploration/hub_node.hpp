// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>

#include "exploration/failed_fragments.hpp"
#include "exploration/fingerprint.hpp"
#include "exploration/hub_log.hpp"
#include "exploration/scenario.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::tests {

/// "Random" bytes that follow from how many were drawn before. Each state has a count of its own and hands it in.
struct counted_bytes {
    std::uint64_t drawn = 0;

    static void fill(void* context, unsigned char* bytes, std::size_t size) {
        auto& drawn = static_cast<counted_bytes*>(context)->drawn;
        for (std::size_t i = 0; i < size; ++i) {
            bytes[i] = static_cast<unsigned char>(fingerprint().add(drawn++).value());
        }
    }
};

inline instant instant_at(steady_time now) {
    return {now, wall_time(std::chrono::seconds(1'700'000'000)) +
                     std::chrono::duration_cast<wall_time::duration>(now.time_since_epoch())};
}

/// The codec of the witness and those of the clients.
inline std::vector<service_codec> codecs_for(const scenario& plan) {
    std::vector<service_codec> codecs{json_service_codec()};
    for (const auto& m : plan.members) codecs.push_back(*find_service_codec(m.form.protocol().name));
    return codecs;
}

/// A hub with its application and its witness, and what it was given.
struct hub_node : hub_log {
    hub machine;
    /// What was refused in its place, for each client.
    std::vector<failed_fragments> failed;
    fingerprint history{};
    std::uint64_t drawn = 0;
    transport_id witness_transport{};

    hub_node(const scenario& plan, counted_bytes& bytes)
        : machine(codecs_for(plan), plan.hub, {&bytes, &counted_bytes::fill}),
          failed(plan.members.size()),
          drawn(bytes.drawn) {
        answers_at_once = plan.answers_at_once;
        late_answers = plan.late_answers;
    }

    void admit_witness(instant now) { witness_transport = hub_log::admit_witness(machine, now); }
    void take(hub_event& event, instant now) { hub_log::take(machine, event, now); }
    void answer(std::size_t which, bool well, instant now) { hub_log::answer(machine, which, well, now); }
    void look(const std::vector<std::string>& busy) { hub_log::look(machine, busy); }
};

inline connect_request request_of(const scenario::member& m, std::size_t i) {
    connect_request asked;
    asked.user_id = std::string(1, static_cast<char>('A' + i));
    asked.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup." + std::string(the_group),
                   "webpubsub.sendToGroup." + std::string(other_group), "webpubsub.getGroupState",
                   "webpubsub.setGroupState"};
    if (m.is_in_group) asked.groups = {std::string(the_group)};
    asked.subprotocols = {std::string(m.form.protocol().name)};
    return asked;
}

} // namespace webpubsub::tests
