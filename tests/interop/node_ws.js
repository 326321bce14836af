// SPDX-License-Identifier: MIT
// usage: node_ws.js EMULATOR
//
// What a client that uses no SDK, but the package ws, sees of the handshake, of frames, and of the end of a connection.
'use strict';

const { readFileSync } = require('node:fs');
const WebSocket = require('ws');
const { Inbox, check, run, within } = require('./support/facts');
const { Emulator } = require('./support/emulator');
const { selfSigned, temporaryFolder } = require('./support/tls');

const [program] = process.argv.slice(2);
const json = 'json.webpubsub.azure.v1';
const reliable = 'json.reliable.webpubsub.azure.v1';

// An open connection, with its messages and its end in `inbox`.
async function connect(url, subprotocols = [], options = {}) {
    const socket = new WebSocket(url, subprotocols, options);
    socket.inbox = new Inbox();
    // Text as a string, everything else as bytes.
    socket.on('message', (data, isBinary) => socket.inbox.push(isBinary ? data : data.toString()));
    socket.on('close', (code, reason) => socket.inbox.push({ code, reason: reason.toString() }));
    await within(10000, 'a connection to be open', new Promise((resolve, reject) => {
        socket.on('open', resolve);
        socket.on('error', reject);
    }));
    return socket;
}

// The HTTP status of a handshake that is refused.
async function refusal(url, options) {
    const socket = new WebSocket(url, [json], options);
    return within(10000, 'an answer', new Promise((resolve, reject) => {
        socket.on('unexpected-response', (request, response) => {
            resolve(response.statusCode);
            request.destroy();
        });
        socket.on('open', () => reject(new Error('the connection was accepted')));
        socket.on('error', reject);
    }));
}

async function next(socket) {
    return JSON.parse(await socket.inbox.next());
}

async function simpleClient(url) {
    const socket = await connect(url);
    for (const data of ['hello', '', Buffer.from([0, 1, 255]), Buffer.alloc(0)]) {
        socket.send(data);
        check(`a simple client gets back what it sends, as it sent it: ${JSON.stringify(data)}`,
            await socket.inbox.next(), data);
    }
    socket.close(1000);
    check('its close is answered', (await socket.inbox.next()).code, 1000);
}

async function pubSubClient(url, options) {
    const socket = await connect(url, [json], options);
    check('the subprotocol is confirmed', socket.protocol, json);
    socket.send('{"type":"joinGroup","ackId":1,"group":"group1"}');
    const connected = await next(socket);
    check('connected comes first', [connected.type, connected.event, typeof connected.connectionId],
        ['system', 'connected', 'string']);
    check('then the ack', await next(socket), { type: 'ack', ackId: 1, success: true });
    socket.send('{"type":"sendToGroup","group":"group1","dataType":"text","data":"hi","ackId":2}');
    const { fromUserId, ...message } = await next(socket);
    check('then its own message', message,
        { type: 'message', from: 'group', group: 'group1', dataType: 'text', data: 'hi' });
    check('and its ack', await next(socket), { type: 'ack', ackId: 2, success: true });
    return socket;
}

async function numbers(url) {
    const socket = await connect(url, [json]);
    await socket.inbox.next();
    socket.send('{"type":"event","event":"echo","ackId":18446744073709551615,"dataType":"json",' +
        '"data":[1.0,0.10,1e400,12345678901234567890123]}');
    check('a JSON payload is not rewritten',
        (await socket.inbox.next()).includes('"data":[1.0,0.10,1e400,12345678901234567890123]'), true);
    check('ids have 64 bits', (await socket.inbox.next()).includes('"ackId":18446744073709551615,'), true);
    socket.close();
}

async function handshakes(url) {
    const bare = new URL(url);
    bare.search = '';
    const token = new URL(url).searchParams.get('access_token');
    const header = { headers: { Authorization: `Bearer ${token}` } };
    await pubSubClient(bare, header);
    check('the token was in the header Authorization', bare.search, '');

    const byQuery = new URL(`/client/?hub=chat&access_token=${token}`, url);
    check('the hub may be in the query', (await connect(byQuery, [json])).protocol, json);
    check('of several subprotocols the first known one is taken',
        (await connect(url, ['mine.v1', reliable, json])).protocol, reliable);

    check('without a token: 401', await refusal(bare), 401);
    // Another first character of the signature.
    const forged = token.replace(/[^.](?=[^.]*$)/, (first) => first === 'A' ? 'B' : 'A');
    check('with a forged token: 401', await refusal(bare, { headers: { Authorization: `Bearer ${forged}` } }), 401);
    check('with a token for another hub: 401', await refusal(new URL('/client/hubs/other', url), header), 401);
    check('a bad hub: 400', await refusal(new URL('/client/hubs/1st', url), header), 400);
    check('another path: 404', await refusal(new URL('/nowhere', url), header), 404);
}

async function ends(url) {
    for (const [what, frame, code] of [
        ['what is not JSON', '{"type":', 1007],
        ['a message without a group', '{"type":"joinGroup","ackId":1}', 1007],
        ['a binary frame', Buffer.from('{"type":"ping"}'), 1003],
        ['a frame of more than 1 MiB', `"${'x'.repeat(1 << 20)}"`, 1009],
    ]) {
        const socket = await connect(url, [json]);
        await socket.inbox.next();
        socket.send(frame);
        const last = (await socket.inbox.until((item) => item.code, 'the end')).pop();
        check(`${what} ends the connection with ${code}`, last.code, code);
    }
}

async function shutdown(emulator) {
    const simple = await connect(emulator.clientUrl);
    const member = await connect(emulator.clientUrl, [reliable]);
    await member.inbox.next();
    check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0);
    check('a simple client gets a close frame', (await simple.inbox.next()).code, 1001);
    const last = await next(member);
    check('a PubSub client is told first', [last.type, last.event], ['system', 'disconnected']);
    check('and then closed', (await member.inbox.next()).code, 1001);
}

async function tls(atEnd) {
    const { cert, key } = selfSigned(temporaryFolder(atEnd));
    const emulator = await Emulator.start(program, '--tls-cert', cert, '--tls-key', key);
    atEnd.push(() => emulator.stop());
    check('with a certificate the URL is wss', new URL(emulator.clientUrl).protocol, 'wss:');
    await pubSubClient(emulator.clientUrl, { ca: readFileSync(cert) });
}

run(async (atEnd) => {
    const emulator = await Emulator.start(program);
    atEnd.push(() => emulator.stop());
    await simpleClient(emulator.clientUrl);
    await pubSubClient(emulator.clientUrl);
    await numbers(emulator.clientUrl);
    await handshakes(emulator.clientUrl);
    await ends(emulator.clientUrl);
    await shutdown(emulator);
    await tls(atEnd);
});
