// SPDX-License-Identifier: MIT
// usage: official_reconnection.js EMULATOR json|protobuf
//
// What the official client does when its TCP connection is cut or goes dead: with the reliable subprotocol it recovers
// its connection and nothing is lost or repeated; without it, or where the service refuses, it makes a new one and
// joins its groups again. The receiver's connection runs through a proxy, the publisher's does not.
'use strict';

const { check, run, sleep, until } = require('./support/facts');
const { Emulator } = require('./support/emulator');
const { OfficialClient } = require('./support/official');
const { Proxy } = require('./support/proxy');

const [program, encoding] = process.argv.slice(2);
const plain = `${encoding}.webpubsub.azure.v1`;
const reliable = `${encoding}.reliable.webpubsub.azure.v1`;
// A close frame with the code 1008 begins with these bytes, but for its length.
const closed1008 = Buffer.from([0x03, 0xf0]);

function isRecovery(connection) {
    return connection.target?.includes('awps_connection_id=') ?? false;
}

async function newReceiver(emulator, subprotocol, options) {
    const proxy = await Proxy.start(emulator.port);
    const receiver = new OfficialClient(proxy.url(await emulator.url({ userId: 'receiver' })), subprotocol, options);
    return { proxy, receiver };
}

async function recoversFromEveryCut(emulator, publisher) {
    const { proxy, receiver } = await newReceiver(emulator, reliable);
    proxy.plan = [
        { cutAfter: 5000 },                         // among live messages
        { cutAfter: 40 },                           // in the answer to the upgrade
        { hold: 600, cutAfter: 12000, cut: 'close' },
        { refuse: true },                           // before the upgrade
        { cutAfter: 400 },                          // in the first frames after the upgrade
        { cutAfter: 20000, cut: 'client' },         // the service learns of it by the recovery only
        { hold: 300, cutAfter: 9001 },
    ];
    const cuts = proxy.plan.length;
    const { connectionId } = await receiver.start();
    await receiver.client.joinGroup('numbers');
    check('the first of a pair of equal ids is done',
        (await receiver.client.sendToGroup('elsewhere', 'x', 'text', { ackId: 4711 })).isDuplicated, false);

    const count = 700;
    const filler = 'x'.repeat(100);
    const publish = async () => {
        for (let i = 0; i < count; i++) {
            await publisher.client.sendToGroup('numbers', { i, filler }, 'json');
            if (i % 10 === 9) await sleep(40);
        }
        await publisher.client.sendToGroup('numbers', 'end', 'text');
    };
    const [messages] = await Promise.all([
        receiver.messages.until(({ data }) => data === 'end', 'a message'), publish(),
    ]);
    const received = messages.slice(0, -1).map(({ data }) => data.i);
    check(`of ${count} messages none is lost, whatever is cut`,
        [...Array(count).keys()].filter((i) => !received.includes(i)), []);
    check('none is repeated', received.filter((data, i) => received.indexOf(data) !== i), []);
    check('and none is out of order', received.filter((data, i) => data !== i), []);

    check('every cut was made', [proxy.plan.length, proxy.connections.length], [0, cuts + 1]);
    check('each reconnection was a recovery',
        proxy.connections.filter(({ target }) => target !== null).map(isRecovery),
        [false, ...Array(cuts - 1).fill(true)]);
    check('what was not acknowledged was sent again, though it had been received',
        receiver.received('message', { from: 'group' }).length > count + 1, true);
    check('no event told of it', receiver.states.rest(), []);
    check('the connection is the one it was', new Set(receiver.received('system').map((frame) => frame.connectionId)),
        new Set([connectionId]));
    check('a recovered connection may publish, and its ack ids are remembered',
        await receiver.client.sendToGroup('numbers', 'again', 'text', { ackId: 4711 }),
        { ackId: 4711, isDuplicated: true });
    check('nothing came twice', await receiver.messagesUntilNow(), []);
    receiver.client.stop();
    proxy.close();
}

async function repeatsARequestWithoutRepeatingItsEffect(emulator, publisher) {
    const { proxy, receiver } = await newReceiver(emulator, reliable,
        { messageRetryOptions: { maxRetries: 50, retryDelayInMs: 200 } });
    await receiver.start();
    await publisher.client.joinGroup('orders');
    proxy.mute = true;
    const request = receiver.client.sendToGroup('orders', 'one', 'text', { ackId: 1000000 });
    check('a request takes effect', (await publisher.messages.next()).data, 'one');
    proxy.cutAll();
    proxy.mute = false;
    check('its ack lost in a cut, it is repeated and found to be a duplicate', await request,
        { ackId: 1000000, isDuplicated: true });
    check('it was sent more than once', receiver.sent('sendToGroup').length > 1, true);
    check('and took effect once', await publisher.messagesUntilNow(), []);
    check('on a connection that was recovered', receiver.states.rest(), []);
    receiver.client.stop();
    proxy.close();
}

