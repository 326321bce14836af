// SPDX-License-Identifier: MIT
'use strict';

const WebSocket = require('ws');
const { Inbox, within } = require('./facts');

// A client of a JSON subprotocol, without an SDK: what comes is in `inbox`, parsed, as far as nobody took it.
class Observer {
    static async open(url, { subprotocol = 'json.webpubsub.azure.v1', ...options } = {}) {
        const observer = new Observer(new WebSocket(url, subprotocol, options));
        await observer.#opened;
        const { connectionId, userId, reconnectionToken } = await observer.inbox.next('connected');
        return Object.assign(observer, { connectionId, userId, reconnectionToken, url, subprotocol });
    }

    // The HTTP status of a handshake that is refused.
    static async refusal(url, subprotocol = 'json.webpubsub.azure.v1') {
        const socket = new WebSocket(url, subprotocol);
        return within(20000, 'a handshake to be refused', new Promise((resolve, reject) => {
            socket.on('unexpected-response', (request, response) => {
                resolve(response.statusCode);
                request.destroy();
            });
            socket.on('open', () => reject(new Error('the connection was accepted')));
            socket.on('error', reject);
        }));
    }

    inbox = new Inbox();
    #lastAckId = 0;
    #opened;

    constructor(socket) {
        this.socket = socket;
        socket.on('message', (data) => this.inbox.push(JSON.parse(data.toString())));
        this.#opened = within(20000, 'a connection to be open', new Promise((resolve, reject) => {
            socket.on('open', resolve);
            socket.on('error', reject);
        }));
        this.closed = new Promise((resolve) => {
            socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
        });
    }

    get isOpen() {
        return this.socket.readyState === WebSocket.OPEN;
    }

    send(frame) {
        this.socket.send(JSON.stringify(frame));
    }

    // What came before the ack of a request, and whether it succeeded: `true` or the error's name.
    async request(frame) {
        const ackId = ++this.#lastAckId;
        this.send({ ...frame, ackId });
        const frames = await this.inbox.until((one) => one.type === 'ack' && one.ackId === ackId, `ack ${ackId}`);
        const { success, error } = frames.pop();
        return { frames, outcome: success || error.name };
    }

    join(group) {
        return this.request({ type: 'joinGroup', group }).then(({ outcome }) => outcome);
    }

    // The gist of what came so far: the answer to a ping comes behind it.
    async heard() {
        this.send({ type: 'ping' });
        const frames = await this.inbox.until(({ type }) => type === 'pong', 'a pong');
        return frames.slice(0, -1).map(({ type, from, group, dataType, data }) =>
            type === 'message' ? [from, ...(group ? [group] : []), dataType, data] : type);
    }

    // What it is told at its end, and with which code it is closed.
    async end() {
        const last = await this.inbox.until(({ event }) => event === 'disconnected', 'disconnected');
        const { code } = await within(10000, 'a close', this.closed);
        return [last.pop().message, code];
    }

    // Another transport of this connection, which must be of the reliable subprotocol.
    recover(options = {}) {
        const url = new URL(this.url);
        url.searchParams.set('awps_connection_id', this.connectionId);
        url.searchParams.set('awps_reconnection_token', this.reconnectionToken);
        return Observer.open(url, { subprotocol: this.subprotocol, ...options });
    }
}

// Whoever of these heard something, and what.
async function heardBy(observers) {
    const all = await Promise.all(Object.entries(observers).map(async ([name, one]) => [name, await one.heard()]));
    return Object.fromEntries(all.filter(([, messages]) => messages.length > 0));
}

module.exports = { Observer, heardBy };
