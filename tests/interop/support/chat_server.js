// SPDX-License-Identifier: MIT
// usage: chat_server.js
//
// The application's server of whole_loop.js, which says what it does, with the official libraries.
'use strict';

const { WebPubSubServiceClient } = require('@azure/web-pubsub');
const { WebPubSubEventHandler } = require('@azure/web-pubsub-express');
const express = require('express');

const hub = 'chat';
const service = new WebPubSubServiceClient(process.env.WEBPUBSUB_CONNECTION_STRING, hub,
    { allowInsecureConnection: true });

const handler = new WebPubSubEventHandler(hub, {
    handleConnect({ context }, response) {
        if (context.userId === 'mallory') return response.fail(401, 'not you');
        response.setState('lines', 0);
        return response.success({ roles: ['webpubsub.joinLeaveGroup.room'] });
    },
    onConnected({ context }) {
        service.sendToAll({ what: 'arrived', user: context.userId });
    },
    async handleUserEvent({ context, data }, response) {
        const number = context.states.lines + 1;
        await service.group('room').sendToAll({ what: 'said', user: context.userId, text: data.text, number });
        response.setState('lines', number);
        response.success(JSON.stringify({ what: 'noted', number }), 'json');
    },
    onDisconnected({ context }) {
        service.sendToAll({ what: 'left', user: context.userId });
    },
});

const app = express();
app.use(handler.getMiddleware());
app.get('/negotiate', async (request, response) => {
    const { url } = await service.getClientAccessToken({ userId: request.query.user });
    response.json({ url });
});

const server = app.listen(0, '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
});
