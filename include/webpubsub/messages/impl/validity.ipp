// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_schema.hpp>
#include <webpubsub/messages/row_checks.hpp>
#include <webpubsub/messages/validity.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_DECL result<void> check_validity(const client_message& message) noexcept {
    const auto& kind = detail::client_message_kinds[message.index()];
    const auto checked = detail::check_rows(*kind.rows, message.data());
    if (checked != errc{}) return checked;
    return {};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
