// SPDX-License-Identifier: MIT
// usage: official_handler.js EMULATOR
//
// The official middleware for Express handles the emulator's events, while clients see what becomes of it.
'use strict';

const { createHmac } = require('node:crypto');
const { WebPubSubServiceClient } = require('@azure/web-pubsub');
const WebSocket = require('ws');
const { Emulator } = require('./support/emulator');
const { EventHandlers } = require('./support/event_handlers');
const { check, Inbox, run, within } = require('./support/facts');
const { Observer } = require('./support/observer');
const { temporaryFolder } = require('./support/tls');

const [program] = process.argv.slice(2);
const json = 'json.webpubsub.azure.v1';
const reliable = 'json.reliable.webpubsub.azure.v1';

// What came as pairs of name and whatever `pick` takes of the request.
async function take(events, count, pick) {
    return (await events.take(count, 'an event')).map(([name, request]) => [name, pick(request)]);
}

async function accepted({ handlers, emulator, service }) {
    const events = handlers.handle('accepted');
    const { url } = await service('accepted').getClientAccessToken({ userId: 'ada', groups: ['red'],
        roles: ['webpubsub.joinLeaveGroup.red'] });
    const client = await Observer.open(`${url}&room=1&room=2`, { subprotocol: [json, 'other'],
        headers: { 'X-Room': 'three' } });
    const [[name, { context, claims, query, headers, subprotocols }]] = await events.take(1);
    check('a client is asked for before it connects', [name, context.eventName, context.hub, context.userId],
        ['connect', 'connect', 'accepted', 'ada']);
    check('its id is the one it gets', context.connectionId, client.connectionId);
    const key = /AccessKey=([^;]*)/.exec(emulator.connectionString)[1];
    check('the signature is of the id with the key', context.signature,
        `sha256=${createHmac('sha256', key).update(client.connectionId).digest('hex')}`);
    check('it tells the claims', [claims.sub, claims.role, claims['webpubsub.group']],
        [['ada'], ['webpubsub.joinLeaveGroup.red'], ['red']]);
    check('the query', query, { room: ['1', '2'] });
    check('the headers', Object.entries(headers).find(([header]) => header.toLowerCase() === 'x-room')[1], ['three']);
    check('and the subprotocols', subprotocols, [json, 'other']);
    check('an answer without anything keeps the token\'s user and roles',
        [client.userId, await client.join('red'), await client.join('blue')], ['ada', true, 'Forbidden']);
    await service('accepted').group('red').sendToAll(1);
    check('and its groups', await client.heard(), [['group', 'red', 'json', 1]]);
    check('then it is told that it has connected', await take(events, 1, ({ context: { connectionId, userId } }) =>
        [connectionId, userId]), [['connected', [client.connectionId, 'ada']]]);
}

async function changed({ handlers, service }) {
    handlers.handle('changed', { connect: (_, response) => response.success({ userId: 'bob', groups: ['blue'],
        roles: ['webpubsub.sendToGroup.green'], subprotocol: reliable }) });
    const { url } = await service('changed').getClientAccessToken({ userId: 'ada', groups: ['red'],
        roles: ['webpubsub.joinLeaveGroup'] });
    const client = await Observer.open(url, { subprotocol: [json, reliable] });
    check('the answer\'s user and subprotocol count', [client.userId, client.socket.protocol], ['bob', reliable]);
    check('and its roles', [await client.join('red'), (await client.request({ type: 'sendToGroup', group: 'green',
        dataType: 'text', data: 'x' })).outcome], ['Forbidden', true]);
    await service('changed').group('red').sendToAll(1);
    await service('changed').group('blue').sendToAll(2);
    check('and its groups', await client.heard(), [['group', 'blue', 'json', 2]]);
}

async function refused({ handlers, service }) {
    const events = handlers.handle('refused', { connect: ({ query }, response) =>
        response.fail(Number(query.code[0]), 'not you') });
    const { url } = await service('refused').getClientAccessToken();
    for (const [code, calls] of [[401, 1], [400, 1], [500, 4]]) {
        check(`a refusal with ${code} is the client's`, await Observer.refusal(`${url}&code=${code}`), code);
        check(`and the handler was asked so often: ${calls}`, (await events.take(calls)).length, calls);
    }
    check('no other event follows', events.rest(), []);
}

