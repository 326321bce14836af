// SPDX-License-Identifier: MIT
// usage: mixed_group.js EMULATOR
//
// One group whose members are official clients on all four subprotocols and a simple client: everyone gets everything,
// in one order, each in the form of its own protocol.
'use strict';

const WebSocket = require('ws');
const { Inbox, check, run, within } = require('./support/facts');
const { Emulator } = require('./support/emulator');
const { OfficialClient, gist, serialisedAny } = require('./support/official');

const [program] = process.argv.slice(2);
const subprotocols = ['json', 'json.reliable', 'protobuf', 'protobuf.reliable']
    .map((variant) => `${variant}.webpubsub.azure.v1`);
// What is sent, and the frame that a simple client gets of it: a string for a text frame, bytes for a binary one.
const contents = [
    ['text', 'gr\u00fc\u00dfe \u{1f600}', 'gr\u00fc\u00dfe \u{1f600}'],
    ['text', '', ''],
    ['json', { a: [1.5, null, 'x'] }, '{"a":[1.5,null,"x"]}'],
    ['json', 'quoted', '"quoted"'],
    ['binary', Uint8Array.of(0, 1, 255).buffer, Buffer.from([0, 1, 255])],
    ['binary', new ArrayBuffer(0), Buffer.alloc(0)],
    ['protobuf', serialisedAny, Buffer.from(serialisedAny)],
];

// A simple client joins nothing by itself: its token does.
async function simpleMember(url) {
    const socket = new WebSocket(url);
    const inbox = new Inbox();
    socket.on('message', (data, isBinary) => inbox.push(isBinary ? data : data.toString()));
    await within(10000, 'a simple client to be open', new Promise((resolve, reject) => {
        socket.on('open', resolve);
        socket.on('error', reject);
    }));
    return { socket, inbox };
}

run(async (atEnd) => {
    const emulator = await Emulator.start(program);
    atEnd.push(async () => check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0));
    const members = await Promise.all(subprotocols.map(async (subprotocol) =>
        new OfficialClient(await emulator.url({ userId: subprotocol }), subprotocol)));
    for (const member of members) {
        await member.start();
        await member.client.joinGroup('mixed');
    }
    const simple = await simpleMember(await emulator.url({ userId: 'simple', roles: [], groups: ['mixed'] }));

    for (const [at, sender] of members.entries()) {
        for (const [dataType, data, frame] of contents) {
            await sender.client.sendToGroup('mixed', data, dataType);
            const received = await Promise.all(members.map(async (member) => gist(await member.messages.next())));
            check(`${dataType} from ${subprotocols[at]} reaches all`, received, subprotocols.map((subprotocol) => ({
                group: 'mixed', dataType, data,
                fromUserId: subprotocol.startsWith('json.') ? subprotocols[at] : undefined,
            })));
            check('and a simple client as a frame', await simple.inbox.next(), frame);
        }
    }
    for (const [at, member] of members.entries()) {
        const ids = member.received('message').map((frame) => frame.sequenceId);
        check(`sequence ids are for reliable ones: ${subprotocols[at]}`, ids,
            ids.map((_, i) => subprotocols[at].includes('.reliable.') ? i + 1 : undefined));
    }

    // Everybody at once.
    const count = 25;
    await Promise.all(members.map(async ({ client }, at) => {
        for (let i = 0; i < count; i++) await client.sendToGroup('mixed', [at, i], 'json');
    }));
    const total = members.length * count;
    const seen = await Promise.all(members.map(async ({ messages }) =>
        (await messages.take(total)).map(({ data }) => data)));
    seen.push((await simple.inbox.take(total)).map((text) => JSON.parse(text)));
    check('when all send at once, all get all', [...seen[0]].sort(), members.flatMap((_, at) =>
        [...Array(count).keys()].map((i) => [at, i])).sort());
    check('in one order', seen, seen.map(() => seen[0]));

    // A stream, whose fragments are messages to a simple client.
    const stream = await members[2].client.openGroupStream('mixed', { streamId: 's1', noEcho: true });
    await stream.write('part', 'text');
    await stream.end();
    const fragments = await Promise.all([0, 1, 3].map(async (at) =>
        (await members[at].messages.take(2)).map(({ data, stream: { streamSequenceId, endOfStream } }) =>
            [data, streamSequenceId, endOfStream ?? false])));
    check('a stream on protobuf reaches the others', fragments, Array(3).fill([['part', 1, false], ['', 2, true]]));
    await members[0].client.sendToGroup('mixed', 'last', 'text');
    check('and a simple client without its numbers and its end', await simple.inbox.take(2), ['part', 'last']);
    check('nothing else came', await Promise.all(members.map(async ({ messages }) => (await messages.take(1))[0].data)),
        Array(4).fill('last'));
});
