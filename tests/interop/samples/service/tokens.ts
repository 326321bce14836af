// SPDX-License-Identifier: MIT
// Basic token
const token = await client.getClientAccessToken();
console.log(token.url); // wss://...?access_token=...

// Token with user ID
const userToken = await client.getClientAccessToken({
  userId: "user123",
});

// Token with permissions
const permToken = await client.getClientAccessToken({
  userId: "user123",
  roles: [
    "webpubsub.joinLeaveGroup",
    "webpubsub.sendToGroup",
    "webpubsub.sendToGroup.chat-room", // specific group
  ],
  groups: ["chat-room"], // auto-join on connect
  expirationTimeInMinutes: 60,
});
