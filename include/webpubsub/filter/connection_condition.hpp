// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/filter/condition.hpp>
#include <webpubsub/hub/send_options.hpp>

#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A condition that connections of a hub are held against.
class connection_condition {
public:
    explicit connection_condition(condition&& what) : condition_(std::move(what)) {}

    bool operator()(const connection_view& who) const {
        filter_subject subject;
        if (!who.user_id().empty()) subject.user_id = who.user_id();
        subject.connection_id = who.connection_id();
        if (!who.subprotocol().empty()) subject.protocol = who.subprotocol();
        subject.group_count = who.group_count();
        subject.groups = &who;
        subject.is_in_group = [](const void* view, std::string_view name) {
            return static_cast<const connection_view*>(view)->is_in_group(name);
        };
        return condition_.matches(subject);
    }

private:
    condition condition_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
