// SPDX-License-Identifier: MIT
// usage: official_client.js EMULATOR SUBPROTOCOL
//
// What the official client does on one connection.
'use strict';

const { check, run, until } = require('./support/facts');
const { Emulator } = require('./support/emulator');
const { OfficialClient, gist, serialisedAny } = require('./support/official');

const [program, subprotocol] = process.argv.slice(2);
const reliable = subprotocol.includes('.reliable.');

function bytes(...values) {
    return Uint8Array.from(values).buffer;
}

// Protobuf has no field for who sent a group message.
function sentBy(userId) {
    return subprotocol.startsWith('protobuf.') ? undefined : userId;
}

// The error that a request fails with, as far as the service decides it.
async function failureOf(request) {
    try {
        await request;
    } catch (error) {
        return { type: error.name, ...error.errorDetail };
    }
    return null;
}

function forbidden(what) {
    return {
        type: 'SendMessageError', name: 'Forbidden', message: `The client does not have permission to ${what}.`,
    };
}

run(async (atEnd) => {
    const emulator = await Emulator.start(program);
    atEnd.push(async () => check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0));
    const make = async (identity, options) => new OfficialClient(await emulator.url(identity), subprotocol, options);

    // Connecting.
    const ada = await make({ userId: 'ada' });
    const bob = await make({ userId: 'bob' });
    const adaConnected = await ada.start();
    const bobConnected = await bob.start();
    check('a client learns its user id', [adaConnected.userId, bobConnected.userId], ['ada', 'bob']);
    check('the first frame is connected', [ada.frames[0].in.type, ada.frames[0].in.event], ['system', 'connected']);
    check('each connection has an id of its own',
        new Set([adaConnected.connectionId, bobConnected.connectionId, '']).size, 3);
    check('only a reliable connection has a reconnection token',
        [ada, bob].map((client) => typeof client.frames[0].in.reconnectionToken),
        Array(2).fill(reliable ? 'string' : 'undefined'));

    // Groups.
    check('a join is acknowledged', await ada.client.joinGroup('room'), { ackId: 1, isDuplicated: false });
    check('another member joins', await bob.client.joinGroup('room'), { ackId: 1, isDuplicated: false });

    const texts = ['hello', '', 'line\n"quoted" \\ / \t\u0000\u001f\u007f', 'gr\u00fc\u00dfe \u20ac \u{1f600} \u2028'];
    const jsons = [
        { a: 1, b: [true, null, 'x'], c: { d: {} } }, [], 0, -1.5, 1e300, 9007199254740991, false, 'text', '',
    ];
    const binaries = [bytes(1, 2, 3, 255), bytes(), bytes(...Array(256).keys())];
    const all = { text: texts, json: jsons, binary: binaries, protobuf: [serialisedAny] };
    for (const [dataType, contents] of Object.entries(all)) {
        for (const data of contents) {
            await ada.client.sendToGroup('room', data, dataType);
            const expected = { group: 'room', fromUserId: sentBy('ada'), dataType, data };
            const shown = data instanceof ArrayBuffer ? `${data.byteLength} bytes` : JSON.stringify(data);
            check(`${dataType} reaches the group as it was: ${shown}`,
                [gist(await ada.messages.next()), gist(await bob.messages.next())], [expected, expected]);
        }
    }
    const large = 'x'.repeat(1000000);
    await ada.client.sendToGroup('room', large, 'text');
    check('a message of a million bytes reaches the group', (await bob.messages.next()).data === large, true);
    await ada.messages.next();

    await ada.client.sendToGroup('room', 'not to me', 'text', { noEcho: true });
    await ada.client.sendToGroup('room', 'to all', 'text');
    check('noEcho leaves out the sender', (await ada.messages.next()).data, 'to all');
    check('noEcho leaves out nobody else', (await bob.messages.take(2)).map(({ data }) => data),
        ['not to me', 'to all']);

    await ada.client.sendToGroup('room', 'gone', 'text', { fireAndForget: true });
    check('fire and forget asks for no ack', 'ackId' in ada.sent('sendToGroup').pop(), false);
    check('fire and forget reaches the group',
        [(await ada.messages.next()).data, (await bob.messages.next()).data], ['gone', 'gone']);

    check('a leave is acknowledged', (await bob.client.leaveGroup('room')).isDuplicated, false);
    await ada.client.sendToGroup('room', 'without bob', 'text');
    check('who has left receives nothing', await bob.messagesUntilNow(), []);
    check('who has stayed does', (await ada.messages.next()).data, 'without bob');
    await bob.client.sendToGroup('room', 'from outside', 'text');
    check('a client need not be a member to publish', gist(await ada.messages.next()),
        { group: 'room', fromUserId: sentBy('bob'), dataType: 'text', data: 'from outside' });

    const carol = await make({ userId: 'carol', roles: [], groups: ['room'] });
    await carol.start();
    await ada.client.sendToGroup('room', 'hello carol', 'text', { noEcho: true });
    check('a group in the token is joined from the beginning', (await carol.messages.next()).data, 'hello carol');

    const anonymous = await make({});
    const elsewhere = await make({ userId: 'bob', hub: 'other' });
    check('a client may have no user id', (await anonymous.start()).userId ?? null, null);
    await elsewhere.start();
    await elsewhere.client.joinGroup('room');
    await anonymous.client.sendToGroup('room', 'who am I', 'text');
    check('then its messages name none', (await ada.messages.next()).fromUserId ?? null, null);
    check('a group of the same name in another hub is another', await elsewhere.messagesUntilNow(), []);

    // Events.
    for (const [dataType, data] of [
        ['text', 'ping\u00e9'], ['json', { a: [1] }], ['binary', bytes(0, 255)], ['protobuf', serialisedAny],
    ]) {
        const before = ada.frames.length;
        await ada.client.sendEvent('echo', data, dataType);
        const { dataType: answeredType, data: answer } = await ada.messages.next();
        check(`the answer to an event comes back: ${dataType}`, [answeredType, answer], [dataType, data]);
        check('before its ack', ada.frames.slice(before).flatMap((frame) => frame.in ? [frame.in.type] : []),
            ['message', 'ack']);
    }
    check('an answer is from the server', ada.received('message').pop().from, 'server');
    check('an event may succeed without an answer',
        (await ada.client.sendEvent('other', 'x', 'text')).isDuplicated, false);
    await ada.client.sendEvent('echo', 'unasked', 'text', { fireAndForget: true });
    check('an event without an ack is answered all the same, and first after the one without an answer',
        (await ada.messages.next()).data, 'unasked');

    // Permissions.
    const eve = await make({ userId: 'eve', roles: ['webpubsub.joinLeaveGroup.hall', 'webpubsub.sendToGroup.hall'] });
    await eve.start();
    check('a join without the role is forbidden', await failureOf(eve.client.joinGroup('room')),
        forbidden("join group 'room'"));
    check('a leave without the role is forbidden', await failureOf(eve.client.leaveGroup('room')),
        forbidden("leave group 'room'"));
    check('publishing without the role is forbidden', await failureOf(eve.client.sendToGroup('room', 'x', 'text')),
        forbidden("send to group 'room'"));
    await ada.client.sendToGroup('room', 'not from eve', 'text');
    check('what was forbidden reached nobody', (await ada.messages.next()).data, 'not from eve');
    await eve.client.joinGroup('hall');
    await eve.client.sendToGroup('hall', 'mine', 'text');
    check('a role for one group is enough for it', (await eve.messages.next()).data, 'mine');

    const pat = await make({
        userId: 'pat', roles: ['webpubsub.joinLeaveGroups.team.?*.*', 'webpubsub.sendToGroups.team.**'],
    });
    await pat.start();
    await pat.client.joinGroup('team.a.news');
    await pat.client.sendToGroup('team.a.news', 'by a pattern', 'text');
    check('a role may be a pattern', (await pat.messages.next()).data, 'by a pattern');
    for (const group of ['team.a', 'team..news', 'team.a.b.news', 'Team.a.news']) {
        check(`which ${group} does not match`, await failureOf(pat.client.joinGroup(group)),
            forbidden(`join group '${group}'`));
    }
    await pat.client.sendToGroup('team.a.b.news', 'x', 'text');
    check('each permission has patterns of its own', await failureOf(pat.client.sendToGroup('team', 'x', 'text')),
        forbidden("send to group 'team'"));
    await pat.client.leaveGroup('team.a.news');

    // Repeated ids.
    const ackId = Number.MAX_SAFE_INTEGER;
    check('a request may choose its ack id', await ada.client.sendToGroup('room', 'once', 'text', { ackId }),
        { ackId, isDuplicated: false });
    check('the same id again is a duplicate', await ada.client.sendToGroup('room', 'once', 'text', { ackId }),
        { ackId, isDuplicated: true });
    check('a duplicate is not published again', (await ada.messagesUntilNow()).map(({ data }) => data), ['once']);

    // Many at once.
    const members = await Promise.all([...Array(5).keys()].map((i) => make({ userId: `member ${i}` })));
    await Promise.all(members.map((member) => member.start()));
    await Promise.all(members.map((member) => member.client.joinGroup('crowd')));
    const perMember = 40;
    await Promise.all(members.map(async ({ client }, sender) => {
        for (let i = 0; i < perMember; i++) await client.sendToGroup('crowd', [sender, i], 'json');
    }));
    const seen = (await Promise.all(members.map((member) => member.messages.take(members.length * perMember))))
        .map((all) => all.map(({ data }) => data));
    const inOrder = [...Array(perMember).keys()];
    check('five members who all publish receive everything in each sender\'s order',
        seen.map((all) => members.map((_, i) => all.filter(([sender]) => sender === i).map(([, number]) => number))),
        members.map(() => members.map(() => inOrder)));
    check('and all in one order', seen, Array(members.length).fill(seen[0]));

    // Sequence ids.
    const ids = members[0].received('message').map((frame) => frame.sequenceId);
    check(reliable ? 'sequence ids count from 1' : 'there are no sequence ids', ids,
        ids.map((_, i) => reliable ? i + 1 : undefined));
    if (reliable) {
        const acknowledged = () => members[0].sent('sequenceAck').map((frame) => frame.sequenceId).pop();
        await until('a sequence ack', () => acknowledged() === ids.length);
        await members[0].client.sendToGroup('crowd', 'after', 'text');
        check('after its sequence ack the connection goes on', (await members[0].messages.next()).sequenceId,
            ids.length + 1);
    }

    // Keep-alive.
    const pinging = await make({ userId: 'pinging' }, { keepAliveIntervalInMs: 100 });
    await pinging.start();
    await until('two pongs', () => pinging.received('pong').length >= 2);
    check('pings are answered', pinging.received('pong')[0], { type: 'pong' });

    // The end.
    check('nothing was raised but what was asked for', await ada.messagesUntilNow(), []);
    ada.client.stop();
    check('a stopped client is told its end',
        (await ada.states.take(2, 'the events at the end')).map(({ name }) => name), ['disconnected', 'stopped']);
    check('no other connection ended',
        [bob, carol, elsewhere, eve, pat, pinging, ...members].flatMap((client) => client.states.rest()), []);
});
