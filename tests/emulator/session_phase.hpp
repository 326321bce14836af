// SPDX-License-Identifier: MIT
#pragma once

namespace emulator {

/// How far a client's connection has come.
enum class phase {
    /// HTTP is spoken.
    upgrading,
    /// An event handler is asked about the client.
    waiting,
    open,
    /// The hub has closed: its close frame goes out behind what is being written, and the client is to answer it.
    closing,
    /// Beast closes because of a frame that it can't read. Its close frame waits for the hub's word.
    refusing,
    /// The client has closed, and Beast answers.
    leaving,
    /// The socket is closed, and the hub knows it.
    over,
};

} // namespace emulator
