// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace emulator {

/// Follows the frames that a client sends (RFC 6455 section 5.2) to find a close frame with the code 1014.
///
/// The code is registered, and Beast takes it for an invalid one, which it answers with 1002. So Beast is shown the
/// code 1013 in its place.
class close_codes {
public:
    static constexpr std::uint16_t refused_by_beast = 1014;
    static constexpr std::uint16_t shown_to_beast = 1013;

    /// Looks at the next bytes that have come, and changes the code if it is in them.
    void filter(unsigned char* bytes, std::size_t size);

    /// Whether a code was changed.
    bool has_changed() const noexcept { return has_changed_; }

private:
    void take_header(unsigned char byte);
    void begin_payload();

    /// What has come of the header of the frame that is being read.
    std::array<unsigned char, 14> header_{};
    std::size_t header_size_ = 0;
    std::size_t header_end_ = 2;
    /// How much of the payload is still to come; a header is being read where it is 0.
    std::uint64_t left_ = 0;
    std::array<unsigned char, 4> mask_{};
    bool is_close_ = false;
    unsigned char first_of_code_ = 0;
    /// How much of the code has come.
    unsigned code_size_ = 0;
    bool has_changed_ = false;
};

} // namespace emulator