async function unhandled({ handlers, emulator, service }) {
    const none = { handleConnect: undefined, handleUserEvent: undefined, onConnected: undefined };
    handlers.handle('unhandled', none);
    const client = await Observer.open((await service('unhandled').getClientAccessToken({ userId: 'ada' })).url);
    check('what the middleware has no handler for is accepted', [client.userId,
        await client.request({ type: 'event', event: 'e', dataType: 'text', data: 'x' })],
    ['ada', { frames: [], outcome: true }]);
    const { url } = await service('nowhere').getClientAccessToken();
    check('a hub that the middleware does not have is not validated: 500', await Observer.refusal(url), 500);
    check('the emulator goes on', (await fetch(`${emulator.endpoint}/api/health`)).status, 200);
}

async function states({ handlers, service }) {
    const events = handlers.handle('states', {
        connect(_, response) {
            response.setState('name', 'gr\u00fc\u00dfe');
            response.success();
        },
        userEvent({ context, data }, response) {
            if (data === 'fail') {
                response.setState('failed', true);
                return response.fail(400, 'no');
            }
            if (data !== 'look') response.setState('count', (context.states.count ?? 0) + 1);
            return response.success();
        },
    });
    const client = await Observer.open((await service('states').getClientAccessToken()).url);
    // Events that nobody waits for have no place among those that clients raise.
    const seen = await take(events, 2, ({ context }) => context.states);
    for (const data of ['first', 'second', 'fail', 'look']) {
        await client.request({ type: 'event', event: 'e', dataType: 'text', data });
    }
    client.socket.close();
    seen.push(...await take(events, 5, ({ context }) => context.states));
    const [name, ...rest] = [{ name: 'gr\u00fc\u00dfe' }, { count: 1 }, { count: 2 }];
    check('what connect and events set is there in later ones, unless they failed', seen, [
        ['connect', {}], ['connected', name], ['event', name], ['event', { ...name, ...rest[0] }],
        ['event', { ...name, ...rest[1] }], ['event', { ...name, ...rest[1] }],
        ['disconnected', { ...name, ...rest[1] }]]);
}

// Answers with what came, and otherwise as the name of the event tells.
function answer({ context: { eventName }, data, dataType }, response) {
    if (eventName === 'fail') return response.fail(400, 'no');
    if (eventName === 'silence') return response.success();
    if (eventName === 'later') return void setTimeout(() => response.success('late', 'text'), 300);
    return response.success(dataType === 'json' ? JSON.stringify({ got: data }) : data, dataType);
}

async function userEvents({ handlers, service }) {
    const events = handlers.handle('events', { userEvent: answer });
    const { url } = await service('events').getClientAccessToken({ userId: 'ada' });
    const client = await Observer.open(url);
    await events.take(2);
    const raise = async (event, dataType, data) => {
        const { frames, outcome } = await client.request({ type: 'event', event, dataType, data });
        return [...frames.map((frame) => [frame.from, frame.dataType, frame.data]), outcome];
    };
    check('text', await raise('shout', 'text', 'gr\u00fc\u00dfe'), [['server', 'text', 'gr\u00fc\u00dfe'], true]);
    check('JSON', await raise('shout', 'json', { a: [1.5, null] }),
        [['server', 'json', { got: { a: [1.5, null] } }], true]);
    check('bytes', await raise('shout', 'binary', 'AAH/'), [['server', 'binary', 'AAH/'], true]);
    check('what the handler got', await take(events, 3, ({ context, data, dataType }) =>
        [context.eventName, context.userId, dataType, dataType === 'binary' ? [...data] : data]), [
        ['event', ['shout', 'ada', 'text', 'gr\u00fc\u00dfe']], ['event', ['shout', 'ada', 'json', { a: [1.5, null] }]],
        ['event', ['shout', 'ada', 'binary', [0, 1, 255]]]]);
    check('no answer', await raise('silence', 'text', 'x'), [true]);
    check('an answer that takes its time', await raise('later', 'text', 'x'), [['server', 'text', 'late'], true]);
    check('a failure', await raise('fail', 'text', 'x'), ['InternalServerError']);
    check('the middleware takes no protobuf', await raise('shout', 'protobuf',
        'Ci90eXBlLmdvb2dsZWFwaXMuY29tL2F6dXJlLndlYnB1YnN1Yi5UZXN0TWVzc2FnZRICCAE='), ['InternalServerError']);
    check('the connection outlives failures', await raise('shout', 'text', 'x'), [['server', 'text', 'x'], true]);
}

