// SPDX-License-Identifier: MIT
'use strict';

const { once } = require('node:events');
const http = require('node:http');
const { WebSocketServer } = require('ws');

// Ids are unsigned integers of 64 bits: digits in the frames, and here BigInt.
const idNames = ['ackId', 'sequenceId', 'streamSequenceId'];
const ids = new RegExp(`"(${idNames.join('|')})":(\\d+)`, 'g');

function parse(frame) {
    const message = JSON.parse(frame.replace(ids, '"$1":"$2"'));
    for (const name of idNames) {
        if (name in message) message[name] = BigInt(message[name]);
    }
    return message;
}

// What the service keeps of a client over all transports that carry the connection.
class Connection {
    sequenceId = 0n;
    unacknowledged = [];
    // How many messages were sent again.
    repeated = 0;
    ackIds = new Set();
    // What the service expects next of each open stream.
    streams = new Map();
    transport = null;

    constructor(number) {
        this.id = `connection-${number}`;
        this.token = `token-${number}`;
    }

    send(frame) {
        this.transport?.send(frame);
    }

    // A data message to the client. It is sent again after each recovery until it is acknowledged.
    deliver(group, data, dataType = 'text') {
        this.sequenceId += 1n;
        const frame = `{"sequenceId":${this.sequenceId},"type":"message","from":"group","group":"${group}",` +
            `"dataType":"${dataType}","data":${JSON.stringify(data)}}`;
        this.unacknowledged.push({ sequenceId: this.sequenceId, frame });
        this.send(frame);
    }

    ack(ackId, error) {
        const outcome = error ? `false,"error":${JSON.stringify(error)}` : 'true';
        this.send(`{"type":"ack","ackId":${ackId},"success":${outcome}}`);
    }

    // Resets the TCP connection.
    cut() {
        this.transport?.tcp.resetAndDestroy();
        this.transport = null;
    }

    close(code) {
        this.transport?.close(code);
        this.transport = null;
    }
}

// The service's end of the JSON subprotocols, which does as it should but where its script tells otherwise:
//   opened(transport, service)               a WebSocket has opened; true if nothing more is to come of it
//   received(message, connection, service)   a frame came; true if there is to be no other answer to it
class ScriptedService {
    static async start(script = {}) {
        const service = new ScriptedService(script);
        service.#listener.listen(0, '127.0.0.1');
        await once(service.#listener, 'listening');
        service.url = `ws://127.0.0.1:${service.#listener.address().port}/client/hubs/chat`;
        return service;
    }

    // While it is down, every TCP connection is reset at once.
    down = false;
    refused = 0;
    // WebSockets that were accepted.
    accepted = 0;
    connections = [];
    // Every message that came, and the data of those that were published, as often as they were.
    messages = [];
    published = [];
    // The fragments that were taken, by stream, in order.
    fragments = {};

    #script;
    #listener = http.createServer();
    #tcp = new Set();
    #webSockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => offered.values().next().value });

    constructor(script) {
        this.#script = script;
        this.#listener.on('connection', (tcp) => {
            this.#tcp.add(tcp);
            tcp.on('error', () => {});
            tcp.on('close', () => this.#tcp.delete(tcp));
            if (!this.down) return;
            this.refused += 1;
            tcp.resetAndDestroy();
        });
        this.#listener.on('upgrade', (request, tcp, head) => {
            this.#webSockets.handleUpgrade(request, tcp, head, (transport) => {
                transport.tcp = tcp;
                this.#open(transport, new URL(request.url, this.url).searchParams);
            });
        });
    }

    get connection() {
        return this.connections.at(-1);
    }

    count(type) {
        return this.messages.filter((message) => message.type === type).length;
    }

    close() {
        this.#listener.close();
        for (const tcp of this.#tcp) tcp.destroy();
    }

    #open(transport, parameters) {
        this.accepted += 1;
        transport.on('error', () => {});
        if (this.#script.opened?.(transport, this)) return;
        const id = parameters.get('awps_connection_id');
        const connection = id === null ? this.#connect(transport) : this.#recover(transport, id, parameters);
        if (!connection) return void transport.close(1008, 'The connection could not be recovered.');
        transport.on('message', (frame) => {
            if (connection.transport === transport) this.#receive(connection, parse(frame.toString()));
        });
    }

    #connect(transport) {
        const connection = new Connection(this.connections.length + 1);
        connection.transport = transport;
        this.connections.push(connection);
        connection.send(JSON.stringify({
            type: 'system', event: 'connected', userId: 'user', connectionId: connection.id,
            ...(transport.protocol.includes('.reliable.') && { reconnectionToken: connection.token }),
        }));
        return connection;
    }

    #recover(transport, id, parameters) {
        const connection = this.connections.find((one) => one.id === id);
        if (connection?.token !== parameters.get('awps_reconnection_token')) return null;
        connection.transport?.terminate();
        connection.transport = transport;
        connection.repeated += connection.unacknowledged.length;
        for (const { frame } of connection.unacknowledged) connection.send(frame);
        return connection;
    }

    #receive(connection, message) {
        this.messages.push(message);
        if (this.#script.received?.(message, connection, this)) return;
        const { type, ackId, streamId } = message;
        if (type === 'ping') connection.send('{"type":"pong"}');
        if (type === 'joinGroup' || type === 'leaveGroup') connection.ack(ackId);
        if (type === 'sequenceAck') {
            const { sequenceId } = message;
            connection.unacknowledged = connection.unacknowledged.filter((sent) => sent.sequenceId > sequenceId);
        }
        if (type === 'sendToGroup' && message.stream) {
            connection.streams.set(message.stream.streamId, 1n);
            this.#expect(connection, message.stream.streamId, 'streamAck');
        } else if (type === 'sendToGroup') {
            connection.ack(ackId, this.publish(connection, message));
        }
        if (type === 'streamData') this.#take(connection, message);
        if (type === 'streamEnd') connection.send(JSON.stringify({ type: 'streamClosed', streamId }));
    }

    // Publishes a message unless its ack id is known; returns the error for its ack.
    publish(connection, { ackId, data }) {
        if (connection.ackIds.has(ackId)) {
            return { name: 'Duplicate', message: `Message with ack-id: ${ackId} has been processed` };
        }
        connection.ackIds.add(ackId);
        this.published.push(data);
        return undefined;
    }

    #take(connection, { streamId, streamSequenceId, data }) {
        const expected = connection.streams.get(streamId);
        if (streamSequenceId > expected) return this.refuse(connection, streamId, 'InvalidSequenceId');
        if (streamSequenceId === expected) {
            connection.streams.set(streamId, expected + 1n);
            (this.fragments[streamId] ??= []).push(data);
        }
        return this.#expect(connection, streamId, 'streamAck');
    }

    // Asks the publisher of a stream to go back to what is expected.
    refuse(connection, streamId, name) {
        this.#expect(connection, streamId, 'streamNack', `,"name":"${name}","message":"Go back."`);
    }

    #expect(connection, streamId, type, more = '') {
        const expected = connection.streams.get(streamId);
        connection.send(`{"type":"${type}","streamId":"${streamId}","expectedSequenceId":${expected}${more}}`);
    }
}

module.exports = { ScriptedService };
