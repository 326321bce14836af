// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/support/random.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A node of a cluster, for as long as it lives: 12 hexadecimal digits in lower case. The first four are its place,
/// which the host configures: no two live nodes have the same, and a node that starts again has it again. The other
/// eight are its epoch, drawn at each start, so that a node that starts again is another node.
///
/// Connection ids begin with the id of their node (`hub_connection_options::id_prefix`): who owns a connection is known
/// without a directory, and a load balancer can route recoveries by the place.
class node_id {
public:
    static constexpr std::size_t size = 12;
    static constexpr std::size_t place_size = 4;

    /// No node.
    constexpr node_id() noexcept = default;
    /// Of the 48 bits of `number`.
    static constexpr node_id of_number(std::uint64_t number) noexcept {
        node_id id;
        id.number_ = number & 0xFFFF'FFFF'FFFFu;
        return id;
    }
    /// A node that starts. The place has four hexadecimal digits of either case; invalid_field with the name `place`
    /// otherwise.
    [[nodiscard]] static result<node_id> start(std::string_view place, const secure_random& random);
    /// The 12 digits in lower case, and nothing else.
    [[nodiscard]] static std::optional<node_id> parse(std::string_view text) noexcept;
    /// The node that has made a connection's id: nothing for an id that no hub of a cluster has made.
    [[nodiscard]] static std::optional<node_id> of_connection(std::string_view connection_id) noexcept;

    /// All 48 bits.
    constexpr std::uint64_t number() const noexcept { return number_; }
    constexpr std::uint16_t place() const noexcept { return static_cast<std::uint16_t>(number_ >> 32); }
    std::string to_string() const;

    friend constexpr auto operator<=>(const node_id&, const node_id&) = default;

private:
    std::uint64_t number_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/impl/node_id.ipp>
#endif
