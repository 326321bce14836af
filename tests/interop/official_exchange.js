// SPDX-License-Identifier: MIT
// usage: official_exchange.js EMULATOR SUBPROTOCOL
//
// Streams and invocations of the official client. (On Node 18 it can't make a stream's id by itself.)
'use strict';

const { check, run, until } = require('./support/facts');
const { Emulator } = require('./support/emulator');
const { OfficialClient } = require('./support/official');

const [program, subprotocol] = process.argv.slice(2);
// Protobuf has no field for who sent a group message.
const sender = subprotocol.startsWith('protobuf.') ? undefined : 'ada';

// What a subscriber gets of the streams in a group: for each its id, fragments, and how it ended.
function collect(client, groupNames) {
    const streams = [];
    client.onGroupStream(async (stream) => {
        const seen = { id: stream.streamId, group: stream.groupName, fragments: [], ended: null };
        streams.push(seen);
        try {
            for await (const { dataType, data, fromUserId } of stream) seen.fragments.push({ dataType, data, fromUserId });
            seen.ended = 'well';
        } catch (error) {
            seen.ended = error.errorDetail?.name ?? error.name ?? String(error);
        }
    }, { groupNames, handleFromStart: true });
    return streams;
}

async function failureOf(request) {
    try {
        await request;
    } catch (error) {
        return error;
    }
    return null;
}

run(async (atEnd) => {
    const emulator = await Emulator.start(program);
    atEnd.push(async () => check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0));
    const make = async (identity) => new OfficialClient(await emulator.url(identity), subprotocol);

    const ada = await make({ userId: 'ada' });
    const bob = await make({ userId: 'bob' });
    for (const client of [ada, bob]) {
        await client.start();
        await client.client.joinGroup('room');
    }
    const atBob = collect(bob.client, ['room']);
    const atAda = collect(ada.client, ['room']);

    // A stream.
    const writer = await ada.client.openGroupStream('room', { streamId: 's1', noEcho: true });
    check('a stream is accepted', ada.received('streamAck', { streamId: 's1' })[0].expectedSequenceId, 1);
    const contents = [['text', 'a'], ['json', { b: [1, null] }], ['text', ''], ['binary', Uint8Array.of(0, 255).buffer]];
    for (const [dataType, data] of contents) await writer.write(data, dataType);
    await writer.end();
    await until('the end of the stream', () => atBob[0]?.ended);
    check('a subscriber gets the fragments in order, and the end', atBob[0], {
        id: 's1', group: 'room', ended: 'well',
        fragments: contents.map(([dataType, data]) => ({ dataType, data, fromUserId: sender })),
    });
    check('noEcho leaves out the publisher', atAda, []);
    await until('the end for the publisher', () => ada.received('streamClosed', { streamId: 's1' }).length === 1);
    check('the publisher is told that it ended well', 'error' in ada.received('streamClosed', { streamId: 's1' })[0], false);

    // Many fragments, and two streams at once.
    const many = [...Array(150).keys()];
    const writers = await Promise.all(['m1', 'm2'].map((streamId) => ada.client.openGroupStream('room', { streamId })));
    await Promise.all(writers.map(async (each) => {
        for (const i of many) await each.write(i, 'json');
        await each.end();
    }));
    await until('both ends', () => atBob.filter((stream) => stream.ended).length === 3);
    check('two streams at once are each in order', atBob.slice(1).map((stream) => stream.fragments.map((f) => f.data)),
        [many, many]);
    await until('both ends at the publisher', () => atAda.filter((stream) => stream.ended).length === 2);
    check('without noEcho the publisher gets its own', atAda.map((stream) => stream.fragments.length), [150, 150]);

    // An end with an error.
    const giving = await ada.client.openGroupStream('room', { streamId: 'g1' });
    await giving.write('part', 'text');
    await giving.abort({ message: 'gave up', userErrorCode: 'E1' });
    await until('the bad end', () => atBob[3]?.ended);
    check('a subscriber gets what came before the error', atBob[3].fragments.map((f) => f.data), ['part']);
    const terminal = bob.received('message').filter((frame) => frame.stream?.streamId === 'g1').pop();
    check('and the error', [terminal.stream.endOfStream, terminal.stream.error.name, terminal.stream.error.userErrorCode],
        [true, 'UserError', 'E1']);

    // What is refused.
    const eve = await make({ userId: 'eve', roles: [] });
    await eve.start();
    check('a stream without the role is refused',
        (await failureOf(eve.client.openGroupStream('room', { streamId: 'e1' }))) !== null, true);
    check('as forbidden', eve.received('streamClosed')[0].error.name, 'Forbidden');

    // Invocations.
    check('an invocation is answered', await ada.client.invokeEvent('echo', 'hi', 'text', { invocationId: 'i1' }),
        { invocationId: 'i1', dataType: 'text', data: 'hi' });
    check('with JSON too', (await ada.client.invokeEvent('echo', { a: [1] }, 'json')).data, { a: [1] });
    check('an answer may be empty', (await ada.client.invokeEvent('other', 'x', 'text')).data ?? null, null);
    const all = await Promise.all([...Array(50).keys()].map((i) => ada.client.invokeEvent('echo', i, 'json')));
    check('many invocations at once are each answered', all.map(({ data }) => data), [...Array(50).keys()]);

    check('nothing else was raised', [...await ada.messagesUntilNow(), ...await bob.messagesUntilNow()]
        .filter((message) => !message.stream), []);
});
