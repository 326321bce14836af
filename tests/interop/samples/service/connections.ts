// SPDX-License-Identifier: MIT
// Check if connection exists
const exists = await client.connectionExists("connectionId");

// Check if user has connections
const userExists = await client.userExists("user123");

// Close a connection
await client.closeConnection("connectionId", { reason: "Kicked" });

// Close all connections for a user
await client.closeAllConnections({ userId: "user123" });
