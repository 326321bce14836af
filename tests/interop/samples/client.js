// SPDX-License-Identifier: MIT
// Both kinds of clients on Node and the package ws: node client.js SIMPLE_URL PUBSUB_URL
'use strict';

const WebSocket = require('ws');

const [simpleUrl, pubSubUrl] = process.argv.slice(2);

function simpleClient(url) {
    const ws = new WebSocket(url);
    ws.on('open', () => {
        console.log(`simple: open ${ws.protocol}`);
        ws.send('gr\u00fc\u00dfe \u{1f600}');
    });
    ws.on('message', (message) => {
        console.log(`simple: ${message}`);
        ws.close(1000);
    });
    ws.on('close', (code) => console.log(`simple: closed ${code}`));
}

function pubSubClient(url) {
    const ws = new WebSocket(url, 'json.webpubsub.azure.v1');
    ws.on('open', () => {
        console.log(`pubsub: open ${ws.protocol}`);
        ws.send(JSON.stringify({ type: 'joinGroup', group: 'samples', ackId: 1 }));
        ws.send(JSON.stringify({
            type: 'sendToGroup', group: 'samples', ackId: 2,
            dataType: 'json', data: { value: 'gr\u00fc\u00dfe \u{1f600}' },
        }));
        ws.send(JSON.stringify({ type: 'event', event: 'echo', ackId: 3, dataType: 'text', data: 'hello' }));
    });
    // The first message is `connected`. Each request is followed by an ack, the last two by a message too.
    let expected = 6;
    ws.on('message', (message) => {
        console.log(`pubsub: ${message}`);
        if (--expected === 0) ws.close(1000);
    });
    ws.on('close', (code) => console.log(`pubsub: closed ${code}`));
}

simpleClient(simpleUrl);
pubSubClient(pubSubUrl);
