// SPDX-License-Identifier: MIT
'use strict';

const { once } = require('node:events');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { WebPubSubEventHandler } = require('@azure/web-pubsub-express');
const express = require('express');
const { Inbox } = require('./facts');

// An Express server with the official middleware for whatever hubs.
class EventHandlers {
    static async start() {
        const handlers = new EventHandlers();
        handlers.server = handlers.app.listen(0, '127.0.0.1');
        await once(handlers.server, 'listening');
        handlers.endpoint = `http://127.0.0.1:${handlers.server.address().port}`;
        return handlers;
    }

    app = express();

    // The file for --hub-config with which an emulator tells this server everything.
    hubConfig(folder, settings = {}) {
        const file = join(folder, 'hubs.json');
        writeFileSync(file, JSON.stringify({ defaults: { eventHandlers: [{
            urlTemplate: `${this.endpoint}/api/webpubsub/hubs/{hub}/{event}`, userEventPattern: '*',
            systemEvents: ['connect', 'connected', 'disconnected'],
            groupPresenceEvents: { eventNames: ['joined', 'left'], groupFilters: ['room*'] }, ...settings,
        }] } }));
        return file;
    }

    // Handles a hub with the middleware's handlers; `connect` and `userEvent` answer. What comes is in an inbox, as
    // pairs of a name and the request.
    handle(hub, { connect = (_, response) => response.success(), userEvent = (_, response) => response.success(),
        ...options } = {}) {
        const inbox = new Inbox();
        const noted = (name, answer = () => {}) => (request, response) => {
            // An answer changes the request's states; they are noted as they came.
            inbox.push([name, { ...request, context: structuredClone(request.context) }]);
            answer(request, response);
        };
        const handler = new WebPubSubEventHandler(hub, {
            handleConnect: noted('connect', connect), handleUserEvent: noted('event', userEvent),
            onConnected: noted('connected'), onDisconnected: noted('disconnected'),
            onGroupJoined: noted('joined'), onGroupLeft: noted('left'), ...options,
        });
        this.app.use(handler.getMiddleware());
        return inbox;
    }

    close() {
        this.server.closeAllConnections();
        this.server.close();
    }
}

module.exports = { EventHandlers };
