// SPDX-License-Identifier: MIT
'use strict';

const { once } = require('node:events');
const net = require('node:net');

// Between clients and a port of this machine: passes on what comes, until it is told to cut.
//
// `plan` has a step for each connection to come, in order; one without a step is left alone. A step may have
//   refuse: true            resets the client at once
//   hold: milliseconds      lets the client wait before anything is passed on
//   rewrite: text => text   changes the request's head
//   cutAfter: bytes         cuts when so many bytes have been passed to the client
//   cut: what 'reset' (RST on both sides, the default), 'close' (FIN on both sides) or 'client' does (RST at the
//                           client; the server is not told, and nobody reads what it writes)
class Proxy {
    static async start(port) {
        const proxy = new Proxy(port);
        proxy.#listener.listen(0, '127.0.0.1');
        await once(proxy.#listener, 'listening');
        proxy.port = proxy.#listener.address().port;
        return proxy;
    }

    plan = [];
    // Of every connection that came: `target` of its request, `passed` bytes to the client.
    connections = [];
    // Nothing goes to clients any more, though everything goes to the server.
    mute = false;

    #port;
    #listener = net.createServer({ noDelay: true }, (client) => this.#serve(client));
    #pairs = new Set();
    #left = new Set();

    constructor(port) {
        this.#port = port;
    }

    // The same URL by way of the proxy.
    url(direct) {
        const url = new URL(direct);
        url.port = this.port;
        return url.toString();
    }

    cutAll(how = 'reset') {
        for (const pair of [...this.#pairs]) this.#cut(pair, how);
    }

    close() {
        this.cutAll();
        for (const socket of this.#left) socket.destroy();
        this.#listener.close();
    }

    #serve(client) {
        const step = this.plan.shift() ?? {};
        const connection = { target: null, passed: Buffer.alloc(0) };
        this.connections.push(connection);
        client.on('error', () => {});
        if (step.refuse) return void client.resetAndDestroy();

        const server = new net.Socket();
        server.on('error', () => {});
        const pair = { client, server };
        this.#pairs.add(pair);

        // A client waits for the answer to its upgrade, so its head comes alone.
        let head = '';
        client.on('data', (bytes) => {
            if (connection.target !== null) return void server.write(bytes);
            head += bytes.toString('latin1');
            if (!head.includes('\r\n\r\n')) return;
            connection.target = head.split(' ', 2)[1];
            setTimeout(() => {
                if (!this.#pairs.has(pair)) return;
                server.connect(this.#port, '127.0.0.1');
                server.setNoDelay();
                server.write(step.rewrite ? step.rewrite(head) : head, 'latin1');
            }, step.hold ?? 0);
        });
        server.on('data', (bytes) => {
            if (this.mute || !this.#pairs.has(pair)) return;
            const left = (step.cutAfter ?? Infinity) - connection.passed.length;
            const passed = bytes.subarray(0, Math.min(left, bytes.length));
            connection.passed = Buffer.concat([connection.passed, passed]);
            client.write(passed);
            if (passed.length === left) this.#cut(pair, step.cut);
        });
        client.on('close', () => this.#ended(pair, server));
        server.on('close', () => this.#ended(pair, client));
    }

    #ended(pair, other) {
        if (this.#pairs.delete(pair)) other.end();
    }

    #cut(pair, how = 'reset') {
        if (!this.#pairs.delete(pair)) return;
        const end = (socket) => how === 'close' ? socket.destroy() : socket.resetAndDestroy();
        end(pair.client);
        if (how !== 'client') return end(pair.server);
        pair.server.pause();
        this.#left.add(pair.server);
    }
}

module.exports = { Proxy };
