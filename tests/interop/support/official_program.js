// SPDX-License-Identifier: MIT
// usage: official_program.js URL SUBPROTOCOL [survive]
//
// The official client with its own defaults as a program that is driven like webpubsub-demo-client: commands come on
// standard input, one a line, and what happens is told on standard output in the same JSON lines. A promise that is
// fulfilled or rejected is told as the event that says the same. With `survive` an exception that nobody has caught
// does not end the process.
'use strict';

const { WebPubSubClient, WebPubSubJsonProtocol, WebPubSubJsonReliableProtocol } =
    require('@azure/web-pubsub-client');
const readline = require('node:readline');

const [url, subprotocol, survive] = process.argv.slice(2);

function write(kind, members) {
    process.stdout.write(`${JSON.stringify({ at: performance.now(), kind, ...members })}\n`);
}

function tell(event, members = {}) {
    write('event', { event, ...members });
}

const protocols = [WebPubSubJsonProtocol(), WebPubSubJsonReliableProtocol()];
const client = new WebPubSubClient(url, { protocol: protocols.find(({ name }) => name === subprotocol) });
const streams = new Map();
let requests = 0;

client.on('connected', ({ connectionId, userId }) => tell('connected', { connectionId, userId }));
client.on('disconnected', ({ connectionId }) => tell('disconnected', { connectionId }));
client.on('rejoin-group-failed', ({ group }) => tell('rejoinFailed', { group }));
client.on('group-message', ({ message: { group, dataType, data } }) => tell('groupMessage', { group, dataType, data }));
client.on('stopped', () => {
    tell('stopped');
    process.exit(0);
});
if (survive) process.on('uncaughtException', ({ message }) => tell('uncaughtException', { message }));

// An outcome for each request; returns its number, which stays the same whatever ids it is sent under.
function request(outcome) {
    const ackId = ++requests;
    outcome.then(
        ({ isDuplicated }) => tell('requestCompleted', { ackId, status: 'succeeded', duplicate: isDuplicated }),
        ({ errorDetail }) => tell('requestCompleted', { ackId, status: 'failed', error: errorDetail }),
    );
    return { ackId };
}

function ofStream(streamId, outcome, event, members) {
    outcome.then(
        () => event && tell(event, { streamId, ...members }),
        ({ name, message }) => tell('streamError', { streamId, error: { name, message } }),
    );
}

async function open(group, streamId) {
    const stream = await client.openGroupStream(group, { streamId });
    streams.set(streamId, stream);
    stream.onError((error) => tell('streamClosed', { streamId, status: 'failed', error }));
}

const commands = {
    'join': (group) => request(client.joinGroup(group)),
    'leave': (group) => request(client.leaveGroup(group)),
    'send': (group, text) => request(client.sendToGroup(group, text, 'text')),
    'stream-open': (group, id) => ofStream(id, open(group, id), 'streamOpened'),
    'stream-write': (id, text) => ofStream(id, streams.get(id).write(text, 'text')),
    'stream-end': (id) => ofStream(id, streams.get(id).end(), 'streamClosed', { status: 'ended' }),
    'stop': () => client.stop(),
};

readline.createInterface({ input: process.stdin }).on('line', (command) => {
    const [, verb, name, rest] = /^(\S+) ?(\S*) ?(.*)$/.exec(command);
    write('command', { command, ...commands[verb](name, rest) });
});
client.start().then(() => tell('started'), ({ message }) => tell('startFailed', { message }));
