// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/frame_pool.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The frame kind of a payload that goes to a simple client (subprotocols.md section 4).
constexpr frame_kind bare_frame_kind(data_type type) noexcept {
    return type == data_type::text || type == data_type::json ? frame_kind::text : frame_kind::binary;
}

inline frame_ref encode_frame(frame_pool& pool, const service_codec& form, const service_message& message,
                              steady_time expires = steady_time::max()) {
    std::string body;
    // A hub makes no message that can't be encoded.
    [[maybe_unused]] const auto encoded = form.append_body(message, body);
    return pool.add(std::move(body), form.protocol().frames(), expires);
}

/// One data message on its way to any number of connections: encoded when the first receiver of a form comes, at most
/// once for each form, and counted once for all its receivers when the message is done.
class shared_message {
public:
    /// Names in `subprotocols::all`, and the bare payload.
    static constexpr std::size_t max_forms = subprotocols::all.size() + 1;

    /// `data` is what bare receivers get of `message`; null if they get nothing.
    shared_message(frame_pool& pool, const std::vector<service_codec>& forms, const service_message& message,
                   const payload* data, steady_time expires) noexcept
        : pool_(pool), forms_(forms), message_(message), data_(data), expires_(expires) {}
    shared_message(const shared_message&) = delete;
    shared_message& operator=(const shared_message&) = delete;

    ~shared_message() {
        for (const auto& form : made_) {
            if (form.frame == frame_ref::none) continue;
            pool_.add_references(form.frame, form.receivers);
            pool_.release(form.frame);
        }
    }

    struct encoded {
        frame_ref frame = frame_ref::none;
        /// In bytes.
        std::uint32_t size = 0;
        /// Who keeps the frame counts itself here.
        std::uint32_t receivers = 0;
    };

    bool is_for(std::uint8_t form) const noexcept { return form != 0 || data_ != nullptr; }

    /// For the numbers see `outlet::form`. The message is for that form.
    encoded& in_form(std::uint8_t form) {
        auto& it = made_[form];
        if (it.frame == frame_ref::none) {
            it.frame = form == 0 ? pool_.add(data_->bytes, bare_frame_kind(data_->type), expires_)
                                 : encode_frame(pool_, forms_[form - 1u], message_, expires_);
            it.size = pool_.size_of(it.frame);
        }
        return it;
    }

private:
    frame_pool& pool_;
    const std::vector<service_codec>& forms_;
    const service_message& message_;
    const payload* data_;
    steady_time expires_;
    std::array<encoded, max_forms> made_{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
