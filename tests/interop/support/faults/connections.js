// SPDX-License-Identifier: MIT
// Faults of connections; see side_by_side.js for what they consist of.
'use strict';

const { happens } = require('../driven_client');
const { sleep } = require('../facts');
const { missing, numbered, time, yesOrNo } = require('./counts');

// From the end of a good connection on, for 2 s.
function closesAtOnce(what, code, more) {
    return {
        name: `${what} accepted and closed at once with ${code}, for 2 s`,
        alone: true,
        ...more,
        script: () => ({
            unwell: false,
            opened(transport) {
                if (this.unwell) transport.close(code);
                return this.unwell;
            },
        }),
        async play({ service, script }) {
            script.unwell = true;
            const begin = performance.now();
            service.connection.close(code);
            await sleep(2000);
            script.unwell = false;
            const end = performance.now();
            const connections = service.accepted - 1;
            const back = await happens(10000, () => service.connection.transport !== null);
            return { connections, during: end - begin, back, after: performance.now() - end };
        },
        words: ({ connections, back, after }) => `connections: ${connections}; ` +
            `${back ? '' : 'not '}back ${time(after)} after that`,
        ours: {
            'it is not hammered': ({ connections, during }) => connections <= 2 + during / 1000,
            'the client comes back': ({ back }) => back,
        },
        official: {},
    };
}

const stopsWhileRecovering = {
    name: 'stopped while the service refuses connections, which it then accepts again',
    async play({ client, service }) {
        service.down = true;
        service.connection.cut();
        await client.ready('an attempt to recover', () => service.refused > 0);
        client.write('stop');
        await client.ready('the command', () => client.records.some(({ command }) => command === 'stop'));
        const before = service.accepted;
        service.down = false;
        await sleep(2500);
        return { connections: service.accepted - before, stopped: client.events('stopped').length };
    },
    words: ({ connections, stopped }) =>
        `connections after that: ${connections}; \`stopped\` told: ${yesOrNo(stopped)}`,
    ours: {
        'no connection is made after it': ({ connections }) => connections === 0,
        'the client has stopped, and says so once': ({ stopped }) => stopped === 1,
    },
    official: {
        'it connects again': ({ connections }) => connections > 0,
        'and does not say that it has stopped': ({ stopped }) => stopped === 0,
    },
};

const rejoinUnanswered = {
    name: 'one of 2 rejoins on a new connection never answered',
    script: () => ({
        received: ({ type, group }, _, service) => type === 'joinGroup' && group === 'hall' && service.accepted > 1,
    }),
    async play({ client, service }) {
        client.write('join hall', 'join room');
        await client.ready('the joins', () => client.outcomes.length === 2);
        service.connection.close(1008);
        await client.ready('the rejoins', () => service.count('joinGroup') === 4);
        const all = numbered(10);
        for (const data of all) service.connection.deliver('room', data);
        client.write('send room text');
        await sleep(3000);
        const order = client.events('connected', 'groupMessage').map(({ event }) => event);
        return {
            connected: client.events('connected').length === 2,
            rejoinFailed: client.events('rejoinFailed').length,
            first: order.slice(0, 2).every((event) => event === 'connected'),
            delivered: all.length - missing(all, client.data), outcome: client.outcomes.length - 2,
        };
    },
    words: ({ connected, delivered, outcome, rejoinFailed }) => `told within 3 s: \`connected\` ` +
        `${yesOrNo(connected)}, messages of the other group ${delivered} of 10, outcomes ${outcome} of 1, the ` +
        `missing rejoin ${yesOrNo(rejoinFailed)}`,
    ours: {
        'the application is told of the connection': ({ connected }) => connected,
        'before its messages': ({ first }) => first,
        'which are delivered': ({ delivered }) => delivered === 10,
        'and may send its own': ({ outcome }) => outcome === 1,
    },
    official: { 'the application is not told of the connection': ({ connected }) => !connected },
};

const silent = {
    name: 'WebSocket opened, and no `connected` message',
    silent: true,
    script: () => ({ opened: () => true }),
    async play({ client, service }) {
        await client.ready('the WebSocket', () => service.accepted === 1);
        await sleep(2000);
        return { claimed: client.events('started', 'connected').length };
    },
    words: ({ claimed }) => `told as connected within 2 s: ${yesOrNo(claimed)}`,
    ours: { 'the application is not told that it is connected': ({ claimed }) => claimed === 0 },
    official: { 'start() has succeeded': ({ claimed }) => claimed === 1 },
};

module.exports = [
    closesAtOnce('recoveries', 1011),
    closesAtOnce('new connections', 1008),
    closesAtOnce('connections without recovery', 4000, { subprotocol: 'json.webpubsub.azure.v1' }),
    stopsWhileRecovering,
    rejoinUnanswered,
    silent,
];
