// SPDX-License-Identifier: MIT
'use strict';

const { WebPubSubClient, WebPubSubJsonProtocol, WebPubSubJsonReliableProtocol } =
    require('@azure/web-pubsub-client');
const { Inbox } = require('./facts');
const { protobufProtocol } = require('./protobuf_protocol');

// The official client, with what it raises in two inboxes and every frame, in and out, in `frames`: as JSON has it, on
// whatever subprotocol.
//
// Its promises and events come after the frames, and not always in their order; the frames are the order.
class OfficialClient {
    constructor(url, subprotocol, options = {}) {
        const json = subprotocol.includes('.reliable.') ? WebPubSubJsonReliableProtocol() : WebPubSubJsonProtocol();
        this.frames = [];
        const recorded = {
            name: json.name,
            isReliableSubProtocol: json.isReliableSubProtocol,
            parseMessages: (input) => {
                this.frames.push({ in: JSON.parse(input) });
                return json.parseMessages(input);
            },
            writeMessage: (message) => {
                const output = json.writeMessage(message);
                this.frames.push({ out: JSON.parse(output) });
                return output;
            },
        };
        const protocol = subprotocol.startsWith('protobuf.') ? protobufProtocol(recorded) : recorded;
        if (protocol.name !== subprotocol) throw new Error(`the official client has no ${subprotocol}`);
        // A request is not repeated unless a test asks for it.
        this.client = new WebPubSubClient(url, {
            protocol, messageRetryOptions: { maxRetries: 0 }, keepAliveIntervalInMs: 0, ...options,
        });
        this.messages = new Inbox();
        this.states = new Inbox();
        this.client.on('group-message', ({ message }) => this.messages.push(message));
        this.client.on('server-message', ({ message }) => this.messages.push(message));
        for (const name of ['connected', 'disconnected', 'stopped', 'rejoin-group-failed']) {
            this.client.on(name, (args) => this.states.push({ name, ...args }));
        }
    }

    // The event `connected`.
    async start() {
        await this.client.start();
        return this.states.next('the event connected');
    }

    // How the frames went that have been received so far, of the type and with these fields.
    received(type, fields = {}) {
        return this.frames.map((frame) => frame.in).filter((frame) => frame?.type === type &&
            Object.entries(fields).every(([name, value]) => frame[name] === value));
    }

    sent(type) {
        return this.frames.map((frame) => frame.out).filter((frame) => frame?.type === type);
    }

    // The messages that came so far: the answer to an event comes behind them.
    async messagesUntilNow() {
        const fence = `fence ${Math.random()}`;
        await this.client.sendEvent('echo', fence, 'text');
        const all = await this.messages.until((message) => message.data === fence, 'the answer to an event');
        return all.slice(0, -1);
    }
}

// A serialised google.protobuf.Any, from the documentation.
const serialisedAny = Uint8Array.from(Buffer.from(
    'Ci90eXBlLmdvb2dsZWFwaXMuY29tL2F6dXJlLndlYnB1YnN1Yi5UZXN0TWVzc2FnZRICCAE=', 'base64')).buffer;

// The parts of a group message that tell one from another.
function gist({ group, fromUserId, dataType, data }) {
    return { group, fromUserId, dataType, data };
}

module.exports = { OfficialClient, gist, serialisedAny };
