// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/options.hpp>
#include <webpubsub/hub/reports.hpp>
#include <webpubsub/support/queue.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// What the other nodes of a cluster are to be told of this hub. A hub that stands alone reports nothing.
class node_reports {
public:
    explicit node_reports(const hub_cluster_options& options) noexcept : options_(options) {}

    bool are_wanted() const noexcept { return options_.reports; }
    /// Whether what clients publish is left to the reports.
    bool defer_publications() const noexcept { return options_.reports && options_.defers_publications; }

    /// Whether clients of connections that this hub does not have are let in as guests.
    bool take_guests() const noexcept { return options_.reports && options_.takes_guests; }

    template <class Report>
    void push(Report&& report) {
        waiting_.push(new hub_report(std::forward<Report>(report)));
    }
    polled<hub_report> poll() { return waiting_.poll(); }

    /// Whether clients may publish now.
    bool can_publish() const noexcept { return can_publish_; }
    void set_publishing(bool possible) noexcept { can_publish_ = possible; }

private:
    hub_cluster_options options_;
    bool can_publish_ = true;
    detail::queue<hub_report> waiting_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