async function carriesOnWithAStream(emulator, publisher) {
    const { proxy, receiver: writer } = await newReceiver(emulator, reliable);
    const fragments = [];
    let ended = false;
    publisher.client.onGroupStream(async (stream) => {
        for await (const { data } of stream) fragments.push(data);
        ended = true;
    }, { groupNames: ['streams'], handleFromStart: true });
    await publisher.client.joinGroup('streams');
    await writer.start();
    const stream = await writer.client.openGroupStream('streams', { streamId: 's1' });
    const count = 200;
    for (let i = 0; i < count; i++) {
        await stream.write(i, 'json');
        if (i % 50 === 25) proxy.cutAll(['reset', 'close', 'client', 'reset'][Math.floor(i / 50)]);
        if (i % 10 === 0) await sleep(10);
    }
    await stream.end();
    await until('the end of the stream', () => ended);
    check('a stream goes on over cuts, and loses and repeats nothing', fragments, [...Array(count).keys()]);
    check('its connection was recovered each time', [proxy.connections.length > 1, writer.states.rest()], [true, []]);
    check('its fragments were sent again', writer.sent('streamData').length > count, true);
    writer.client.stop();
    proxy.close();
}

async function recoversWhenNothingComesAnyMore(emulator, publisher) {
    const { proxy, receiver } = await newReceiver(emulator, reliable,
        { keepAliveIntervalInMs: 200, keepAliveTimeoutInMs: 2000 });
    await receiver.start();
    await receiver.client.joinGroup('quiet');
    await sleep(2500);
    check('with pongs a quiet connection stays', proxy.connections.length, 1);
    proxy.plan = [{ hold: 300 }];
    proxy.mute = true;
    await publisher.client.sendToGroup('quiet', 'psst', 'text');
    await until('another connection', () => proxy.connections.length === 2);
    proxy.mute = false;
    check('what could not come on a dead connection comes by the recovery',
        (await receiver.messages.next()).data, 'psst');
    check('which it was', [isRecovery(proxy.connections[1]), receiver.states.rest()], [true, []]);
    receiver.client.stop();
    proxy.close();
}

async function startsAnewWhenRecoveryIsRefused(emulator, publisher) {
    const { proxy, receiver } = await newReceiver(emulator, reliable);
    const first = await receiver.start();
    await receiver.client.joinGroup('news');
    await receiver.client.joinGroup('left');
    await receiver.client.leaveGroup('left');
    proxy.plan = [{
        rewrite: (head) => head.replace(/(awps_reconnection_token=)[^&\s]+/, '$1wrong'),
    }];
    proxy.cutAll();
    const disconnected = await receiver.states.next('the event disconnected');
    check('a refused recovery is the end of the connection', [disconnected.name, disconnected.connectionId],
        ['disconnected', first.connectionId]);
    check('the refusal was a close with 1008 after the upgrade',
        [isRecovery(proxy.connections[1]), proxy.connections[1].passed.includes('HTTP/1.1 101'),
            proxy.connections[1].passed.includes(closed1008)], [true, true, true]);
    const second = await receiver.states.next('the event connected');
    check('a new connection is made', [second.name, second.connectionId !== first.connectionId], ['connected', true]);
    check('it is not a recovery', isRecovery(proxy.connections[2]), false);
    await publisher.client.sendToGroup('left', 'not for me', 'text');
    await publisher.client.sendToGroup('news', 'hello again', 'text');
    check('the groups it was in are joined again, and no others',
        (await receiver.messages.next()).data, 'hello again');
    check('sequence ids begin again', receiver.received('message').pop().sequenceId, 1);
    check('nothing else was raised', receiver.states.rest(), []);
    receiver.client.stop();
    proxy.close();
}

async function reconnectsWithoutReliability(emulator, publisher) {
    const { proxy, receiver } = await newReceiver(emulator, plain);
    const ids = [(await receiver.start()).connectionId];
    await receiver.client.joinGroup('plain');
    for (const how of ['reset', 'close', 'client']) {
        proxy.cutAll(how);
        const [disconnected, connected] = await receiver.states.take(2, 'the events of a reconnection');
        check(`after a cut (${how}) a plain client makes a new connection`,
            [disconnected.name, disconnected.connectionId, connected.name],
            ['disconnected', ids[ids.length - 1], 'connected']);
        ids.push(connected.connectionId);
        await publisher.client.sendToGroup('plain', ids.length, 'json');
        check('and joins its group again', (await receiver.messages.next()).data, ids.length);
    }
    check('each connection has an id of its own', new Set(ids).size, 4);
    check('none was a recovery', proxy.connections.some(isRecovery), false);
    receiver.client.stop();
    proxy.close();
}

async function isToldWhenTheServiceStops(emulator, publisher) {
    const { proxy, receiver } = await newReceiver(emulator, plain, { autoReconnect: false });
    await receiver.start();
    check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0);
    const [disconnected, stopped] = await receiver.states.take(2, 'the events at the end');
    check('a client is told why the service closes', [disconnected.name, disconnected.message?.message ?? null],
        ['disconnected', 'The service is shutting down.']);
    check('and stops', stopped.name, 'stopped');
    check('a reliable client is told too', publisher.received('system', { event: 'disconnected' }).length, 1);
    proxy.close();
}

run(async (atEnd) => {
    const emulator = await Emulator.start(program);
    atEnd.push(() => emulator.stop());
    const publisher = new OfficialClient(await emulator.url({ userId: 'publisher' }), reliable);
    await publisher.start();
    await recoversFromEveryCut(emulator, publisher);
    await repeatsARequestWithoutRepeatingItsEffect(emulator, publisher);
    await carriesOnWithAStream(emulator, publisher);
    await recoversWhenNothingComesAnyMore(emulator, publisher);
    await startsAnewWhenRecoveryIsRefused(emulator, publisher);
    await reconnectsWithoutReliability(emulator, publisher);
    await isToldWhenTheServiceStops(emulator, publisher);
});