async function simpleClients({ handlers, service }) {
    const events = handlers.handle('simple', { userEvent: ({ data, dataType }, response) =>
        data === 'fail' ? response.fail(400, 'no') : response.success(data, dataType) });
    const socket = new WebSocket((await service('simple').getClientAccessToken()).url);
    const inbox = new Inbox();
    socket.on('message', (data, isBinary) => inbox.push(isBinary ? [...data] : data.toString()));
    const closed = new Promise((resolve) => { socket.on('close', resolve); });
    await within(20000, 'a connection to be open', new Promise((resolve) => { socket.on('open', resolve); }));
    await events.take(2);
    socket.send('hello');
    socket.send(Buffer.of(0, 255));
    check('a simple client gets frames', await inbox.take(2), ['hello', [0, 255]]);
    socket.send('fail');
    check('a failure closes its connection', await within(10000, 'the end', closed), 1011);
    check('its frames are events `message`', await take(events, 3, ({ context }) => context.eventName),
        Array(3).fill(['event', 'message']));
}

async function ends({ handlers, service }) {
    const events = handlers.handle('ends');
    const open = async () => {
        const client = await Observer.open((await service('ends').getClientAccessToken({ userId: 'ada' })).url);
        const names = (await events.take(2)).map(([name]) => name);
        check('a new client connects', names, ['connect', 'connected']);
        return client;
    };
    const reason = async () => (await take(events, 1, (request) => [request.context.userId, request.reason]))[0];
    (await open()).socket.close(1000, 'bye');
    check('a client\'s reason', await reason(), ['disconnected', ['ada', 'bye']]);
    await service('ends').closeConnection((await open()).connectionId, { reason: 'enough' });
    check('the application\'s reason', await reason(),
        ['disconnected', ['ada', 'Application server closed the connection. Reason: enough']]);
    (await open()).socket.terminate();
    check('a lost transport', (await reason())[0], 'disconnected');
    await open();
    check('each was told once', events.rest(), []);
}

async function presence({ handlers, service }) {
    const events = handlers.handle('presence');
    const client = await Observer.open((await service('presence').getClientAccessToken({ userId: 'ada',
        roles: ['webpubsub.joinLeaveGroup'] })).url);
    await events.take(2);
    const told = async (count) => take(events, count, ({ context, group }) => [context.userId, group]);
    await client.join('room1');
    await client.join('room1');
    await client.join('hall');
    await client.request({ type: 'leaveGroup', group: 'room1' });
    await client.request({ type: 'leaveGroup', group: 'hall' });
    check('who joins and leaves a group that is asked for', await told(2),
        [['joined', ['ada', 'room1']], ['left', ['ada', 'room1']]]);
    await service('presence').group('room2').addUser('ada');
    await service('presence').removeUserFromAllGroups('ada');
    check('by the REST API too', await told(2), [['joined', ['ada', 'room2']], ['left', ['ada', 'room2']]]);
    await client.request({ type: 'event', event: 'e', dataType: 'text', data: 'x' });
    check('and nothing else', events.rest().map(([name]) => name), ['event']);
}

async function abuseProtection({ handlers, emulator, service }) {
    const other = 'https://other.webpubsub.azure.com';
    // The service's name for itself has no port.
    const endpoint = `http://${new URL(emulator.endpoint).hostname}`;
    handlers.handle('known', { allowedEndpoints: [other, endpoint] });
    const events = handlers.handle('unknown', { allowedEndpoints: [other] });
    const client = await Observer.open((await service('known').getClientAccessToken({ userId: 'ada' })).url);
    check('an endpoint that is allowed', client.userId, 'ada');
    const { url } = await service('unknown').getClientAccessToken();
    check('an endpoint that is not', await Observer.refusal(url), 500);
    check('its handler is told nothing', events.rest(), []);
}

run(async (atEnd) => {
    const handlers = await EventHandlers.start();
    atEnd.push(() => handlers.close());
    const emulator = await Emulator.start(program, '--hub-config', handlers.hubConfig(temporaryFolder(atEnd)));
    atEnd.push(async () => check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0));
    const service = (hub) =>
        new WebPubSubServiceClient(emulator.connectionString, hub, { allowInsecureConnection: true });
    for (const part of [accepted, changed, refused, unhandled, states, userEvents, simpleClients, ends, presence,
        abuseProtection]) {
        console.log(`-- ${part.name}`);
        await part({ handlers, emulator, service });
    }
}, 80);
